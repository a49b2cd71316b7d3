"""A language model as the mind of a call: what it is told, what it may do, what reaches the caller."""

import json
from collections.abc import Mapping
from contextlib import aclosing
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from appliance.clinic.profile import ClinicProfile
from appliance.clinic.tool import Tool, ToolFailed
from appliance.dialogue.briefing import Briefing, system_prompt
from appliance.dialogue.model import ModelDialogue
from appliance.dialogue.model_chain import ModelChain
from appliance.dialogue.prompts import Prompts
from appliance.dialogue.reply import Expectation, HangUpAfter, ReplyEnd, Text, TransferAfter
from appliance.dialogue.tool_schemas import tool_schemas
from appliance.dialogue.transcript import estimated_tokens
from models.errors import EngineError
from models.json_schema import problems_with
from models.llm import LanguageModel, Message, TextPiece, ToolCallPiece
from tests.dialogue.models import Round, ToldModel, ToldTools, call, failure, words
from tests.dialogue.telephone import TODAY

PROFILE = ClinicProfile()
PROMPTS = Prompts.of(PROFILE)
SPANISH = Prompts.of(PROFILE, "es")
SLOTS = {"slots": [{"doctor": "patel", "start": "2026-11-24T10:30"}], "as_wished": True}
ANNA = {"name": "Anna Miller", "birth_date": "1980-03-05"}
BOOKING = {**ANNA, "doctor": "patel", "start": "2026-11-24T10:30"}


