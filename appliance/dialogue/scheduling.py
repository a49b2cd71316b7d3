"""Booking, moving and cancelling: fill in what is missing, offer what is free, read back, and only then act."""

from dataclasses import replace
from datetime import date, timedelta

from appliance.clinic.tool import ToolFailed
from appliance.dialogue.absorbing import absorb, take
from appliance.dialogue.asking import ask, offer_briefly, trouble, who_and_when, whose
from appliance.dialogue.desk import Desk
from appliance.dialogue.questions import Question
from appliance.dialogue.speech import say_day, say_time, say_weekday
from appliance.dialogue.state import ExistingAppointment, OfferedSlot, Plan, State, Task, plan
from appliance.dialogue.understanding import Heard
from appliance.dialogue.words import Tokens, says_any

_OTHERS = ("another day", "other day", "different day", "another time", "later")
_CHANGEABLE = (
    (Question.BIRTH_DATE, ("birth", "birthday", "born", "birth date", "birthdate")),
    (Question.NAME, ("name", "last name", "first name", "surname", "spelling", "spelled")),
    (Question.WHOM, ("doctor", "department", "specialist")),
    (Question.WHEN, ("time", "day", "date", "when", "hour", "appointment", "slot", "earlier", "later")),
)


async def continue_scheduling(state: State, heard: Heard, desk: Desk) -> Plan | None:
    """The next step of booking, moving or cancelling; None when the answer was not understood."""
    after = absorb(state, heard)
    learnt = after != state
    if state.question is Question.TRY_AGAIN:
        return _try_again(after, heard, desk, learnt=learnt)
    if state.question is Question.CHANGE_WHAT and not learnt:
        return await _change(after, heard, desk)
    if state.question is Question.APPOINTMENT_CHOICE:
        return await _pick_appointment(state, after, heard, desk)
    if state.question is Question.CONFIRM and not learnt:
        return await _confirmed(state, heard, desk)
    if state.question is Question.SLOT_CHOICE and not learnt and not heard.says_when:
        return _declined(state, heard, desk)
    if learnt or _answers(state.question, heard):
        return await next_step(after, desk, _thanks(state, after, desk))
    return None


def _answers(question: Question, heard: Heard) -> bool:
    """Whether what was asked for was said, even if it was known already."""
    said = {
        Question.WHOM: heard.says_whom,
        Question.NAME: heard.name is not None,
        Question.BIRTH_DATE: heard.birth_date is not None,
        Question.WHEN: heard.says_when,
        Question.SLOT_CHOICE: heard.says_when,
    }
    return said.get(question, False)


async def next_step(state: State, desk: Desk, before: str = "") -> Plan:
    """Ask for what is missing, or act on what is complete."""
    if state.task is Task.BOOK and not state.wish.has_whom:
        return ask(state, Question.WHOM, desk, before)
    closed = _takes_no_appointments(state, desk)
    if closed is not None:
        return closed
    if not state.person.named:
        return ask(state, Question.NAME, desk, before)
    if state.person.birth_date is None:
        return ask(state, Question.BIRTH_DATE, desk, before)
    if state.task is not Task.BOOK and state.appointment is None:
        return await _look_up(state, desk)
    if state.task is Task.CANCEL:
        return _confirm(state, desk)
    if state.slot is None and not state.wish.has_when:
        return ask(state, Question.WHEN, desk, before)
    return _confirm(state, desk) if state.slot is not None else await _offer(state, desk)


def _thanks(before: State, after: State, desk: Desk) -> str:
    if after.person.name != before.person.name:
        return "Thank you." if after.person.missing else f"Thank you, {after.person.name.split()[0]}."
    if after.wish.doctor != before.wish.doctor and after.wish.doctor is not None:
        return f"{desk.doctor_name(after.wish.doctor)}, of course."
    return "Thank you."


def _takes_no_appointments(state: State, desk: Desk) -> Plan | None:
    key = state.wish.department
    if state.task is Task.CANCEL or key is None or desk.profile.doctors_of(key):
        return None
    name = desk.profile.department(key).spoken_name
    asking = replace(state, wish=replace(state.wish, department=None), connect_to=key)
    return plan(
        replace(asking, question=Question.BOOK_OR_CONNECT, misses=0),
        f"I can't book appointments for {name}, but I can connect you. Shall I?",
    )


async def _look_up(state: State, desk: Desk) -> Plan:
    try:
        found = await desk.appointments(state.person)
    except ToolFailed:
        return trouble(state, desk)
    if not found:
        asking = replace(state, question=Question.TRY_AGAIN, misses=0)
        return plan(
            asking, f"I can't find an appointment for {whose(state)}. Shall we try the name and date of birth again?"
        )
    fitting = tuple(entry for entry in found if _fits(entry, state)) if state.task is Task.CANCEL else found
    if len(fitting) == 1:
        return await _with_appointment(state, fitting[0], desk)
    if len(found) == 1:
        return await _with_appointment(state, found[0], desk)
    asking = replace(state, found=found, question=Question.APPOINTMENT_CHOICE, misses=0)
    listed = ", and ".join(
        f"{desk.doctor_name(entry.slot.doctor)} on {say_day(entry.slot.start.date())}" for entry in found[:3]
    )
    return plan(asking, f"I see {len_word(len(found))} appointments: {listed}. Which one do you mean?")


