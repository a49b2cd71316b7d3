"""`appliance serve --config FILE` on a day that never changes, so that the model is asked the same in every run."""

import sys
from datetime import date
from pathlib import Path
from typing import Final

import uvloop

from appliance.cli.service import serve
from appliance.config import load_config
from appliance.logs import configure_logs

TODAY: Final = date(2026, 11, 20)


def main(file: Path) -> None:
    """Serve until told to stop."""
    config = load_config(file)
    configure_logs(config.log.level, config.log.format)
    uvloop.run(serve(config, today=lambda: TODAY))


if __name__ == "__main__":
    main(Path(sys.argv[-1]))
