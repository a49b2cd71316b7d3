"""Sentences to learn from: what people say in free games (GPL-2.0-or-later), as translated into a language.

    apt-get download freedroidrpg-data warzone2100-data widelands-data 7kaa-data freeciv-data adonthell-data \\
        $(apt-cache search --names-only '^wesnoth-1' | cut -d' ' -f1)
    for package in *.deb; do dpkg -x $package /tmp/texts; done
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.word_patterns import words_of

_GAMES: Final = re.compile(r"(?:^|/)(?:wesnoth|freedroidrpg|warzone2100|widelands|7kaa|freeciv-core|wastesedge)")
_LITTLE_ENDIAN: Final = b"\xde\x12\x04\x95"
_MARKUP: Final = re.compile(r"<[^>]+>|\[[^\]]*\]")
# Where a Latin capital or an Arabic letter follows, or what is written before a sentence.
_BETWEEN_SENTENCES: Final = re.compile(r"(?<=[.!?؟…”\"»])\s+(?=[¿¡«\"“A-ZÀ-ÖØ-Þ\u0620-\u064a])")
_LAST_MARK: Final = re.compile(r"([.!?؟…,،]+)[”\"')»\s]*$")
_GOES_ON: Final = re.compile(r"\.\.|…|,|،")
_NOT_SAID: Final = re.compile(r"[<$%{}=|]")
_WORDS: Final = range(2, 40)


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words in small letters; `ends` is False for one that is broken off."""

    words: tuple[str, ...]
    ends: bool


def sentences(directory: Path, language: str) -> list[Sentence]:
    """Every sentence of the games below `directory`, in the order of the files; equal texts count once."""
    catalogues = sorted(directory.rglob(f"{language}/LC_MESSAGES/*.mo"))
    texts: dict[str, None] = {}
    for file in (file for file in catalogues if _GAMES.search(file.relative_to(directory).as_posix())):
        texts |= dict.fromkeys(_translations(file))
    return [sentence for text in texts for sentence in _sentences_of(text)]


def _translations(file: Path) -> Iterator[str]:
    """What a catalogue of GNU gettext translates its texts into; the empty text stands for its header."""
    data = file.read_bytes()
    order = "<" if data[:4] == _LITTLE_ENDIAN else ">"
    count, originals_at, translations_at = struct.unpack_from(f"{order}3I", data, 8)
    places = struct.Struct(f"{order}2I")
    for number in range(count):
        original_size, _ = places.unpack_from(data, originals_at + number * places.size)
        size, begin = places.unpack_from(data, translations_at + number * places.size)
        if original_size:
            # The forms of a plural are separated by zeros.
            yield from data[begin : begin + size].decode().split("\0")


def _sentences_of(text: str) -> Iterator[Sentence]:
    for said in _BETWEEN_SENTENCES.split(" ".join(_MARKUP.sub("", text).split())):
        mark = _LAST_MARK.search(said)
        words = tuple(word for word in words_of(said) if not any(map(str.isdigit, word)))
        if mark is not None and len(words) in _WORDS and not _NOT_SAID.search(said):
            yield Sentence(words, ends=not _GOES_ON.search(mark[1]))