async def _nothing(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    return arguments


CLINIC_TOOLS = tuple(
    Tool(name, _nothing, changes=name.split("_")[0] not in {"find"}, filler="")
    for name in (
        "find_slots",
        "find_appointment",
        "book_appointment",
        "move_appointment",
        "cancel_appointment",
        "leave_message",
    )
)


class Call:
    """One call with models that are told what to say."""

    def __init__(self, *rounds: Round, context_tokens: int = 3000, second: LanguageModel | None = None) -> None:
        self.model = ToldModel(list(rounds))
        self.tools = ToldTools({"find_slots": SLOTS})
        self.failures: list[EngineError] = []
        models: list[LanguageModel] = [self.model, *([second] if second is not None else [])]
        chain = ModelChain(models, self.failures.append)
        briefing = Briefing.of(PROFILE, CLINIC_TOOLS, context_tokens)
        self.dialogue = ModelDialogue(chain, briefing, PROMPTS, lambda: TODAY, "call-7", {"es": SPANISH})
        self.turn = 0

    async def draft(self, text: str, turn: int | None = None) -> tuple[str, ReplyEnd]:
        said, end = "", None
        async for piece in self.dialogue.draft(turn or self.turn + 1, text, self.tools):
            assert end is None, "nothing follows the end of a reply"
            if isinstance(piece, Text):
                said += piece.text
            else:
                end = piece
        assert end is not None
        return said, end

    async def say(self, text: str) -> tuple[str, ReplyEnd]:
        """The next turn, drafted, accepted and heard."""
        said, end = await self.draft(text)
        self.turn += 1
        self.dialogue.accept(self.turn, text)
        self.dialogue.spoken(said, cut=False)
        return said, end

    @property
    def asked(self) -> list[Message]:
        return self.model.asked[-1]


# What it is told


def test_the_system_prompt_is_short_and_names_what_callers_ask_for() -> None:
    prompt = system_prompt(PROFILE)
    assert estimated_tokens(prompt) < 500
    for fact in ("Monday to Friday 08:00-18:00, Saturday 09:00-13:00, Sunday closed", "patel (cardiology)", "12-25"):
        assert fact in prompt


def test_every_tool_of_the_clinic_has_a_schema_that_can_be_checked() -> None:
    schemas = {schema.name: schema for schema in tool_schemas(PROFILE)}
    assert {tool.name for tool in CLINIC_TOOLS} | {"transfer_call", "end_call"} == set(schemas)
    for schema in schemas.values():
        for value in (None, "", 1):
            problems_with(dict.fromkeys(schema.parameters["properties"], value), schema.parameters)
    assert problems_with(BOOKING, schemas["book_appointment"].parameters) == ()


def test_only_the_tools_that_the_clinic_has_are_offered() -> None:
    offered = Briefing.of(PROFILE, CLINIC_TOOLS[:1])
    assert [tool.name for tool in offered.tools] == ["find_slots", "transfer_call", "end_call"]


async def test_each_request_begins_with_what_the_one_before_began_with() -> None:
    conversation = Call(
        words("Of course."), [call("find_slots", doctor="patel")], words("At ten thirty?"), words("Yes.")
    )
    conversation.dialogue.spoken("Hello.", cut=False)
    for text in ("I need an appointment", "with Doctor Patel", "do I need to bring anything"):
        await conversation.say(text)
    requests = conversation.model.asked
    for before, after in pairwise(requests):
        assert after[: len(before)] == before
    assert len({tuple(tool.name for tool in tools) for tools in conversation.model.tools}) == 1
    assert [message.role for message in requests[0]] == ["system", "user", "assistant", "user"]
    assert "Friday 2026-11-20" in requests[0][1].content
    assert "2026" not in requests[0][0].content, "the system prompt is the same on every day"


async def test_the_caller_s_interruption_and_keys_are_marked() -> None:
    conversation = Call(words("All right."))
    await conversation.draft("hello")
    conversation.dialogue.accept(1, "hello")
    conversation.dialogue.spoken("We are open from", cut=True)
    await conversation.draft("dtmf 1 2", turn=2)
    assert [message.content for message in conversation.asked[-2:]] == ["We are open from—", "[keys pressed: 12]"]


async def test_a_draft_changes_nothing() -> None:
    conversation = Call(words("Yes."))
    await conversation.draft("is it", turn=1)
    await conversation.draft("is it open", turn=1)
    assert [message.content for message in conversation.asked[2:]] == []
    assert conversation.asked[1].content.endswith("is it open")
    assert "is it\n" not in conversation.asked[1].content


# What reaches the caller


async def test_text_streams_on_before_the_reply_is_complete() -> None:
    conversation = Call([*words("We are open now"), failure()])
    heard = []
    with pytest.raises(EngineError):
        async for piece in conversation.dialogue.draft(1, "are you open", conversation.tools):
            heard.append(piece)  # noqa: PERF401 - what came before the failure counts
    assert heard == [Text("We"), Text(" are"), Text(" open")]


async def test_an_emergency_and_silence_never_reach_the_model() -> None:
    conversation = Call(words("Take an aspirin."))
    assert (await conversation.draft("I have chest pain"))[0] == PROMPTS.emergency
    assert (await conversation.draft("  "))[0] == PROMPTS.say_again
    assert conversation.model.asked == []


async def test_of_a_reply_that_rambles_the_first_sentences_are_spoken_and_its_tools_count() -> None:
    sentence = "This is a sentence of exactly eight words. "
    rambling = [TextPiece(sentence[start : start + 9]) for _ in range(40) for start in range(0, len(sentence), 9)]
    conversation = Call([*rambling, call("transfer_call", department="billing")])
    said, end = await conversation.draft("hello")
    assert said.strip() == (sentence * 7).strip()
    assert isinstance(end.afterwards, TransferAfter)


async def test_what_follows_a_tool_is_spoken_however_much_came_before_it() -> None:
    sentence = "This is a sentence of exactly eight words. "
    conversation = Call([*[TextPiece(sentence)] * 9, call("find_slots")], words("Tuesday at ten thirty?"))
    said, _ = await conversation.draft("hello")
    assert said == sentence * 7 + "Tuesday at ten thirty?"


async def test_an_abandoned_draft_closes_the_request() -> None:
    conversation = Call(words("We are open until six in the evening."))
    async with aclosing(conversation.dialogue.draft(1, "are you open", conversation.tools)) as pieces:
        await anext(pieces)
    assert conversation.model.closed == 1


async def test_a_model_that_says_nothing_has_failed() -> None:
    with pytest.raises(EngineError, match="said nothing"):
        await Call([TextPiece("  \n")]).draft("hello")


async def test_what_the_reply_asks_for_is_read_from_its_words() -> None:
    assert (await Call(words("Sure. What is your date of birth?")).draft("hi"))[1].expects is Expectation.DATE


# What it may do


async def test_a_tool_is_run_and_its_result_told() -> None:
    conversation = Call([*words("Let me look."), call("find_slots", doctor="patel")], words("Tuesday at ten thirty?"))
    said, _ = await conversation.draft("Doctor Patel please")
    assert said == "Let me look. Tuesday at ten thirty?"
    assert conversation.tools.called == [("find_slots", {"doctor": "patel"})]
    asked, told = conversation.asked[-2:]
    assert asked.tool_calls == (call("find_slots", doctor="patel"),)
    assert (told.role, told.tool_call_id, json.loads(told.content)) == ("tool", "id-find_slots", SLOTS)


async def test_a_later_turn_still_knows_what_the_tool_gave() -> None:
    conversation = Call([call("find_slots")], words("Tuesday at ten thirty?"), words("Fine."))
    await conversation.say("anything free")
    await conversation.say("the first one")
    assert SLOTS in [json.loads(message.content) for message in conversation.asked if message.role == "tool"]


async def test_wrong_arguments_are_told_once_and_run_nothing() -> None:
    wrong = [call("book_appointment", **{**BOOKING, "birth_date": "March 5"})]
    conversation = Call(wrong, words("What is your date of birth?"))
    said, _ = await conversation.draft("book it")
    assert said == "What is your date of birth?"
    assert conversation.tools.called == []
    told = json.loads(conversation.asked[-1].content)
    assert told == {"error": "invalid_arguments", "problems": ["birth_date does not satisfy format date"]}


@pytest.mark.parametrize(
    "wrong",
    [
        call("book_appointment", name="Anna Miller"),
        ToolCallPiece("find_slots", None, "id"),
        call("delete_everything"),
        call("transfer_call", department="the pub"),
        call("end_call", now=True),
        call("book_appointment", **{**BOOKING, "request_key": "mine"}),
        call("book_appointment", **{**BOOKING, "doctor": "house"}),
    ],
    ids=lambda call: call.name,
)
async def test_wrong_twice_is_an_apology(wrong: ToolCallPiece) -> None:
    conversation = Call([wrong], [wrong], words("Never asked."))
    said, end = await conversation.draft("do it")
    assert (said, end.afterwards) == (PROMPTS.apology, None)
    assert conversation.tools.called == []
    assert len(conversation.model.asked) == 2


async def test_a_model_that_keeps_calling_tools_is_stopped() -> None:
    conversation = Call([call("find_slots")])
    assert (await conversation.draft("hello"))[0] == PROMPTS.apology
    assert len(conversation.tools.called) == 4


async def test_a_tool_that_fails_is_told_its_reason() -> None:
    conversation = Call([call("book_appointment", **BOOKING)], words("Somebody has just taken that time."))
    conversation.tools.results["book_appointment"] = ToolFailed("slot_taken")
    said, _ = await conversation.draft("yes")
    assert said == "Somebody has just taken that time."
    assert json.loads(conversation.asked[-1].content) == {"error": "slot_taken"}


async def test_a_booking_has_a_key_of_its_turn_so_that_asking_again_moves_it() -> None:
    booking = [call("book_appointment", **BOOKING)]
    later = [call("book_appointment", **{**BOOKING, "start": "2026-11-24T11:00"})]
    conversation = Call(booking, words("Booked."), later, words("Booked at eleven."))
    conversation.tools.results["book_appointment"] = {"id": 4}
    await conversation.draft("yes", turn=3)
    await conversation.draft("yes but at eleven", turn=3)
    keys = [arguments["request_key"] for _, arguments in conversation.tools.called]
    assert keys == ["call-7-turn-3-1"] * 2
    assert "request_key" not in json.dumps([m.tool_calls[0].arguments for m in conversation.asked if m.tool_calls])


async def test_a_turn_that_is_drafted_again_is_told_what_it_has_already_changed() -> None:
    cancel = [call("find_slots"), call("cancel_appointment", **ANNA, id=4)]
    conversation = Call(cancel, words("Cancelled."), words("I see."))
    conversation.tools.results["cancel_appointment"] = {"cancelled": 4}
    await conversation.draft("cancel it", turn=1)
    conversation.dialogue.accept(1, "cancel it")
    await conversation.draft("cancel it no wait not that one", turn=1)
    asked = [message.tool_calls[0].name for message in conversation.asked if message.tool_calls]
    assert asked == ["cancel_appointment"], "what was only read may be read again"


async def test_a_change_is_confirmed_even_if_the_model_then_fails() -> None:
    conversation = Call([call("book_appointment", **BOOKING)], failure())
    said, end = await conversation.draft("yes")
    assert said == "Your appointment is booked. Is there anything else I can do for you?"
    assert end == ReplyEnd()


async def test_a_failure_after_something_was_only_read_is_a_failure() -> None:
    with pytest.raises(EngineError):
        await Call([call("find_slots")], failure()).draft("anything free")


@pytest.mark.parametrize(
    ("department", "target"), [("cardiology", "sip:cardiology@127.0.0.1"), ("operator", "sip:operator@127.0.0.1")]
)
async def test_a_transfer_follows_the_words(department: str, target: str) -> None:
    said, end = await Call([*words("One moment please."), call("transfer_call", department=department)]).draft("hi")
    assert said == "One moment please."
    assert end == ReplyEnd(Expectation.OPEN, TransferAfter(target, department))


async def test_a_transfer_and_a_farewell_without_words_get_ours() -> None:
    said, end = await Call([call("transfer_call", department="billing")]).draft("billing")
    assert said == "I'm connecting you with billing. Please stay on the line."
    said, end = await Call([call("end_call")]).draft("bye")
    assert (said, end.afterwards) == ("Thank you for calling. Goodbye!", HangUpAfter())


@pytest.mark.parametrize(
    ("heard", "answered"),
    [("adiós", SPANISH.goodbye), ("me duele el pecho", SPANISH.emergency), ("", SPANISH.say_again)],
)
async def test_what_is_said_in_the_models_place_is_in_the_callers_language(heard: str, answered: str) -> None:
    conversation = Call([call("end_call")])
    conversation.dialogue.overhear(1, heard, "es")
    pieces = [piece async for piece in conversation.dialogue.draft(1, heard, conversation.tools)]
    assert pieces[0] == Text(answered, "es")


async def test_what_was_done_is_said_in_the_callers_language_when_the_model_fails_then() -> None:
    conversation = Call([call("book_appointment", **BOOKING)], failure())
    conversation.dialogue.overhear(1, "sí", "es")
    pieces = [piece async for piece in conversation.dialogue.draft(1, "sí", conversation.tools)]
    assert pieces[0] == Text(SPANISH.done["book_appointment"], "es")


async def test_in_a_language_without_a_voice_the_clinics_words_are_said() -> None:
    conversation = Call([call("end_call")])
    conversation.dialogue.overhear(1, "مع السلامة", "ar")
    pieces = [piece async for piece in conversation.dialogue.draft(1, "مع السلامة", conversation.tools)]
    assert isinstance(pieces[0], Text)
    assert pieces[0].text == PROMPTS.goodbye


# Its memory


async def test_older_turns_are_summed_up_and_what_the_tools_established_is_kept() -> None:
    conversation = Call(
        [call("find_appointment", **ANNA)],
        words("You have none."),
        [call("book_appointment", **BOOKING)],
        words("That is booked."),
        words("As I said, there is parking behind the building and the bus stops across the street."),
        context_tokens=600,
    )
    conversation.tools.results["book_appointment"] = {"id": 4, "doctor": "patel", "start": "2026-11-24T10:30"}
    conversation.dialogue.spoken("Hello.", cut=False)
    await conversation.say("do I have an appointment")
    await conversation.say("book Tuesday then")
    sizes = []
    for number in range(40):
        await conversation.say(f"and what about parking, question number {number}")
        sizes.append(sum(estimated_tokens(message.content) for message in conversation.asked[1:]))
        note = conversation.asked[1].content
        told = [json.loads(message.content).get("id") for message in conversation.asked if message.role == "tool"]
        assert 4 in told or ('"id": 4' in note and "name Anna Miller" in note and "birth_date 1980-03-05" in note)
    assert max(sizes) < 600 + 300
    assert "Earlier in this call the caller said" in note
    roles = [message.role for message in conversation.asked]
    assert roles[:2] == ["system", "user"]
    assert all(one != other for one, other in pairwise(roles))


async def test_what_the_tools_established_outlives_the_history_itself() -> None:
    conversation = Call([call("find_appointment", **ANNA)], words("You have none."), context_tokens=600)
    for number in range(250):
        await conversation.say(f"question number {number}")
    assert "name Anna Miller, birth_date 1980-03-05" in conversation.asked[1].content


async def test_turns_are_summed_up_seldom_so_that_the_prefix_mostly_holds() -> None:
    conversation = Call(words("There is parking behind the building and the bus stops across."), context_tokens=600)
    for number in range(60):
        await conversation.say(f"and what about parking, question number {number}")
    requests = conversation.model.asked
    kept = sum(after[: len(before)] == before for before, after in pairwise(requests))
    assert kept >= 50


def test_the_day_is_that_of_the_call() -> None:
    days = iter([date(2026, 11, 20), date(2026, 11, 21)])
    dialogue = ModelDialogue(
        ModelChain([ToldModel([words("Yes.")])]), Briefing.of(PROFILE, ()), PROMPTS, lambda: next(days), "call"
    )
    assert dialogue.greeting() == PROMPTS.greeting
    assert next(days) == date(2026, 11, 21), "asked once"


# Two models


async def test_the_second_model_takes_over_before_the_first_word() -> None:
    second = ToldModel([words("We are open.")])
    conversation = Call(failure(), second=second)
    assert (await conversation.draft("hi"))[0] == "We are open."
    assert len(conversation.failures) == 1
    assert second.asked == conversation.model.asked


async def test_no_second_voice_after_the_first_word() -> None:
    second = ToldModel([words("We are open.")])
    with pytest.raises(EngineError):
        await Call([*words("We are"), failure()], second=second).draft("hi")
    assert second.asked == []


async def test_a_model_that_is_not_available_is_not_asked() -> None:
    second = ToldModel([words("We are open.")])
    conversation = Call(words("Hello."), second=second)
    conversation.model.available = False
    assert (await conversation.draft("hi"))[0] == "We are open."
    assert conversation.model.asked == []
    second.available = False
    assert not conversation.dialogue.available
    with pytest.raises(EngineError, match="no language model is available"):
        await conversation.draft("hi")
