"""The scripted receptionist in the model's place, and back again, on a real appointment book."""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from appliance.clinic.appointments import Appointments
from appliance.clinic.database import ClinicDatabase
from appliance.clinic.messages import Messages
from appliance.clinic.profile import ClinicProfile
from appliance.clinic.tools import ClinicTools
from appliance.dialogue.briefing import Briefing
from appliance.dialogue.fallback import FallbackDialogue
from appliance.dialogue.model import ModelDialogue
from appliance.dialogue.model_chain import ModelChain
from appliance.dialogue.prompts import Prompts
from appliance.dialogue.reply import Expectation, HangUpAfter, ReplyEnd, Text, TransferAfter
from appliance.dialogue.scripted import ScriptedDialogue
from models.errors import EngineError
from tests.dialogue.models import Round, ToldModel, call, failure, words
from tests.dialogue.telephone import ANNA, TODAY, TUESDAY, Toolbox, at

PROFILE = ClinicProfile()
PROMPTS = Prompts.of(PROFILE)
BOOKING = {"name": "Anna Miller", "birth_date": "1980-03-05", "doctor": "patel", "start": "2026-11-24T10:30"}


@dataclass
class Call:
    """One call; a line's `turn` may be given again, as when the caller goes on after the answer began."""

    dialogue: FallbackDialogue
    model: ToldModel
    toolbox: Toolbox
    appointments: Appointments
    failures: list[EngineError] = field(default_factory=list)
    turn: int = 0

    async def draft(self, turn: int, text: str) -> tuple[str, ReplyEnd]:
        said, end = "", None
        async with aclosing(self.dialogue.draft(turn, text, self.toolbox)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Text):
                    said += piece.text
                else:
                    end = piece
        assert end is not None
        return said, end

    async def say(self, text: str, *, again: bool = False) -> tuple[str, ReplyEnd]:
        self.turn += not again
        self.toolbox.next_turn()
        said, end = await self.draft(self.turn, text)
        self.dialogue.accept(self.turn, text)
        self.dialogue.spoken(said, cut=False)
        return said, end

    def told_tools(self) -> list[tuple[str, Mapping[str, Any] | None]]:
        return [(c.name, c.arguments) for message in self.model.asked[-1] for c in message.tool_calls]


@asynccontextmanager
async def calling(folder: Path, *rounds: Round) -> AsyncIterator[Call]:
    database = await ClinicDatabase.open(folder / "clinic.db")
    try:
        appointments = Appointments(database, PROFILE, lambda: TODAY)
        tools = ClinicTools(PROFILE, appointments, Messages(database, lambda: TODAY), lambda: TODAY).all()
        model = ToldModel(list(rounds))
        failures: list[EngineError] = []
        briefing = Briefing.of(PROFILE, tools)
        mind = ModelDialogue(ModelChain([model], failures.append), briefing, PROMPTS, lambda: TODAY, "call-1")
        scripted = ScriptedDialogue(PROFILE, lambda: TODAY, "call-1")
        yield Call(FallbackDialogue(mind, scripted, briefing.changing), model, Toolbox(tools), appointments, failures)
    finally:
        await database.close()


async def test_the_model_answers_while_it_can(tmp_path: Path) -> None:
    async with calling(tmp_path, words("Certainly. Which day would you like?")) as phone:
        assert phone.dialogue.greeting() == PROMPTS.greeting
        said, end = await phone.say("I need an appointment")
        assert (said, end.expects) == ("Certainly. Which day would you like?", Expectation.DATE)


async def test_a_failure_before_the_first_word_is_not_heard(tmp_path: Path) -> None:
    async with calling(tmp_path, failure()) as phone:
        said, _ = await phone.say("what are your opening hours")
        assert "eight" in said
        assert len(phone.failures) == 1


async def test_a_failure_after_the_first_word_is_a_failed_reply(tmp_path: Path) -> None:
    async with calling(tmp_path, [*words("We are"), failure()]) as phone:
        with pytest.raises(EngineError):
            await phone.say("what are your opening hours")


async def test_a_model_that_is_down_is_not_asked_and_asked_again_when_it_is_back(tmp_path: Path) -> None:
    async with calling(tmp_path, words("We are open.")) as phone:
        phone.model.available = False
        said, _ = await phone.say("what are your opening hours")
        assert "eight" in said
        assert phone.model.asked == []
        phone.model.available = True
        assert (await phone.say("and on sunday"))[0] == "We are open."
        told = [message.content for message in phone.model.asked[-1]]
        assert said in told, "the model knows what was said meanwhile"


async def test_the_whole_booking_without_the_model_and_the_model_hears_of_it(tmp_path: Path) -> None:
    async with calling(tmp_path, words("You are booked for Tuesday.")) as phone:
        phone.model.available = False
        await phone.say("I'd like an appointment with doctor patel on tuesday at ten thirty")
        await phone.say("anna miller")
        await phone.say("march fifth nineteen eighty")
        await phone.say("yes")
        assert [appointment.slot for appointment in await phone.appointments.find(ANNA)] == [at(TUESDAY, 10, 30)]
        phone.model.available = True
        await phone.say("when was it again")
        assert phone.told_tools() == [("book_appointment", BOOKING)]


