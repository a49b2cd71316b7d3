"""Where a conversation stands: immutable, a new one for every turn."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from enum import StrEnum

from appliance.dialogue.dates import DaySpan
from appliance.dialogue.questions import EXPECTATIONS, Question
from appliance.dialogue.reply import Afterwards, Expectation


class Task(StrEnum):
    """What is being done for the caller."""

    NONE = "none"
    BOOK = "book"
    MOVE = "move"
    CANCEL = "cancel"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class OfferedSlot:
    """A free time with a doctor (key)."""

    doctor: str
    start: datetime


@dataclass(frozen=True, slots=True)
class ExistingAppointment:
    """An appointment in the clinic's book."""

    id: int
    slot: OfferedSlot


@dataclass(frozen=True, slots=True)
class Wish:
    """With whom and when the caller would like to come, as far as they have said."""

    doctor: str | None = None
    department: str | None = None
    day: DaySpan | None = None
    clock_time: time | None = None
    part: str | None = None
    soonest: bool = False

    @property
    def has_whom(self) -> bool:
        """Whether a doctor or department is known."""
        return self.doctor is not None or self.department is not None

    @property
    def has_when(self) -> bool:
        """Whether anything about the day or time is known."""
        return self.soonest or any(value is not None for value in (self.day, self.clock_time, self.part))

    def any_time(self) -> "Wish":
        """With whom, and nothing about when."""
        return Wish(self.doctor, self.department)


@dataclass(frozen=True, slots=True)
class Person:
    """Who is calling. `missing` is the part of the name not yet known: "first", "last", or "" when it is complete."""

    name: str = ""
    missing: str = ""
    birth_date: date | None = None
    birth_begun: str = ""

    @property
    def named(self) -> bool:
        """Whether the whole name is known."""
        return bool(self.name) and not self.missing


@dataclass(frozen=True, slots=True)
class State:
    """Everything the receptionist knows between two turns.

    `request` numbers the caller's wishes, so that each is carried out once. `misses` counts answers in a row that were
    not understood; `resume` is the question to go back to when a detour ends.
    """

    task: Task = Task.NONE
    question: Question = Question.ANYTHING
    person: Person = field(default_factory=Person)
    wish: Wish = field(default_factory=Wish)
    slot: OfferedSlot | None = None
    offered: tuple[OfferedSlot, ...] = ()
    found: tuple[ExistingAppointment, ...] = ()
    appointment: ExistingAppointment | None = None
    message: str = ""
    callback: str = ""
    connect_to: str | None = None
    misses: int = 0
    resume: Question = Question.ANYTHING
    request: int = 1
    said: str = ""

    def fresh(self) -> "State":
        """Ready for another wish of the same caller, whose name is not asked twice."""
        known = self.person if self.person.named else Person()
        return State(question=Question.ANYTHING_ELSE, person=known, request=self.request + 1)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to say, what it asks, what follows, and where the conversation then stands."""

    state: State
    text: str
    expects: Expectation
    afterwards: Afterwards = None


def plan(state: State, text: str, *, afterwards: Afterwards = None, spelling: bool = False) -> Plan:
    """The plan to say `text`, which asks the state's question."""
    expects = Expectation.SPELLING if spelling else EXPECTATIONS.get(state.question, Expectation.OPEN)
    said = " ".join(text.split())
    return Plan(replace(state, said=said), said, expects, afterwards)
