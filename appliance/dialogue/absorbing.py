"""What a turn adds to what is known: names, dates, wishes; the latest word counts."""

from dataclasses import replace

from appliance.dialogue.dates import DaySpan
from appliance.dialogue.name_lists import FIRST_NAMES
from appliance.dialogue.questions import Question
from appliance.dialogue.state import OfferedSlot, Person, State, Task, Wish
from appliance.dialogue.understanding import Heard


def absorb(state: State, heard: Heard) -> State:
    """The state with everything in `heard` that bears on the task."""
    person = _person(state.person, heard, asked_name=state.question is Question.NAME)
    if state.task is Task.MESSAGE:
        return replace(state, person=person)
    state = _chosen(replace(state, person=_born(person, heard)), heard)
    wish = _wish(state, heard)
    if wish == state.wish:
        return state
    return replace(state, wish=wish, slot=None, offered=())


def _person(person: Person, heard: Heard, *, asked_name: bool) -> Person:
    if heard.name is None:
        return person
    name, part = heard.name.text, heard.name.part
    if person.missing and asked_name and part in {"unknown", person.missing}:
        together = f"{name} {person.name}" if person.missing == "first" else f"{person.name} {name}"
        return replace(person, name=together, missing="")
    if part == "unknown":
        part = "first" if name.lower() in FIRST_NAMES else "last"
    missing = {"full": "", "first": "last", "last": "first"}[part]
    if missing and person.named:
        # A correction of one part: "the last name is Muller".
        first, last = person.name.split(" ", 1) if " " in person.name else ("", person.name)
        return replace(person, name=f"{name} {last}" if part == "first" else f"{first} {name}".strip())
    return replace(person, name=name, missing=missing)


def _born(person: Person, heard: Heard) -> Person:
    if heard.birth_date is not None:
        return replace(person, birth_date=heard.birth_date, birth_begun="")
    if heard.birth_date_begun:
        return replace(person, birth_begun=" ".join(heard.words))
    return person


def _chosen(state: State, heard: Heard) -> State:
    """The slot picked from what was offered."""
    if state.question is not Question.SLOT_CHOICE or not state.offered or heard.says_whom:
        return state
    slot = _from_offer(state.offered, heard)
    return state if slot is None else take(state, slot)


def _from_offer(offered: tuple[OfferedSlot, ...], heard: Heard) -> OfferedSlot | None:
    if heard.day is None and heard.clock_time is None and heard.choice is not None and heard.yes is not False:
        return offered[heard.choice] if heard.choice < len(offered) else None
    if heard.yes is True and not heard.says_when and len(offered) == 1:
        return offered[0]
    fitting = tuple(
        slot
        for slot in offered
        if (heard.clock_time is None or slot.start.time() == heard.clock_time)
        and (heard.day is None or heard.day.first <= slot.start.date() <= heard.day.last)
    )
    return fitting[0] if len(fitting) == 1 and (heard.clock_time is not None or heard.day is not None) else None


def take(state: State, slot: OfferedSlot) -> State:
    """The state with `slot` chosen; what was wished for becomes what was chosen, so that a correction starts there."""
    day = slot.start.date()
    wish = replace(state.wish, day=DaySpan(day, day), clock_time=slot.start.time(), part=None, soonest=False)
    return replace(state, slot=slot, offered=(), wish=wish)


def _wish(state: State, heard: Heard) -> Wish:
    wish = state.wish
    if heard.doctor is not None:
        wish = replace(wish, doctor=heard.doctor, department=None)
    elif heard.department is not None:
        wish = replace(wish, doctor=None, department=heard.department)
    if state.slot is not None and state.question is Question.SLOT_CHOICE:
        return wish
    if heard.day is not None:
        wish = replace(wish, day=heard.day, soonest=False, part=heard.part if heard.part else wish.part)
    if heard.clock_time is not None:
        wish = replace(wish, clock_time=heard.clock_time, part=None, soonest=False)
    elif heard.part is not None:
        wish = replace(wish, part=heard.part, clock_time=None, soonest=False)
    if heard.soonest:
        wish = replace(wish, day=heard.day, clock_time=None, soonest=True)
    return wish
