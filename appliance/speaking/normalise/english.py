"""English: what is written in a clinic's messages, as it is said on the telephone."""

import re
from collections.abc import Callable
from types import MappingProxyType
from typing import Final

from appliance.speaking.normalise import calendar, figures, network
from appliance.speaking.normalise.alignment import Parts
from appliance.speaking.normalise.english_words import (
    ABBREVIATIONS,
    ACRONYMS_SAID_AS_WORDS,
    COMMON_SHORT_WORDS,
    CURRENCIES,
    DIGITS,
    DOSE_TIMES,
    MONTH_ABBREVIATIONS,
    MONTHS,
    ONLY_WITH_STOP,
    STATES,
    UNITS,
    WEEKDAY_ABBREVIATIONS,
    cardinal,
    clock,
    count,
    date,
    decimals,
    half_of,
    hours_alone,
    ordinal,
    pairs,
)
from appliance.speaking.normalise.language import Language, Signs
from appliance.speaking.normalise.rules import Rule, fixed, rule

_SIGNS: Final = Signs(
    point="point", minus="minus", plus="plus", to="to", per="per", percent="percent", number="number", at="at",
    dot="dot", slash="slash", dash="dash", underscore="underscore", and_="and", or_="or", equals="equals", times="by",
    degrees="degrees", less="less than", more="more than", about="about", at_least="at least",
    joint=" and ",
    at_most="at most",
)  # fmt: skip
ENGLISH: Final = Language(
    number=r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?",
    decimal_commas=False,
    declines=False,
    digits=DIGITS,
    # Alone, the letter would be read as the article.
    letters=MappingProxyType({"A": "eigh"}),
    signs=_SIGNS,
    units=MappingProxyType(UNITS),
    currencies=MappingProxyType(CURRENCIES),
    cardinal=cardinal,
    count=count,
    decimals=decimals,
    clock=clock,
    hours_alone=hours_alone,
    date=date,
    # A full stop that also ends the sentence stays.
    half_day=r"[AaPp](?:\.\s?[Mm]\.(?!\s*$|\s+[A-Z])|\.\s?[Mm]|[Mm])(?![A-Za-z])",
    half_of=half_of,
    time_suffix=r"\s?(?:o'clock|hours?|hrs)(?!\w)",
)

_STREET: Final = (
    r"(?:St|Street|Ave|Avenue|Blvd|Boulevard|Rd|Road|Dr|Drive|Ln|Lane|Ct|Court|Pl|Place|Sq|Square|Way|Pkwy|Parkway"
    r"|Hwy|Highway|Ter|Terrace)(?!\w)"
)
_STREET_NAME: Final = r"(?:(?:[NSEW]{1,2}\.?|[A-Z][\w']*|\d+(?:st|nd|rd|th))\s+){1,4}"
_MONTH: Final = rf"(?P<month>{'|'.join(MONTHS)}|(?:{'|'.join(MONTH_ABBREVIATIONS)})(?!\w)\.?)"
_DAY: Final = r"(?P<day>[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?(?![\w:%/]|[.,]\d)"
_YEAR: Final = r"(?:,?\s+(?P<year>(?:19|20)\d\d)(?![\w%:]|[.,]\d))?"
_STOP: Final = r"(?:\.(?!\s*$)|(?=\.\s*$))"
_CODE: Final = (
    r"(?:zip|pin|code|id|reference|confirmation|case|account|policy|member|insurance|record|ticket|mrn|tracking)"
)
_RATED: Final = r"\b(?:pain|scores?|scored|scale|rated|rate|level)(?:\s+(?:is|of|at|it|a))*"
_FRACTIONS: Final = {
    "1/2": ("one half", "a half"), "1/3": ("one third", "a third"), "2/3": ("two thirds", "two thirds"),
    "1/4": ("one quarter", "a quarter"), "3/4": ("three quarters", "three quarters"),
    "1/8": ("one eighth", "an eighth"),
}  # fmt: skip
_FRACTION_SIGNS: Final = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅛": "1/8"}
_PARTED: Final = r"(?=\s?(?:of\b|an?\b|tab|pill|cap|cup|hour|dose|teaspoon|tablespoon|tsp|tbsp|day|mile|lit|pint|inch))"


