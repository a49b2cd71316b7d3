"""Which reading tools the caller is about to need, from the words so far: a calendar takes time to read. Pure.

A word too many costs the clinic's systems a query, a word too few costs the caller a wait.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from appliance.turn.facts import Expectation, Language
from appliance.turn.lexicon import LEXICONS
from appliance.turn.lexicon.lexicon import pattern
from appliance.turn.tokens import words

FIND_SLOTS: Final = "find_slots"


@dataclass(frozen=True, slots=True)
class BookingWords:
    """How a language speaks of coming (`wants_time`), and of not coming after all (`gives_up`) unless `instead`."""

    wants_time: re.Pattern[str]
    gives_up: re.Pattern[str]
    instead: re.Pattern[str]


_WORDS: Final[Mapping[Language, BookingWords]] = MappingProxyType(
    {
        Language.ENGLISH: BookingWords(
            pattern(
                r"\b(?:book|booking|schedule|reschedule|appointments?|available|availability|slots?|checkup|check-up)\b",
                r"\b(?:anything|something|any time|time|times|openings?) (?:free|open|on|this|next|for)\b",
                r"\bfree (?:on|this|next|at|time|times)\b",
                r"\b(?:see|visit) (?:the |a |an |my |your )?(?:doctor|dr|specialist|nurse|dentist|\w+ologist)\b",
                r"\b(?:come in|come by|be seen|get in)\b",
            ),
            pattern(r"\b(?:cancel|cancelling|canceling|call off)\b"),
            pattern(r"\b(?:book|reschedule|instead|another|new|move|change)\b"),
        ),
        Language.SPANISH: BookingWords(
            pattern(
                r"\b(?:citas?|turnos?|consultas?|reserv\w+|agend\w+|program\w+|disponibles?|disponibilidad|huecos?)\b",
                r"\b(?:pedir|tener|dar|darme|tiene|tienen|hay) (?:una |la )?hora\b",
                r"\b(?:ver|visitar) (?:al |a la |a un |a una )?(?:médico|médica|doctor|doctora|especialista|dr|dra)\b",
            ),
            pattern(r"\b(?:cancel\w+|anul\w+)\b"),
            pattern(r"\b(?:reserv\w+|otr[ao]|nuev[ao]|cambi\w+|mover|en vez|en lugar)\b"),
        ),
        Language.ARABIC: BookingWords(
            pattern(
                r"\b(?:و|ب|ل|لل|ال|وال|بال)?(?:موعد|موعدا|مواعيد|حجز|حجزا|كشف|معاينة)\b",
                r"\b(?:أحجز|احجز|نحجز|احجزلي|احجز لي|متاح|متاحة|متوفر|فاضي|فاضية)\b",
                r"\b(?:أشوف|أقابل|أزور|أراجع) (?:ال)?(?:دكتور|دكتورة|طبيب|طبيبة)\b",
            ),
            pattern(r"\b(?:ألغي|الغي|إلغاء|الغاء|ألغاء)\b"),
            pattern(r"\b(?:أحجز|احجز|آخر|ثاني|جديد|أغير|تغيير|بدل|بدلا)\b"),
        ),
    }
)


def tools_needed_soon(text: str, language: Language, asked: Expectation = Expectation.OPEN) -> tuple[str, ...]:
    """The names of the reading tools that an answer to words that begin like `text` will want.

    `asked`: what the agent had asked for. A day is a wish to come only where a date was asked for; "are you open on
    Saturday" is none.
    """
    said, booking = " ".join(words(text)), _WORDS[language]
    if asked is Expectation.DATE and LEXICONS[language].values.day.search(said) is not None:
        return (FIND_SLOTS,)
    wants_time = booking.wants_time.search(said) is not None
    if wants_time and booking.gives_up.search(said) is not None:
        wants_time = booking.instead.search(said) is not None
    return (FIND_SLOTS,) if wants_time else ()
