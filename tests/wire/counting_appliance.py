"""The command line, and on SIGUSR1 the number of asyncio tasks as a line on standard output."""

import asyncio
import os
import signal
import sys
from types import FrameType

from appliance.cli.main import main


def _count(_: int, __: FrameType | None) -> None:
    os.write(1, f"{len(asyncio.all_tasks(asyncio.get_running_loop()))}\n".encode())


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, _count)
    sys.exit(main())
