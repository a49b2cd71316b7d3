"""What a reply asks for, read from its words: endpointing waits longer for some answers than for others. English."""

import re
from typing import Final

from appliance.dialogue.reply import Expectation

_SENTENCE: Final = re.compile(r"[^.?!]+[.?!]*")
_REQUEST: Final = re.compile(
    r"\b(?:please|could you|can you|may i|let me know|go ahead|tell me|give me|i(?:'ll)? need)\b"
)
_ASKED: Final = (
    (Expectation.SPELLING, re.compile(r"\bspell")),
    (
        Expectation.DATE,
        re.compile(
            r"\bdate of birth\b|\bbirth ?da(?:te|y)\b|\bwere you born\b|\b(?:which|what) (?:other )?(?:day|date|time)\b"
            r"|\bday (?:and|or) time\b|\bwhen (?:would|can|could|do|should|is|are|works?|suits?)\b"
        ),
    ),
    (
        Expectation.DIGITS,
        re.compile(
            r"\b(?:phone|telephone|mobile|cell|callback|call-back|contact|insurance|policy|member|reference|account)\b"
            r"[\w ]*\bnumber\b|\bnumber (?:can|should|to|may)\b|\b(?:what|which|your) number\b|\bdigits?\b"
        ),
    ),
    (
        Expectation.NAME,
        re.compile(r"\bname\b(?! of the)|\bwho am i (?:speaking|talking)\b|\bwho is (?:calling|it for)\b"),
    ),
)
_YES_NO: Final = re.compile(
    r"^(?:\w+, )*(?:and |so |then |or )?"
    r"(?:is|are|was|were|do|does|did|shall|should|would|will|can|could|may|have|has|isn't|aren't|don't)\b"
    r"|\b(?:right|correct|okay|ok|all right)$"
)
_PROPOSAL: Final = re.compile(r"^(?:\w+, )*(?:and |so |then )?(?:shall|should) (?:i|we)\b(?!.*\bor\b)")
_OPEN: Final = re.compile(r"\b(?:anything|something) else\b|\bor\b|\bwhich\b|\bwhat\b|\bhow\b|\bwho\b|\bwhere\b")


def expectation_of(reply: str) -> Expectation:
    """What kind of answer the last question or request of `reply` waits for."""
    sentences = [sentence.strip().lower() for sentence in _SENTENCE.findall(reply.replace("’", "'"))]
    for sentence in reversed(sentences[-2:]):
        if sentence.endswith("?") or _REQUEST.search(sentence):
            return _asked_in(sentence)
    return Expectation.OPEN


def _asked_in(sentence: str) -> Expectation:
    words = sentence.rstrip("?!. ")
    if _PROPOSAL.search(words):
        return Expectation.YES_NO
    for expectation, pattern in _ASKED:
        if pattern.search(words):
            return expectation
    is_closed = sentence.endswith("?") and _YES_NO.search(words) and not _OPEN.search(words)
    return Expectation.YES_NO if is_closed else Expectation.OPEN
