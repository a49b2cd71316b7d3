"""How far to trust the words of a path: a logistic function of what its words score, and of nothing around them.

Pauses and noises count for nothing, so silence before and after the words does not change their confidence. The
weights come from a logistic regression on flite's slt and kal16 and half of a set of human prompts; the other voices
and prompts were held out. tests/engines/evaluate_speech_to_text.py gives the results.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from models.phrase_language_model import END, START, PhraseLanguageModel
from models.pocketsphinx_library import Word

# A phone that lasts longer than this is a cry, a hum or a noise rather than part of a word.
LONGEST_PHONE_FRAMES: Final = 14.0
DURATION_CEILING: Final = 30.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a path of `words` words scores: `acoustic` is per 10 ms frame, the other figures are means per word.

    `language`: the decoder's weighted score. `end`: the logarithm (base 10) of the probability that a phrase ends here.
    `phones`: how many there are. `drawl`: by how many frames a word's average phone outlasts the longest usual one.
    """

    acoustic: float
    language: float
    end: float
    phones: float
    drawl: float
    words: int


@dataclass(frozen=True, slots=True)
class Weights:
    """The logistic function's weight for each figure, for the inverse of the number of words, and for nothing."""

    acoustic: float
    language: float
    end: float
    phones: float
    drawl: float
    one_by_words: float
    offset: float


# The offset puts the threshold of .3 where one false accept in sixteen is left of what slt and kal16 say out of domain.
FITTED: Final = Weights(
    acoustic=0.1072, language=0.01225, end=1.813, phones=0.6171, drawl=-0.0676, one_by_words=3.629, offset=4.39
)


class PhraseConfidence:
    """Judges words that were found with one language model and one dictionary (word to pronunciations in ARPAbet)."""

    def __init__(self, language_model: PhraseLanguageModel, spoken: Mapping[str, Sequence[str]]) -> None:
        self._language_model = language_model
        self._phones = {word: min(len(phones.split()) for phones in variants) for word, variants in spoken.items()}

    def of(self, words: Sequence[Word]) -> float:
        """0..1, for one word or more."""
        evidence = self.evidence_in(words)
        score = (
            FITTED.acoustic * evidence.acoustic
            + FITTED.language * evidence.language
            + FITTED.end * evidence.end
            + FITTED.phones * evidence.phones
            + FITTED.drawl * evidence.drawl
            + FITTED.one_by_words / evidence.words
            + FITTED.offset
        )
        return 1.0 / (1.0 + math.exp(-score))

    def ends_after(self, words: Sequence[Word]) -> float:
        """The probability, 0..1, that a phrase ends after these words."""
        return self._language_model.probability(END, (START, *(word.text for word in words)))

    def evidence_in(self, words: Sequence[Word]) -> Evidence:
        """What speaks for one word or more, and against them."""
        count = len(words)
        return Evidence(
            acoustic=sum(word.acoustic_score for word in words) / sum(word.frames for word in words),
            language=sum(word.language_score for word in words) / count,
            end=math.log10(self.ends_after(words)) / count,
            phones=sum(self._phones[word.text] for word in words) / count,
            drawl=sum(map(self._drawl, words)) / count,
            words=count,
        )

    def _drawl(self, word: Word) -> float:
        per_phone = word.frames / self._phones[word.text]
        return max(0.0, min(DURATION_CEILING, per_phone) - LONGEST_PHONE_FRAMES)
