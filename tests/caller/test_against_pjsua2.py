"""The caller against a pjsua2 phone in a process of its own."""

import asyncio
import json
from pathlib import Path

import pytest

from sip.caller.plan import CallerPlan, CallPlan, Outcome
from sip.caller.runner import place_calls
from sip.caller.script import DigitMethod, Hold, Play, Resume, SendDigits, Wait
from sip.wav import write_wav
from tests.caller.packets import sound_at
from tests.caller.processes import started

pytestmark = pytest.mark.wire


async def line_after(word: str, process: asyncio.subprocess.Process) -> str:
    """The rest of the next line that begins with a word; pjlib prints lines of its own."""
    assert process.stdout is not None
    while line := (await process.stdout.readline()).decode():
        if line.startswith(word):
            return line.removeprefix(word)
    raise AssertionError(f"the pjsua2 phone ended before it said {word!r}")


async def test_pjsua2_answers_echoes_hears_digits_and_is_held(tmp_path: Path) -> None:
    words = tmp_path / "words.wav"
    write_wav(words, [sound_at([(100, 600)], 700)], 8000)
    steps = (
        Wait(0.2), Play(words), Wait(0.7), SendDigits("42#"), SendDigits("9", DigitMethod.INFO),
        Hold(), Wait(0.3), Resume(), Wait(0.3),
    )  # fmt: skip
    async with started("tests.caller.pjsua2_peer") as peer:
        port = int(await line_after("port", peer))
        result = await place_calls(CallerPlan((CallPlan(f"sip:echo@127.0.0.1:{port}", steps),)))
        seen = json.loads(await line_after("seen", peer))
    (call,) = result.calls
    assert call.outcome is Outcome.COMPLETED
    assert call.problems == ()
    assert seen["digits"] == "42#9"
    assert seen["states"][-1] == "DISCONNECTED"
    assert seen["media"] == [1, 3, 1]  # active, held by the other side, active again
    assert call.received is not None
    assert call.received.packets > 50
    assert call.received.lost == 0
    # Its echo comes back later by its jitter buffer and bridge, but while the words still sound.
    (turn,) = call.turns
    assert turn.cut_in_ms is not None
    assert turn.cut_in_ms > 100
