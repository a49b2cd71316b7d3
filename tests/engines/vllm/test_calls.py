"""Whole SIP calls on the production engines' code: Whisper hears, vLLM thinks, Piper speaks, in small."""

import asyncio
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("faster_whisper", reason="make engines installs it")

from appliance.audio import write_wav
from appliance.cli.demo_script import voice
from sip.caller.plan import Outcome
from sip.caller.script import Play, PlayOver, Wait, WaitForAgentSilence
from tests.engines.installed import REVISION
from tests.engines.micro_qwen.phrases import (
    AGAIN,
    ENDLESS,
    HOURS,
    WHICH_DOCTOR,
    WHO,
    ask_birth_date,
    booked,
    offer,
    read_back,
)
from tests.engines.micro_whisper.lessons import LINE_RATE, SAID, speech
from tests.engines.vllm.books import bookings
from tests.engines.vllm.production import settings
from tests.engines.vllm.server import VllmServer
from tests.engines.vllm.waiting import until
from tests.engines.vllm.wording import at_some_time
from tests.wire.running import Appliance, call, running

pytestmark = [pytest.mark.engines, pytest.mark.wire, pytest.mark.timeout(2400)]

DATED = (sys.executable, "-m", "tests.engines.vllm.dated_appliance")
SOME_WORDS_S = 4.0
# On a busy machine there are gaps in what the agent says.
AGENT_DONE = WaitForAgentSilence(4000, 300)
ASKED_FOR_EVER = 200
PATIENCE_S = 1200


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The caller asks for what takes for ever to tell."""
    path = tmp_path_factory.mktemp("voice") / "everything.wav"
    write_wav(path, speech("everything"), LINE_RATE)
    return path


async def counted(appliance: Appliance, name: str, **labels: str) -> float:
    """One of the appliance's figures about the language model."""
    return await appliance.metric("appliance_llm_" + name + labelled(model="llm", **labels))


def labelled(**labels: str) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"


async def only_trace(appliance: Appliance) -> Any:
    await appliance.until("ended", 1)
    (summary,) = await appliance.calls()
    return await appliance.api(f"/api/calls/{summary['call_id']}")


def answers_in(trace: Any) -> list[Any]:
    return [utterance for utterance in trace["utterances"] if utterance["kind"] == "answer"]


async def test_an_appointment_is_booked_and_an_endless_answer_interrupted(
    vllm: VllmServer, models: Path, everything: Path, tmp_path: Path
) -> None:
    # One-token requests are those that read ahead: no probe is due for an hour.
    with running(tmp_path / "appliance", settings(vllm, models, probe_every_s=3600), program=DATED) as appliance:
        await book_and_interrupt(appliance, vllm, everything)