def rules(order: calendar.DateOrder) -> list[Rule]:
    """All rules that know words; markup goes before and after."""
    language = ENGLISH
    return [
        *network.rules(language),
        *_before_numbers(),
        *_dates_with_names(),
        *calendar.date_rules(language, order),
        *calendar.time_rules(language),
        *_numbers_of_places(),
        *_spans_of_years(),
        *figures.phone_rules(language),
        *_counting(),
        *figures.quantity_rules(language),
        *_years(),
        *_abbreviations(),
        *_acronyms(),
        *figures.number_rules(language),
        *figures.sign_rules(language),
    ]


def _before_numbers() -> list[Rule]:
    fractions = "|".join(_FRACTIONS)
    signs = "".join(_FRACTION_SIGNS)
    return [
        fixed(r"(?<![\w/])24/7(?![\w/])", "twenty four seven"),
        fixed(r"(?<!\w)w/o(?!\w)", "without"),
        fixed(r"(?<!\w)w/\s?(?=\w)", "with"),
        fixed(r"(?<!\w)c/o(?!\w)", "care of"),
        fixed(r"(?<!\w)n/a(?!\w)", "not applicable", re.IGNORECASE),
        rule(rf"(?<![\w.,/])(\d+)(?:\s+({fractions})(?![\w/])|\s?([{signs}]))", _mixed),
        rule(
            rf"(?:(?<![\w.,/])({fractions})(?![\w/]){_PARTED}|([{signs}]))(\s+(?=tab|pill|cap|cup|hour|dose|teas|tables))?",
            _fraction,
        ),
        rule(
            r"(?<![\w./])(\d{3})/(\d{2,3})(?![\w/])",
            lambda match: f"{pairs(int(match[1]))} over {pairs(int(match[2]))}",
        ),
        rule(r"(?<![\w.,])(\d{1,2})\s?[x×](?=\s|/|$)(?!\s*\d)", lambda match: _times(int(match[1]))),
        rule(
            r"(?<!\w)[qQ]\.?\s?(\d{1,2})\s?[hH](?:rs?|ours?)?(?!\w)\.?",
            lambda match: f"every {cardinal(int(match[1]))} hours",
        ),
        # A height, and how bad a pain is.
        rule(
            r"(?<![\w.,])([3-7])'\s?(1[01]|\d)(?:\"|''|(?!\w))",
            lambda match: f"{cardinal(int(match[1]))} foot {cardinal(int(match[2]))}",
        ),
        rule(
            rf"(?:{_RATED}\s+(?P<said>(\d|10)/10)|(?<![\w/])(?P<before>(\d|10)/10)(?=\s+pain))",
            _out_of_ten,
            re.IGNORECASE,
        ),
        fixed(r"(?<![\w.,])911(?![\w.,]\d|\d)", "nine one one"),
        rule(
            r"\b(?:call|dial|press|ring|keyed|enter)\s+(?P<said>\d{3,6})(?![\w.,:/-]\w|\w|\s\d)",
            lambda match: ENGLISH.digit_by_digit(match["said"]),
            re.IGNORECASE,
        ),
        rule(
            rf"\b{_CODE}(?:\s+(?:code|number|no\.?|id|is))*\s?[\s:#]\s?(?P<said>\d{{3,}}(?:-\d+)*)(?![\w/]|[.,]\d)",
            lambda match: ", ".join(figures.say_in_groups(part, ENGLISH) for part in match["said"].split("-")),
            re.IGNORECASE,
        ),
    ]


def _out_of_ten(match: re.Match[str]) -> str | None:
    return f"{cardinal(int(match['said'].split('/')[0]))} out of ten" if match["said"] else None


def _mixed(match: re.Match[str]) -> str:
    fraction = match[2] or _FRACTION_SIGNS[match[3]]
    return f"{cardinal(int(match[1]))} and {_FRACTIONS[fraction][1]}" if len(match[1]) < 7 else ""


def _fraction(match: re.Match[str]) -> str:
    fraction = match[1] or _FRACTION_SIGNS[match[2]]
    if match[3]:
        return "half a" if fraction == "1/2" else f"{_FRACTIONS[fraction][0]} of a"
    return _FRACTIONS[fraction][0]


def _times(value: int) -> str:
    return {1: "once", 2: "twice"}.get(value, f"{cardinal(value)} times")


def _month(written: str) -> str:
    name = written.rstrip(".")
    return MONTH_ABBREVIATIONS.get(name, name)


