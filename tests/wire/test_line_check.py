"""`appliance serve --line-check`: turn-taking on a new trunk, with a recorded sound in place of engines."""

from pathlib import Path

import numpy as np
import pytest

from sip.caller.plan import Outcome
from sip.caller.script import HangUp, Play, PlayOver, Wait
from sip.wav import write_wav
from tests.wire.conftest import Voice
from tests.wire.running import call, running

pytestmark = pytest.mark.wire
RATE = 44_100


async def test_it_plays_when_the_caller_stops_and_stops_when_the_caller_speaks(tmp_path: Path, voice: Voice) -> None:
    tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(3 * RATE) / RATE)).astype(np.int16)
    write_wav(tmp_path / "prompt.wav", [tone], RATE)
    with running(tmp_path, {}, "--line-check", str(tmp_path / "prompt.wav")) as appliance:
        result = await call(
            appliance.uri,
            Wait(0.5),
            Play(voice.question),
            PlayOver(voice.interruption, 1.3),
            Wait(2.0),
            HangUp(),
        )
        assert result.outcome is Outcome.COMPLETED
        said, interrupted = result.turns
        assert said.response_latency_ms is not None
        assert interrupted.agent_was_speaking
        assert interrupted.time_to_silence_ms is not None
        assert interrupted.response_latency_ms is not None
        assert not (appliance.records / "appliance.sqlite3").exists()
