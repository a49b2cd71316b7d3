"""How often a sentence ends after its last words, by what is written and said in general; the caller plays no part."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

from pocketsphinx import Config, LogMath, NGramModel

from models.errors import EngineError
from models.onnx import file_in_package
from models.word_patterns import LANGUAGES, WordPatterns, file_of

_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
# Of a word that the model does not know, as a logarithm to the base 1.0001; known ones have some -200,000.
_UNKNOWN: Final = -1 << 27


class SentenceEnds(Protocol):
    """What a language's sentences end with."""

    def probability_after(self, text: str) -> float | None:
        """How likely it is (0..1) that a sentence ends after `text`; None where the model cannot tell."""
        ...


class EnglishSentenceEnds:
    """The trigram model of English inside the pocketsphinx package (BSD-2-Clause): 2 us an answer, 34 MB.

    It goes by the last two words, so it knows that "a strong" goes on and "your appointment" may be all, and nothing of
    what stands before. `file`: another n-gram model. Not thread-safe. Raises `EngineError` when the model is not there.
    """

    def __init__(self, file: Path | None = None) -> None:
        file = file or file_in_package("pocketsphinx", "model/en-us/en-us.lm.bin", "pocketsphinx")
        self._logarithms = LogMath()
        try:
            self._model = NGramModel(Config(), self._logarithms, str(file))
        except ValueError as error:
            raise EngineError(
                f"{file} is not a language model",
                "reinstall it: pip install --force-reinstall --no-deps pocketsphinx",
            ) from error
        self._anywhere = self._model.prob(["</s>"])

    def probability_after(self, text: str) -> float | None:
        """As `SentenceEnds`: None after a single word, a number, a rare name or another word seldom read.

        Single words are mostly answers and commands ("no", "stop"), which are hardly ever written.
        """
        last = _WORD.findall(text.lower().replace("’", "'"))[-2:]
        if len(last) < 2 or not self._knows(last[-1]):
            return None
        end = self._model.prob(["</s>", *(word for word in reversed(last) if self._knows(word))])
        return None if end == self._anywhere else float(self._logarithms.exp(end))

    def _knows(self, word: str) -> bool:
        return bool(self._model.prob([word]) > _UNKNOWN)


def known_sentence_ends() -> Mapping[str, SentenceEnds]:
    """By language (ISO 639-1), where there is a model. Raises `EngineError` when one cannot be loaded."""
    learnt = {language: WordPatterns(file_of(language)) for language in LANGUAGES}
    return {"en": EnglishSentenceEnds(), **learnt}