def _dates_with_names() -> list[Rule]:
    def parts(match: re.Match[str], *said: tuple[str, str]) -> Parts:
        """Spoken words by the group that they say, for the groups that are there."""
        return tuple((match.start(name), words) for name, words in said if match[name])

    def spoken_year(match: re.Match[str]) -> tuple[str, str]:
        return ("year", pairs(int(match["year"])) if match["year"] else "")

    def month_first(match: re.Match[str]) -> Parts:
        comma = "," if match["year"] else ""
        last = match["last"]
        day = ("day", ordinal(int(match["day"])) + (comma if not last else ""))
        until = ("last", f"to {ordinal(int(last))}{comma}" if last else "")
        return parts(match, ("month", _month(match["month"])), day, until, spoken_year(match))

    def day_first(match: re.Match[str]) -> Parts:
        comma = "," if match["year"] else ""
        day = ordinal(int(match["day"]))
        day = f"{day} of" if match["the"] else f"the {day} of"
        the = ("the", match["the"] or "")
        return parts(match, the, ("day", day), ("month", _month(match["month"]) + comma), spoken_year(match))

    def month_and_year(match: re.Match[str]) -> Parts:
        return parts(match, ("month", _month(match["month"])), spoken_year(match))

    last = r"(?:\s?[-–]\s?(?P<last>[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?(?![\w:%/]))?"
    weekday = "|".join(WEEKDAY_ABBREVIATIONS)

    def span_of_days(match: re.Match[str]) -> Parts:
        full = [WEEKDAY_ABBREVIATIONS.get(match[name], match[name]) for name in ("from", "until")]
        return parts(match, ("from", full[0]), ("until", f"to {full[1]}"))

    day_name = rf"(?:{weekday}|{'|'.join(dict.fromkeys(WEEKDAY_ABBREVIATIONS.values()))})"
    return [
        fixed(rf"(?<=\d)\s?[-–—]\s?(?={_MONTH}\s+\d)", "to"),
        rule(rf"(?<!\w){_MONTH}\s+{_DAY}{last}{_YEAR}", month_first),
        rule(rf"(?<![\w.,/-])(?:(?P<the>[Tt]he)\s+)?{_DAY}\s+(?:of\s+)?{_MONTH}(?!\w){_YEAR}", day_first),
        rule(rf"(?<!\w){_MONTH},?\s+(?P<year>(?:19|20)\d\d)(?![\w%:]|[.,]\d)", month_and_year),
        rule(rf"(?<!\w)(?P<from>{day_name})\.?\s?[-–]\s?(?P<until>{day_name})(?!\w)\.?(?=\W*\w|$)", span_of_days),
        rule(rf"(?<!\w)({weekday})(?:{_STOP}|(?=,?\s+\d|,\s+[A-Z]))", lambda match: WEEKDAY_ABBREVIATIONS[match[1]]),
        rule(rf"(?<!\w)({'|'.join(MONTH_ABBREVIATIONS)})(?<!May){_STOP}", lambda match: MONTH_ABBREVIATIONS[match[1]]),
    ]


def _numbers_of_places() -> list[Rule]:
    def numbered(say: Callable[[int], str]) -> Callable[[re.Match[str]], str | None]:
        def said(match: re.Match[str]) -> str | None:
            digits, letters = re.match(r"(\d+)-?(\w*)", match["said"]).groups()  # type: ignore[union-attr]
            number = ENGLISH.digit_by_digit(digits) if digits[0] == "0" else say(int(digits))
            return f"{number} {ENGLISH.spelled(letters)}".strip()

        return said

    def digits(match: re.Match[str]) -> str:
        return ENGLISH.digit_by_digit(match["said"])

    place = r"(?:rooms?|rm|suite|ste|apartment|apt|unit|flat|ward|bed|office|exam room|box|building|bldg|gate|counter)"
    return [
        rule(
            rf"\b{place}\.?\s?#?\s?(?P<said>\d{{1,4}}(?:-?[A-Z])?)(?![\w%:/]|[.,-]\d)", numbered(pairs), re.IGNORECASE
        ),
        rule(r"\b(?:extensions?|ext)\.?\s?#?\s?(?P<said>\d{2,5})(?!\w|[.,]\d)", digits, re.IGNORECASE),
        rule(rf"(?<![\w.,/-])(?P<said>\d{{1,5}}[A-Z]?)(?=\s+{_STREET_NAME}{_STREET})", numbered(pairs)),
        rule(r"(?<=,\s)([A-Z]{2})(?=\s+\d{5}(?!\d))", lambda match: STATES.get(match[1])),
        rule(r"(?:(?<=[A-Z]{2}\s)|(?<=[a-z],\s))(?P<said>\d{5}(?:-\d{4})?)(?!\w)", digits),
        rule(
            rf"(?<=\d\s)([NSEW])\.?(?=\s+{_STREET_NAME}{_STREET})",
            lambda match: {"N": "North", "S": "South", "E": "East", "W": "West"}[match[1]],
        ),
    ]


