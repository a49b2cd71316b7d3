"""What callers of a clinic say, written out: the material of a recogniser's language model.

Lower case, no punctuation, numbers as words. An n-gram model joins pieces by itself, so the phrases cover word
sequences ("march the fifth", "fifth nineteen eighty"), not every combination.
"""

from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from itertools import cycle, islice
from typing import Final

from appliance.clinic.profile import WEEKDAYS, ClinicProfile
from appliance.dialogue.dates import MONTHS
from appliance.dialogue.name_lists import FIRST_NAMES, LAST_NAMES
from appliance.dialogue.phrase_lists import (
    ABOUT_TIMES,
    EMERGENCIES,
    FIXED,
    HOUR_QUESTIONS,
    TASK_TEMPLATES,
    WITH_DEPARTMENT,
    WITH_DOCTOR,
)
from appliance.dialogue.short_answers import HUMS, SHORT_ANSWERS
from appliance.dialogue.speech import say_number, say_ordinal, say_time, say_year
from appliance.dialogue.words import tokens

_DIGITS: Final = "oh one two three four five six seven eight nine".split()
_NAME_TEMPLATES: Final = (
    "{first} {last}",
    "my name is {first} {last}",
    "this is {first} {last}",
    "it's {first} {last}",
    "i'm {first} {last}",
    "yes my name is {first} {last}",
    "the name is {first} {last}",
    "my first name is {first} and my last name is {last}",
)
_DATE_TEMPLATES: Final = (
    "{month} the {day} {year}",
    "{month} {day} {year}",
    "the {day} of {month} {year}",
    "my date of birth is {month} {day} {year}",
    "i was born on {month} the {day} {year}",
    "it's {month} the {day} {year}",
    "born {month} {day} {year}",
    "{day} of {month} {year}",
)
_DAY_TEMPLATES: Final = (
    "{day} at {time}",
    "on {day} at {time}",
    "can i come on {day} at {time}",
    "{day} {time} please",
    "how about {day} at {time}",
    "yes {day} at {time} please",
    "no {day} at {time}",
    "next {day} at {time}",
)
# ARPAbet for words of ours that the CMU dictionary lacks.
_PRONUNCIATIONS: Final = {
    "gp": ("JH IY P IY",),
    "xray": ("EH K S R EY",),
    # Many Americans raise the vowel before a nasal (Labov, Ash and Boberg, Atlas of North American English, 2006).
    "thank": ("TH AE NG K", "TH EY NG K", "TH EH NG K"),
    "thanks": ("TH AE NG K S", "TH EY NG K S"),
    "hang": ("HH AE NG", "HH EY NG"),
    "anna": ("AE N AH", "EH N AH"),
    # Hummed, so spelled as `appliance.turn.wording` spells a sign of listening and as no other word is pronounced.
    "mm-hm": ("M HH M", "AH M HH AH M", "EH M HH EH M", "HH M HH M"),
    "uh-huh": ("AH HH AH", "AA HH AA"),
    "hmm": ("HH M", "HH AH M", "M"),
}


def expected_phrases(
    profile: ClinicProfile, extra_names: Sequence[str] = (), *, newest_birth_year: int = 2026
) -> list[tuple[str, float]]:
    """Some thousand phrases, each once, with its weight: how often it is said in some tens of thousands of
    turns. `extra_names` are full or single names callers are known to have.
    """
    weighted = (
        (400.0, SHORT_ANSWERS),
        (40.0, FIXED),
        (40.0, EMERGENCIES),
        (20.0, HOUR_QUESTIONS),
        (20.0, _doctors(profile)),
        (10.0, _departments(profile)),
        (80.0, _words_alone()),
        (8.0, _birth_dates(newest_birth_year)),
        (10.0, _days_and_times(profile)),
        (40.0, _names_of(extra_names)),
        (4.0, _names(extra_names)),
        (2.0, _spellings(extra_names)),
        (8.0, _digit_runs()),
    )
    phrases: dict[str, float] = dict.fromkeys(HUMS, 400.0)
    for weight, texts in weighted:
        for text in texts:
            phrases.setdefault(" ".join(tokens(text)).replace("oclock", "o'clock"), weight)
    return list(phrases.items())


def pronunciations(profile: ClinicProfile) -> dict[str, tuple[str, ...]]:
    """ARPAbet for words that a recogniser's dictionary may lack, the profile's own doctors among them."""
    given = {doctor.surname: (doctor.pronunciation,) for doctor in profile.doctors if doctor.pronunciation}
    return {**_PRONUNCIATIONS, **given}


def _words_alone() -> Iterator[str]:
    """Digits said one by one, months and days without a sentence around them."""
    yield from (*_DIGITS, "zero", *MONTHS, *WEEKDAYS)


def _doctors(profile: ClinicProfile) -> Iterator[str]:
    for doctor in profile.doctors:
        for spoken in (doctor.surname, *doctor.synonyms):
            for template in WITH_DOCTOR:
                yield template.format(doctor=f"doctor {spoken}")
            for template in TASK_TEMPLATES:
                yield template.format(whom=f"doctor {spoken}")
            yield spoken