async def test_the_script_does_not_ask_again_for_a_name_that_the_model_used(tmp_path: Path) -> None:
    lookup = [call("find_appointment", name="Anna Miller", birth_date="1980-03-05")]
    async with calling(tmp_path, lookup, words("You have none. Shall I book one?"), failure()) as phone:
        await phone.say("do I have an appointment, it's anna miller, march fifth nineteen eighty")
        said, end = await phone.say("doctor patel on tuesday at ten thirty, I'd like an appointment")
        assert "Anna Miller" in said
        assert end.expects is Expectation.YES_NO
        await phone.say("yes")
        assert [appointment.slot for appointment in await phone.appointments.find(ANNA)] == [at(TUESDAY, 10, 30)]


async def test_an_answer_to_the_model_s_question_is_not_taken_for_one_to_the_script_s(tmp_path: Path) -> None:
    async with calling(tmp_path, words("Yes, behind the building. Do you need directions?")) as phone:
        phone.model.available = False
        await phone.say("I'd like an appointment with doctor patel on tuesday at ten thirty")
        await phone.say("anna miller")
        _, end = await phone.say("march fifth nineteen eighty")
        assert end.expects is Expectation.YES_NO, "the script asks whether to book"
        phone.model.available = True
        await phone.say("do you have parking")
        phone.model.available = False
        await phone.say("yes")
        assert await phone.appointments.find(ANNA) == ()


async def test_a_merged_turn_answered_by_the_script_starts_from_what_holds_before_it(tmp_path: Path) -> None:
    async with calling(tmp_path, words("Do you need directions?"), words("Behind it."), failure()) as phone:
        phone.model.available = False
        await phone.say("I'd like an appointment with doctor patel on tuesday at ten thirty")
        await phone.say("anna miller")
        await phone.say("march fifth nineteen eighty")
        phone.model.available = True
        await phone.say("do you have parking")
        await phone.say("yes")
        await phone.say("yes please", again=True)
        assert await phone.appointments.find(ANNA) == ()


async def test_a_turn_drafted_twice_by_the_script_books_once(tmp_path: Path) -> None:
    lookup = [call("find_appointment", name="Anna Miller", birth_date="1980-03-05")]
    async with calling(tmp_path, lookup, words("You have none."), failure()) as phone:
        await phone.say("do I have an appointment, it's anna miller, march fifth nineteen eighty")
        await phone.draft(2, "doctor patel on tuesday")
        await phone.say("I'd like an appointment with doctor patel on tuesday at ten thirty")
        await phone.say("yes")
        await phone.say("yes please do", again=True)
        assert len(await phone.appointments.find(ANNA)) == 1


async def test_an_emergency_and_its_question_are_the_script_s(tmp_path: Path) -> None:
    async with calling(tmp_path, words("Breathe in.")) as phone:
        said, end = await phone.say("my husband has chest pain")
        assert said.startswith(PROMPTS.emergency)
        assert end.expects is Expectation.YES_NO
        _, end = await phone.say("yes please")
        assert end.afterwards == TransferAfter(PROFILE.emergency.target, "emergency")
        assert phone.model.asked == []


async def test_after_an_emergency_that_was_none_the_model_goes_on(tmp_path: Path) -> None:
    async with calling(tmp_path, words("Which day would you like?")) as phone:
        await phone.say("I have chest pain")
        await phone.say("no it's fine")
        assert (await phone.say("I need an appointment"))[0] == "Which day would you like?"
        assert any("chest pain" in message.content for message in phone.model.asked[-1])


async def test_the_key_0_is_for_a_person_whatever_the_model_thinks(tmp_path: Path) -> None:
    async with calling(tmp_path, words("Zero what?")) as phone:
        _, end = await phone.say("dtmf 0")
        assert isinstance(end.afterwards, TransferAfter)
        assert phone.model.asked == []


async def test_an_abandoned_draft_closes_the_model_s_request(tmp_path: Path) -> None:
    async with calling(tmp_path, words("We are open until six.")) as phone:
        async with aclosing(phone.dialogue.draft(1, "are you open", phone.toolbox)) as pieces:
            await anext(pieces)
        assert phone.model.closed == 1


async def test_the_model_books_and_hangs_up(tmp_path: Path) -> None:
    rounds = [call("book_appointment", **BOOKING)], words("Booked for Tuesday."), [*words("Goodbye!"), call("end_call")]
    async with calling(tmp_path, *rounds) as phone:
        await phone.say("yes please")
        assert [appointment.slot for appointment in await phone.appointments.find(ANNA)] == [at(TUESDAY, 10, 30)]
        said, end = await phone.say("thank you bye")
        assert (said, end.afterwards) == ("Goodbye!", HangUpAfter())