def _counting() -> list[Rule]:
    def plural(said: str) -> str:
        return said[:-1] + "ies" if said.endswith("y") else said + "s"

    return [
        rule(r"(?<![\w.,])(\d{1,12})(?:st|nd|rd|th)(?!\w)", lambda match: ordinal(int(match[1]))),
        rule(r"(?<![\w.,])'?((?:1[89]|20)?\d0)'?s(?!\w)", lambda match: plural(pairs(int(match[1])))),
        rule(
            r"(?<![\w.,])(?P<sign>[$€£])\s?(?P<amount>\d+(?:\.\d+)?)\s?(?P<scale>[kKmM]|thousand|million|billion)(?!\w)",
            lambda match: (
                f"{figures.say_number(match['amount'], ENGLISH)} {_scale(match['scale'])}"
                f" {CURRENCIES[match['sign']].major.many}"
            ),
        ),
    ]


def _scale(written: str) -> str:
    return {"k": "thousand", "m": "million"}.get(written.lower(), written)


_A_YEAR: Final = r"(?:19|20)\d\d"


def _spans_of_years() -> list[Rule]:

    def span(match: re.Match[str]) -> str:
        return f"{pairs(int(match[1]))} to {pairs(int(match[2]))}"

    return [rule(rf"(?<![\w.,:/$-])({_A_YEAR})\s?[-–]\s?({_A_YEAR})(?![\w%:/-]|[.,]\d)", span)]


def _years() -> list[Rule]:
    return [rule(rf"(?<![\w.,:/$+-])({_A_YEAR})(?![\w%:/]|[.,-]\d)", lambda match: pairs(int(match[1])))]


def _abbreviations() -> list[Rule]:
    names = sorted(ABBREVIATIONS, key=len, reverse=True)
    free = "|".join(name for name in names if name not in ONLY_WITH_STOP)
    bound = "|".join(name for name in names if name in ONLY_WITH_STOP and name.lower() not in {"no", "nos"})
    doses = "|".join(r"\.?".join(name) for name in DOSE_TIMES)
    return [
        fixed(r"(?<!\w)e\.\s?g\.,?", "for example,"),
        fixed(r"(?<!\w)i\.\s?e\.,?", "that is,"),
        rule(r"(?<![\w.])[AaPp]\.\s?[Mm](?:\.(?!\s*$|\s+[A-Z])|(?=\.))", lambda match: half_of(match.group()).upper()),
        rule(
            rf"(?<![\w.])({doses})(?!\w)(?:{_STOP}|(?!\.))",
            lambda m: DOSE_TIMES.get(m[1].replace(".", "")) if m[1] != "po" else None,
        ),
        rule(r"(?<!\w)([Nn])o(s?)\.\s?#?(?=\d)", lambda match: f"{'N' if match[1] == 'N' else 'n'}umber{match[2]}"),
        rule(r"(?<!\w)St(?:\.(?!\s*$)|(?=\.\s*$)|(?=[\s,]|$))", _saint_or_street),
        rule(r"(?<!\w)Drs?(?:\.(?!\s*$)|(?=\.\s*$)|(?=[\s,]|$))", _doctor_or_drive),
        rule(rf"(?<!\w)({free})(?!\w)(?:{_STOP}|(?!\.))", lambda match: ABBREVIATIONS[match[1]]),
        rule(rf"(?<!\w)({bound}){_STOP}", lambda match: ABBREVIATIONS[match[1]]),
        fixed(r"(?<!\w)Ph\.?\s?D(?!\w)\.?(?!\s*$)", "P H D"),
    ]


