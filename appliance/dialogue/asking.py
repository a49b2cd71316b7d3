"""How a question is put: the first time, after a detour, and again when the answer was not understood."""

from dataclasses import replace

from appliance.dialogue.desk import Desk
from appliance.dialogue.questions import WORDINGS, Question
from appliance.dialogue.reply import TransferAfter
from appliance.dialogue.speech import say_birth_date, say_day, say_time
from appliance.dialogue.state import OfferedSlot, Plan, State, Task, plan

_MOST_MISSES = 2


def wording(state: State, desk: Desk, misses: int = 0) -> str:
    """The words of the state's question after so many misses."""
    if state.question is Question.NAME and state.person.missing and misses < _MOST_MISSES:
        return f"And your {state.person.missing} name?"
    if state.question is Question.BIRTH_DATE and state.person.birth_begun and misses == 0:
        return "And which year?"
    wordings = WORDINGS[state.question]
    text = wordings[min(misses, len(wordings) - 1)]
    bookable = next((doctor for doctor in desk.profile.doctors), None)
    example = bookable.department if bookable else desk.profile.departments[0].key
    return text.format(
        department=desk.profile.department(example).spoken_name,
        doctor=bookable.spoken_name if bookable else "your doctor",
    )


def ask(state: State, question: Question, desk: Desk, before: str = "") -> Plan:
    """Put `question`, after `before`."""
    asking = replace(state, question=question, misses=0)
    return plan(asking, f"{before} {wording(asking, desk)}")


def ask_again(state: State, desk: Desk, before: str) -> Plan:
    """After a detour: the question that stands, with what it is about."""
    if state.question is Question.ANYTHING:
        return ask(state, Question.ANYTHING_ELSE, desk, before)
    about = ""
    if state.question is Question.CONFIRM:
        about = _confirm_briefly(state)
    elif state.question is Question.SLOT_CHOICE and state.offered:
        about = f"I had {offer_briefly(state.offered)}. Which would you like?"
    return plan(replace(state, misses=0), f"{before} {about or wording(state, desk)}")


def _confirm_briefly(state: State) -> str:
    if state.task is Task.CANCEL:
        return "So, shall I cancel that appointment?"
    if state.task is Task.MESSAGE:
        return "So, shall I pass your message on?"
    if state.slot is None:
        return ""
    action = "move it to" if state.task is Task.MOVE else "book"
    return f"So, shall I {action} {say_day(state.slot.start.date())}, at {say_time(state.slot.start.time())}?"


def offer_briefly(slots: tuple[OfferedSlot, ...]) -> str:
    """The times of an offer, the day once when it is the same."""
    days = {slot.start.date() for slot in slots}
    if len(days) == 1:
        times = _times(slots)
        return f"{times} on {say_day(days.pop())}"
    return ", or ".join(f"{say_day(slot.start.date())}, at {say_time(slot.start.time())}" for slot in slots[:2])


def _times(slots: tuple[OfferedSlot, ...]) -> str:
    said = [say_time(slot.start.time()) for slot in slots]
    parts = {entry.partition(" in the ")[2] for entry in said}
    if len(parts) == 1 and "" not in parts:
        # "nine, nine thirty or ten in the morning": the part of the day once.
        said = [entry.partition(" in the ")[0] for entry in said[:-1]] + said[-1:]
    return f"{', '.join(said[:-1])} or {said[-1]}" if len(said) > 1 else said[0]


def not_understood(state: State, desk: Desk, *, silent: bool = False) -> Plan:
    """Ask again in other words, twice; then offer a person or a message; then connect."""
    misses = state.misses + 1
    if misses <= _MOST_MISSES:
        spelling = state.question is Question.NAME and misses == _MOST_MISSES
        sorry = "Sorry, I couldn't hear that." if silent else _sorry(misses)
        again = replace(state, misses=misses)
        about = f"I have {offer_briefly(state.offered)}." if _offers(state) and misses == 1 else ""
        return plan(again, f"{sorry} {about} {wording(again, desk, misses)}", spelling=spelling)
    if state.question is Question.EMERGENCY:
        emergency = TransferAfter(desk.profile.emergency.target, "emergency")
        return plan(
            replace(state, question=Question.ANYTHING), "I'm connecting you with help now.", afterwards=emergency
        )
    if state.question is Question.PERSON_OR_MESSAGE:
        return to_person(state, desk, "I'm sorry for the trouble.")
    return offer_help(state, desk, "I'm sorry, I'm having trouble understanding.")


def _offers(state: State) -> bool:
    return state.question is Question.SLOT_CHOICE and bool(state.offered)


def _sorry(misses: int) -> str:
    return "Sorry, I didn't quite get that." if misses == 1 else "I'm sorry, I still didn't get that."


def offer_help(state: State, desk: Desk, before: str) -> Plan:
    """Offer a person or a message, keeping the place."""
    resume = state.question if state.question is not Question.PERSON_OR_MESSAGE else state.resume
    return ask(replace(state, resume=resume), Question.PERSON_OR_MESSAGE, desk, before)


def trouble(state: State, desk: Desk) -> Plan:
    """A tool failed for a reason that asking again would not mend."""
    return offer_help(state, desk, "I'm sorry, I can't reach our calendar right now.")


def to_person(state: State, desk: Desk, before: str = "Of course.") -> Plan:
    """Connect with the operator. The wish stays, should the transfer fail."""
    target = TransferAfter(desk.profile.operator_target, "operator")
    return plan(
        replace(state.fresh(), question=Question.ANYTHING),
        f"{before} I'll connect you with a person.",
        afterwards=target,
    )


def who_and_when(slot: OfferedSlot, desk: Desk) -> str:
    """As "with Doctor Patel on Tuesday, November twenty fourth, at ten in the morning"."""
    moment = f"{say_day(slot.start.date())}, at {say_time(slot.start.time())}"
    return f"with {desk.doctor_name(slot.doctor)} on {moment}"


def whose(state: State) -> str:
    """As "Anna Miller, born March fifth, nineteen eighty"."""
    born = state.person.birth_date
    return f"{state.person.name}, born {say_birth_date(born)}" if born else state.person.name
