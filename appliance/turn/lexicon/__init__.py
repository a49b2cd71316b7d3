"""Per language, what words say about a turn."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from appliance.turn.facts import Language
from appliance.turn.lexicon.arabic import ARABIC
from appliance.turn.lexicon.english import ENGLISH
from appliance.turn.lexicon.lexicon import Endings, Lexicon, Signals, Values
from appliance.turn.lexicon.spanish import SPANISH

__all__ = ["LEXICONS", "Endings", "Lexicon", "Signals", "Values"]

LEXICONS: Final[Mapping[Language, Lexicon]] = MappingProxyType(
    {Language.ENGLISH: ENGLISH, Language.SPANISH: SPANISH, Language.ARABIC: ARABIC}
)
