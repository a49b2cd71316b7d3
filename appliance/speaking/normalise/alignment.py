"""What is spoken beside what is read, word by word."""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

_PIECE: Final = re.compile(r"\s+|\S+")
_WORD: Final = re.compile(r"\S+")
_ENDS_A_PHRASE: Final = frozenset(".,;:!?…،؛؟—–")


@dataclass(frozen=True, slots=True)
class Anchor:
    """The spoken word at `spoken` characters says what is read at `readable` characters."""

    spoken: int
    readable: int


@dataclass(frozen=True, slots=True)
class Spoken:
    """Text as an engine is to say it, with an anchor for each of its words; both offsets of anchors only rise."""

    text: str
    anchors: tuple[Anchor, ...]

    def readable_offset(self, spoken_offset: int) -> int:
        """Where in the readable text the word is that sounds `spoken_offset` characters into `text`."""
        number = bisect_right(self.anchors, spoken_offset, key=lambda anchor: anchor.spoken) - 1
        return self.anchors[number].readable if number >= 0 else 0


def as_written(text: str) -> Spoken:
    """Text that is spoken as it is read."""
    return Spoken(text, tuple(Anchor(word.start(), word.start()) for word in _WORD.finditer(text)))


Parts = tuple[tuple[int, str], ...]
"""Spoken words, each with the offset in the readable text that they say."""


class SpokenBuilder:
    """Puts spoken text together from stretches of `readable`, which are given in their order."""

    def __init__(self, readable: str) -> None:
        self._readable = readable
        self._text = ""
        self._anchors: list[Anchor] = []
        self._pause = False
        self._after_replacement = False
        self._after_drop = False

    def copy(self, start: int, end: int) -> None:
        """`readable[start:end]` is spoken as it is."""
        for piece in _PIECE.finditer(self._readable, start, end):
            if piece.group().isspace():
                self._space(piece.group())
            else:
                self._add(piece.group(), piece.start())
            self._after_replacement = self._after_drop = False

    def replace(self, start: int, end: int, said: "str | Parts") -> None:
        """`readable[start:end]` is spoken as `said`; nothing when that is empty."""
        parts = self._spread(start, end, said) if isinstance(said, str) else said
        words = [(offset, word) for offset, said_there in parts for word in said_there.split()]
        for number, (offset, word) in enumerate(words):
            if number:
                self._space(" ")
            self._after_replacement = True
            self._add(word, offset)
        self._after_drop = not words

    def pause(self) -> None:
        """A pause, unless the phrase ends here anyway."""
        self._pause = bool(self._text)

    def build(self) -> Spoken:
        """All of it."""
        return Spoken(self._text.rstrip(), tuple(self._anchors))

    def _spread(self, start: int, end: int, said: str) -> Parts:
        """The spoken words over the words they stand for, in proportion."""
        readable = [word.start() for word in _WORD.finditer(self._readable, start, end)] or [start]
        spoken = said.split()
        return tuple((readable[at * len(readable) // len(spoken)], word) for at, word in enumerate(spoken))

    def _space(self, space: str) -> None:
        if self._text and not self._text[-1].isspace():
            self._text += space

    def _add(self, word: str, readable: int) -> None:
        is_punctuation = word[0] in _ENDS_A_PHRASE
        if self._pause and not is_punctuation:
            self._text = self._text.rstrip()
            self._text += " " if self._text[-1:] in _ENDS_A_PHRASE else ", "
        elif is_punctuation:
            tidy = self._pause or self._after_replacement or self._after_drop
            self._text = self._text.rstrip() if tidy else self._text
        elif (
            self._after_replacement and self._text and not self._text[-1].isspace() and _apart(self._text[-1], word[0])
        ):
            self._text += " "
        self._pause = False
        self._anchors.append(Anchor(len(self._text), readable))
        self._text += word


def _apart(before: str, after: str) -> bool:
    """Whether a replacement and its neighbour need a space between them."""
    spoken = before.isalnum() or before in _ENDS_A_PHRASE or unicodedata.category(before) == "Mn"
    return spoken and after.isalnum()
