"""From the start of the process until calls are accepted."""

import tempfile
import time
from pathlib import Path
from typing import Final

from tests.bench.bench import EMBEDDED, progress
from tests.bench.report import Figure, Report, percentile
from tests.wire.running import Appliance, configuration

_TIMES: Final = 3


async def measure() -> Report:
    """Start it some times."""
    seconds = []
    for number in range(_TIMES):
        seconds.append(_seconds_to_ready())
        progress(f"start {number + 1} of {_TIMES}: {seconds[-1]:.1f} s")
    return Report(
        how="From the start of `appliance serve` with the embedded engines until /healthz answers 200, asked every "
        "50 ms. Engines are loaded and run once, the clinic's language model and fixed phrases are made.",
        figures=(
            Figure("time to ready, median", percentile(seconds, 50), "s", None, _TIMES, 1),
            Figure("time to ready, longest", max(seconds), "s", None, _TIMES, 1),
        ),
    )


def _seconds_to_ready() -> float:
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        began = time.monotonic()
        starting = Appliance.start(Path(directory), configuration(EMBEDDED))
        try:
            starting.wait_until_it_accepts_calls()
            return time.monotonic() - began
        finally:
            starting.stop()
