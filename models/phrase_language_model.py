"""An n-gram language model of what callers are expected to say, built from a list of phrases.

Trigrams with Witten-Bell smoothing in its interpolated form (Witten & Bell, "The zero-frequency problem", 1991; written
as a back-off model as in Chen & Goodman, "An empirical study of smoothing techniques for language modeling", 1998,
section 2.6). It needs no counts of counts, which a hand-made list does not have in any natural proportion, and it takes
fractional weights.
"""

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

Phrase = str | tuple[str, float]
Ngram = tuple[str, ...]

ORDER: Final = 3
START: Final = "<s>"
END: Final = "</s>"
# ARPA's customary stand-in for the logarithm of zero: <s> begins every sentence and is never predicted.
LOG_ZERO: Final = -99.0

_WORD = re.compile(r"[a-z][a-z']*(?:-[a-z][a-z']*)*")
_OTHER = re.compile(r"[^a-z' -]+")


def words_of(phrase: str) -> tuple[str, ...]:
    """The words of a phrase as the model knows them: lower case, no accents, apostrophes and inner hyphens kept.

    Other marks are dropped. Raises `ValueError` for digits, which have no one pronunciation: write them out.
    """
    if any(character.isdigit() for character in phrase):
        raise ValueError("a phrase holds digits; write numbers as words")
    plain = unicodedata.normalize("NFKD", phrase.replace("’", "'").lower())
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    return tuple(_WORD.findall(_OTHER.sub(" ", plain)))


class PhraseLanguageModel:
    """P(word | the two words before) over the words of `phrases`, each counted once or with its weight.

    Raises `ValueError` when there is no phrase, a phrase holds digits, or a weight is not positive.
    """

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        self._counts: dict[Ngram, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for phrase in phrases:
            text, weight = (phrase, 1.0) if isinstance(phrase, str) else phrase
            self._count(words_of(text), weight)
        if not self._counts:
            raise ValueError("a language model needs at least one phrase")
        self._totals = {history: math.fsum(followers.values()) for history, followers in self._counts.items()}
        self.words: tuple[str, ...] = tuple(sorted(self._counts[()].keys() - {END}))

    def _count(self, words: Sequence[str], weight: float) -> None:
        if not words:
            return
        if not weight > 0:
            raise ValueError("a phrase's weight must be positive")
        padded = (START, *words, END)
        for position in range(1, len(padded)):
            for length in range(min(ORDER, position + 1)):
                self._counts[padded[position - length : position]][padded[position]] += weight

    def probability(self, word: str, history: Sequence[str] = ()) -> float:
        """P(word | history); only the last two words of the history count, `START` is what precedes a phrase.

        Over all of `words` and `END` the probabilities of one history sum to 1; other words have none.
        """
        return self._probability(word, tuple(history[-(ORDER - 1) :]))

    def _probability(self, word: str, history: Ngram) -> float:
        followers = self._counts.get(history)
        if not history:
            return self._unigram(word)
        lower = self._probability(word, history[1:])
        if followers is None:
            return lower
        kinds = len(followers)
        return (followers.get(word, 0.0) + kinds * lower) / (self._totals[history] + kinds)

    def _unigram(self, word: str) -> float:
        followers = self._counts[()]
        if word not in followers:
            return 0.0
        # Below unigrams lies the uniform distribution.
        kinds = len(followers)
        return (followers[word] + 1.0) / (self._totals[()] + kinds)

    def _backoff(self, history: Ngram) -> float:
        followers = self._counts.get(history)
        return len(followers) / (self._totals[history] + len(followers)) if followers else 1.0

    def arpa(self) -> Iterator[str]:
        """The lines of the model in ARPA format (logarithms to base 10)."""
        ngrams: tuple[list[Ngram], ...] = ([], [], [])
        for history, followers in self._counts.items():
            ngrams[len(history)].extend((*history, word) for word in followers)
        ngrams[0].append((START,))
        yield "\\data\\"
        yield from (f"ngram {order}={len(entries)}" for order, entries in enumerate(ngrams, start=1))
        for order, entries in enumerate(ngrams, start=1):
            yield ""
            yield f"\\{order}-grams:"
            yield from (self._entry(ngram) for ngram in sorted(entries))
        yield ""
        yield "\\end\\"

    def _entry(self, ngram: Ngram) -> str:
        probability = LOG_ZERO if ngram == (START,) else math.log10(self._probability(ngram[-1], ngram[:-1]))
        line = f"{probability:.5f} {' '.join(ngram)}"
        return line if len(ngram) == ORDER or ngram[-1] == END else f"{line} {math.log10(self._backoff(ngram)):.5f}"
