"""`appliance call` against a running appliance, as an admin types it."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from sip.wav import read_speech, read_wav, write_wav
from tests.wire.conftest import Voice
from tests.wire.running import APPLIANCE, running

pytestmark = pytest.mark.wire


def test_an_admin_calls_a_line_and_sees_how_it_answers(tmp_path: Path, voice: Voice) -> None:
    """With a file of another rate and two channels, which is as good as any."""
    words = read_speech(voice.question, 44_100)
    write_wav(tmp_path / "stereo.wav", [words, np.zeros_like(words)], 44_100)
    asked = ["--play", "stereo.wav", "--interrupt", f"{voice.interruption}@0.5", "--record", "heard.wav", "--json"]
    with running(tmp_path / "appliance") as appliance:
        done = subprocess.run(
            [*APPLIANCE, "call", appliance.uri, *asked, "--silence-ms", "400"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout)
    (call,) = result["calls"]
    assert call["outcome"] == "completed"
    said, interrupted = call["turns"]
    assert said["response_latency_ms"] > 0
    assert interrupted["time_to_silence_ms"] > 0
    assert result["summary"]["time_to_silence"]["count"] == 1
    assert read_wav(tmp_path / "heard.wav")[0].shape[1] == 2
