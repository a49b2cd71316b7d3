"""Conversations on the wire: what the caller hears, and what is left of the call afterwards."""

import asyncio
import json
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from sip.caller.plan import CallPlan, CallResult, Outcome
from sip.caller.script import (
    HangUp,
    Hold,
    Play,
    PlayOver,
    Purpose,
    Resume,
    SendDigits,
    Wait,
    WaitForAgentSilence,
)
from sip.wav import read_wav
from tests.wire.conftest import Voice
from tests.wire.running import Appliance, Settings, calls, running

pytestmark = pytest.mark.wire

SECRETS = ("zebulon", "quartermaine", "5550199")
CALLER = "+15550199"
GREETING = WaitForAgentSilence(500)


@pytest.fixture(scope="module")
def appliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    settings: Settings = {
        "engines": {"end_of_turn": "simulated", "stt": "simulated", "llm": "scripted", "tts": "simulated"},
        "engines.simulated": {
            "tts_ms_per_char": 25.0,
            "transcripts": [
                "zebulon quartermaine speaking what are your opening hours",
                "mm-hm",
                "no i want to speak to a person",
            ],
        },
        "records": {"directory": "records", "record_calls": True},
        "log": {"level": "debug"},
    }
    with running(tmp_path_factory.mktemp("conversation"), settings) as appliance:
        yield appliance


@dataclass(frozen=True)
class Conversation:
    """One call, as the caller lived it and as the appliance wrote it down."""

    result: CallResult
    trace: dict[str, Any]


async def _hold_at_once(appliance: Appliance, scripts: Mapping[str, CallPlan]) -> dict[str, Conversation]:
    ids: dict[str, str] = {}
    async with asyncio.TaskGroup() as group:
        held = {}
        for name, plan in scripts.items():
            held[name] = group.create_task(calls(plan))
            await appliance.until("active", len(held))
            # One after the other, so that each new id is this call's.
            (ids[name],) = {call["call_id"] for call in await appliance.calls("active")} - set(ids.values())
    await appliance.until("ended", len(scripts))
    return {
        name: Conversation(task.result()[0], await appliance.api(f"/api/calls/{ids[name]}"))
        for name, task in held.items()
    }


@pytest.fixture(scope="module")
def conversations(appliance: Appliance, voice: Voice) -> dict[str, Conversation]:
    """Four calls at once, since each takes as long as people take."""
    whole = (
        GREETING,
        Play(voice.question),
        PlayOver(voice.backchannel, 1.5, Purpose.BACKCHANNEL),
        Wait(1.0),
        PlayOver(voice.interruption, 0.3),
        Wait(20.0),
    )
    over_the_greeting = (PlayOver(voice.question, 0.5), Wait(1.5), HangUp())
    keys = (GREETING, SendDigits("12"), WaitForAgentSilence(400), HangUp())
    held = (Wait(0.5), Hold(), Wait(0.7), Resume(), GREETING, Play(voice.question), Wait(1.5), HangUp())
    scripts = {"whole": whole, "over the greeting": over_the_greeting, "keys": keys, "held": held}
    plans = {name: CallPlan(appliance.uri, steps, caller=CALLER) for name, steps in scripts.items()}
    return asyncio.run(_hold_at_once(appliance, plans))


def test_a_whole_conversation_is_heard_by_the_caller(conversations: dict[str, Conversation]) -> None:
    result = conversations["whole"].result
    assert (result.outcome, result.problems) == (Outcome.ENDED_BY_AGENT, ())
    assert "200" in result.transfer_target
    question, backchannel, interruption = result.turns
    assert question.response_latency_ms is not None
    # Held for the backchannel, then it went on; cut short by the interruption, and answered.
    assert backchannel.agent_was_speaking
    assert backchannel.agent_silent_for_ms is not None
    assert interruption.agent_was_speaking
    assert interruption.time_to_silence_ms is not None
    assert interruption.response_latency_ms is not None


