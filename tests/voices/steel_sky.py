"""Actors in dialogue: what is said in Beneath a Steel Sky (1994), which Debian passes on (free to distribute).

    apt-get download beneath-a-steel-sky; dpkg -x beneath-a-steel-sky_*.deb /tmp/games

3,500 lines of English, each a recording with a known text. Where things stand in the game's files, how recordings are
numbered and the code of the letters are facts of this version (0.0372) that ScummVM's sources note; the recordings are
packed by the first method of Rob Northen's ProPack. Who speaks stands in the game's programs only: a "voice" here is a
part of the game, one of seven.
"""

import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.voices.games import Clip, Recording, only, unsigned, words_of

_ENTRY: Final = struct.Struct("<H3s3s")
_ENTRIES_AT: Final = 4
_HEADER: Final = 22
_TEXTS: Final = 60600
"""The file of the English texts of the first part; those of the others follow."""
_RECORDINGS: Final = (50000, 50600, 51100, 52430, 53380, 54530, 55080)
"""The file of each part's first recording."""
_TEXT_BLOCKS_AT: Final = 4
_TEXTS_A_BLOCK: Final = 32
_RARE: Final = "\N{REPLACEMENT CHARACTER}"
# The tree of the letters' code from the root, 0 before 1: "(" is a fork. The rarest (figures and accents) are left out.
_TREE: Final = (
    "((( (ea(((os(tn((.ir"
    "(((((\0Eu(mA(((lI(dR((NST"
    "(((((Ohc(Dg(((LC(pU((!yM"
    "(((((PvH(?b((('f,(GB"
    "(((((VkF(qw(((K-W(J*"
    "((((zY(j+(((Q\x85)((Z\x8b<"
    "(((((\x95~\x8a(\x87:(((\x7f]#((xX\x91" + _RARE
)
_PACKED: Final = struct.Struct(">4sIIHHBB")
_SHORTEST_REPEAT: Final = 2


def steel_sky(directory: Path) -> Iterator[Clip]:
    """The lines of the game in the order of its files. Raises `FileNotFoundError` when it is not below `directory`."""
    files = _Files(only(directory, "sky.dnr").read_bytes(), only(directory, "sky.dsk").read_bytes())
    for part, first_recording in enumerate(_RECORDINGS):
        for number, text in enumerate(_texts(files.content(_TEXTS + part))):
            file = first_recording + number
            if file in files and text is not None and (words := words_of(text)):
                yield Clip(f"part {part}", f"sky-{file}", words, lambda file=file: files.recording(file))  # type: ignore[misc]


class _Files:
    """The game's numbered files."""

    def __init__(self, index: bytes, disk: bytes) -> None:
        self._places: Mapping[int, tuple[int, int]] = {
            number: _place(int.from_bytes(at, "little"), int.from_bytes(size, "little"))
            for number, at, size in _ENTRY.iter_unpack(index[_ENTRIES_AT:])
        }
        self._disk = disk

    def __contains__(self, number: int) -> bool:
        return number in self._places

    def content(self, number: int) -> bytes:
        """What a file holds, packed as it may be. Raises `KeyError` for a number that is not there."""
        at, size = self._places[number]
        return self._disk[at : at + size]

    def recording(self, number: int) -> Recording:
        """A recording, unpacked."""
        return unsigned(unpacked(self.content(number)[_HEADER:]))


def _place(at: int, size: int) -> tuple[int, int]:
    """Byte and size. The highest bit of a place says that it counts sixteens, those of a size how it is packed."""
    return (at & 0x7FFFFF) << (4 if at >> 23 else 0), size & 0x3FFFFF


