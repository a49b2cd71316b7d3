"""Taking a message: what to pass on, from whom, and where to call back."""

from dataclasses import replace
from typing import Final

from appliance.clinic.tool import ToolFailed
from appliance.dialogue.absorbing import absorb
from appliance.dialogue.asking import ask, offer_help
from appliance.dialogue.desk import Desk
from appliance.dialogue.questions import Question
from appliance.dialogue.speech import say_digits
from appliance.dialogue.state import Plan, State, plan
from appliance.dialogue.understanding import Heard
from appliance.dialogue.words import says_any

_THIS_NUMBER: Final = ("this number", "same number", "calling from", "number i called", "this one", "my number")
_SHORTEST_NUMBER: Final = 5
_LONGEST_NUMBER: Final = 15
_LONGEST_MESSAGE: Final = 1000


async def continue_message(state: State, heard: Heard, desk: Desk) -> Plan | None:
    """The next step of taking a message; None when the answer was not understood."""
    if state.question is Question.MESSAGE_TEXT:
        return next_part(replace(state, message=heard.text.strip()[:_LONGEST_MESSAGE]), desk, "Thank you.")
    if state.question is Question.CALLBACK:
        number = _number(heard, desk)
        return next_part(replace(state, callback=number), desk, "") if number else None
    if state.question is Question.CONFIRM:
        return await _confirmed(state, heard, desk)
    after = absorb(state, heard)
    return next_part(after, desk, "Thank you.") if after != state else None


def next_part(state: State, desk: Desk, before: str) -> Plan:
    """Ask for what is missing, then read the number back."""
    if not state.message:
        return ask(state, Question.MESSAGE_TEXT, desk, before)
    if not state.person.named:
        return ask(state, Question.NAME, desk, before)
    if not state.callback:
        return ask(state, Question.CALLBACK, desk, before)
    number = say_digits(state.callback) or "the number you are calling from"
    asking = replace(state, question=Question.CONFIRM, misses=0)
    return plan(asking, f"I have your message, and {number} to call you back. Is that right?")


def _number(heard: Heard, desk: Desk) -> str:
    if _SHORTEST_NUMBER <= len(heard.digits) <= _LONGEST_NUMBER:
        return heard.digits
    return desk.caller_number if says_any(heard.words, _THIS_NUMBER) else ""


async def _confirmed(state: State, heard: Heard, desk: Desk) -> Plan | None:
    number = _number(heard, desk)
    if number and number != state.callback:
        return next_part(replace(state, callback=number), desk, "")
    if heard.yes is True:
        try:
            await desk.leave_message(state)
        except ToolFailed:
            return offer_help(state, desk, "I'm sorry, I couldn't write that down.")
        return ask(state.fresh(), Question.ANYTHING_ELSE, desk, "Thank you, I'll pass that on.")
    if heard.yes is False:
        return ask(replace(state, callback=""), Question.CALLBACK, desk, "No problem.")
    return None
