"""Spanish: what is written in a clinic's messages, as it is said on the telephone."""

import re
from collections.abc import Callable
from types import MappingProxyType
from typing import Final

from appliance.speaking.normalise import calendar, figures, network
from appliance.speaking.normalise.language import Clock, Language, Signs
from appliance.speaking.normalise.rules import Rule, fixed, rule
from appliance.speaking.normalise.spanish_words import (
    ABBREVIATIONS,
    ACRONYMS_SAID_AS_WORDS,
    COMMON_SHORT_WORDS,
    CURRENCIES,
    DIGITS,
    MONTH_ABBREVIATIONS,
    MONTHS,
    UNITS,
    WEEKDAY_LETTERS,
    WEEKDAYS,
    WITH_STOP,
    cardinal,
    clock,
    count,
    date,
    decimals,
    half_of,
    ordinal,
    shortened,
)

_SIGNS: Final = Signs(
    point="coma", minus="menos", plus="más", to="a", per="por", percent="por ciento", number="número", at="arroba",
    dot="punto", slash="barra", dash="guion", underscore="guion bajo", and_="y", or_="o", equals="igual a", times="por",
    degrees="grados", less="menos de", more="más de", about="unos", at_least="al menos",
    joint=" y ",
    at_most="como máximo",
)  # fmt: skip
SPANISH: Final = Language(
    number=r"(?:\d{1,3}(?:\.\d{3})+(?!\d)(?:,\d+)?|\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:[.,]\d+)?)",
    decimal_commas=True,
    declines=False,
    digits=DIGITS,
    letters=MappingProxyType({}),
    signs=_SIGNS,
    units=MappingProxyType(UNITS),
    currencies=MappingProxyType(CURRENCIES),
    cardinal=cardinal,
    count=count,
    decimals=decimals,
    clock=clock,
    hours_alone=clock,
    date=date,
    half_day=r"[AaPp](?:\.\s?[Mm]\.(?!\s*$|\s+[A-ZÁÉÍÓÚÑ¿¡])|\.\s?[Mm]|[Mm])(?![A-Za-z])",
    half_of=half_of,
    time_suffix=r"\s?(?:hs?|hrs?|horas?)(?!\w)",
)
_STOP: Final = r"(?:\.(?!\s*$)|(?=\.\s*$))"
_FRACTIONS: Final = {
    "1/2": ("medio", "y medio"), "1/3": ("un tercio", "y un tercio"), "2/3": ("dos tercios", "y dos tercios"),
    "1/4": ("un cuarto", "y un cuarto"), "3/4": ("tres cuartos", "y tres cuartos"),
}  # fmt: skip
_FRACTION_SIGNS: Final = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4"}
_FEMININE_PARTED: Final = r"(?=\s(?:hora|past|tab|cáps|dosis|taza|cuchar|ampolla))"
_PARTED: Final = r"(?=\s(?:de\b|comp|lit|kilo|día|hora|past|tab|cáps|dosis|taza|cuchar|ampolla|vaso|sobre))"


def rules(order: calendar.DateOrder) -> list[Rule]:
    """All rules that know words; markup goes before and after."""
    language = SPANISH
    return [
        *network.rules(language),
        *_before_numbers(),
        *_dates_with_names(),
        *calendar.date_rules(language, order),
        *calendar.time_rules(language),
        *_codes(),
        *figures.phone_rules(language),
        *_ordinals(),
        *figures.quantity_rules(language),
        *_agreeing(),
        *_abbreviations(),
        *_acronyms(),
        *figures.number_rules(language),
        *figures.sign_rules(language),
    ]


