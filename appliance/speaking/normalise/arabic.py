"""Arabic: what is written in a clinic's messages, as it is said on the telephone."""

import re
from types import MappingProxyType
from typing import Final

from appliance.speaking.normalise import calendar, figures, network
from appliance.speaking.normalise.arabic_words import (
    ABBREVIATIONS,
    CURRENCIES,
    DIGITS,
    LETTERS,
    MONTHS,
    UNITS,
    cardinal,
    clock,
    count,
    date,
    day_of_month,
    decimals,
    half_of,
)
from appliance.speaking.normalise.language import Clock, Language, Signs
from appliance.speaking.normalise.rules import Rule, fixed, rule

_SIGNS: Final = Signs(
    point="فاصلة", minus="سالب", plus="زائد", to="إلى", per="في", percent="بالمئة", number="رقم", at="آت", dot="نقطة",
    slash="شرطة مائلة", dash="شرطة", underscore="شرطة سفلية", and_="و", or_="أو", equals="يساوي", times="في",
    degrees="درجة", less="أقل من", more="أكثر من", about="حوالي", at_least="على الأقل",
    joint=" و",
    at_most="على الأكثر",
)  # fmt: skip
ARABIC: Final = Language(
    number=r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?",
    decimal_commas=False,
    declines=True,
    digits=DIGITS,
    letters=MappingProxyType(LETTERS),
    signs=_SIGNS,
    units=MappingProxyType(UNITS),
    currencies=MappingProxyType(CURRENCIES),
    cardinal=cardinal,
    count=count,
    decimals=decimals,
    clock=clock,
    hours_alone=clock,
    date=date,
    half_day=r"(?:صباحاً|صباحا|مساءً|مساء|ص|م|[AaPp]\.?[Mm])(?!\w)",
    half_of=half_of,
    time_suffix=r"(?!)",
)


def rules(order: calendar.DateOrder) -> list[Rule]:
    """All rules that know words; markup goes before and after."""
    language = ARABIC
    return [
        *network.rules(language),
        *_before_numbers(),
        *calendar.date_rules(language, order),
        *calendar.time_rules(language),
        *figures.phone_rules(language),
        *figures.quantity_rules(language),
        *_abbreviations(),
        *figures.number_rules(language),
        *figures.sign_rules(language),
    ]


def _before_numbers() -> list[Rule]:
    months = "|".join(MONTHS)

    def day_and_month(match: re.Match[str]) -> tuple[tuple[int, str], ...]:
        parts = ((match.start(1), day_of_month(int(match[1]))), (match.start(2), f"من {match[2]}"))
        return (*parts, (match.start(3), f"عام {cardinal(int(match[3]))}")) if match[3] else parts

    def whole_hour(match: re.Match[str]) -> str | None:
        hour = int(match["said"])
        return clock(Clock(hour, 0, "")) if hour <= 24 else None

    days = "الأحد|الاثنين|الإثنين|الثلاثاء|الأربعاء|الخميس|الجمعة|السبت"
    signs = {"½": "نصف", "⅓": "ثلث", "⅔": "ثلثان", "¼": "ربع", "¾": "ثلاثة أرباع"}
    return [
        rule(
            rf"(?<![\w.,/-])([12]\d|3[01]|0?[1-9])\s+({months})(?!\w)(?:\s+((?:19|20)\d\d)(?![\w%:]))?", day_and_month
        ),
        rule(r"(?<=الساعة )(?P<said>\d{1,2})(?![\w:%/]|[.,-]\d|\s?[-–]\s?\d|\s?(?:ص|م|am|pm))", whole_hour),
        rule(
            r"(?<!\w)(?:اتصل\w*|اضغط\w*|اطلب\w*) (?:على |ب|بـ)?(?:الرقم |رقم )?(?P<said>\d{3,6})(?![\w.,:/-])",
            lambda match: ARABIC.digit_by_digit(match["said"]),
        ),
        fixed(rf"(?:{days})(?P<said>\s?[-–—]\s?)(?=(?:{days}))", "إلى"),
        rule(rf"(\d+)\s?([{''.join(signs)}])", lambda match: f"{cardinal(int(match[1][:12]))} و{signs[match[2]]}"),
        rule(rf"[{''.join(signs)}]", lambda match: signs[match.group()]),
        rule(
            r"(?<![\w./])(\d{3})/(\d{2,3})(?![\w/])",
            lambda match: f"{cardinal(int(match[1]))} على {cardinal(int(match[2]))}",
        ),
    ]


def _abbreviations() -> list[Rule]:
    names = "|".join(map(re.escape, sorted(ABBREVIATIONS, key=len, reverse=True)))
    return [
        rule(rf"(?<![\w.])({names})(?!\w)", lambda match: ABBREVIATIONS[match[1]]),
        rule(r"(?<!\w)د\s?/\s?(?=\w)", lambda _: "الدكتور"),
        fixed(r"(?<=\d)\s?هـ(?!\w)", "هجري"),
        # Tatweel only stretches a word.
        fixed(r"ـ+(?=\W|$)", ""),
        rule(r"(?<![\w-])[A-Za-z](?:[-.][A-Za-z]){2,}\.?(?![\w-])", lambda match: ARABIC.spelled(match.group())),
        rule(
            r"(?<![A-Za-z\d])([A-Z]{1,3})-?(\d{1,3})(?!\w)", lambda m: f"{ARABIC.spelled(m[1])} {cardinal(int(m[2]))}"
        ),
        rule(r"(?<![A-Za-z\d_])([A-Z]{2,5})(?![A-Za-z\d_])", lambda match: ARABIC.spelled(match[1])),
    ]
