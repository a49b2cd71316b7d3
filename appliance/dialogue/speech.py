"""Times, dates and numbers written for a voice: "ten thirty in the morning", "March fifth, nineteen eighty"."""

from collections.abc import Sequence
from datetime import date, time
from typing import Final

_ONES: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
).split()
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINAL_ENDINGS: Final = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth", "twenty": "twentieth", "thirty": "thirtieth",
}  # fmt: skip
_MONTHS: Final = ("January February March April May June July August September October November December").split()
_WEEKDAYS: Final = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_NOON: Final = 12
_EVENING: Final = 17


def say_number(value: int) -> str:
    """0 to 99 in words."""
    if value < 20:
        return _ONES[value]
    tens, ones = divmod(value, 10)
    return _TENS[tens - 2] + (f" {_ONES[ones]}" if ones else "")


def say_ordinal(value: int) -> str:
    """1 to 99 as an ordinal in words."""
    *before, last = say_number(value).split()
    return " ".join([*before, _ORDINAL_ENDINGS.get(last, f"{last}th")])


def say_year(year: int) -> str:
    """1980 as "nineteen eighty", 2005 as "two thousand five", 1905 as "nineteen oh five"."""
    century, rest = divmod(year, 100)
    if century == 20 and rest < 10:
        return "two thousand" + (f" {_ONES[rest]}" if rest else "")
    if rest == 0:
        return f"{say_number(century)} hundred"
    return f"{say_number(century)} {say_number(rest) if rest >= 10 else f'oh {_ONES[rest]}'}"


def say_day(day: date) -> str:
    """As "Tuesday, November twenty fourth"."""
    return f"{_WEEKDAYS[day.weekday()]}, {_MONTHS[day.month - 1]} {say_ordinal(day.day)}"


def say_weekday(weekday: int) -> str:
    """The name of a weekday, Monday 0."""
    return _WEEKDAYS[weekday]


def say_birth_date(day: date) -> str:
    """As "March fifth, nineteen eighty"."""
    return f"{_MONTHS[day.month - 1]} {say_ordinal(day.day)}, {say_year(day.year)}"


def say_clock(moment: time) -> str:
    """As "ten thirty" or "nine oh five", without the part of the day."""
    hour = say_number(moment.hour % 12 or 12)
    if moment.minute == 0:
        return hour
    return f"{hour} {say_number(moment.minute) if moment.minute >= 10 else f'oh {_ONES[moment.minute]}'}"


def say_time(moment: time) -> str:
    """As "ten thirty in the morning"; twelve o'clock is "noon"."""
    if moment == time(_NOON):
        return "noon"
    part = "morning" if moment.hour < _NOON else "afternoon" if moment.hour < _EVENING else "evening"
    return f"{say_clock(moment)} in the {part}"


def say_digits(digits: str) -> str:
    """Digit by digit in words, a breath every three."""
    spoken = [_ONES[int(digit)] for digit in digits if digit.isascii() and digit.isdigit()]
    return ", ".join(" ".join(spoken[start : start + 3]) for start in range(0, len(spoken), 3))


def say_list(items: Sequence[str], joint: str = "or") -> str:
    """As "nine, ten or eleven"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {joint} {items[-1]}"