async def book_and_interrupt(appliance: Appliance, vllm: VllmServer, everything: Path) -> None:
    one_token = vllm.requests_for_one_token()
    hits = vllm.metric("prefix_cache_hits_total")
    said = ["book", "book_2", "yes", "name", "birth_date", "yes", "everything", "interrupt", "goodbye"]
    result = await call(
        appliance.uri,
        AGENT_DONE,
        *(step for name in said[:6] for step in (Play(voice(name)), AGENT_DONE)),
        Play(everything),
        PlayOver(voice("interrupt"), SOME_WORDS_S, patience_s=300),
        AGENT_DONE,
        Play(voice("goodbye")),
        Wait(300),
    )
    trace = await only_trace(appliance)

    # The wire: every question was followed by sound, and the agent ended the call.
    assert (result.outcome, result.problems) == (Outcome.ENDED_BY_AGENT, ())
    assert not any(step.gave_up for step in result.steps)

    # Heard by Whisper, answered by vLLM's model, with what the appointment book has.
    assert [turn["text"] for turn in trace["turns"]] == [SAID[name] for name in said]
    assert all(turn["confidence"] > 0.5 for turn in trace["turns"])
    ((patient, birth_date, doctor, _),) = bookings(appliance.records / "appliance.sqlite3")
    assert (patient, birth_date, doctor) == ("Anna Miller", "1980-03-05", "patel")
    tools = [(tool["name"], tool["outcome"]) for turn in trace["turns"] for tool in turn["tools"]]
    assert dict.fromkeys(tools) == dict.fromkeys([("find_slots", "done"), ("book_appointment", "done")])
    answers = answers_in(trace)
    assert ENDLESS.startswith(answers[6]["heard"])
    assert [answer["cut"] for answer in answers] == [number == 6 for number in range(len(said))]
    said_by_agent = [answer["heard"] for answer in answers]
    assert said_by_agent[0] == WHICH_DOCTOR
    assert at_some_time(lambda start: offer("patel", start)).fullmatch(said_by_agent[1])
    assert said_by_agent[2:4] == [WHO, ask_birth_date("Anna Miller")]
    details = at_some_time(lambda start: read_back("Anna Miller", birth_date, "patel", start))
    assert details.fullmatch(said_by_agent[4])
    assert at_some_time(lambda start: booked("patel", start)).fullmatch(said_by_agent[5])
    assert said_by_agent[7:] == [AGAIN, "Thank you for calling. Goodbye!"]

    # What nobody waits for any more was given up; that this ends the server's work too is in test_replies.py.
    await until(lambda: vllm.metric("num_requests_running") == 0)
    assert await counted(appliance, "replies_total", outcome="aborted") >= 1
    assert await counted(appliance, "replies_total", outcome="failed") == 0

    # What the caller said was read ahead while they spoke, and most of each prompt was there from the turns before.
    prefills = await counted(appliance, "prefills_total")
    assert prefills >= 1
    await until(lambda: vllm.requests_for_one_token() - one_token >= prefills)
    prompts, cached = await counted(appliance, "prompt_tokens_total"), await counted(appliance, "cached_tokens_total")
    assert cached > prompts / 2
    await until(lambda: vllm.metric("prefix_cache_hits_total") - hits >= cached)

    for model in ("whisper-micro", "piper-micro"):
        assert f"model {model}: made-here/{model} revision {REVISION}, sha256 " in appliance.log


async def test_the_script_takes_over_in_mid_call_and_the_model_when_it_is_back(
    vllm: VllmServer, models: Path, tmp_path: Path
) -> None:
    """The caller asks the same again and again, until the server that was killed has answered again."""
    asking = [step for _ in range(ASKED_FOR_EVER) for step in (AGENT_DONE, Play(voice("hours")))]
    with running(tmp_path / "appliance", settings(vllm, models, probe_every_s=5), program=DATED) as appliance:
        caller = asyncio.create_task(call(appliance.uri, *asking))
        try:
            await appliance.until("active", 1)
            await answered(appliance, by_model=[True])
            await asyncio.to_thread(vllm.kill)
            try:
                await answered(appliance, by_model=[True, False])
            finally:
                await asyncio.to_thread(vllm.start)
            await answered(appliance, by_model=[True, False, True])
        finally:
            caller.cancel()
            await asyncio.wait([caller])
        trace = await only_trace(appliance)
    assert trace["end_reason"] == "caller_hung_up"
    assert {turn["text"] for turn in trace["turns"]} == {SAID["hours"]}


async def answered(appliance: Appliance, by_model: list[bool]) -> None:
    """Wait until the answers that were heard have come in turns from the model and from the script like that."""
    (summary,) = await appliance.calls("active")
    async with asyncio.timeout(PATIENCE_S):
        while True:
            trace = await appliance.api(f"/api/calls/{summary['call_id']}")
            heard = [answer["heard"] == HOURS for answer in answers_in(trace) if not answer["cut"]]
            if [each for each, _ in groupby(heard)] == by_model:
                return
            await asyncio.sleep(0.1)
