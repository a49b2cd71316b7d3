"""Transfers that do not come about: the caller is told, and the conversation goes on."""

from pathlib import Path

import pytest

from sip.caller.plan import CallPlan, Outcome
from sip.caller.script import HangUp, Play, WaitForAgentSilence
from tests.wire.conftest import Voice
from tests.wire.running import Settings, calls, running

pytestmark = pytest.mark.wire

SETTINGS: Settings = {
    "engines": {"end_of_turn": "simulated", "stt": "simulated", "llm": "scripted", "tts": "simulated"},
    "engines.simulated": {
        "tts_ms_per_char": 12.0,
        "transcripts": ["i want to speak to a person", "what are your opening hours"],
    },
}


async def test_a_caller_whose_transfer_fails_is_asked_what_else(tmp_path: Path, voice: Voice) -> None:
    """The PBX refuses REFER, or accepts it and says later that nobody answers there."""
    pause = WaitForAgentSilence(500)
    steps = (pause, Play(voice.interruption), pause, Play(voice.question), pause, HangUp())
    with running(tmp_path, SETTINGS) as appliance:
        refused, unanswered = await calls(
            CallPlan(appliance.uri, steps, refer_status=603), CallPlan(appliance.uri, steps, transfer_outcome=486)
        )
        await appliance.until("ended", 2)
        traces = [await appliance.api(f"/api/calls/{call['call_id']}") for call in await appliance.calls()]
    for result in (refused, unanswered):
        assert (result.outcome, result.problems) == (Outcome.COMPLETED, ())
        assert result.turns[1].response_latency_ms is not None
    assert "200" in unanswered.transfer_target
    for trace in traces:
        assert trace["end_reason"] == "caller_hung_up"
        kinds = [utterance["kind"] for utterance in trace["utterances"]]
        assert kinds == ["greeting", "answer", "transfer_failed", "answer"]
        assert not any(utterance["cut"] for utterance in trace["utterances"])