def _saint_or_street(match: re.Match[str]) -> str:
    """A street after its name or number, a saint before a name."""
    before, after = match.string[: match.start()], match.string[match.end() :]
    named = re.match(r"\s*[A-Z]", after) is not None
    if re.search(r"\d\w*(?:\s+[A-Z][\w.']*)*\s+$", before):
        return "Street"
    own_name = re.search(
        r"\b(?!(?:At|The|In|On|To|From|Near|Our|Dr\.|Dr|Mr\.|Mrs\.|Ms\.|And|Of|Visit|Call)\s)[A-Z][\w'.]*\s+$", before
    )
    return "Street" if own_name or not named else "Saint"


def _doctor_or_drive(match: re.Match[str]) -> str:
    """A drive after a house number and a name, or at the end of a name; else a doctor."""
    before, after = match.string[: match.start()], match.string[match.end() :]
    if match.group().startswith("Drs"):
        return "Doctors"
    street = re.search(r"\d\w*(?:\s+[A-Z][\w.']*)+\s+$", before)
    named = re.match(r"\s+[\w'\"(]", after) is not None
    own_name = re.search(r"(?<![.?!]\s)(?<!^)\b[A-Z][\w']*\s+$", before)
    return "Drive" if street or (own_name and not named) else "Doctor"


_NO_LETTERED_KIND: Final = "".join(
    rf"(?<!{kind}\s)"
    for kind in ("and", "or", "type", "Type", "itamin", "epatitis", "lan", "ption", "roup", "tage", "lass")
)


def _acronyms() -> list[Rule]:
    return [
        fixed(r"(?<!\w)OB\s?[/-]\s?GYN(?!\w)", "O B G Y N"),
        # A name that is spelled: "P-A-T-E-L", "P.A.T.E.L.", "U.S.".
        rule(r"(?<![\w-])[A-Za-z](?:-[A-Za-z]){2,}(?![\w-])", lambda match: ENGLISH.spelled(match.group())),
        rule(
            r"(?<![\w.])[A-Z]\.(?:\s?[A-Z]\.)+(?!\s*$)|(?<![\w.])[A-Z](?:\.\s?[A-Z])+(?=\.?\s*$|\.?[\s,])(?!\w)",
            lambda match: ENGLISH.spelled(match.group()),
        ),
        # Within a sentence "A" is the letter: "hepatitis A".
        rule(r"(?<=[a-z] )A(?![\w']|\.\w)", lambda match: ENGLISH.spelled(match.group())),
        # An initial: its full stop is no pause.
        rule(rf"(?<![\w.']){_NO_LETTERED_KIND}([A-HJ-Z])\.(?=\s+[A-Z][a-z])", lambda match: ENGLISH.spelled(match[1])),
        rule(r"(?<![\w])([A-Z][A-Za-z]{0,9})-?(\d{1,3})(?!\d)(?=\w?\b)", _letters_and_number),
        rule(r"(?<![\w.'@])([A-Z]{2,5})(s?)(?!\w|\.\w|'[A-Z])", _acronym),
        rule(r"(?<![\w.'])([A-Z])/([A-Z])(?!\w)", lambda match: ENGLISH.spelled(match[1] + match[2])),
    ]


def _letters_and_number(match: re.Match[str]) -> str:
    """ "B12", "COVID-19", "A1c"."""
    letters, number = match[1], figures.say_digits_briefly(match[2], ENGLISH)
    if letters.isupper() and len(letters) <= 3 and letters not in ACRONYMS_SAID_AS_WORDS:
        letters = ENGLISH.spelled(letters)
    return f"{letters} {number}"


def _acronym(match: re.Match[str]) -> str | None:
    """Spelled, unless it is a word in capitals: one of the usual short ones, or longer than three with a vowel."""
    letters, plural = match[1], match[2]
    if letters in ACRONYMS_SAID_AS_WORDS or letters in COMMON_SHORT_WORDS or letters in {"OK", "AM", "PM", "ASAP"}:
        return None
    if len(letters) > 3 and re.search("[AEIOU]", letters) and letters not in _SPELLED_LONG:
        return None
    return ENGLISH.spelled(letters) + ("'s" if plural else "")


_SPELLED_LONG: Final = frozenset("ADHD COPD HIPAA PTSD AARP HDLC OBGYN AED EEG EKG ECG NSAID".split()) - {
    "HIPAA",
    "NSAID",
}
