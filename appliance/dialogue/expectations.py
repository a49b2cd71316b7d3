"""What a reply asks for, read from its words: endpointing waits longer for some answers than for others."""

import re
from typing import Final

from appliance.dialogue.question_words import QUESTION_WORDS, QuestionWords
from appliance.dialogue.reply import Expectation
from appliance.turn.tokens import one_spelling

_SENTENCE: Final = re.compile(r"[^.?!؟¿¡]+[.?!؟]*")
_SIGNS: Final = "?؟!. "


def expectation_of(reply: str) -> Expectation:
    """What kind of answer the last question or request of `reply` waits for."""
    sentences = [sentence.strip().lower() for sentence in _SENTENCE.findall(one_spelling(reply).replace("’", "'"))]
    for sentence in reversed(sentences[-2:]):
        asks = sentence.endswith(("?", "؟"))
        words = sentence.rstrip(_SIGNS)
        if asks or any(language.request.search(words) for language in QUESTION_WORDS):
            found = (_asked_in(words, language, asks=asks) for language in QUESTION_WORDS)
            return next((asked for asked in found if asked is not Expectation.OPEN), Expectation.OPEN)
    return Expectation.OPEN


def _asked_in(words: str, language: QuestionWords, *, asks: bool) -> Expectation:
    if language.proposal.search(words):
        return Expectation.YES_NO
    for expectation, pattern in language.values:
        if pattern.search(words):
            return expectation
    closed = asks and language.closed.search(words) and not language.open.search(words)
    return Expectation.YES_NO if closed else Expectation.OPEN