def _texts(file: bytes) -> Iterator[str | None]:
    """Every text of a file, as `_text` reads it. Places are counted in pairs of bits, from the block of 32 texts."""
    lengths_at, letters_at = struct.unpack_from("<HH", file)
    block_at = 0
    for block in range(math.ceil((letters_at - lengths_at) / _TEXTS_A_BLOCK)):
        at = block_at
        begin = lengths_at + block * _TEXTS_A_BLOCK
        # Each has a length, and the last of a block or of all needs none.
        for length in (0, *file[begin : min(begin + _TEXTS_A_BLOCK, letters_at) - 1]):
            at += (length & 0x7F) << 3 if length & 0x80 else length
            yield _text(file, 8 * letters_at + 2 * at)
        if _TEXT_BLOCKS_AT + 2 * block < lengths_at:
            block_at += struct.unpack_from("<H", file, _TEXT_BLOCKS_AT + 2 * block)[0]


def _text(file: bytes, bit: int) -> str | None:
    """The text whose code begins at a bit, highest bit of a byte first, up to a zero; None with a rare letter."""
    letters: list[str] = []
    while True:
        node = 0
        while _TREE[node] == "(":
            if bit >= 8 * len(file):
                return None
            node = _second_branch(node) if file[bit >> 3] >> (7 - (bit & 7)) & 1 else node + 1
            bit += 1
        if _TREE[node] == _RARE:
            return None
        if _TREE[node] == "\0":
            return "".join(letters)
        letters.append(_TREE[node])


def _second_branch(fork: int) -> int:
    """Where the tree goes on after all of the first branch of a fork."""
    at, open_ends = fork + 1, 1
    while open_ends:
        open_ends += 1 if _TREE[at] == "(" else -1
        at += 1
    return at


@dataclass(slots=True)
class _Bits:
    """Bits of words of two bytes, lowest first, among which whole bytes lie."""

    data: bytes
    at: int
    held: int = 0
    count: int = 0

    def take(self, count: int) -> int:
        while self.count < count:
            self.held |= int.from_bytes(self.data[self.at : self.at + 2], "little") << self.count
            self.at += 2
            self.count += 16
        taken = self.held & ((1 << count) - 1)
        self.held >>= count
        self.count -= count
        return taken

    def take_bytes(self, count: int) -> bytes:
        self.at += count
        return self.data[self.at - count : self.at]


_Code = Mapping[tuple[int, int], int]
"""What a number of bits and their value, first bit highest, stand for."""


def unpacked(packed: bytes) -> bytes:
    """What ProPack's first method packed. Raises `ValueError` when it is not that, or does not come out whole."""
    signature, size, _, _, _, _, blocks = _PACKED.unpack_from(packed)
    if signature != b"RNC\x01":
        raise ValueError("not packed by ProPack's first method")
    bits = _Bits(packed, _PACKED.size)
    bits.take(2)
    out = bytearray()
    codes: list[_Code] = [{}, {}, {}]
    for _ in range(blocks):
        codes = [_code(bits) or former for former in codes]
        literal, distance, length = codes
        for remaining in range(bits.take(16), 0, -1):
            out += bits.take_bytes(_value(bits, literal))
            if remaining > 1:
                back = _value(bits, distance) + 1
                for _ in range(_value(bits, length) + _SHORTEST_REPEAT):
                    out.append(out[-back])
    if len(out) != size:
        raise ValueError("does not unpack to the size that it names")
    return bytes(out)


def _code(bits: _Bits) -> _Code:
    """A canonical Huffman code: shorter ones come first, then smaller symbols."""
    lengths = [bits.take(4) for _ in range(bits.take(5))]
    code: dict[tuple[int, int], int] = {}
    after = 0
    for length in range(1, 16):
        after <<= 1
        for symbol, its_length in enumerate(lengths):
            if its_length == length:
                code[length, after] = symbol
                after += 1
    return code


def _value(bits: _Bits, code: _Code) -> int:
    """A number: its symbol is how many bits it has, the highest of which is not written."""
    length = value = 0
    while (length, value) not in code:
        if length > 15:
            raise ValueError("a code that stands for nothing")
        value = value << 1 | bits.take(1)
        length += 1
    symbol = code[length, value]
    return symbol if symbol < 2 else 1 << (symbol - 1) | bits.take(symbol - 1)
