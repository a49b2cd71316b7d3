"""How often a sentence ends after the words so far, learnt from sentences of a language; the caller plays no part."""

import math
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.errors import EngineError

LANGUAGES: Final = ("es",)
"""Those with a file (ISO 639-1)."""
_TOKEN: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_MARKS: Final = re.compile(r"([^\w\s]+)\s")
_ELLIPSIS: Final = re.compile(r"\.\.|…")
_FULL_STOP: Final = re.compile(r"[.!?؟]")
_ABBREVIATED: Final = frozenset({"a", "p", "m", "dr", "dra", "sr", "sra", "srta", "ud", "uds"})
_MOST_WORDS: Final = 40
_LONG: Final = 12
_BEGINNING: Final = 5
_NOTHING: Final = "^"
_SUFFIX: Final = 3
_LAST_WORD: Final = 0
"""Which of the patterns is the last word alone."""
# Thirteen patterns of 127 steps each: a thousand and exp would overflow.
_GREATEST_STEP: Final = 0.4
_GREATEST_BIAS: Final = 30.0


class WordPatterns:
    """A logistic regression over the patterns of a sentence's last words, its first ones and its length.

    A `SentenceEnds`. `tests/sentence_ends/train.py` makes its `file` of what is said in free games: an `.npz` of
    `patterns` (ascending), their `weights` in `step`s, a `bias`, and how `usual` an end is after a word. Patterns that
    were read less than eight times have no weight. 40 us an answer to a short sentence, 0.3 MB. Raises `EngineError`
    when the file is not there or holds something else.
    """

    def __init__(self, file: Path) -> None:
        try:
            with file.open("rb") as opened, np.load(opened, allow_pickle=False) as held:
                self._patterns: NDArray[np.uint32] = held["patterns"].astype(np.uint32, casting="equiv")
                weights: NDArray[np.int8] = held["weights"].astype(np.int8, casting="equiv")
                self._step, self._bias = float(held["step"]), float(held["bias"])
                self._usual = float(held["usual"])
            if not self._patterns.size or self._patterns.shape != weights.shape:
                raise ValueError("a weight for each pattern")
            if not (abs(self._step) < _GREATEST_STEP and abs(self._bias) < _GREATEST_BIAS and 0 < self._usual < 1):
                raise ValueError("numbers that no learning gives")
        except (OSError, EOFError, KeyError, ValueError, TypeError, zipfile.BadZipFile, zlib.error) as error:
            raise EngineError(
                f"{file} does not hold how sentences end ({type(error).__name__})", "install the appliance again"
            ) from error
        self._weights = np.append(weights, np.int8(0))  # what is not known has no weight

    def probability_after(self, text: str) -> float | None:
        """How likely a sentence ends after `text` (0..1); None after a single word and after a number.

        Single words are mostly answers and commands ("no", "stop"), which are hardly ever written. After a word that is
        not known an end is as likely as usual, if not more: games have no pediatrician.
        """
        words = words_of(text)
        if len(words) < 2 or any(map(str.isdigit, words[-1])):
            return None
        places = places_of(np.array(patterns_of(words), np.uint32), self._patterns)
        steps = float(self._weights[places].sum(dtype=np.int64))
        probability = 1 / (1 + math.exp(-self._bias - self._step * steps))
        return probability if places[_LAST_WORD] < self._patterns.size else max(probability, self._usual)


def words_of(text: str) -> list[str]:
    """The words of the last sentence of `text`, 40 at most, without case and punctuation.

    An ellipsis is no end, nor is the full stop of "Dra. García".
    """
    spoken = unicodedata.normalize("NFC", text).lower().replace("’", "'")
    words: list[str] = []
    for token in reversed(list(_TOKEN.finditer(spoken))[-_MOST_WORDS:]):
        if words and token[0] not in _ABBREVIATED and _ends_a_sentence(_MARKS.match(spoken, token.end())):
            break
        words.append(token[0])
    return words[::-1]


def _ends_a_sentence(marks: re.Match[str] | None) -> bool:
    return marks is not None and bool(_FULL_STOP.search(marks[1])) and not _ELLIPSIS.search(marks[1])


def patterns_of(words: Sequence[str]) -> list[int]:
    """What is looked at after the `words` of a sentence so far, as numbers of 32 bits."""
    last, second, third, fourth = (*reversed(words[-4:]), _NOTHING, _NOTHING, _NOTHING, _NOTHING)[:4]
    patterns = (
        ("last", last),
        ("second", second),
        ("third", third),
        ("fourth", fourth),
        ("two", second, last),
        ("three", third, second, last),
        ("skip one", third, last),
        ("skip last", fourth, second),
        ("suffix", last[-_SUFFIX:]),
        ("suffixes", second[-_SUFFIX:], last[-_SUFFIX:]),
        ("first, suffix", words[0], last[-_SUFFIX + 1 :]),
        ("beginning", words[0], words[min(1, len(words) - 1)], str(min(len(words), _BEGINNING))),
        ("length", str(min(len(words), _LONG))),
    )
    return [zlib.crc32(" ".join(pattern).encode()) for pattern in patterns]


def places_of(patterns: NDArray[np.uint32], known: NDArray[np.uint32]) -> NDArray[np.intp]:
    """Where each of `patterns` stands among the `known` ones (ascending, one at least), or else behind the last."""
    places = np.minimum(np.searchsorted(known, patterns), known.size - 1)
    return np.where(known[places] == patterns, places, known.size)


def file_of(language: str) -> Path:
    """Where the file of a language lies."""
    return Path(__file__).with_name(f"word_patterns_{language}.npz")
