"""The caller of a media stream against a small agent of this test: it greets, and answers what has been said."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from websockets.asyncio.server import ServerConnection, serve

from sip.caller.analysis import Kind
from sip.caller.plan import CallerPlan, CallPlan, Outcome
from sip.caller.process import run_caller_process
from sip.caller.script import HangUp, Play, PlayOver, Purpose, Step, WaitForAgentSilence
from sip.errors import SipError
from sip.g711 import Companding, decode, encode
from sip.wav import write_wav
from tests.bench.media_stream_caller import MODULE

RATE = 8000
TONE = (8000 * np.sin(2 * np.pi * 400 * np.arange(RATE // 2) / RATE)).astype(np.int16)
SPEECH = encode(TONE, Companding.ULAW).tobytes()
LOUD = 500
QUIET_MESSAGES = 10


class Agent:
    """Plays half a second at the start and after whatever it hears; a `clear` follows what it hears."""

    def __init__(self, hangs_up_after: int = 10_000) -> None:
        self.events: list[str] = []
        self.marks: list[str] = []
        self._hangs_up_after = hangs_up_after

    async def talk(self, socket: ServerConnection) -> None:
        quiet, spoken_to = 0, False
        async for text in socket:
            message = json.loads(text)
            self.events.append(message["event"])
            match message["event"]:
                case "start":
                    await self._say(socket)
                case "mark":
                    self.marks.append(message["mark"]["name"])
                case "media":
                    samples = decode(base64.b64decode(message["media"]["payload"]), Companding.ULAW)
                    is_loud = int(np.abs(samples.astype(int)).max()) > LOUD
                    if is_loud and not spoken_to:
                        await socket.send(json.dumps({"event": "clear"}))
                    quiet = 0 if is_loud else quiet + 1
                    spoken_to = spoken_to or is_loud
                    if spoken_to and quiet == QUIET_MESSAGES:
                        spoken_to = False
                        await self._say(socket)
                case "stop":
                    return
            if len(self.events) >= self._hangs_up_after:
                return

    async def _say(self, socket: ServerConnection) -> None:
        for start in range(0, len(SPEECH), 160):
            payload = base64.b64encode(SPEECH[start : start + 160]).decode()
            await socket.send(json.dumps({"event": "media", "media": {"payload": payload}}))
        await socket.send(json.dumps({"event": "mark", "mark": {"name": "said"}}))


@asynccontextmanager
async def listening(agent: Agent) -> AsyncIterator[str]:
    async with serve(agent.talk, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}/media-stream"


@pytest.fixture
def words(tmp_path: Path) -> Path:
    write_wav(tmp_path / "words.wav", [TONE[: RATE // 4]], RATE)
    return tmp_path / "words.wav"


async def test_a_plan_is_carried_out_and_measured(words: Path) -> None:
    agent = Agent()
    silent = WaitForAgentSilence(350, 5.0)
    over = PlayOver(words, 0.1, Purpose.INTERRUPT)
    steps: tuple[Step, ...] = (silent, Play(words), over, silent, HangUp())
    async with listening(agent) as uri:
        result = await run_caller_process(CallerPlan((CallPlan(uri, steps, max_s=20.0),)), MODULE)
    (call,) = result.calls
    assert call.outcome is Outcome.COMPLETED
    question, interruption = call.turns
    assert (question.kind, question.agent_was_speaking) == (Kind.SPEECH, False)
    assert question.response_latency_ms is not None
    assert (interruption.kind, interruption.agent_was_speaking) == (Kind.INTERRUPT, True)
    assert interruption.time_to_silence_ms is not None
    assert interruption.response_latency_ms is not None
    assert agent.marks.count("said") == 3
    assert agent.events[:2] == ["connected", "start"]
    assert agent.events[-1] == "stop"
    assert call.duration_s > 1
    assert call.sent is not None


@pytest.mark.parametrize(("hangs_up_after", "max_s", "outcome"), [(20, 9.0, "ended_by_agent"), (900, 0.3, "timed_out")])
async def test_a_call_that_does_not_go_as_planned_says_so(
    words: Path, hangs_up_after: int, max_s: float, outcome: str
) -> None:
    steps: tuple[Step, ...] = (WaitForAgentSilence(900, 8.0), Play(words), HangUp())
    async with listening(Agent(hangs_up_after)) as uri:
        plans = (CallPlan(uri, steps, max_s=max_s), CallPlan("ws://127.0.0.1:9/media-stream", steps))
        held, refused = (await run_caller_process(CallerPlan(plans), MODULE)).calls
    assert held.outcome == outcome
    assert refused.outcome is Outcome.FAILED
    assert "no connection" in refused.problems[0]


async def test_a_plan_with_a_missing_file_is_refused() -> None:
    plan: Any = CallerPlan((CallPlan("ws://127.0.0.1:9/", (Play(Path("/nowhere.wav")),)),))
    with pytest.raises(SipError, match="no WAV file"):
        await asyncio.wait_for(run_caller_process(plan, MODULE), 30)
