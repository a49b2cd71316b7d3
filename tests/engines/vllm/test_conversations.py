"""Whole conversations with the real vLLM: the book, the script when the server is killed, and the way back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from appliance.assembly import build_calls, open_clinic
from appliance.assembly.engines import Engines
from appliance.assembly.language_model import DialogueParts
from appliance.config import Config, parse_config
from appliance.dialogue.reply import Dialogue, ReplyEnd, Text
from appliance.line import CallInfo
from appliance.metrics import Metrics
from appliance.session.journal import Journal
from appliance.simulator.line import SimulatedLine, Sound
from appliance.trace import TraceRecorder
from appliance.turn.facts import TransferAfter
from models.openai_chat.client import OpenAiChat
from models.openai_chat.failures import FailureKind
from models.simulated import SimulatedEndOfTurn, SimulatedSpeechToText, SimulatedTextToSpeech
from models.simulated_vad import SimulatedVad
from tests.dialogue.telephone import Toolbox
from tests.engines.micro_qwen.phrases import HOURS, WHO, ask_birth_date, booked, offer, read_back
from tests.engines.vllm.books import bookings
from tests.engines.vllm.dated_appliance import TODAY
from tests.engines.vllm.server import VllmServer
from tests.engines.vllm.waiting import until
from tests.engines.vllm.wording import at_some_time

pytestmark = [pytest.mark.engines, pytest.mark.timeout(2400)]


@dataclass
class Call:
    """One call in text."""

    dialogue: Dialogue
    toolbox: Toolbox
    errors: list[tuple[str, str]]
    book: Path
    turn: int = 0
    end: ReplyEnd = field(default_factory=ReplyEnd)

    async def say(self, text: str, language: str | None = None) -> str:
        self.turn += 1
        self.toolbox.next_turn()
        self.dialogue.overhear(self.turn, text, language)
        said = ""
        async for piece in self.dialogue.draft(self.turn, text, self.toolbox):
            if isinstance(piece, Text):
                said += piece.text
            else:
                self.end = piece
        self.dialogue.accept(self.turn, text)
        self.dialogue.spoken(said, cut=False)
        return said

    async def appointments(self) -> list[tuple[str, str, str, str]]:
        return await asyncio.to_thread(bookings, self.book)


PATIENCE = {"transcript_ms": 60_000, "reply_ms": 60_000, "filler_ms": 120_000, "tool_filler_ms": 120_000}
"""However slow the machine, the agent says nothing but answers."""


def configured(directory: Path) -> Config:
    tables = {"engines": {"llm": "openai"}, "records": {"directory": "records"}, "turn": {"patience": PATIENCE}}
    return parse_config(tables, "test", directory)


@asynccontextmanager
async def calling(directory: Path, model: OpenAiChat, today: date = TODAY) -> AsyncIterator[Call]:
    config = configured(directory)
    clinic = await open_clinic(config, lambda: today)
    errors: list[tuple[str, str]] = []
    parts = DialogueParts.of(config, clinic, (model,))
    dialogue = parts.dialogue(CallInfo("call-1", "", "", 8000), lambda engine, kind: errors.append((engine, kind)))
    call = Call(dialogue, Toolbox(tuple(clinic.tools)), errors, config.records.database_path)
    dialogue.spoken(dialogue.greeting(), cut=False)
    try:
        yield call
    finally:
        await clinic.close()


async def test_an_appointment_is_booked_for_a_caller_the_model_never_heard_of(
    tmp_path: Path, model: OpenAiChat
) -> None:
    async with calling(tmp_path, model) as call:
        first = await call.say("I need an appointment with Dr. Kim.")
        assert call.toolbox.called == ["find_slots"]
        assert await call.say("Yes, please.") == WHO
        assert await call.say("My name is Anna Miller.") == ask_birth_date("Anna Miller")
        back = await call.say("March 5th, 1980.")
        assert not await call.appointments()
        done = await call.say("Yes, please.")
        ((patient, birth_date, doctor, _),) = await call.appointments()
        assert (patient, birth_date, doctor) == ("Anna Miller", "1980-03-05", "kim")
        assert at_some_time(lambda start: offer("kim", start)).fullmatch(first)
        assert at_some_time(lambda start: read_back("Anna Miller", birth_date, "kim", start)).fullmatch(back)
        assert at_some_time(lambda start: booked("kim", start)).fullmatch(done)
        assert not call.errors


async def test_another_time_than_the_first_is_looked_up_and_booked(tmp_path: Path, model: OpenAiChat) -> None:
    async with calling(tmp_path, model) as call:
        await call.say("Can I see Dr. Garcia?")
        assert "at eleven o'clock" in await call.say("Do you have anything at eleven?")
        await call.say("Yes.")
        await call.say("It's Karim Stone. July 21st, 1964.")
        await call.say("That's right.")
        ((patient, birth_date, doctor, start),) = await call.appointments()
        assert (patient, birth_date, doctor) == ("Karim Stone", "1964-07-21", "garcia")
        assert start.endswith("T11:00")


async def test_a_person_is_what_the_caller_gets(tmp_path: Path, model: OpenAiChat) -> None:
    async with calling(tmp_path, model) as call:
        await call.say("I want to speak to a person.")
        assert isinstance(call.end.afterwards, TransferAfter)
        assert call.end.afterwards.department == "operator"


async def test_killed_the_script_answers_and_started_again_the_model_does(
    tmp_path: Path, vllm: VllmServer, probing_model: OpenAiChat
) -> None:
    model = probing_model
    async with calling(tmp_path, probing_model) as call:
        assert await call.say("What are your hours?") == HOURS
        await asyncio.to_thread(vllm.kill)
        try:
            scripted = await call.say("What are your hours?")
            assert scripted
            assert scripted != HOURS
            # Whichever noticed first: the reply, or what was to be read ahead.
            assert set(model.statistics.failed) == {FailureKind.CONNECTION}
            assert {kind for _, kind in call.errors} <= {"connection"}
            assert not model.available
            failures = len(call.errors)
            assert "River Street" in await call.say("What is your address?")
            assert len(call.errors) == failures, "a server that is down is not asked again"
        finally:
            await asyncio.to_thread(vllm.start)
        await until(lambda: model.available)
        completed = model.statistics.completed
        assert await call.say("What are your hours?")
        assert model.statistics.completed == completed + 1


async def test_a_call_in_sound_with_partial_words_and_an_interruption(tmp_path: Path, model: OpenAiChat) -> None:
    heard = ["What are your hours?", "No wait, I need an appointment with Dr. Patel."]
    config = configured(tmp_path)
    engines = Engines(
        {8000: SimulatedVad()},
        SimulatedEndOfTurn(0.95),
        SimulatedSpeechToText(50, heard),
        # The answer takes 45 s to say, so that a slow model is interrupted in it as well, a quick one after few words.
        SimulatedTextToSpeech(30, 240),
        {"llm": model},
    )
    clinic = await open_clinic(config, lambda: TODAY)
    try:
        metrics, recorder = Metrics(), TraceRecorder("simulated", "", "")
        for measurements in engines.measurements():
            metrics.also(measurements)
        line = SimulatedLine([Sound(2000, 3000), Sound(15_000, 17_000)], ends_ms=60_000)
        session = (await build_calls(config, engines, clinic)).session(line, Journal(recorder, metrics), None)
        reason = await session.run()
    finally:
        await clinic.close()
    trace = recorder.ended(str(reason), 0, None)
    answers = [utterance for utterance in trace.utterances if utterance.kind == "answer"]
    assert [turn.text for turn in trace.turns] == heard
    assert answers[0].cut
    assert HOURS.startswith(answers[0].heard.strip())
    assert answers[1].heard.startswith("The first free time with Doctor Patel is on")
    assert model.statistics.prefilled >= 1

    def exported(name: str, **labels: str) -> float | None:
        return metrics.registry.get_sample_value(f"appliance_llm_{name}", {"model": "llm", **labels})

    assert exported("replies_total", outcome="completed") == model.statistics.completed
    assert exported("replies_total", outcome="aborted") == model.statistics.aborted
    assert (exported("cached_tokens_total") or 0) > 0
    assert exported("prefills_total") == model.statistics.prefilled