def _before_numbers() -> list[Rule]:
    fractions, signs = "|".join(_FRACTIONS), "".join(_FRACTION_SIGNS)

    def mixed(match: re.Match[str]) -> str:
        return f"{cardinal(int(match[1]))} {_FRACTIONS[match[2] or _FRACTION_SIGNS[match[3]]][1]}"

    def fraction(match: re.Match[str]) -> str:
        said = _FRACTIONS[match[1] or _FRACTION_SIGNS[match[2]]][0]
        feminine = said == "medio" and re.match(_FEMININE_PARTED, match.string[match.end() :])
        return "media" if feminine else said

    return [
        fixed(r"(?<![\w/])24/7(?![\w/])", "veinticuatro siete"),
        fixed(r"(?<!\w)24\s?h(?:oras)?/24(?!\w)", "veinticuatro horas"),
        fixed(r"(?<!\w)[cC]/u(?!\w)", "cada uno"),
        fixed(r"(?<!\w)c/\s?(?=\d)", "cada"),
        fixed(r"(?<!\w)C/\s?(?=[A-ZÁÉÍÓÚÑ])", "calle"),
        fixed(r"(?<!\w)s/n(?!\w)", "sin número"),
        fixed(r"(?<!\w)y/o(?!\w)", "y o"),
        rule(rf"(?<![\w.,/])(\d{{1,6}})(?:\s+({fractions})(?![\w/])|\s?([{signs}]))", mixed),
        rule(rf"(?:(?<![\w.,/])({fractions})(?![\w/]){_PARTED}|([{signs}]))", fraction),
        rule(
            r"(?<![\w./])(\d{3})/(\d{2,3})(?![\w/])",
            lambda match: f"{cardinal(int(match[1]))} {cardinal(int(match[2]))}",
        ),
        rule(
            r"\b(?:tensi[óo]n|presi[óo]n)(?:\s+(?:arterial|de|es|está|en))*\s+(?P<said>(?P<high>\d{2,3})/(?P<low>\d{1,3}))(?!\w)",
            lambda match: f"{cardinal(int(match['high']))} {cardinal(int(match['low']))}",
            re.IGNORECASE,
        ),
        rule(r"(?<![\w.,])(\d{1,2})\s?[x×](?=\s|/|$)(?!\s*\d)", lambda match: count(int(match[1]), _TIMES)),
        fixed(r"(?<![\w.,/])112(?![\w.,]\d|\d)(?!\s?\w)", "uno uno dos"),
        rule(
            r"\b(?:llam\w+ al?|marqu?\w+ el|marque|pulse|teclee|digite|oprima)\s+"
            r"(?P<said>\d{3,6})(?![\w.,:/-]\w|\w|\s\d)",
            lambda match: SPANISH.digit_by_digit(match["said"]),
            re.IGNORECASE,
        ),
    ]


_TIMES: Final = UNITS["h"].__class__("vez", "veces", feminine=True)


def _dates_with_names() -> list[Rule]:
    months, short = "|".join(MONTHS), "|".join(MONTH_ABBREVIATIONS)
    days = "|".join(dict.fromkeys([*WEEKDAYS.values(), *WEEKDAYS]))

    def abbreviated(match: re.Match[str]) -> tuple[tuple[int, str], ...]:
        day = "primero" if int(match[1]) == 1 else cardinal(int(match[1]))
        parts = ((match.start(1), day), (match.start(2), f"de {MONTH_ABBREVIATIONS[match[2].lower()]}"))
        return (*parts, (match.start(3), f"de {cardinal(int(match[3]))}")) if match[3] else parts

    def letters(match: re.Match[str]) -> str:
        return f"{WEEKDAY_LETTERS[match[1]]} a {WEEKDAY_LETTERS[match[2]]}"

    def span(match: re.Match[str]) -> str:
        names = [WEEKDAYS.get(match[group].lower(), match[group]) for group in (1, 2)]
        return f"{names[0]} a {names[1]}"

    return [
        fixed(rf"(?<![\w.,/-])0?1(?:º|\.º|°|ro)?(?=\s+de\s+(?:{months})(?!\w))", "primero", re.IGNORECASE),
        rule(
            rf"(?<![\w.,/-])(?P<said>0[2-9])(?=\s+de\s+(?:{months})(?!\w))",
            lambda match: cardinal(int(match["said"])),
            re.IGNORECASE,
        ),
        rule(
            rf"(?<![\w.,/-])(\d{{1,2}})[\s/-]({short})(?!\w)\.?(?:[\s/-]((?:19|20)\d\d))?(?![\w%:])",
            abbreviated,
            re.IGNORECASE,
        ),
        rule(
            r"(?<![\w.-])([LMXJVSD])(?=:?\s\d{1,2}(?::\d\d)?\s?(?:[-–]|a)\s?\d)",
            lambda match: WEEKDAY_LETTERS[match[1]],
        ),
        rule(r"(?<![\w-])([LMXJVSD])\s?[-–]\s?([LMXJVSD])(?![\w-])", letters),
        rule(rf"(?<!\w)({days})\.?\s?[-–]\s?({days})(?!\w)\.?", span, re.IGNORECASE),
        rule(rf"(?<!\w)({'|'.join(WEEKDAYS)})\.(?=\s+\d)", lambda match: WEEKDAYS[match[1].lower()], re.IGNORECASE),
        rule(r"(?<=\ba la )1(?![\d:.,])", lambda _: "una"),
        rule(
            r"(?<=\blas )(?P<said>(?P<hour>\d{1,2})[.h](?P<minute>[0-5]\d))(?:\s?h)?(?![\w.,]\d|\w)",
            lambda match: (
                clock(Clock(int(match["hour"]), int(match["minute"]), "")) if int(match["hour"]) < 25 else None
            ),
        ),
    ]


