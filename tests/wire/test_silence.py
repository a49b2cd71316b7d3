"""Callers who say nothing, send nothing, or are not there any more."""

from collections.abc import Iterator

import pytest

from sip.caller.plan import CallPlan, Outcome
from sip.caller.script import Background, HangUp, PlayNoise, Vanish, Wait
from tests.wire.running import Appliance, Settings, call, calls, running

pytestmark = pytest.mark.wire


@pytest.fixture(scope="module")
def appliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    settings: Settings = {
        "sip": {"rtp_timeout_s": 1.5},
        "turn.patience": {"idle_ms": 600, "idle_waiting_ms": 600},
        "engines.simulated": {"tts_ms_per_char": 10.0},
    }
    with running(tmp_path_factory.mktemp("silence"), settings) as appliance:
        yield appliance


async def test_four_callers_who_say_nothing(appliance: Appliance) -> None:
    """At once: one is silent, one sends no packet, one is gone without a word, one only makes noise."""
    silent, mute, gone, noisy = await calls(
        CallPlan(appliance.uri, (Wait(20.0), HangUp()), background=Background.SILENCE),
        CallPlan(appliance.uri, (Wait(20.0), HangUp()), background=Background.NOTHING),
        CallPlan(appliance.uri, (Wait(0.5), Vanish())),
        CallPlan(appliance.uri, (PlayNoise(20.0, -20.0), HangUp()), background=Background.NOISE),
    )
    assert silent.outcome is mute.outcome is noisy.outcome is Outcome.ENDED_BY_AGENT
    assert gone.outcome is Outcome.VANISHED
    await appliance.until("ended", 4)
    traces = [await appliance.api(f"/api/calls/{ended['call_id']}") for ended in await appliance.calls()]
    assert sorted(trace["end_reason"] for trace in traces) == [
        "agent_hung_up",
        "agent_hung_up",
        "media_timeout",
        "media_timeout",
    ]
    spoken = [
        [utterance["kind"] for utterance in trace["utterances"]]
        for trace in traces
        if trace["end_reason"] == "agent_hung_up"
    ]
    assert ["greeting", "idle", "idle_again", "idle_goodbye"] in spoken
    assert all(kinds[-1] == "idle_goodbye" for kinds in spoken)
    assert "Traceback" not in appliance.log
    assert '"level": "error"' not in appliance.log
    assert (await appliance.get("/healthz"))[0] == 200


async def test_a_caller_who_is_there_without_packets_for_less_than_the_limit_stays(appliance: Appliance) -> None:
    ended = len(await appliance.calls())
    result = await call(appliance.uri, Wait(0.8), HangUp(), background=Background.NOTHING)
    assert result.outcome is Outcome.COMPLETED
    await appliance.until("ended", ended + 1)
    assert (await appliance.calls())[0]["end_reason"] == "caller_hung_up"
