"""The normaliser of a language."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from appliance.speaking.normalise import arabic, english, markup, pronunciations, spanish
from appliance.speaking.normalise.calendar import DateOrder
from appliance.speaking.normalise.rules import Normaliser

LanguageCode = Literal["en", "es", "ar"]
LANGUAGES: Final[tuple[LanguageCode, ...]] = ("en", "es", "ar")
_RULES: Final = {"en": english.rules, "es": spanish.rules, "ar": arabic.rules}
_NO_PRONUNCIATIONS: Final[Mapping[str, str]] = MappingProxyType({})


def normaliser_for(
    language: LanguageCode, respellings: Mapping[str, str] = _NO_PRONUNCIATIONS, date_order: DateOrder = "mdy"
) -> Normaliser:
    """How text in `language` is spoken, with the clinic's `respellings` (word: how to say it) before everything else.

    `date_order` is how 3/5 is read in English; Spanish and Arabic always put the day first.
    """
    order: DateOrder = date_order if language == "en" else "dmy"
    return Normaliser(
        [*markup.before_words(), *pronunciations.rules(respellings), *_RULES[language](order), *markup.after_words()]
    )
