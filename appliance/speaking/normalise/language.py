"""What the rules need to know of a language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Noun:
    """Something that is counted. `two` and `few` (3 to 10) are for languages that have such forms."""

    one: str
    many: str
    feminine: bool = False
    two: str = ""
    few: str = ""


@dataclass(frozen=True, slots=True)
class Currency:
    """Money: the unit, and its hundredth (or, with `minor_digits` 3, thousandth)."""

    major: Noun
    minor: Noun


@dataclass(frozen=True, slots=True)
class Signs:
    """How signs are said, each between two words or after one; `joint` has spaces, as in "a euro and ten cents"."""

    point: str
    minus: str
    plus: str
    to: str
    per: str
    percent: str
    number: str
    at: str
    dot: str
    slash: str
    dash: str
    underscore: str
    and_: str
    joint: str
    or_: str
    equals: str
    times: str
    degrees: str
    less: str
    more: str
    about: str
    at_least: str
    at_most: str


@dataclass(frozen=True, slots=True)
class Clock:
    """A time as written: `half` is "am", "pm" or empty where none is written."""

    hour: int
    minute: int
    half: str


@dataclass(frozen=True, slots=True)
class Language:
    """The words of a language, and how it counts.

    `number` is the pattern of a number as written; `decimal_commas` tells whether a comma may begin decimals.
    `cardinal` takes a number from 0 below 10^12 and whether it counts something feminine; `count` a number and what it
    counts; where `declines`, also a noun in full takes the form that its number asks for. `date` takes a day, a month
    and, where one is written, a year. `half_day` is the pattern of "a.m." and its like, `half_of` what of "am" and "pm"
    that is. `time_suffix` is the pattern of what may follow a time and is not said.
    """

    number: str
    decimal_commas: bool
    declines: bool
    digits: tuple[str, ...]
    letters: Mapping[str, str]
    signs: Signs
    units: Mapping[str, Noun]
    currencies: Mapping[str, Currency]
    cardinal: Callable[[int, bool], str]
    count: Callable[[int, Noun], str]
    decimals: Callable[[str], str]
    clock: Callable[[Clock], str]
    hours_alone: Callable[[Clock], str]
    date: Callable[[int, int, int | None], str]
    half_day: str
    half_of: Callable[[str], str]
    time_suffix: str

    def spelled(self, letters: str) -> str:
        """Letter by letter."""
        return " ".join(self.letters.get(letter.upper(), letter.upper()) for letter in letters if letter.isalpha())

    def digit_by_digit(self, digits: str) -> str:
        """Digit by digit, without pauses."""
        return " ".join(self.digits[int(digit)] for digit in digits if digit.isascii() and digit.isdigit())