def _codes() -> list[Rule]:
    code = (
        r"(?:c[óo]digo(?: postal)?|c\.?\s?p\.?|pin|referencia|expediente|p[óo]liza|dni|nif|confirmaci[óo]n"
        r"|extensi[óo]n|ext\.?)"
    )
    return [
        rule(
            rf"\b{code}(?:\s+(?:es|número|nº|n\.º|de))*\s?[\s:#]\s?(?P<said>\d{{3,}})(?![\d/]|[.,]\d)",
            lambda match: figures.say_in_groups(match["said"], SPANISH),
            re.IGNORECASE,
        ),
        # A postcode before its town: "28013 Madrid".
        rule(r"(?<=,\s)(\d{5})(?=\s+[A-ZÁÉÍÓÚÑ])", lambda match: SPANISH.digit_by_digit(match[1])),
        rule(r"(?<![\w.,])(\d{7,8})-?([A-Z])(?!\w)", lambda m: f"{figures.say_in_groups(m[1], SPANISH)}, {m[2]}"),
    ]


def _ordinals() -> list[Rule]:
    def said(match: re.Match[str]) -> str:
        return ordinal(int(match[1]), match[2])

    return [
        rule(r"(?<![\w.,])(\d{1,3})\.?([ºª])(?!\w)", said),
        rule(r"(?<![\w.,])(\d{1,3})\.?(er|ro|ra|do|da|to|ta|mo|ma|vo|va|no|na)(?!\w)", said),
        rule(
            r"(?<![\w.,])([1-9]\d?)°(?!\s?[CF]\b)(?=\s+(?:piso|planta|[A-Z]\b))",
            lambda match: ordinal(int(match[1]), "º"),
        ),
        fixed(r"(?<!\w)[nN]\.?[º°](?:\.?s)?\s?", "número"),
        fixed(r"(?<!\w)[nN]os?\.\s?(?=\d)", "número"),
    ]


def _agreeing() -> list[Rule]:
    """ "1 cita" is feminine, "21 días" is shortened: where the noun is one that is common in a clinic."""
    feminine = (
        r"citas?|horas?|semanas?|personas?|veces|vez|pastillas?|tabletas?|cápsulas?|gotas?|dosis|consultas?|noches?"
        r"|recetas?|libras?|pruebas?|vacunas?|visitas?|inyecciones|inyección|cucharadas?|cucharaditas?|calles?|plantas?"
    )
    masculine = (
        r"días?|minutos?|años?|mes(?:es)?|comprimidos?|pacientes?|doctor(?:es)?|médicos?|euros?|dólar(?:es)?|pesos?"
        r"|segundos?|metros?|kilos?|gramos?|miligramos?|mililitros?|litros?|pasos?|pisos?|mensajes?|hijos?|turnos?"
    )

    def agreeing(say: Callable[[int], str], nouns: str) -> Rule:
        def said(match: re.Match[str]) -> str | None:
            numbers = [match["first"], match["last"]] if match["last"] else [match["first"]]
            if any(len(number) > 1 and number[0] == "0" for number in numbers):
                return None
            return f" {_SIGNS.to} ".join(say(int(number)) for number in numbers)

        number = r"(?P<said>(?P<first>\d{1,6})(?:\s?[-–—]\s?(?P<last>\d{1,6}))?)"
        return rule(rf"(?<![\w.,:/–—-]){number}(?=\s(?:{nouns})(?!\w))", said)

    return [
        agreeing(lambda value: cardinal(value, feminine=True), feminine),
        agreeing(lambda value: shortened(cardinal(value)), masculine),
    ]


