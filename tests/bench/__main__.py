"""`python -m tests.bench [SECTION...]`: measure, print, and write docs/benchmarks.md."""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.bench import conditions, human, load, memory, scenarios, side_by_side, startup, whisper, wire
from tests.bench.bench import Benchmark, progress
from tests.bench.document import Section, updated
from tests.bench.human import FEWEST_PROMPTS
from tests.bench.options import Options, Part
from tests.bench.report import as_markdown

BENCHMARKS: Final[Mapping[str, Benchmark]] = {
    "wire": Benchmark("Response and interruption on the wire, embedded engines", lambda _: wire.measure()),
    "media-stream": Benchmark(
        "Response and interruption through the media websocket, embedded engines", lambda _: wire.measure_media_stream()
    ),
    "side-by-side": Benchmark("Side by side with public frameworks, human speech", side_by_side.measure),
    "human": Benchmark("Human speech, simulated engines behind real VAD and end-of-turn", human.measure),
    "load": Benchmark("Concurrent calls, simulated engines behind real VAD and end-of-turn", lambda _: load.measure()),
    "memory": Benchmark("Memory, embedded engines", lambda _: memory.measure()),
    "scenarios": Benchmark("Conversations in virtual time", scenarios.measure),
    "startup": Benchmark("Start-up, embedded engines", lambda _: startup.measure()),
    "whisper": Benchmark("Speech to text with Whisper, random weights on this CPU", whisper.measure),
}
_DOCUMENT: Final = Path("docs/benchmarks.md")


def main(arguments: Sequence[str]) -> int:
    """Measure the sections that are named, all of them by default; 1 when one of them failed."""
    parsed = _parsed(arguments)
    options = Options(parsed.turns, parsed.prompts, parsed.scenarios)
    failed = False
    machine = conditions.machine()
    for key in parsed.sections or BENCHMARKS:
        section, succeeded = _measured(key, options)
        failed |= not succeeded
        print(f"\n{section.as_text()}\n", flush=True)
        # After each, so that what is measured stays when a later section is interrupted.
        before = parsed.output.read_text(encoding="utf-8") if parsed.output.exists() else ""
        parsed.output.parent.mkdir(parents=True, exist_ok=True)
        parsed.output.write_text(updated(before, machine, {key: section}, tuple(BENCHMARKS)), encoding="utf-8")
    progress(f"written to {parsed.output}")
    return int(failed)


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of: {' '.join(BENCHMARKS)} (default: all)")
    parser.add_argument("--output", type=Path, default=_DOCUMENT, metavar="FILE", help=f"default: {_DOCUMENT}")
    standard = Options()
    parser.add_argument(
        "--turns", type=int, default=standard.turns, help="sentences of human speech (default: %(default)s)"
    )
    parser.add_argument(
        "--prompts", type=Part, choices=list(Part), default=standard.part, help="of which half (default: %(default)s)"
    )
    parser.add_argument("--scenarios", type=int, default=standard.scenarios, help="to draw (default: %(default)s)")
    parsed = parser.parse_args(arguments)
    if parsed.turns < FEWEST_PROMPTS or parsed.scenarios < 1:
        parser.error(f"--turns must be {FEWEST_PROMPTS} or more, --scenarios 1 or more")
    unknown = set(parsed.sections) - set(BENCHMARKS)
    if unknown:
        parser.error(f"there is no section {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    return parsed


def _measured(key: str, options: Options) -> tuple[Section, bool]:
    """The section, and whether it was measured; one that fails says why and keeps the others from nothing."""
    benchmark = BENCHMARKS[key]
    progress(f"{key}: {benchmark.title}")
    load_average = conditions.load()
    measured = f"{conditions.now()}, commit {conditions.commit()}, load average {load_average:.1f} at the start"
    note = conditions.busy_note(load_average, os.cpu_count() or 1)
    began = time.monotonic()
    try:
        body, succeeded = as_markdown(asyncio.run(benchmark.measure(options))), True
    except Exception as error:
        reason = reason_of(error)
        progress(f"{key} failed: {reason}")
        body, succeeded = f"**Not measured:** {reason}", False
    took = time.monotonic() - began
    conditions_line = f"Measured {measured}; took {took:.0f} s."
    return Section(benchmark.title, "\n\n".join(filter(None, (conditions_line, note, body)))), succeeded


def reason_of(error: Exception) -> str:
    """What went wrong first, in one line, out of the groups that it may be wrapped in."""
    first: BaseException = error
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return f"{type(first).__name__}: {first}".removesuffix(": ")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
