"""A slow calendar, read ahead at the caller's first words of booking, serves either dialogue's later turn at once."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from appliance.clinic.appointments import Slot
from appliance.clinic.profile import ClinicProfile
from appliance.clinic.slot_search import Calendar, SlotSearch, slots_out
from appliance.clinic.tool import ReadAhead, Tool
from appliance.dialogue.briefing import Briefing
from appliance.dialogue.foresight import tools_needed_soon
from appliance.dialogue.gate import ToolGate, ToolUse
from appliance.dialogue.model import ModelDialogue
from appliance.dialogue.model_chain import ModelChain
from appliance.dialogue.prompts import Prompts
from appliance.dialogue.reply import Dialogue, Text
from appliance.dialogue.scripted import ScriptedDialogue
from appliance.simulator.virtual_loop import run_virtually
from appliance.turn.facts import Language
from tests.dialogue.models import Round, ToldModel, call, words

PROFILE = ClinicProfile()
TODAY = date(2026, 11, 20)
TUESDAY_AT_TEN = Slot("patel", datetime.combine(date(2026, 11, 24), time(10)))
CALENDAR = Calendar(
    (TUESDAY_AT_TEN, Slot("patel", datetime.combine(date(2026, 11, 25), time(9)))), TODAY + timedelta(days=14)
)
CALENDAR_TAKES_S = 2.0
WISH = "I'd like to book an appointment"
TURNS = (
    WISH,
    "with doctor patel please",
    "my name is anna miller",
    "march the fifth nineteen eighty",
    "tuesday at ten in the morning",
)
SILENT = ToolUse(lambda tool: None, lambda tool, outcome: None)


class SlowCalendar:
    def __init__(self) -> None:
        self.read: list[str] = []
        self.tool = Tool("find_slots", self._find, changes=False, filler="", ahead=ReadAhead(self._all, self._answer))

    async def _find(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        self.read.append("asked")
        await asyncio.sleep(CALENDAR_TAKES_S)
        return self._answer(CALENDAR, arguments)

    async def _all(self) -> Calendar:
        self.read.append("ahead")
        await asyncio.sleep(CALENDAR_TAKES_S)
        return CALENDAR

    def _answer(self, calendar: Calendar, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        found = calendar.found(SlotSearch.of(arguments, PROFILE, TODAY))
        assert found is not None
        return slots_out(found[0], as_wished=found[1])


def scripted(calendar: SlowCalendar) -> Dialogue:
    return ScriptedDialogue(PROFILE, lambda: TODAY, "call-1")


def modelled(calendar: SlowCalendar) -> Dialogue:
    rounds: list[Round] = [
        *(words(question) for question in ("With whom?", "Your name, please?", "And your birthday?", "When?")),
        [call("find_slots", doctor="patel", first="2026-11-24")],
        words("So Tuesday at ten?"),
    ]
    briefing = Briefing.of(PROFILE, (calendar.tool,))
    return ModelDialogue(ModelChain([ToldModel(rounds)]), briefing, Prompts.of(PROFILE), lambda: TODAY, "call-1")


async def said(pieces: AsyncIterator[object]) -> str:
    return "".join([piece.text async for piece in pieces if isinstance(piece, Text)])


def conversation(dialogue_for: Callable[[SlowCalendar], Dialogue], *, ahead: bool) -> tuple[str, float, list[str]]:
    """The answer to the last turn, how long it takes, and how the calendar was read."""

    async def main() -> tuple[str, float, list[str]]:
        calendar = SlowCalendar()
        dialogue = dialogue_for(calendar)
        async with asyncio.TaskGroup() as tasks:
            gate, approved = ToolGate([calendar.tool], tasks), asyncio.Event()
            approved.set()
            if ahead:
                gate.read_ahead(tools_needed_soon(WISH, Language.ENGLISH))
            loop = asyncio.get_running_loop()
            for turn, text in enumerate(TURNS, start=1):
                asked = loop.time()
                answer = await said(dialogue.draft(turn, text, gate.for_reply(turn, approved, SILENT)))
                took = round(loop.time() - asked, 6)
                dialogue.accept(turn, text)
                await asyncio.sleep(5)
            return answer, took, calendar.read

    return run_virtually(main())


@pytest.mark.parametrize("dialogue_for", [scripted, modelled])
def test_the_later_turn_is_as_fast_as_without_a_tool(dialogue_for: Callable[[SlowCalendar], Dialogue]) -> None:
    answer, took, read = conversation(dialogue_for, ahead=True)
    assert (took, read) == (0, ["ahead"])
    slow_answer, took, read = conversation(dialogue_for, ahead=False)
    assert (took, read) == (CALENDAR_TAKES_S, ["asked"])
    assert answer == slow_answer
    assert "ten" in answer