def len_word(count: int) -> str:
    """A small count in words."""
    return {2: "two", 3: "three"}.get(count, "several")


def _fits(entry: ExistingAppointment, state: State) -> bool:
    wish = state.wish
    if wish.doctor is not None and entry.slot.doctor != wish.doctor:
        return False
    if wish.day is not None and not wish.day.first <= entry.slot.start.date() <= wish.day.last:
        return False
    return wish.clock_time is None or entry.slot.start.time() == wish.clock_time


async def _pick_appointment(before: State, after: State, heard: Heard, desk: Desk) -> Plan | None:
    named = [
        entry
        for entry in before.found
        if (heard.doctor is None or entry.slot.doctor == heard.doctor)
        and (heard.day is None or heard.day.first <= entry.slot.start.date() <= heard.day.last)
        and (heard.clock_time is None or entry.slot.start.time() == heard.clock_time)
    ]
    if len(named) == 1 and (heard.doctor is not None or heard.says_when):
        return await _with_appointment(before, named[0], desk)
    if heard.choice is not None and heard.choice < len(before.found):
        return await _with_appointment(before, before.found[heard.choice], desk)
    if after.person != before.person:
        return await next_step(replace(after, found=()), desk, "Thank you.")
    return None


async def _with_appointment(state: State, appointment: ExistingAppointment, desk: Desk) -> Plan:
    state = replace(state, appointment=appointment, found=())
    if state.task is Task.MOVE:
        if not state.wish.has_whom:
            state = replace(state, wish=replace(state.wish, doctor=appointment.slot.doctor))
        if _describes(state, appointment):
            # "My appointment on Tuesday" says which, not when instead.
            state = replace(state, wish=state.wish.any_time())
        if not state.wish.has_when:
            before = f"I see your appointment {who_and_when(appointment.slot, desk)}."
            asking = replace(state, question=Question.WHEN, misses=0)
            return plan(asking, f"{before} When would you like to come instead?")
    return await next_step(state, desk)


def _describes(state: State, appointment: ExistingAppointment) -> bool:
    wish, start = state.wish, appointment.slot.start
    same_day = wish.day is not None and wish.day.single and wish.day.first == start.date()
    return same_day and wish.clock_time in {None, start.time()} and wish.part is None


def _try_again(state: State, heard: Heard, desk: Desk, *, learnt: bool) -> Plan | None:
    if heard.yes is False and not learnt:
        return ask(state.fresh(), Question.ANYTHING_ELSE, desk, "All right.")
    if heard.yes is None and not learnt:
        return None
    asking = replace(state, person=replace(state.person, name="", missing="", birth_date=None))
    return ask(asking, Question.NAME, desk, "All right.")


async def _offer(state: State, desk: Desk) -> Plan:
    """Look for free times near the wish: read back an exact one, else offer what there is."""
    refusal = _never_open(state, desk)
    if refusal:
        again = replace(state, wish=state.wish.any_time())
        return ask(again, Question.WHEN, desk, refusal)
    try:
        slots, as_wished = await desk.free_slots(state)
    except ToolFailed:
        return trouble(state, desk)
    if not slots:
        again = replace(state, wish=state.wish.any_time())
        return ask(again, Question.WHEN, desk, "I'm afraid nothing is free then.")
    wish = state.wish
    if as_wished and wish.clock_time is not None and slots[0].start.time() == wish.clock_time:
        return _confirm(take(state, slots[0]), desk)
    return _offered(state, slots, _why_others(state, slots, as_wished=as_wished))


def _offered(state: State, slots: tuple[OfferedSlot, ...], before: str) -> Plan:
    slots = tuple(sorted(slots, key=lambda slot: slot.start))
    asking = replace(state, offered=slots, slot=None, question=Question.SLOT_CHOICE, misses=0)
    which = "Would that suit you?" if len(slots) == 1 else "Which would you like?"
    return plan(asking, f"{before} I have {offer_briefly(slots)}. {which}")


def _why_others(state: State, slots: tuple[OfferedSlot, ...], *, as_wished: bool) -> str:
    wish = state.wish
    if wish.clock_time is not None and as_wished:
        return f"I'm sorry, {say_time(wish.clock_time)} isn't free."
    if as_wished:
        return ""
    if wish.day is not None and wish.day.single and slots[0].start.date() != wish.day.first:
        return f"I'm sorry, nothing is free on {say_weekday(wish.day.first.weekday())}."
    return "I'm sorry, nothing is free just then."


