"""Dates as callers say them: a date of birth, and the day they would like to come."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from appliance.clinic.profile import WEEKDAYS
from appliance.dialogue.numbers import Read, cardinal, digit_groups, full_year, ordinal, word_at
from appliance.dialogue.words import Tokens, find, without

DateOrder = Literal["mdy", "dmy"]

MONTHS: Final = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_MONTH_NUMBER: Final = {
    **{name: number for number, name in enumerate(MONTHS, start=1)},
    **{name[:3]: number for number, name in enumerate(MONTHS, start=1)},
    "sept": 9,
}
_WEEKDAY_NUMBER: Final = {
    **{name: number for number, name in enumerate(WEEKDAYS)},
    **{name + "s": number for number, name in enumerate(WEEKDAYS)},
    **{name + "'s": number for number, name in enumerate(WEEKDAYS)},
    "mon": 0,
    "tue": 1,
    "tues": 1,
    "thu": 3,
    "thurs": 3,
    "fri": 4,
}
_BIRTH_WORDS: Final = frozenset({"born", "birth", "birthday", "birthdate", "dob"})
_OLDEST_YEARS: Final = 120
_DAYS_IN: Final = {"day": 1, "days": 1, "week": 7, "weeks": 7, "month": 30, "months": 30, "year": 365, "years": 365}


@dataclass(frozen=True, slots=True)
class DaySpan:
    """The days a caller would accept, `first` to `last`; one day when they are the same."""

    first: date
    last: date

    @property
    def single(self) -> bool:
        """Whether it is one day."""
        return self.first == self.last


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _born(year: int, month: int, day: int, today: date) -> date | None:
    found = _date(year, month, day)
    return found if found is not None and found <= today and year >= today.year - _OLDEST_YEARS else None


def _century(two_digits: int, today: date) -> int:
    return two_digits + (2000 if two_digits <= today.year % 100 else 1900)


def birth_date(
    words: Tokens, today: date, *, asked: bool = False, order: DateOrder = "mdy"
) -> tuple[date | None, Tokens]:
    """The date of birth in `words` and the words left over. Years in two digits count when it was `asked` or named."""
    asked = asked or any(word in _BIRTH_WORDS for word in words)
    for start in range(len(words)):
        read = (
            _written_birth(words, start, today, order)
            or _month_day_year(words, start, today, asked=asked)
            or (_birth_in_digits(words, start, today, order) if asked else None)
        )
        if read is not None:
            return read[0], without(words, start, read[1])
    return None, words


def _written_birth(words: Tokens, start: int, today: date, order: DateOrder) -> tuple[date, int] | None:
    parts = words[start].split("/")
    if len(parts) != 3:
        return None
    first, second, third = (int(part) for part in parts)
    if len(parts[0]) == 4:
        found = _born(first, second, third, today)
    else:
        year = third if len(parts[2]) == 4 else _century(third % 100, today)
        found = _either_order(first, second, year, today, order)
    return None if found is None else (found, start + 1)


def _either_order(first: int, second: int, year: int, today: date, order: DateOrder) -> date | None:
    month, day = (first, second) if order == "mdy" else (second, first)
    return _born(year, month, day, today) or _born(year, day, month, today)


def _month_day_year(words: Tokens, start: int, today: date, *, asked: bool) -> tuple[date, int] | None:
    read = month_and_day(words, start)
    if read is None:
        return None
    (month, day), index = read
    while word_at(words, index) in {"of", "in", "the", "year"}:
        index += 1
    year = full_year(words, index) or (_two_digit_year(words, index, today) if asked else None)
    if year is None:
        return None
    found = _born(year[0], month, day, today)
    return None if found is None else (found, year[1])


def _two_digit_year(words: Tokens, index: int, today: date) -> Read | None:
    groups, end = digit_groups(words, index)
    digits = "".join(groups)
    return (_century(int(digits), today), end) if len(digits) == 2 else None


def month_and_day(words: Tokens, start: int) -> tuple[tuple[int, int], int] | None:
    """A month and a day at `start`, either first: "march the fifth", "5th of march", "five march"."""
    month = _MONTH_NUMBER.get(word_at(words, start))
    if month is not None:
        index = start + 1
        while word_at(words, index) in {"the", "on"}:
            index += 1
        day = ordinal(words, index) or cardinal(words, index)
        return None if day is None else ((month, day[0]), day[1])
    day = ordinal(words, start) or cardinal(words, start)
    if day is None:
        return None
    index = day[1]
    while word_at(words, index) in {"of", "day", "the"}:
        index += 1
    month = _MONTH_NUMBER.get(word_at(words, index))
    return None if month is None else ((month, day[0]), index + 1)


def _birth_in_digits(words: Tokens, start: int, today: date, order: DateOrder) -> tuple[date, int] | None:
    groups, end = digit_groups(words, start)
    digits = "".join(groups)
    found: date | None = None
    if len(digits) == 8:
        found = _either_order(int(digits[:2]), int(digits[2:4]), int(digits[4:]), today, order) or _born(
            int(digits[:4]), int(digits[4:6]), int(digits[6:]), today
        )
    elif len(digits) == 6:
        found = _either_order(int(digits[:2]), int(digits[2:4]), _century(int(digits[4:]), today), today, order)
    found = found or _birth_in_groups(tuple(group for group in groups if group != "0"), today, order)
    return None if found is None else (found, end)


def _birth_in_groups(groups: Tokens, today: date, order: DateOrder) -> date | None:
    if len(groups) < 3:
        return None
    year = "".join(groups[2:])
    if len(groups[0]) > 2 or len(groups[1]) > 2 or len(year) not in {2, 4}:
        return None
    full = int(year) if len(year) == 4 else _century(int(year), today)
    return _either_order(int(groups[0]), int(groups[1]), full, today, order)


def has_month_and_day(words: Tokens) -> bool:
    """Whether a month and a day were said, so that only the year is missing."""
    return any(month_and_day(words, start) is not None for start in range(len(words)))


def wished_day(words: Tokens, today: date) -> tuple[DaySpan | None, Tokens]:
    """The day or days on which the caller would like to come, and the words left over."""
    for start in range(len(words)):
        read = _calendar_day(words, start, today) or _named_day(words, start, today)
        if read is not None:
            return read[0], without(words, start, read[1])
    return None, words


def _one(day: date, end: int) -> tuple[DaySpan, int]:
    return DaySpan(day, day), end


def _named_day(words: Tokens, start: int, today: date) -> tuple[DaySpan, int] | None:
    for phrase, days in (("day after tomorrow", 2), ("tomorrow", 1), ("today", 0), ("this afternoon", 0)):
        if find(words[start : start + len(phrase.split())], phrase) == 0:
            # "this afternoon" still says what part of the day it is.
            return _one(today + timedelta(days=days), start + (1 if days == 0 else len(phrase.split())))
    return _week_or_weekday(words, start, today) or _days_ahead(words, start, today)


def _week_or_weekday(words: Tokens, start: int, today: date) -> tuple[DaySpan, int] | None:
    word = words[start]
    monday = today - timedelta(days=today.weekday())
    if word in {"next", "this", "following"} and word_at(words, start + 1) == "week":
        first = monday + timedelta(days=7) if word != "this" else today
        weekday = _WEEKDAY_NUMBER.get(word_at(words, start + 2 if word_at(words, start + 2) != "on" else start + 3))
        if weekday is not None and word != "this":
            return _one(first + timedelta(days=weekday), start + (4 if word_at(words, start + 2) == "on" else 3))
        last = (monday if word == "this" else first) + timedelta(days=4)
        return DaySpan(first, max(first, last)), start + 2
    weekday = _WEEKDAY_NUMBER.get(word)
    if weekday is None:
        return None
    if words[start + 1 : start + 3] in (("next", "week"), ("after", "next")):
        return _one(monday + timedelta(days=7 + weekday), start + 3)
    return _one(today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1), start + 1)


def _days_ahead(words: Tokens, start: int, today: date) -> tuple[DaySpan, int] | None:
    if words[start] != "in":
        return None
    count = (1, start + 2) if word_at(words, start + 1) in {"a", "an"} else cardinal(words, start + 1)
    if count is None:
        return None
    unit = _DAYS_IN.get(word_at(words, count[1]))
    if unit is None:
        return None
    first = today + timedelta(days=unit * count[0])
    return DaySpan(first, first + timedelta(days=0 if unit == 1 else 4)), count[1] + 1


def _calendar_day(words: Tokens, start: int, today: date) -> tuple[DaySpan, int] | None:
    read = month_and_day(words, start)
    if read is not None:
        (month, day), end = read
        year = full_year(words, end)
        if year is not None and today.year <= year[0] <= today.year + 1:
            found = _date(year[0], month, day)
            return None if found is None else _one(found, year[1])
        return _coming(month, day, today, end)
    if words[start].count("/") == 2 or word_at(words, start - 1) in _MONTH_NUMBER:
        return None
    if word_at(words, start - 1) == "the" or word_at(words, start).endswith(("st", "nd", "rd", "th")):
        number = ordinal(words, start)
        if number is not None and not _is_choice(words, start, number):
            return _day_of_month(number, today)
    return None


def _is_choice(words: Tokens, start: int, number: Read) -> bool:
    """ "The first one", and a bare "the second" among what was offered, choose; they name no day."""
    small = number[0] <= 3 and not words[start][0].isdigit()
    return word_at(words, number[1]) in {"one", "option", "slot", "time", "appointment", "of", "name"} or small


def _coming(month: int, day: int, today: date, end: int) -> tuple[DaySpan, int] | None:
    for year in (today.year, today.year + 1):
        found = _date(year, month, day)
        if found is not None and found >= today:
            return _one(found, end)
    return None


def _day_of_month(number: Read, today: date) -> tuple[DaySpan, int] | None:
    month, year = today.month, today.year
    for _ in range(3):
        found = _date(year, month, number[0])
        if found is not None and found >= today:
            return _one(found, number[1])
        month, year = (1, year + 1) if month == 12 else (month + 1, year)
    return None
