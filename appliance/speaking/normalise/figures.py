"""Numbers as written, and what stands with them: phone numbers, money, units, percentages, ranges."""

import re
from collections.abc import Callable, Iterable
from typing import Final

from appliance.speaking.normalise.language import Language, Noun
from appliance.speaking.normalise.rules import Rule, fixed, rule

_MOST_DIGITS: Final = 12
_FEWEST_PHONE_DIGITS: Final = 7
_MOST_PHONE_DIGITS: Final = 15
_RANGE: Final = r"(?:\s?[-–—]\s?|\s?\.\.\s?)"
_GROUP: Final = 3


def read_number(written: str, language: Language) -> tuple[str, str]:
    """The digits before and after the decimal sign of a number such as "1,250.5"; commas and points as is usual."""
    signs = re.findall(r"[.,]", written)
    if not signs:
        return written, ""
    whole, last = re.split(r"[.,](?=\d*$)", written)
    if not language.decimal_commas:
        decimal = signs[-1] == "."
    else:
        groups = re.fullmatch(r"[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*", written)
        decimal = groups is None
    whole = re.sub(r"\D", "", whole)
    return (whole, last) if decimal else (whole + last, "")


def say_number(written: str, language: Language, *, feminine: bool = False) -> str:
    """A number as a quantity; digit by digit where it is too long for one or begins with a zero."""
    whole, fraction = read_number(written, language)
    if len(whole) > _MOST_DIGITS or (len(whole) > 1 and whole[0] == "0"):
        said = say_in_groups(whole, language)
    else:
        said = language.cardinal(int(whole or "0"), feminine and not fraction)
    return f"{said} {language.signs.point} {language.decimals(fraction)}" if fraction else said


def say_count(written: str, noun: Noun, language: Language) -> str:
    """A number and what it counts."""
    whole, fraction = read_number(written, language)
    if fraction or len(whole) > _MOST_DIGITS:
        return f"{say_number(written, language)} {noun.many}"
    return language.count(int(whole), noun)


def say_in_groups(digits: str, language: Language) -> str:
    """Digit by digit, a breath every three; a single last digit goes with the three before it."""
    starts = list(range(0, len(digits), _GROUP))
    if len(digits) > _GROUP and len(digits) % _GROUP == 1:
        starts.pop()
    bounds = zip(starts, [*starts[1:], len(digits)], strict=True)
    return ", ".join(language.digit_by_digit(digits[start:end]) for start, end in bounds)


def say_digits_briefly(digits: str, language: Language) -> str:
    """One or two digits as a number, more digit by digit: as in a code."""
    if len(digits) > 2 or digits[0] == "0":
        return language.digit_by_digit(digits)
    return say_number(digits, language)


def phone_rules(language: Language) -> list[Rule]:
    """Digits in groups, with a country code or without; and long runs of digits, which are never quantities."""

    def say_phone(match: re.Match[str]) -> str | None:
        groups = re.findall(r"\d+", match.group())
        length = sum(map(len, groups))
        if not _FEWEST_PHONE_DIGITS <= length <= _MOST_PHONE_DIGITS:
            return None
        if "+" not in match.group() and (len(groups) < 2 or max(map(len, groups)) > 5):
            return None
        if language.decimal_commas and re.fullmatch(r"[1-9]\d?(?:\.\d{3})+|[1-9]\d\d(?:\.\d{3})*\.000", match.group()):
            return None
        said = ", ".join(
            say_in_groups(group, language) if len(group) > 4 else language.digit_by_digit(group) for group in groups
        )
        return f"{language.signs.plus} {said}" if "+" in match.group() else said

    # A group of one digit only in front ("1-800"): else it is a sum or a list.
    group = r"(?:\(\d{1,5}\)|\d{2,12})"
    return [
        rule(
            rf"(?<![\w.,/:])(?:\+\s?\d{{1,3}}[\s.-]?|\d[\s.-])?{group}(?:(?:(?<=\))|[\s.-]){group}){{0,6}}(?![\w/:%]|[.,-]\d|\s?[€$£])",
            say_phone,
        ),
        rule(r"(?<![\d.,])\+\d{7,15}(?!\d)", say_phone),
        rule(r"(?<![\d.,])\d{7,}(?![\d]|[.,]\d)", lambda match: say_in_groups(match.group(), language)),
    ]


def quantity_rules(language: Language) -> list[Rule]:
    """Money, percentages, measures and what is counted with an abbreviated unit, each also as a range."""
    number = rf"(?<![\w.,])(?P<first>{language.number})(?:{_RANGE}(?P<last>{language.number}))?"
    sign = "|".join(map(re.escape, _longest_first(language.currencies)))
    unit = "|".join(map(re.escape, _longest_first(language.units)))
    # A word written in full may stand with its number as it is: "a 5 day course".
    counted = "|".join(re.escape(name) for name in _longest_first(language.units) if _counted(name, language))
    signs = language.signs
    return [
        rule(rf"(?<!\w)(?P<sign>{sign})\s?{number}(?![\d])", _money(language)),
        rule(rf"{number}\s?(?P<sign>{sign})(?!\w)", _money(language)),
        rule(rf"{number}\s?%", lambda match: f"{_span(match, language)} {signs.percent}"),
        rule(
            rf"{number}[\s-]?(?P<unit>{counted})(?!\w)(?:\.(?=\s+[a-z\d]))?(?:/(?P<per>{unit})(?!\w))?",
            _measure(language),
        ),
        rule(rf"/\s?(?P<per>{unit})(?!\w)", lambda match: f"{signs.per} {language.units[match['per']].one}"),
    ]


