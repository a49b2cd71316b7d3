"""A whole call over SIP with Whisper listening: a random network understands nothing, so the caller is asked again."""

from collections.abc import Iterator

import pytest

pytest.importorskip("faster_whisper", reason="make engines installs it")

from appliance.cli.demo_script import voice
from models.store import Store
from sip.caller.plan import Outcome
from sip.caller.script import HangUp, Play, WaitForAgentSilence
from tests.engines.installed import REVISION, install_model
from tests.engines.random_whisper import random_whisper
from tests.wire.running import Appliance, Settings, call, running

pytestmark = [pytest.mark.engines, pytest.mark.wire]

AGENT_DONE = WaitForAgentSilence(500)


@pytest.fixture(scope="module")
def appliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    directory = tmp_path_factory.mktemp("whisper")
    install_model(Store(directory / "models"), "whisper-micro", "stt", random_whisper("micro"))
    settings: Settings = {
        "engines": {"end_of_turn": "simulated", "stt": "whisper", "llm": "scripted", "tts": "espeak"},
        "engines.simulated": {"end_of_turn_score": 0.95},
        # The network is never that sure: whatever it writes is withheld.
        "engines.whisper": {"model": "whisper-micro", "device": "cpu", "threads": 1, "min_confidence": 1.0},
        "models": {"directory": str(directory / "models")},
    }
    with running(directory / "appliance", settings) as appliance:
        yield appliance


async def test_a_caller_who_is_not_understood_is_asked_again(appliance: Appliance) -> None:
    result = await call(
        appliance.uri, AGENT_DONE, Play(voice("hours")), AGENT_DONE, Play(voice("book")), AGENT_DONE, HangUp()
    )
    assert result.outcome is Outcome.COMPLETED
    await appliance.until("ended", 1)
    (summary,) = await appliance.calls()
    trace = await appliance.api(f"/api/calls/{summary['call_id']}")
    _, *answers = [utterance["heard"].lower() for utterance in trace["utterances"]]
    assert len(answers) >= 2
    assert all("sorry" in answer for answer in answers[:2])
    assert await appliance.metric('appliance_whisper_pass_seconds_count{urgency="final"}') >= 3, "one of the warm-up"
    rejected = [
        await appliance.metric(f'appliance_transcripts_rejected_total{{reason="{reason}"}}')
        for reason in ("low_confidence", "repetition", "no_speech", "hallucination", "wrong_language")
    ]
    assert sum(rejected) >= 2
    assert await appliance.metric("appliance_transcript_confidence_count") == 0
    assert f"model whisper-micro: made-here/whisper-micro revision {REVISION}, sha256 " in appliance.log
