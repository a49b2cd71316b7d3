"""Streaming text into speakable clauses: a small one first, so that speech starts early; then larger ones."""

import re
from dataclasses import dataclass
from enum import Enum, auto


@dataclass(frozen=True, slots=True)
class ClauseSizes:
    """When a clause is long enough to end at a mark, and when it has to end without one.

    `sentence_words`: the fewest words before a full stop, question or exclamation mark or line break ends a clause.
    `first_words`, `second_words`, `later_words`: the fewest before a comma, colon, semicolon, dash or ellipsis does.
    `first_longest`, `later_longest`: characters after which a clause without a mark is cut between two words.
    """

    sentence_words: int = 3
    first_words: int = 3
    second_words: int = 6
    later_words: int = 10
    first_longest: int = 90
    later_longest: int = 220


class ClauseSplitter:
    """Cuts text that arrives in pieces into clauses whose concatenation is that text.

    Where it cuts depends on the text alone, never on how the pieces fell. Most cuts are certain with the character
    after the mark, the others within 8. White space between two clauses begins the second. Numbers, times,
    abbreviations, addresses and URLs stay whole, unless 1000 characters have no white space at all.
    """

    def __init__(self, sizes: ClauseSizes | None = None) -> None:
        self._sizes = sizes or ClauseSizes()
        self._pending = ""
        self._clauses = 0

    def push(self, piece: str) -> list[str]:
        """The clauses that `piece` completes."""
        self._pending += piece
        clauses = []
        while end := self._cut():
            clauses.append(self._pending[:end])
            self._pending = self._pending[end:]
            self._clauses += 1
        return clauses

    def flush(self) -> list[str]:
        """The text is complete: what is left is its last clause; none when nothing is."""
        last, self._pending = self._pending, ""
        return [last] if last else []

    def _cut(self) -> int | None:
        """Where the first clause of the pending text ends; None until that is certain."""
        longest = self._sizes.later_longest if self._clauses else self._sizes.first_longest
        for mark in _MARK.finditer(self._pending):
            if mark.end() > longest:
                break
            strength = _strength(self._pending, mark)
            if strength is None:
                return None
            if count_words(self._pending[: mark.end()]) >= self._fewest_words(strength):
                return mark.end()
        return _cut_without_a_mark(self._pending, longest)

    def _fewest_words(self, strength: "_Strength") -> float:
        if strength is _Strength.NONE:
            return float("inf")
        if strength is _Strength.SENTENCE:
            return self._sizes.sentence_words
        return (self._sizes.first_words, self._sizes.second_words, self._sizes.later_words)[min(2, self._clauses)]


def count_words(text: str) -> int:
    """Words with something to say: white-space separated, with a letter or a digit."""
    return sum(any(map(str.isalnum, word)) for word in text.split())


class _Strength(Enum):
    NONE = auto()
    CLAUSE = auto()
    SENTENCE = auto()


_CLOSING = "\"')]}”’»"
_MARK = re.compile(rf"[.!?,;:…؟،؛]+[{re.escape(_CLOSING)}]*|[—–\n]|(?<=\s)-(?=\s)")
_CONTEXT = 8
_HARD_LIMIT = 1000

_NEVER_ENDS = frozenset(
    "dr mr mrs ms mx prof st rev hon e.g i.e cf vs approx dept tel ext fig"
    " jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun"
    # Spanish and Arabic.
    " dra dres sra srta sres dña av avda pza ctra núm nº pág lic ing dpto depto p.ej d.ª أ.د د أ ص.ب".split()
)
# Whether these end a sentence shows in what follows: a small letter or a digit goes on.
_MAY_END = frozenset("a.m p.m am pm etc inc ltd co jr sr m.d ph.d u.s u.k ave rd blvd hr hrs min mins sec".split())
_BEFORE_A_NUMBER = frozenset("no nos p pp rm".split())
_REST_OF_A_TIME = re.compile(r"[ap]\.?m\b|o['’]cloc", re.IGNORECASE)
_GOOD_START = re.compile(r"(and|or|but|so|if|when|with|for|at|on|in|from|to|because)\b")


def _strength(text: str, mark: re.Match[str]) -> _Strength | None:
    """How good an end `mark` is; None while that depends on characters still to come."""
    symbol = mark.group().rstrip(_CLOSING)
    if symbol == "\n":
        return _Strength.SENTENCE
    following = _following(text, mark.end())
    if symbol in "—–-":
        if following is None:
            return None
        between_digits = text[: mark.start()].rstrip()[-1:].isdigit() and following.isdigit()
        return _Strength.NONE if between_digits else _Strength.CLAUSE
    if mark.end() == len(text):
        return None
    if not text[mark.end()].isspace():
        return _Strength.NONE
    word = _last_word(text[: mark.start()])
    if symbol[-1] in "!?؟":
        return _Strength.SENTENCE
    if symbol[0] == "." and (word in _NEVER_ENDS or (len(word) == 1 and word.isalpha() and word != "i")):
        return _Strength.NONE
    return _full_stop(word, following) if symbol == "." else _comma(word, following)


def _full_stop(word: str, following: str | None) -> _Strength | None:
    if word not in _MAY_END and word not in _BEFORE_A_NUMBER:
        return _Strength.SENTENCE
    if following is None:
        return None
    goes_on = following.isdigit() or (word in _MAY_END and not following.isupper() and not following.isspace())
    return _Strength.NONE if goes_on else _Strength.SENTENCE


def _comma(word: str, following: str | None) -> _Strength | None:
    """A comma or its like; not where digits stand on either side, as in a date."""
    if not word[-1:].isdigit():
        return _Strength.CLAUSE
    if following is None:
        return None
    return _Strength.NONE if following.isdigit() else _Strength.CLAUSE


def _following(text: str, position: int) -> str | None:
    """The next character that is not white space; a newline where there is a wide gap; None when not yet known."""
    window = text[position : position + _CONTEXT]
    if shown := window.lstrip():
        return shown[0]
    return "\n" if len(window) == _CONTEXT else None


def _last_word(text: str) -> str:
    words = text[-40:].split()
    return words[-1].lstrip("([{\"'“‘«").lower() if words and not text[-1].isspace() else ""


def _cut_without_a_mark(text: str, longest: int) -> int | None:
    """Where to end a clause longer than `longest` characters: between two words, best before a new phrase."""
    if len(text) <= longest:
        return None
    ends = [space.start() for space in re.finditer(r"(?<=\S)\s", text[: longest - _CONTEXT])]
    separable = [end for end in ends if _separable(text, end)]
    phrases = [end for end in separable if end > longest // 2 and _GOOD_START.match(text, end + 1, end + _CONTEXT)]
    for candidates in (phrases, separable, ends):
        if candidates:
            return candidates[-1]
    if space := re.search(r"(?<=\S)\s", text[:_HARD_LIMIT]):
        return space.start()
    return _HARD_LIMIT if len(text) >= _HARD_LIMIT else None


def _separable(text: str, end: int) -> bool:
    """Whether the words on either side of the white space at `end` can be spoken apart."""
    word = _last_word(text[:end])
    following = text[end : end + _CONTEXT].lstrip()
    abbreviation = word.rstrip(".,") in _NEVER_ENDS | _BEFORE_A_NUMBER or re.fullmatch(r"[a-z]\.", word)
    return not (
        abbreviation or word[-1:].isdigit() or following[:1].isdigit() or _REST_OF_A_TIME.match(following) is not None
    )
