"""Without an argument the page that documents every key; with a file, what is wrong with it (exit status 2) or nothing.

``python -m appliance.config > docs/configuration.md`` and ``python -m appliance.config FILE``.
"""

import sys
from pathlib import Path

from appliance.config.load import ConfigError, load_config
from appliance.config.page import page


def _main(arguments: list[str]) -> int:
    if not arguments:
        sys.stdout.write(page())
        return 0
    try:
        load_config(Path(arguments[0]))
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


sys.exit(_main(sys.argv[1:]))
