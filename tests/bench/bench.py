"""What every section uses: an appliance of its own, a caller process, progress lines."""

import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from pydantic import TypeAdapter

from appliance.trace import CallTrace
from sip.caller.plan import CallResult, Outcome
from tests.bench.options import Options
from tests.bench.report import Report
from tests.wire.running import Appliance, Settings, running

_STARTED: Final = time.monotonic()
_TRACE: Final = TypeAdapter(CallTrace)

EMBEDDED: Settings = MappingProxyType(
    {
        "engines": {
            "vad": "silero",
            "end_of_turn": "smart_turn",
            "stt": "pocketsphinx",
            "llm": "scripted",
            "tts": "espeak",
        }
    }
)


class NotPossibleError(Exception):
    """A section cannot be measured here; the message says why and what would help."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A section of the document: its heading and what measures it."""

    title: str
    measure: Callable[[Options], Coroutine[Any, Any, Report]]


def progress(text: str) -> None:
    """One line on standard error, with the seconds since the beginning."""
    print(f"[{time.monotonic() - _STARTED:6.1f} s] {text}", file=sys.stderr, flush=True)


@contextmanager
def appliance(settings: Settings) -> Iterator[Appliance]:
    """An appliance that accepts calls, in a directory that goes away with it."""
    with tempfile.TemporaryDirectory(prefix="bench-") as directory, running(Path(directory), settings) as running_one:
        yield running_one


async def traces(running_one: Appliance, calls: int) -> list[CallTrace]:
    """The traces of `calls` calls, all of them over, oldest first."""
    await running_one.until("ended", calls)
    summaries = reversed(await running_one.calls())
    return [_TRACE.validate_python(await running_one.api(f"/api/calls/{call['call_id']}")) for call in summaries]


def check_answered(results: tuple[CallResult, ...]) -> None:
    """Raises `NotPossibleError` when a call was not answered: figures over the others would flatter."""
    wrong = [result for result in results if result.outcome in _NOT_A_CALL]
    if wrong:
        first = wrong[0]
        raise NotPossibleError(
            f"{len(wrong)} of {len(results)} calls were not held: {first.outcome} {first.status} {first.reason} "
            f"{' '.join(first.problems)}".strip()
        )


_NOT_A_CALL: Final = frozenset({Outcome.REFUSED, Outcome.NOT_ANSWERED, Outcome.NO_RESPONSE, Outcome.FAILED})
