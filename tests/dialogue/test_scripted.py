"""How drafts, acceptance and merged turns behave, and that no words whatever break the dialogue."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.clinic.profile import ClinicProfile
from appliance.clinic.tool import ToolFailed
from appliance.dialogue.reply import Dialogue, Expectation, ReplyEnd, Text
from appliance.dialogue.scripted import ScriptedDialogue
from tests.dialogue.telephone import TODAY, TUESDAY, Telephone, at, telephone
from tests.dialogue.test_conversations import BOOKING

THURSDAY = at(TUESDAY.replace(day=26), 10)


async def test_it_is_a_dialogue(tmp_path: Path) -> None:
    async with telephone(tmp_path) as phone:
        dialogue: Dialogue = phone.dialogue
        assert dialogue.greeting() in phone.dialogue.fixed_phrases()


class TestDrafts:
    async def test_a_draft_changes_nothing_until_it_is_accepted(self, tmp_path: Path) -> None:
        async with telephone(tmp_path) as phone:
            await phone.draft(1, "i'd like to book an appointment")
            # Turn 1 was never accepted: turn 2 starts afresh.
            assert (await phone.draft(2, "no thank you")).expects is not Expectation.NAME
            assert phone.dialogue.history.entries == ()

    async def test_a_turn_drafted_again_starts_from_the_turn_before(self, tmp_path: Path) -> None:
        async with telephone(tmp_path) as phone:
            await phone.talk(*BOOKING[:2])
            await phone.draft(3, "my name is")
            await phone.draft(3, "my name is hannah muller")
            reply = await phone.draft(3, "my name is anna miller")
            phone.dialogue.accept(3, "my name is anna miller")
            assert "Anna" in reply.text
            phone.turn = 3
            assert "Anna Miller" in (await phone.talk(*BOOKING[3:])).text

    async def test_a_turn_merged_after_its_answer_began_is_answered_as_one(self, tmp_path: Path) -> None:
        async with telephone(tmp_path) as phone:
            await phone.say("i'd like to book an appointment")
            merged = "i'd like to book an appointment with doctor patel please"
            reply = await phone.draft(1, merged)
            assert reply.expects is Expectation.NAME
            phone.dialogue.accept(1, merged)
            assert (await phone.say("anna miller")).expects is Expectation.DATE
            said = [entry.text for entry in phone.dialogue.history.entries if entry.speaker == "caller"]
            assert said == [merged, "anna miller"]

    async def test_a_dropped_draft_of_an_accepted_turn_leaves_what_was_accepted(self, tmp_path: Path) -> None:
        async with telephone(tmp_path) as phone:
            await phone.talk(*BOOKING[:2])
            await phone.draft(2, "with doctor patel goodbye")
            assert (await phone.say("anna miller")).expects is Expectation.DATE

    async def test_acceptance_before_the_draft_is_complete_counts_once_it_is(self, tmp_path: Path) -> None:
        async with telephone(tmp_path) as phone:
            pieces = phone.dialogue.draft(1, "i want to see doctor patel", phone.toolbox)
            first = await anext(pieces)
            phone.dialogue.accept(1, "i want to see doctor patel")
            rest = [piece async for piece in pieces]
            assert isinstance(first, Text)
            assert isinstance(rest[-1], ReplyEnd)
            assert (await phone.draft(2, "anna miller")).expects is Expectation.DATE

    async def test_an_answer_to_a_reply_that_was_cut_off_is_understood(self, tmp_path: Path) -> None:
        async with telephone(tmp_path) as phone:
            async with aclosing(phone.dialogue.draft(1, "i want to see doctor patel", phone.toolbox)) as pieces:
                await anext(pieces)
                phone.dialogue.accept(1, "i want to see doctor patel")
            phone.dialogue.spoken("I can book", cut=True)
            assert (await phone.draft(2, "anna miller")).expects is Expectation.DATE
            assert phone.dialogue.history.entries[-1].cut


class WaitingTools:
    """Tools of a draft that is not yet approved: what changes something waits."""

    def __init__(self, phone: Telephone) -> None:
        self._phone = phone
        self.approved = asyncio.Event()

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        if name not in {"find_slots", "find_appointment"}:
            await self.approved.wait()
        return await self._phone.toolbox.call(name, arguments)


class TestChanges:
    async def test_a_draft_that_is_dropped_has_booked_nothing(self, tmp_path: Path) -> None:
        async with telephone(tmp_path) as phone:
            await phone.talk(*BOOKING)
            tools = WaitingTools(phone)

            async def draft() -> None:
                async for _ in phone.dialogue.draft(6, "yes", tools):
                    pass

            task = asyncio.create_task(draft())
            await asyncio.sleep(0.02)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await phone.booked() == ()
            await phone.say("yes")
            assert len(await phone.booked()) == 1

    async def test_a_yes_answered_twice_books_once(self, tmp_path: Path) -> None:
        async with telephone(tmp_path) as phone:
            await phone.talk(*BOOKING, "yes")
            phone.toolbox.next_turn()
            reply = await phone.draft(6, "yes yes please")
            phone.dialogue.accept(6, "yes yes please")
            assert "is booked" in reply.text
            assert [booked.slot for booked in await phone.booked()] == [at(TUESDAY, 10)]

    @pytest.mark.parametrize("merged", ["yes oh no wait thursday", "yes no thursday i mean"])
    async def test_a_yes_taken_back_in_the_same_breath_leaves_no_booking(self, tmp_path: Path, merged: str) -> None:
        async with telephone(tmp_path) as phone:
            await phone.talk(*BOOKING, "yes")
            phone.toolbox.next_turn()
            reply = await phone.draft(6, merged)
            phone.dialogue.accept(6, merged)
            assert "Thursday" in reply.text
            assert await phone.booked() == ()
            await phone.say("yes")
            assert [booked.slot for booked in await phone.booked()] == [THURSDAY]

    async def test_a_cancellation_taken_back_in_the_same_breath_restores_the_appointment(self, tmp_path: Path) -> None:
        async with telephone(tmp_path) as phone:
            await phone.talk(*BOOKING, "yes", "cancel my appointment", "yes")
            assert await phone.booked() == ()
            phone.toolbox.next_turn()
            await phone.draft(8, "yes no no don't")
            assert [booked.slot for booked in await phone.booked()] == [at(TUESDAY, 10)]

    async def test_a_move_taken_back_in_the_same_breath_is_moved_back(self, tmp_path: Path) -> None:
        async with telephone(tmp_path) as phone:
            await phone.talk(*BOOKING, "yes", "move my appointment to thursday at ten", "yes")
            assert [booked.slot for booked in await phone.booked()] == [THURSDAY]
            phone.toolbox.next_turn()
            await phone.draft(8, "yes no that's wrong")
            assert [booked.slot for booked in await phone.booked()] == [at(TUESDAY, 10)]


class FreeTools:
    """A clinic that always has, or never has, what it is asked for."""

    def __init__(self, reason: str | None) -> None:
        self._reason = reason

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        if self._reason is not None:
            raise ToolFailed(self._reason)
        slots = [{"doctor": "patel", "start": f"2026-11-24T{hour}:15"} for hour in (11, 12, 14)]
        match name:
            case "find_slots":
                return {"slots": slots, "as_wished": arguments.get("time") != "10:00"}
            case "find_appointment":
                return {"appointments": [{"id": number, **slot} for number, slot in enumerate(slots)]}
            case _:
                return {"id": 7, **slots[0]}


LINES = """
yes; no; the first one; wubble; what are your hours; where are you; cancel my appointment; move my appointment
leave a message; five five five one two three four; anna miller; doctor garcia; cardiology; billing; never mind
start over; repeat that; i have chest pain; thursday; in the afternoon; as soon as possible; the name; dtmf 1; dtmf 0
connect me; goodbye; thank you; hello; hold on; m i double l e r; march fifth; nineteen eighty; the last one
what departments do you have; who are your doctors; how do i get there; what is your address; hours
"""
SALAD = st.lists(
    st.sampled_from([*BOOKING, *(line.strip() for line in LINES.replace("\n", ";").split(";"))]), max_size=4
).map(" ".join)


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.one_of(SALAD, st.text(max_size=60)), min_size=1, max_size=12),
    st.sampled_from([None, "slot_taken", "storage_busy"]),
)
def test_no_words_break_it(lines: list[str], reason: str | None) -> None:
    async def call() -> None:
        dialogue = ScriptedDialogue(ClinicProfile(), lambda: TODAY, "call-1")
        tools = FreeTools(reason)
        for turn, line in enumerate(lines, start=1):
            pieces = [piece async for piece in dialogue.draft(turn, line, tools)]
            dialogue.accept(turn, line)
            *texts, end = pieces
            assert isinstance(end, ReplyEnd)
            said = "".join(piece.text for piece in texts if isinstance(piece, Text))
            assert len(texts) == len([piece for piece in texts if isinstance(piece, Text)])
            assert 1 <= len(said.split()) <= 60, said
            assert "{" not in said
            assert not any(character.isdigit() for character in said), said
            dialogue.spoken(said, cut=False)

    asyncio.run(call())


async def test_the_memory_of_a_long_call_is_bounded(tmp_path: Path) -> None:
    async with telephone(tmp_path) as phone:
        for _ in range(300):
            await phone.say("thank you")
        assert len(phone.dialogue.history.entries) <= 400
        assert len(phone.dialogue._latest) < 20


async def test_the_prompts_name_the_clinic_and_its_emergency_number(tmp_path: Path) -> None:
    async with telephone(tmp_path) as phone:
        phrases = phone.dialogue.fixed_phrases()
        assert len(phrases) == len(set(phrases))
        assert "Riverside Clinic" in phone.dialogue.prompts.greeting
        assert "nine one one" in phone.dialogue.prompts.emergency
        assert set(phone.dialogue.prompts.fillers.values()) <= set(phrases)


@pytest.mark.parametrize("question", ["what are your opening hours", "are you open on saturday", "where are you"])
async def test_yes_and_a_question_books_and_answers(tmp_path: Path, question: str) -> None:
    async with telephone(tmp_path) as phone:
        reply = await phone.talk(*BOOKING, f"yes and {question}")
        assert "is booked" in reply.text
        assert "we are" in reply.text.lower()
        assert [booked.slot for booked in await phone.booked()] == [at(TUESDAY, 10)]
