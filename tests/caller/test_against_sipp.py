"""The caller against sipp, whose SIP and RTP nobody here wrote."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sip.caller.plan import CallerPlan, CallerResult, CallPlan, Outcome
from sip.caller.runner import place_calls
from sip.caller.script import Play, Wait
from sip.wav import write_wav
from tests.caller.packets import sound_at

pytestmark = [
    pytest.mark.wire,
    pytest.mark.skipif(shutil.which("sipp") is None, reason="sipp is not installed (apt-get install sip-tester)"),
]


def free_port() -> int:
    """An even UDP port that is free with its neighbours, as sipp's echo wants it."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port % 2 == 0 and port < 65000:
            return port


@asynccontextmanager
async def sipp_answering(folder: Path, calls: int) -> AsyncIterator[int]:
    """Sipp's built-in answering scenario, echoing RTP; yields its port and checks that it ended content."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *("sipp", "-sn", "uas", "-i", "127.0.0.1", "-p", str(port), "-mi", "127.0.0.1", "-mp", str(free_port())),
        *("-rtp_echo", "-m", str(calls), "-nostdin"),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield port
        async with asyncio.timeout(20):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def place(port: int, *steps: Wait | Play, calls: int = 1) -> CallerResult:
    plan = CallPlan(f"sip:service@127.0.0.1:{port}", steps)
    return await place_calls(CallerPlan((plan,) * calls, t1_s=0.2))


async def test_sipp_answers_echoes_takes_our_bye_and_then_twelve_calls_at_once(tmp_path: Path) -> None:
    words = tmp_path / "words.wav"
    write_wav(words, [sound_at([(100, 700)], 800)], 8000)
    async with sipp_answering(tmp_path, calls=13) as port:
        result = await place(port, Wait(0.1), Play(words), Wait(0.3))
        together = await place(port, Wait(0.5), calls=12)
    assert {call.outcome for call in together.calls} == {Outcome.COMPLETED}
    (call,) = result.calls
    assert call.outcome is Outcome.COMPLETED
    assert call.problems == ()
    assert call.received is not None
    assert call.sent is not None
    assert call.received.packets == call.sent.packets
    assert (call.received.lost, call.received.reordered, call.received.timestamp_jumps) == (0, 0, 0)
    (turn,) = call.turns
    # The echo comes back while the words still sound, as long before their end as they last.
    assert turn.cut_in_ms == pytest.approx(turn.end_ms - turn.start_ms, abs=100)
