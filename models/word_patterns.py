"""How often a sentence ends after the words so far, learnt from sentences of a language; the caller plays no part."""

import math
import re
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
_SENTENCE_BEFORE: Final = re.compile(r".*[.!?…]\W*\s(?=.*\w)", re.DOTALL)
_MOST_WORDS: Final = 40
_LONG: Final = 12
_BEGINNING: Final = 5
_NOTHING: Final = "^"
_SUFFIX: Final = 3


class WordPatterns:
    """A logistic regression over the patterns of a sentence's last words, its first ones and its length.

    A `SentenceEnds`. `tests/sentence_ends/train.py` makes its `file` of what is said in free games: an `.npz` of
    `patterns` (ascending), their `weights` in `step`s and a `bias`. Patterns that were read less than eight times have
    no weight. 35 us an answer, 0.3 MB. Raises `EngineError` when the file is not there or holds something else.
    """

    def __init__(self, file: Path) -> None:
        try:
            with file.open("rb") as opened, np.load(opened, allow_pickle=False) as held:
                self._patterns: NDArray[np.uint32] = held["patterns"]
                self._weights: NDArray[np.int8] = held["weights"]
                self._step, self._bias = float(held["step"]), float(held["bias"])
        except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
            raise EngineError(
                f"{file} does not hold how sentences end ({type(error).__name__})", "install the appliance again"
            ) from error

    def probability_after(self, text: str) -> float | None:
        """How likely a sentence ends after `text` (0..1); None after a single word and after a number.

        Single words are mostly answers and commands ("no", "stop"), which are hardly ever written.
        """
        words = words_of(text)
        if len(words) < 2 or any(map(str.isdigit, words[-1])):
            return None
        patterns = np.array(patterns_of(words), np.uint32)
        places = np.minimum(np.searchsorted(self._patterns, patterns), self._patterns.size - 1)
        known = places[self._patterns[places] == patterns]
        return 1 / (1 + math.exp(-self._bias - self._step * float(self._weights[known].sum(dtype=np.int64))))


def words_of(text: str) -> list[str]:
    """The words of the last sentence of `text`, without case and punctuation."""
    return _TOKEN.findall(_SENTENCE_BEFORE.sub("", text, count=1).lower().replace("’", "'"))[-_MOST_WORDS:]


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


def file_of(language: str) -> Path:
    """Where the file of a language lies."""
    return Path(__file__).with_name(f"word_patterns_{language}.npz")