def _never_open(state: State, desk: Desk) -> str:
    """Why no appointment can be had on the wished day; empty when one can."""
    day = state.wish.day
    if day is None:
        return ""
    first, last = _bookable(desk)
    if day.last < first:
        return "For today I can't book any more."
    if day.first > last:
        return "I'm sorry, I can't book that far ahead."
    if day.single and desk.profile.holiday(day.first) is not None:
        return "I'm sorry, that day is a holiday and we are closed."
    if day.single and not desk.profile.hours_on(day.first):
        return f"I'm sorry, we are closed on {say_weekday(day.first.weekday())}s."
    return ""


def _bookable(desk: Desk) -> tuple[date, date]:
    grid = desk.profile.grid
    return desk.today + timedelta(days=grid.first_day), desk.today + timedelta(days=grid.last_day)


def _confirm(state: State, desk: Desk) -> Plan:
    asking = replace(state, question=Question.CONFIRM, misses=0)
    if state.task is Task.CANCEL and state.appointment is not None:
        return plan(asking, f"I see your appointment {who_and_when(state.appointment.slot, desk)}. Shall I cancel it?")
    if state.slot is None:
        return ask(state, Question.WHEN, desk)
    if state.task is Task.MOVE:
        return plan(asking, f"So I'll move your appointment: {who_and_when(state.slot, desk)}. Is that right?")
    return plan(asking, f"So that's {whose(state)}, {who_and_when(state.slot, desk)}. Is that right?")


async def _confirmed(state: State, heard: Heard, desk: Desk) -> Plan | None:
    if heard.yes is True:
        return await _act(state, desk)
    wrong = _named_part(heard.words)
    if state.task is Task.CANCEL:
        return ask(state.fresh(), Question.ANYTHING_ELSE, desk, "All right, it stays.") if heard.yes is False else None
    if heard.yes is False or wrong is not None:
        return _change_part(state, wrong, desk) if wrong else ask(state, Question.CHANGE_WHAT, desk, "No problem.")
    return None


async def _act(state: State, desk: Desk) -> Plan:
    try:
        if state.task is Task.CANCEL and state.appointment is not None:
            await desk.cancel(state, state.appointment)
            return ask(state.fresh(), Question.ANYTHING_ELSE, desk, "Your appointment is cancelled.")
        if state.slot is None:
            return ask(state, Question.WHEN, desk)
        if state.task is Task.MOVE and state.appointment is not None:
            await desk.move(state, state.appointment, state.slot)
            done = "Your appointment is moved"
        else:
            await desk.book(state, state.slot)
            done = "Your appointment is booked"
    except ToolFailed as failure:
        return await _failed(state, failure.reason, desk)
    return ask(state.fresh(), Question.ANYTHING_ELSE, desk, f"{done}, {who_and_when(state.slot, desk)}.")


async def _failed(state: State, reason: str, desk: Desk) -> Plan:
    if reason == "slot_taken":
        return await _others_instead(replace(state, slot=None), desk)
    if reason == "not_found":
        gone = replace(state, appointment=None)
        return ask(gone.fresh(), Question.ANYTHING_ELSE, desk, "I'm sorry, I can't find that appointment any more.")
    return trouble(state, desk)


async def _others_instead(state: State, desk: Desk) -> Plan:
    try:
        slots, _ = await desk.free_slots(state)
    except ToolFailed:
        return trouble(state, desk)
    if not slots:
        again = replace(state, wish=state.wish.any_time())
        return ask(again, Question.WHEN, desk, "I'm sorry, that time has just been taken.")
    return _offered(state, slots, "I'm sorry, that time has just been taken.")


def _declined(state: State, heard: Heard, desk: Desk) -> Plan | None:
    if heard.yes is False or says_any(
        heard.words, ("another day", "other day", "different day", "another time", "later")
    ):
        return ask(replace(state, offered=(), wish=state.wish.any_time()), Question.WHEN, desk, "All right.")
    return None


async def _change(state: State, heard: Heard, desk: Desk) -> Plan | None:
    part = _named_part(heard.words)
    if part is not None:
        return _change_part(state, part, desk)
    if heard.yes is False or says_any(heard.words, ("nothing", "it's fine")):
        return await next_step(state, desk)
    return None


def _named_part(words: Tokens) -> Question | None:
    return next((question for question, names in _CHANGEABLE if says_any(words, names)), None)


def _change_part(state: State, part: Question, desk: Desk) -> Plan:
    person, wish = state.person, state.wish
    if part is Question.NAME:
        state = replace(state, person=replace(person, name="", missing=""))
    elif part is Question.BIRTH_DATE:
        state = replace(state, person=replace(person, birth_date=None, birth_begun=""))
    elif part is Question.WHOM:
        state = replace(state, wish=replace(wish, doctor=None, department=None), slot=None)
    else:
        state = replace(state, wish=wish.any_time(), slot=None)
    return ask(state, part, desk, "All right.")