def number_rules(language: Language) -> list[Rule]:
    """What is left of numbers: ranges, signs, decimals, cardinals."""
    signs = language.signs
    number = language.number

    def say_minus(match: re.Match[str]) -> str:
        return f"{signs.minus if match[1] == '-' else signs.plus} {say_number(match[2], language)}"

    return [
        rule(
            rf"(?<![\w.,-])(?P<first>{number}){_RANGE}(?P<last>{number})(?![\w]|-\d)",
            lambda match: _span(match, language),
        ),
        rule(rf"(?:(?<=\s)|^|(?<=\())([-+])\s?({number})(?!\w)", say_minus),
        rule(
            r"(\d+)\s?[x×]\s?(\d+)(?!\w)",
            lambda m: f"{say_number(m[1], language)} {signs.times} {say_number(m[2], language)}",
        ),
        # "3D", "12A": the letters after digits are spelled when they are capitals.
        rule(
            r"(?<![\w.,])(\d{1,4})([A-Z]{1,2})(?!\w)",
            lambda m: f"{say_number(m[1], language)} {language.spelled(m[2])}",
        ),
        rule(rf"(?<![\d.,]){number}", lambda match: say_number(match.group(), language)),
        rule(r"\d+", lambda match: say_number(match.group(), language)),
    ]


def sign_rules(language: Language) -> list[Rule]:
    """Signs between words."""
    signs = language.signs
    both = rf"\s?(?:{signs.and_}|and)\s?/\s?(?:{signs.or_}|or)\b"
    return [
        rule(both, lambda match: f"{signs.and_} {signs.or_}"),
        fixed(
            rf"(?:(?<={signs.number}\s)|(?<=[Ss]uite )|(?<=[Rr]oom )|(?<=[Aa]pt )|(?<=[Aa]pt\. ))#(?=\d)",
            "",
            re.IGNORECASE,
        ),
        fixed(r"(?:№|(?<!\w)[Nn]º|#)\s?(?=\d)", signs.number),
        fixed(r"№", signs.number),
        fixed(r"&amp;|&", signs.and_),
        fixed(r"(?<=[^\W\d])\s?/\s?(?=[^\W\d])", signs.or_),
        fixed(r"/", signs.slash),
        fixed(r"@", signs.at),
        fixed(r"\+", signs.plus),
        fixed(r"=(?!=)", signs.equals),
        fixed(r"≤", signs.at_most),
        fixed(r"≥", signs.at_least),
        fixed(r"(?<!\w)[<](?=\s?\d)", signs.less),
        fixed(r"(?<!\w)[>](?=\s?\d)", signs.more),
        fixed(r"(?<!\w)[~≈±](?=\s?\d)", signs.about),
        fixed(r"[×]", signs.times),
        fixed(r"%", signs.percent),
        fixed(r"°", signs.degrees),
        fixed(r"\s?(?:→|->|⇒)\s?", signs.to),
        *[
            fixed(re.escape(sign), currency.major.many)
            for sign, currency in language.currencies.items()
            if len(sign) == 1
        ],
    ]


def _span(match: re.Match[str], language: Language) -> str:
    first = say_number(match["first"], language)
    return f"{first} {language.signs.to} {say_number(match['last'], language)}" if match["last"] else first


def _money(language: Language) -> Callable[[re.Match[str]], str]:
    def say(match: re.Match[str]) -> str:
        currency = language.currencies[match["sign"]]
        if match["last"]:
            first = say_number(match["first"], language)
            return f"{first} {language.signs.to} {say_count(match['last'], currency.major, language)}"
        whole, cents = read_number(match["first"], language)
        if len(cents) not in {1, 2} or len(whole) > _MOST_DIGITS:
            return say_count(match["first"], currency.major, language)
        minor = int(cents.ljust(2, "0"))
        major = language.count(int(whole or "0"), currency.major)
        if not minor:
            return major
        said_minor = language.count(minor, currency.minor)
        return f"{major}{language.signs.joint}{said_minor}" if int(whole or "0") else said_minor

    return say


def _measure(language: Language) -> Callable[[re.Match[str]], str]:
    def say(match: re.Match[str]) -> str:
        noun = language.units[match["unit"]]
        before = (
            f"{say_number(match['first'], language, feminine=noun.feminine)} {language.signs.to} "
            if match["last"]
            else ""
        )
        said = before + say_count(match["last"] or match["first"], noun, language)
        return f"{said} {language.signs.per} {language.units[match['per']].one}" if match["per"] else said

    return say


def _counted(name: str, language: Language) -> bool:
    return language.declines or name != language.units[name].one


def _longest_first(names: Iterable[str]) -> list[str]:
    return sorted(names, key=len, reverse=True)