def test_a_whole_conversation_is_in_the_trace(appliance: Appliance, conversations: dict[str, Conversation]) -> None:
    trace = conversations["whole"].trace
    assert trace["end_reason"] == "transferred"
    first, second = trace["turns"]
    assert first["text"].endswith("what are your opening hours")
    assert first["resumed_holds"] == 1
    assert {"speech_ended", "soft_end", "decision", "first_packet", "interrupted", "silenced"} <= set(first["at_ms"])
    assert second["text"] == "no i want to speak to a person"
    greeting, answer, farewell = trace["utterances"]
    assert (greeting["kind"], greeting["cut"]) == ("greeting", False)
    assert (answer["kind"], answer["cut"]) == ("answer", True)
    assert not farewell["cut"]
    assert trace["media"]["packets_received"] > 100
    on_disk = appliance.records / "traces" / f"{trace['call_id']}.json"
    assert json.loads(on_disk.read_text()) == trace
    assert stat.S_IMODE(on_disk.stat().st_mode) == 0o600


def test_a_recording_holds_both_sides(appliance: Appliance, conversations: dict[str, Conversation]) -> None:
    trace = conversations["whole"].trace
    recording = appliance.records / "recordings" / f"{trace['call_id']}.wav"
    assert stat.S_IMODE(recording.stat().st_mode) == 0o600
    samples, rate = read_wav(recording)
    assert rate == 8000
    assert samples.shape[1] == 2
    assert abs(samples.shape[0] / rate - trace["duration_ms"] / 1000) < 1
    assert all(abs(side).max() > 1000 for side in samples.T.astype(int))


def test_an_interruption_silences_the_greeting_and_is_answered(conversations: dict[str, Conversation]) -> None:
    result, trace = conversations["over the greeting"].result, conversations["over the greeting"].trace
    (turn,) = result.turns
    assert turn.agent_was_speaking
    assert turn.time_to_silence_ms is not None
    assert turn.response_latency_ms is not None
    assert trace["end_reason"] == "caller_hung_up"
    greeting, *_ = trace["utterances"]
    assert (greeting["kind"], greeting["cut"]) == ("greeting", True)


def test_keys_are_answered_like_words(conversations: dict[str, Conversation]) -> None:
    result, trace = conversations["keys"].result, conversations["keys"].trace
    assert not any(step.gave_up for step in result.steps)
    assert trace["turns"][0]["text"] == "dtmf 12"
    assert [utterance["kind"] for utterance in trace["utterances"]][:2] == ["greeting", "answer"]


def test_a_caller_who_holds_the_agent_comes_back_to_it(conversations: dict[str, Conversation]) -> None:
    result, trace = conversations["held"].result, conversations["held"].trace
    assert (result.outcome, result.problems) == (Outcome.COMPLETED, ())
    assert result.turns[0].response_latency_ms is not None
    assert [event["event"] for event in trace["events"] if event["event"].startswith("Line")] == [
        "LineHeld",
        "LineResumed",
    ]


async def test_the_histograms_have_counted_the_turns(
    appliance: Appliance, conversations: dict[str, Conversation]
) -> None:
    assert len(conversations) == 4
    for stage in ("response_latency", "soft_end", "transcript_final", "decision", "first_clause", "first_packet"):
        assert await appliance.metric(f"appliance_{stage}_seconds_count") >= 3, stage
    assert await appliance.metric("appliance_backchannels_total") >= 1
    assert await appliance.metric("appliance_interruptions_total") >= 2
    assert await appliance.metric('appliance_calls_total{outcome="transferred"}') == 1
    assert await appliance.metric("appliance_sip_workers_up") == 1


async def test_nothing_about_a_caller_is_in_logs_metrics_or_file_names(
    appliance: Appliance, conversations: dict[str, Conversation]
) -> None:
    """The caller's name, number and words are in the records and nowhere else."""
    assert len(conversations) == 4
    traces = "".join(path.read_text() for path in (appliance.records / "traces").iterdir())
    assert all(secret in traces for secret in ("zebulon", "quartermaine")), "the secrets were not planted"
    output = (appliance.directory / "output").read_text()
    _, metrics = await appliance.get("/metrics")
    _, listed = await appliance.get("/api/calls")
    names = "\n".join(str(path) for path in appliance.directory.rglob("*"))
    for place in (appliance.log, output, metrics, listed, names):
        assert not [secret for secret in SECRETS if secret in place.lower()]
    assert re.search(r'"call_id": "[0-9a-f]{16}"', appliance.log)
