"""What a language model writes, as it can be spoken: no markup, no thinking aloud, no pictures."""

import re
import unicodedata
from typing import Final

_THINKS: Final = "<think>"
_THOUGHT: Final = "</think>"
_WORD: Final = re.compile(r"(\s*)(\S+)(?=\s)")
_LAST_WORD: Final = re.compile(r"(\s*)(\S+)\s*$")
_AT_LINE_START: Final = re.compile(r"(?:[-*•+–>]|#{1,6}|\d{1,2}[.)])$")
_RULE: Final = re.compile(r"[|:=_~*-]*[|=_~*-]{3,}[|:=_~*-]*$|\|$")
_LINK_TARGET: Final = re.compile(r"\]\([^)\s]*\)")
_MARKS: Final = re.compile(r"[*`\[\]|]|~~|^_+|(?<=\W)_+|_+(?=\W|$)")
_PAUSES: Final = ".?!:;,—–"


class SpokenWords:
    """Text that arrives in pieces, given on word by word once it is plain: a word, when the space after it has come.

    A line break becomes a space after a mark of punctuation and a comma elsewhere. The space after a mark is given on
    with it, so that a clause can be spoken before the word comes that begins the next.
    """

    def __init__(self) -> None:
        self._raw = ""
        self._pending = ""
        self._said = ""
        self._thinking = False
        self._new_line = True

    @property
    def text(self) -> str:
        """Everything given on so far, without the space after its last word."""
        return self._said.rstrip()

    def push(self, piece: str) -> str:
        """The text that `piece` completes, with the space before it."""
        self._raw += piece
        self._pending += self._without_thoughts()
        return self._take(_WORD)

    def flush(self) -> str:
        """The rest: what was pushed is complete. What is pushed later begins with a new word."""
        if not self._thinking:
            self._pending += self._raw
        rest = self._take(_WORD) + self._take(_LAST_WORD, space="")
        self.discard()
        return rest

    def discard(self) -> None:
        """What was pushed and not given on is not wanted."""
        self._raw, self._pending, self._thinking, self._new_line = "", "", False, False

    def _without_thoughts(self) -> str:
        """As much of the raw text as is certain to be no thought; what may be the beginning of a mark stays."""
        plain = ""
        while True:
            mark = _THOUGHT if self._thinking else _THINKS
            before, found, after = self._raw.partition(mark)
            if not found:
                break
            plain += "" if self._thinking else f"{before} "
            self._raw, self._thinking = after, not self._thinking
        kept = next((n for n in range(len(mark) - 1, 0, -1) if self._raw.endswith(mark[:n])), 0)
        end = len(self._raw) - kept
        plain += "" if self._thinking else self._raw[:end]
        self._raw = self._raw[end:]
        return plain

    def _take(self, words: re.Pattern[str], space: str = " ") -> str:
        taken = ""
        while (match := words.match(self._pending)) is not None:
            self._pending = self._pending[match.end() :]
            gap, word = match.groups()
            taken += self._spoken(gap, word, space)
        return taken

    def _spoken(self, gap: str, word: str, space: str) -> str:
        self._new_line = self._new_line or "\n" in gap
        if _RULE.match(word) or (self._new_line and _AT_LINE_START.match(word)):
            return ""
        plain = _without_pictures(_MARKS.sub("", _LINK_TARGET.sub("", word)))
        if not plain:
            return ""
        separator = ""
        if self._said and not self._said.endswith(" "):
            separator = ", " if self._new_line and self._said[-1] not in _PAUSES else " "
        self._new_line = False
        spoken = separator + plain + (space if plain[-1] in _PAUSES else "")
        self._said += spoken
        return spoken


def _without_pictures(word: str) -> str:
    return "".join(char for char in word if char == "°" or unicodedata.category(char) not in {"So", "Sk", "Cf", "Co"})