def _departments(profile: ClinicProfile) -> Iterator[str]:
    for department in profile.departments:
        for spoken in dict.fromkeys((department.spoken_name, *department.synonyms)):
            for template in WITH_DEPARTMENT:
                if spoken.startswith(("my ", "an ")) and "the {" in template:
                    continue
                yield template.format(department=spoken.removeprefix("the "))
        for template in TASK_TEMPLATES:
            yield template.format(whom=department.spoken_name)


def _birth_dates(newest_year: int) -> Iterator[str]:
    years = cycle(range(newest_year - 100, newest_year + 1))
    templates = cycle(_DATE_TEMPLATES)
    leap_year = date(2024, 1, 1)
    for offset in range(366):
        day = leap_year + timedelta(days=offset)
        month, ordinal = MONTHS[day.month - 1], say_ordinal(day.day)
        for template in islice(templates, 3):
            yield template.format(month=month, day=ordinal, year=say_year(next(years)))
        two_digits = say_number(next(years) % 100 or 1)
        yield f"{month} {say_number(day.day)} {two_digits}"
        yield f"{_two(day.month)} {_two(day.day)} {say_year(next(years))}"
        yield f"{_two(day.month)} {_two(day.day)} {two_digits}"


def _two(value: int) -> str:
    return f"oh {say_number(value)}" if value < 10 else say_number(value)


def _days_and_times(profile: ClinicProfile) -> Iterator[str]:
    hours = [opening for day in profile.opening_hours.values() for opening in day]
    first = min((opening.start.hour for opening in hours), default=8)
    last = max((opening.end.hour for opening in hours), default=18)
    moments = [time(hour, minute) for hour in range(first, last + 1) for minute in (0, 15, 30, 45)]
    templates = cycle(_DAY_TEMPLATES)
    for weekday in WEEKDAYS:
        for moment in moments:
            full = say_time(moment)
            yield next(templates).format(day=weekday, time=full)
            yield f"{weekday} at {full.partition(' in the ')[0]}"
        for template in ABOUT_TIMES:
            yield template.format(day=weekday)
    for day in ("tomorrow", "today", "next week", "the day after tomorrow"):
        for template in ABOUT_TIMES:
            yield template.format(day=day)
    for moment in moments:
        yield from _time_alone(moment)
    for month in MONTHS:
        for number in range(1, 32):
            yield f"{month} {say_ordinal(number)} at {say_time(moments[number % len(moments)])}"


def _time_alone(moment: time) -> Iterator[str]:
    full = say_time(moment)
    short, _, part = full.partition(" in the ")
    yield from (full, short, f"at {full}", f"the one at {short}", f"{short} please", f"{short} {_half(moment)}")
    if part:
        yield f"{short} in the {part} please"
    hour = say_number(moment.hour % 12 or 12)
    following = say_number(moment.hour % 12 + 1)
    relative = {
        0: f"{hour} o'clock",
        15: f"quarter past {hour}",
        30: f"half past {hour}",
        45: f"quarter to {following}",
    }
    yield relative[moment.minute]
    yield f"at {relative[moment.minute]}"


def _half(moment: time) -> str:
    return "a m" if moment.hour < 12 else "p m"


def _names_of(extra: Sequence[str]) -> Iterator[str]:
    for words in map(tokens, extra):
        if words:
            yield from (template.format(first=" ".join(words[:-1]), last=words[-1]) for template in _NAME_TEMPLATES)


def _names(extra: Sequence[str]) -> Iterator[str]:
    known = [words for words in map(tokens, extra) if words]
    firsts = [*FIRST_NAMES, *(words[0] for words in known)]
    lasts = [*LAST_NAMES, *(words[-1] for words in known)]
    templates, last_names = cycle(_NAME_TEMPLATES), cycle(lasts)
    for first in firsts:
        for template in islice(templates, 3):
            yield template.format(first=first, last=next(last_names))
    first_names = cycle(firsts)
    for last in lasts:
        yield from (f"my last name is {last}", f"it's {last}", last, f"{next(first_names)} {last}")


def _spellings(extra: Sequence[str]) -> Iterator[str]:
    lasts = [*LAST_NAMES, *(word for name in extra for word in tokens(name)[-1:])]
    for last in lasts:
        yield " ".join(last.replace("'", ""))
        yield f"{last} {_spelled(last)}"


def _spelled(name: str) -> str:
    letters = name.replace("'", "")
    said: list[str] = []
    index = 0
    while index < len(letters):
        double = letters[index : index + 2] == letters[index] * 2
        said.append(f"double {letters[index]}" if double else letters[index])
        index += 2 if double else 1
    return " ".join(said)


def _digit_runs() -> Iterator[str]:
    """Runs of seven and ten digits in which every three digits in a row occur."""
    run = "".join(str(digit) for digit in _every_three_digits())
    for start in range(0, len(run) - 10, 5):
        yield " ".join(_DIGITS[int(digit)] for digit in run[start : start + 7])
    for start in range(0, len(run) - 10, 40):
        yield " ".join(_DIGITS[int(digit)] for digit in run[start : start + 10]).replace("oh", "zero")


def _every_three_digits() -> list[int]:
    """A de Bruijn sequence of order 3 over ten digits (greedy, prefer-largest; Martin 1934)."""
    sequence = [0, 0, 0]
    seen = {(0, 0, 0)}
    while True:
        for digit in range(9, -1, -1):
            window = (sequence[-2], sequence[-1], digit)
            if window not in seen:
                seen.add(window)
                sequence.append(digit)
                break
        else:
            return sequence
