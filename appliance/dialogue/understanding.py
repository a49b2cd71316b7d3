"""Everything that can be understood in what a caller said, in the light of what was asked. Pure and total."""

from dataclasses import dataclass
from datetime import date, time
from typing import Final

from appliance.clinic.profile import ClinicProfile
from appliance.dialogue import places
from appliance.dialogue.dates import DaySpan, birth_date, has_month_and_day, wished_day
from appliance.dialogue.emergency import emergency_in
from appliance.dialogue.intents import Intent, intents, yes_no
from appliance.dialogue.names import NameHeard, name
from appliance.dialogue.numbers import cardinal, ordinal, spoken_digits
from appliance.dialogue.questions import Question
from appliance.dialogue.times import part_of_day, wished_time
from appliance.dialogue.words import DTMF_WORD, Tokens, find, keys_pressed, says_any, tokens

_SOONEST: Final = (
    "as soon as possible",
    "as early as possible",
    "as early as you can", "soonest", "earliest", "first available", "next available", "asap", "any day", "any time",
    "anytime", "whenever", "first free", "first one free", "next free", "the first you have", "right away", "a s a p",
)  # fmt: skip
_LAST_CHOICES: Final = ("last one", "the last", "the later", "later one", "the latest")
_FIRST_CHOICES: Final = (
    "the earlier",
    "earlier one",
    "either",
    "any of",
    "any one",
    "doesn't matter",
    "don't mind",
    "whichever",
)
_CHOICE_LEADS: Final = frozenset({"option", "number", DTMF_WORD})


@dataclass(frozen=True, slots=True)
class Heard:
    """What one turn said. Fields are None (or empty) where nothing of the kind was heard.

    `doctor` and `department` are keys of the profile. `choice` counts from 0, -1 for the last. `keys` are keys pressed.
    `birth_date_begun` is True when a month and a day were said and no year. `digits` are all digits in order.
    """

    text: str
    words: Tokens
    intents: frozenset[Intent]
    emergency: str | None = None
    yes: bool | None = None
    doctor: str | None = None
    department: str | None = None
    name: NameHeard | None = None
    birth_date: date | None = None
    birth_date_begun: bool = False
    day: DaySpan | None = None
    clock_time: time | None = None
    part: str | None = None
    soonest: bool = False
    choice: int | None = None
    digits: str = ""
    keys: str = ""

    @property
    def says_when(self) -> bool:
        """Whether a day or a time was named."""
        return self.soonest or any(value is not None for value in (self.day, self.clock_time, self.part))

    @property
    def says_whom(self) -> bool:
        """Whether a doctor or a department was named."""
        return self.doctor is not None or self.department is not None


def understand(
    text: str, profile: ClinicProfile, today: date, question: Question = Question.ANYTHING, earlier: str = ""
) -> Heard:
    """What `text` says as an answer to `question`. `earlier` is the beginning of a date of birth given in parts."""
    words = tokens(text)
    keys = keys_pressed(words)
    asked_birth = question is Question.BIRTH_DATE
    born, rest = birth_date(words, today, asked=asked_birth, order=profile.date_order)
    if born is None and asked_birth and earlier:
        born, rest = birth_date(tokens(earlier) + words, today, asked=True, order=profile.date_order)
    doctor, rest = places.doctor(rest, profile, asked=question is Question.WHOM)
    department, rest = places.department(rest, profile)
    called = None if keys else name(rest, asked=question is Question.NAME)
    day, left = (None, rest) if asked_birth else wished_day(rest, today)
    chosen = choice(words)
    asked_time = question in {Question.WHEN, Question.SLOT_CHOICE, Question.CONFIRM}
    return Heard(
        text=text,
        words=words,
        intents=intents(words),
        emergency=emergency_in(text),
        yes=yes_no(words),
        doctor=doctor,
        department=department,
        name=called,
        birth_date=born,
        birth_date_begun=born is None and asked_birth and has_month_and_day(words),
        day=day,
        clock_time=None if asked_birth or keys else wished_time(left, asked=asked_time),
        part=None if asked_birth else part_of_day(left),
        soonest=says_any(words, _SOONEST) or (question is Question.WHEN and chosen == 0 and not keys),
        choice=chosen,
        digits=spoken_digits(words),
        keys=keys,
    )


def choice(words: Tokens) -> int | None:
    """Which of the offered things was chosen, counted from 0; -1 for the last; None when none was."""
    if says_any(words, _LAST_CHOICES):
        return -1
    if says_any(words, ("middle one", "the middle")):
        return 1
    for start, word in enumerate(words):
        number = cardinal(words, start + 1) if word in _CHOICE_LEADS else ordinal(words, start)
        if number is not None and 1 <= number[0] <= 9 and (word in _CHOICE_LEADS or not word[0].isdigit()):
            return number[0] - 1
    if says_any(words, _FIRST_CHOICES) and find(words, "don't") != 0:
        return 0
    return None
