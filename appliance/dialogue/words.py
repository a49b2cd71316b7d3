"""A caller's words as tokens: lower case, no punctuation, however the recogniser writes them."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

Tokens = tuple[str, ...]

DTMF_WORD: Final = "dtmf"
"""Keys arrive as text, this word first: "dtmf 1 2 0"."""

_DASHED_DATE: Final = re.compile(r"\b(\d{1,4})[-./](\d{1,2})[-./](\d{1,4})\b")
_CLOCK: Final = re.compile(r"\b(\d{1,2})[.](\d{2})\b")
_HALF_OF_DAY: Final = re.compile(r"\b([ap])\.?\s?m\b\.?")
_CLOCK_WITH_HALF: Final = re.compile(r"\b(\d{1,2}(?::\d{2})?)([ap]m)\b")
_WORD: Final = re.compile(r"\d{1,4}/\d{1,2}/\d{1,4}|\d{1,2}:\d{2}|[^\W_]+(?:'[^\W_]+)*|[*#]")
_SPELLINGS: Final = {
    "dr": "doctor",
    "o'clock": "oclock",
    "okay": "ok",
    "mmhm": "mm hm",
    "mmhmm": "mm hm",
    "mhm": "mm hm",
    "mm-hm": "mm hm",
    "hmm": "hm",
    "uhhuh": "uh huh",
    "yess": "yes",
    "appt": "appointment",
    "gonna": "going to",
    "wanna": "want to",
    "gotta": "got to",
    "lemme": "let me",
    "cannot": "can't",
    "goodbye": "goodbye",
    "bye-bye": "bye bye",
}
HESITATIONS: Final = frozenset({"uh", "um", "uhm", "er", "erm", "ah", "eh", "hm", "well"})
_ANSWERS: Final = (("uh", "huh"), ("uh", "uh"), ("mm", "hm"))
_MAX_TOKENS: Final = 200


def tokens(text: str) -> Tokens:
    """The words of `text`. Dates in digits become `3/5/1980`, clock times `10:30`; at most 200 words are read."""
    lowered = text.lower().replace("’", "'").replace("`", "'").replace("o' clock", "oclock")
    lowered = _DASHED_DATE.sub(r"\1/\2/\3", lowered)
    lowered = _CLOCK.sub(r"\1:\2", lowered)
    lowered = _HALF_OF_DAY.sub(r"\1m", lowered)
    lowered = _CLOCK_WITH_HALF.sub(r"\1 \2", lowered)
    return tuple(_spelled_out(_WORD.findall(lowered)))[:_MAX_TOKENS]


def _spelled_out(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        yield from _SPELLINGS.get(word, word).split()


def without_hesitations(words: Tokens) -> Tokens:
    """`words` less the "uh" and "um"; "uh huh" and "mm hm" are answers and stay."""
    kept = []
    for index, word in enumerate(words):
        answer = words[index : index + 2] in _ANSWERS or words[max(index - 1, 0) : index + 1] in _ANSWERS
        if word not in HESITATIONS or answer:
            kept.append(word)
    return tuple(kept)


def keys_pressed(words: Tokens) -> str:
    """The keys in a turn such as "yes dtmf 1 2 #"; empty when none was pressed."""
    if DTMF_WORD not in words:
        return ""
    after = words[words.index(DTMF_WORD) + 1 :]
    return "".join(word for word in after if word in {"*", "#"} or (word.isascii() and word.isdigit()))


def find(words: Tokens, phrase: str | Tokens) -> int | None:
    """Where `phrase` begins in `words`; None when it is not there."""
    wanted = tuple(phrase.split()) if isinstance(phrase, str) else phrase
    for start in range(len(words) - len(wanted) + 1):
        if words[start : start + len(wanted)] == wanted:
            return start
    return None


def says_any(words: Tokens, phrases: Sequence[str]) -> bool:
    """Whether one of `phrases` is in `words`, word for word."""
    return any(find(words, phrase) is not None for phrase in phrases)


def without(words: Tokens, start: int, end: int) -> Tokens:
    """`words` with [start, end) replaced by a full stop, so that what stood apart does not grow together."""
    return (*words[:start], ".", *words[end:])
