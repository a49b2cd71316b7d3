"""How one language speaks of emergencies, and how it denies them."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from appliance.turn.tokens import one_spelling, words

_MOST_WORDS = 200
# Stands for a pause that was heard: "no, my chest hurts" denies nothing.
PAUSE = "x"


@dataclass(frozen=True, slots=True)
class EmergencyTable:
    """The phrases of one language, over `read(text)`: lower-case words without punctuation.

    A word of `denials` denies the phrase after it when nothing but `softeners` stands between: "not having any chest
    pain" denies, "not well chest pain" does not. `rewrites` come first.
    """

    patterns: tuple[tuple[str, re.Pattern[str]], ...]
    denials: frozenset[str]
    softeners: frozenset[str]
    rewrites: tuple[tuple[re.Pattern[str], str], ...]
    read: Callable[[str], str]

    def category(self, text: str) -> str | None:
        """The category of the first emergency that `text` speaks of; None when there is none."""
        spoken = self.read(text)
        if not spoken:
            return None
        for pattern, replacement in self.rewrites:
            spoken = pattern.sub(replacement, spoken)
        for category, pattern in self.patterns:
            for match in pattern.finditer(spoken):
                if not self._denied(spoken[: match.start()].split()):
                    return category
        return None

    def _denied(self, before: list[str]) -> bool:
        while before and before[-1] in self.softeners:
            before.pop()
        return bool(before) and before[-1] in self.denials


def compiled(patterns: tuple[tuple[str, str], ...]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """(category, alternatives) as patterns over whole words."""
    return tuple((category, re.compile(rf"(?<!\S)(?:{pattern})(?!\S)")) for category, pattern in patterns)


def bare(text: str) -> str:
    """`text` without accents and vowel marks, which recognisers write or leave out."""
    letters = unicodedata.normalize("NFKD", text)
    return one_spelling("".join(letter for letter in letters if not unicodedata.combining(letter)))


def bare_words(text: str, said_no: re.Pattern[str]) -> str:
    """The words of `text`, bare, with `PAUSE` where a comma or full stop follows `said_no`."""
    return " ".join(words(said_no.sub(rf"\1 {PAUSE} ", bare(text.lower())))[:_MOST_WORDS])
