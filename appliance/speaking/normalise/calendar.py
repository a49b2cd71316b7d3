"""Times of day and dates in figures."""

import re
from collections.abc import Callable
from datetime import date
from typing import Final, Literal

from appliance.speaking.normalise.language import Clock, Language
from appliance.speaking.normalise.rules import Rule, rule

DateOrder = Literal["mdy", "dmy"]
_DASH: Final = r"\s?[-–—]\s?"
_CENTURY: Final = 100
_NEWEST_TWO_DIGIT_YEAR: Final = 50


def time_rules(language: Language) -> list[Rule]:
    """The likes of "10:30", "9 a.m.", and from one to the other."""
    half, suffix = language.half_day, language.time_suffix

    def one(name: str) -> str:
        return (
            rf"(?P<hour{name}>[01]?\d|2[0-4])(?::(?P<minute{name}>[0-5]\d)(?::[0-5]\d)?)?"
            rf"(?:\s?(?P<half{name}>{half}))?"
        )

    return [
        rule(rf"(?<![\w:.,/-]){one('')}{_DASH}{one('_to')}(?:{suffix})?(?![\w:/%]|[.,-]\d)", _say_span(language)),
        rule(rf"(?<![\w:.,/]){one('')}(?:{suffix})?(?![\w:/%]|[.,]\d)", _say_time(language)),
    ]


def _clock(match: re.Match[str], name: str, language: Language) -> Clock | None:
    hour = int(match["hour" + name])
    half = language.half_of(match["half" + name]) if match["half" + name] else ""
    if half and not 1 <= hour <= 12:
        half = "" if match["minute" + name] else "-"
    return None if half == "-" else Clock(hour, int(match["minute" + name] or 0), half)


def _say_time(language: Language) -> Callable[[re.Match[str]], str | None]:
    def say(match: re.Match[str]) -> str | None:
        if not (match["minute"] or match["half"]):
            return None
        clock = _clock(match, "", language)
        return None if clock is None else language.clock(clock)

    return say


def _say_span(language: Language) -> Callable[[re.Match[str]], str | None]:
    def say(match: re.Match[str]) -> str | None:
        if not any(match[name] for name in ("minute", "half", "minute_to", "half_to")):
            return None
        first, last = _clock(match, "", language), _clock(match, "_to", language)
        if first is None or last is None:
            return None
        return f"{language.hours_alone(first)} {language.signs.to} {language.hours_alone(last)}"

    return say


def date_rules(language: Language, order: DateOrder) -> list[Rule]:
    """2026-11-24; 11/24/2026 and 11/24 in the clinic's order, or the other where only that is a date."""

    def iso(match: re.Match[str]) -> str | None:
        return _said(language, int(match["day"]), int(match["month"]), int(match["year"]))

    def in_order(match: re.Match[str]) -> str | None:
        first, second, year = int(match["first"]), int(match["second"]), _year(match["year"])
        day, month = (second, first) if order == "mdy" else (first, second)
        said = _said(language, day, month, year)
        return _said(language, month, day, year) if said is None else said

    after = r"(?![\w/%-]|[.,]\d)"
    return [
        rule(rf"(?<![\w/.-])(?P<year>\d{{4}})([-/.])(?P<month>\d{{1,2}})\2(?P<day>\d{{1,2}}){after}", iso),
        rule(
            rf"(?<![\w/.-])(?P<first>\d{{1,2}})([/.-])(?P<second>\d{{1,2}})\2(?P<year>\d{{4}}|\d{{2}}){after}",
            in_order,
        ),
        rule(rf"(?<![\w/.,$€£-])(?P<first>\d{{1,2}})/(?P<second>\d{{1,2}})(?P<year>){after}", in_order),
    ]


def _year(written: str) -> int | None:
    if not written:
        return None
    year = int(written)
    if len(written) > 2:
        return year
    return year + _CENTURY * (20 if year < _NEWEST_TWO_DIGIT_YEAR else 19)


def _said(language: Language, day: int, month: int, year: int | None) -> str | None:
    try:
        # A leap year, so that February 29 is a day.
        date(year or 2024, month, day)
    except ValueError:
        return None
    return language.date(day, month, year)
