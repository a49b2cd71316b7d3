"""Does somebody need help this minute? Checked in every transcript, partial or final, before anything else.

A missed emergency may cost a life and a false one a sentence, so doubt is read as an emergency; only what is plainly
denied ("no chest pain", "it's not an emergency") is let pass. One table a language, in the modules beside this one;
all are read whatever the clinic speaks, since callers in need fall back on their own language.
"""

from typing import Final

from appliance.dialogue.emergency_arabic import ARABIC
from appliance.dialogue.emergency_english import ENGLISH
from appliance.dialogue.emergency_spanish import SPANISH

_TABLES: Final = {"en": ENGLISH, "es": SPANISH, "ar": ARABIC}


def emergency_in(text: str) -> str | None:
    """The category of the first emergency that `text` speaks of, one fixed word; None when there is none."""
    return next((category for table in _TABLES.values() if (category := table.category(text)) is not None), None)


def language_of_emergency(text: str) -> str | None:
    """The language (ISO 639-1) in which `text` speaks of an emergency; None when it speaks of none."""
    return next((language for language, table in _TABLES.items() if table.category(text) is not None), None)
