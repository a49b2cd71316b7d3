"""When the words of a clause sound: as the engine says, and between what it says by the length of the words."""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np

# About 165 words a minute: 2.75 words a second of six characters each, the space included.
MS_PER_CHARACTER: Final = 60.0
# A digit is read as a word or part of one ("10:30" as "ten thirty").
_CHARACTERS_PER_DIGIT: Final = 3
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class WordTime:
    """The word at `text_offset` characters into the clause begins `ms` into its audio."""

    text_offset: int
    ms: float


def speaking_ms(text: str) -> float:
    """About how long `text` takes to say."""
    return MS_PER_CHARACTER * sum(_CHARACTERS_PER_DIGIT if character.isdigit() else 1 for character in text)


def heard_offset(text: str, times: tuple[WordTime, ...], played_ms: float, total_ms: float | None) -> int:
    """How many characters of a clause were heard when `played_ms` of its audio were played: up to the end of a word.

    A word counts as heard when at least half of its sound was played: listeners recognise words in running speech
    about half-way through (Grosjean 1980; Marslen-Wilson 1987). Words without a time in `times` are placed between
    their neighbours in proportion to their length. `total_ms` is how long the clause lasts, None while it grows.
    """
    words = list(_WORD.finditer(text))
    if not words or played_ms <= 0:
        return 0
    lengths = [speaking_ms(text[: word.start()]) for word in words]
    whole = speaking_ms(text)
    anchors = {0.0: 0.0}
    timed: set[int] = set()
    for time in times:
        number = next((number for number, word in enumerate(words) if word.end() > time.text_offset), None)
        # Engines may split what is one word here; the first part is where it begins.
        if number is not None and number not in timed:
            timed.add(number)
            anchors[lengths[number]] = time.ms
    latest_length, latest_ms = max(anchors.items())
    anchors[whole] = latest_ms + whole - latest_length if total_ms is None else total_ms
    onsets = np.interp(
        [*lengths, whole], sorted(anchors), np.maximum.accumulate([anchors[at] for at in sorted(anchors)])
    )
    middles = (onsets[:-1] + onsets[1:]) / 2
    heard = int(np.searchsorted(middles, played_ms, side="right"))
    return words[heard - 1].end() if heard else 0