def _abbreviations() -> list[Rule]:
    free = "|".join(sorted(ABBREVIATIONS, key=len, reverse=True))
    bound = "|".join(sorted((name for name in WITH_STOP if name not in {"S", "D"}), key=len, reverse=True))
    return [
        fixed(r"(?<!\w)p\.\s?ej\.,?|(?<!\w)p\.\s?e\.,?", "por ejemplo,"),
        fixed(r"(?<!\w)EE\.?\s?UU(?!\w)\.?(?!\s*$)|(?<!\w)EE\.?\s?UU(?=\.)", "Estados Unidos"),
        fixed(r"(?<!\w)[Cc]\.\s?[Pp]\.?(?=\s*:?\s*\d)", "código postal"),
        fixed(r"(?<!\w)P\.?º(?!\w)", "paseo"),
        fixed(r"(?<!\w)M\.?ª(?!\w)", "María"),
        rule(
            r"(?<![\w.])[AaPp]\.\s?[Mm](?:\.(?!\s*$|\s+[A-Z])|(?=\.))",
            lambda match: "de la mañana" if half_of(match.group()) == "am" else "de la tarde",
        ),
        rule(r"(?<![\w.])([SD])\.(?=\s+[A-ZÁÉÍÓÚÑ][a-záéíóúñ])", lambda match: WITH_STOP[match[1]]),
        rule(rf"(?<!\w)({free})(?!\w)(?:{_STOP}|(?!\.))", lambda match: ABBREVIATIONS[match[1]]),
        rule(rf"(?<!\w)({bound}){_STOP}", lambda match: WITH_STOP[match[1]]),
    ]


def _acronyms() -> list[Rule]:
    letter = "A-ZÁÉÍÓÚÑ"

    def acronym(match: re.Match[str]) -> str | None:
        letters = match[1]
        if letters in ACRONYMS_SAID_AS_WORDS | COMMON_SHORT_WORDS:
            return None
        if len(letters) > 3 and re.search("[AEIOUÁÉÍÓÚ]", letters):
            return None
        return SPANISH.spelled(letters)

    def lettered(match: re.Match[str]) -> str:
        short = match[1].isupper() and len(match[1]) <= 3
        letters = SPANISH.spelled(match[1]) if short else match[1]
        return f"{letters} {figures.say_digits_briefly(match[2], SPANISH)}"

    return [
        rule(
            rf"(?<![\w-])[{letter}a-zñ](?:-[{letter}a-zñ]){{2,}}(?![\w-])", lambda match: SPANISH.spelled(match.group())
        ),
        rule(
            rf"(?<![\w.])[{letter}]\.(?:\s?[{letter}]\.)*[{letter}]\.(?!\s*$)",
            lambda match: SPANISH.spelled(match.group()),
        ),
        rule(rf"(?<![\w.])[{letter}](?:\.\s?[{letter}])+(?=\.?\s*$)", lambda match: SPANISH.spelled(match.group())),
        rule(rf"(?<![\w.'])([{letter}])\.(?=\s+[{letter}][a-záéíóúñ])", lambda match: match[1]),
        rule(r"(?<!\w)([A-Z][A-Za-z]{0,9})-?(\d{1,3})(?!\d)(?=\w?\b)", lettered),
        rule(rf"(?<![\w.'@])([{letter}]{{2,5}})(?!\w|\.\w)", acronym),
    ]
