"""Whisper's known failures on a phone line, and how each is told from speech.

It writes something for everything that it is given: over silence what ends many a film's subtitles, in a loop the same
words until it is stopped, in the wrong script what it took for another language. A hypothesis that looks like one of
these is withheld, with a reason in one fixed word.
"""

import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from models.whisper.segment import Hypothesis
from models.whisper.subtitles import is_from_subtitles

# Whisper's own thresholds for a failed decode and for silence (Radford et al. 2022, section 4.5; openai/whisper
# transcribe.py): mean log-probability -1 is a confidence of .37, taken a little lower.
_LOW_CONFIDENCE: Final = 0.36
_NO_SPEECH: Final = 0.6
_COMPRESSION: Final = 2.4
# Words that are sure in spite of a probable silence are rare but real ("yes", spoken low).
_SURE_IN_SILENCE: Final = 0.7
# Fast speech has 20 letters a second; digits and names are written in more tokens than words.
_LETTERS_A_SECOND: Final = 40.0
_SLACK_LETTERS: Final = 12

# Said in a row so often by nobody: one word, two, three, more; a digit of a number.
_LONGEST_LOOP_WORDS: Final = 8
_LOOPS: Final = {1: 8, 2: 4, 3: 4}
_LOOPS_OF_MORE: Final = 3
_DIGIT_LOOPS: Final = 10


class Rejection(StrEnum):
    """Why words are withheld."""

    NO_SPEECH = "no_speech"
    LOW_CONFIDENCE = "low_confidence"
    REPETITION = "repetition"
    HALLUCINATION = "hallucination"
    WRONG_LANGUAGE = "wrong_language"


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """`min_confidence` 0..1 (1 rejects everything, 0 nothing); `no_speech` the probability above which doubtful words
    are taken for none; `max_compression` how well looping text compresses; `min_language` the probability that the
    languages expected must have together where languages were detected.
    """

    min_confidence: float = _LOW_CONFIDENCE
    no_speech: float = _NO_SPEECH
    max_compression: float = _COMPRESSION
    max_letters_a_second: float = _LETTERS_A_SECOND
    min_language: float = 0.1


def judge(hypothesis: Hypothesis, seconds: float, settings: GuardSettings) -> Rejection | None:
    """Why the hypothesis over so many seconds of audio is not to be believed; None when it may be."""
    text = hypothesis.text
    if not any(map(str.isalnum, text)):
        return Rejection.NO_SPEECH
    silent = hypothesis.no_speech_probability > settings.no_speech
    if silent and hypothesis.confidence < max(settings.min_confidence, _SURE_IN_SILENCE):
        return Rejection.NO_SPEECH
    if is_from_subtitles(text, silent=silent):
        return Rejection.HALLUCINATION
    if _loops(hypothesis, seconds, settings):
        return Rejection.REPETITION
    if _in_another_language(hypothesis, settings):
        return Rejection.WRONG_LANGUAGE
    if hypothesis.confidence < settings.min_confidence:
        return Rejection.LOW_CONFIDENCE
    return None


def _loops(hypothesis: Hypothesis, seconds: float, settings: GuardSettings) -> bool:
    """Cut off before its end, more than can be said in the time, a passage over and over, or text that is all alike."""
    text = hypothesis.text
    if not hypothesis.complete or len(text) > _SLACK_LETTERS + settings.max_letters_a_second * seconds:
        return True
    encoded = text.encode()
    if len(encoded) / len(zlib.compress(encoded)) > settings.max_compression:
        return True
    return has_loop([_bare(word) for word in text.casefold().split()])


def has_loop(words: list[str]) -> bool:
    """Whether some words are repeated in a row as often as nobody does."""
    for length in range(1, _LONGEST_LOOP_WORDS + 1):
        times = _LOOPS.get(length, _LOOPS_OF_MORE)
        run = 0
        for here, there in zip(words, words[length:], strict=False):
            run = run + 1 if here == there else 0
            if run >= length * ((_DIGIT_LOOPS if here.isdigit() else times) - 1):
                return True
    return False


def _in_another_language(hypothesis: Hypothesis, settings: GuardSettings) -> bool:
    expected = hypothesis.language.among
    if hypothesis.heard and sum(hypothesis.heard.get(language, 0.0) for language in expected) < settings.min_language:
        return True
    letters = [character for character in hypothesis.text if character.isalpha()]
    fitting = sum(is_arabic(letter) for letter in letters)
    if hypothesis.language.assumed != "ar":
        fitting = sum(is_latin(letter) for letter in letters)
    return 2 * fitting < len(letters)


def is_arabic(letter: str) -> bool:
    """Whether a letter is of the Arabic script."""
    return "\u0600" <= letter <= "\u06ff" or "\u0750" <= letter <= "\u077f" or "\ufb50" <= letter <= "\ufeff"


def is_latin(letter: str) -> bool:
    """Whether a letter is of the Latin script."""
    return letter < "\u0250" or "\u1e00" <= letter <= "\u1eff"


def _bare(word: str) -> str:
    return "".join(character for character in word if character.isalnum()) or word
