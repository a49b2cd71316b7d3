"""Recordings and texts come out of the game's files as they went in."""

import struct
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.voices.steel_sky import steel_sky, unpacked

HEADER = bytes(22)
CODES = 3
LETTER_BITS = {" ": "000", "e": "0010", "a": "0011", "s": "01001", "n": "01011", "y": "1101101", "\0": "100000"}
RARE_BITS = "1" * 7


def number_bits(value: int) -> str:
    """A number in a code where every one of 16 symbols has four bits, lowest bit of what follows first."""
    symbol = value.bit_length()
    rest = value - (1 << (symbol - 1)) if symbol > 1 else 0
    return f"{symbol:04b}" + (f"{rest:0{symbol - 1}b}"[::-1] if symbol > 1 else "")


def packed(parts: Sequence[tuple[bytes, int, int]], last: bytes, blocks: int = 1) -> bytes:
    """ProPack's first method: literal bytes and after each a repeat (how far back, how long), in every block the same.

    Blocks after the first keep the codes of the one before.
    """
    size = blocks * (sum(len(literal) + length for literal, _, length in parts) + len(last))
    flat = "".join(f"{16:05b}"[::-1] + f"{4:04b}"[::-1] * 16 for _ in range(CODES))
    kept = "00000" * CODES
    pieces: list[str | bytes] = []
    for block in range(blocks):
        pieces.append(("00" + flat if block == 0 else kept) + f"{len(parts) + 1:016b}"[::-1])
        for literal, back, length in parts:
            pieces += [number_bits(len(literal)), literal]
            pieces += [number_bits(back - 1) + number_bits(length - 2)]
        pieces += [number_bits(len(last)), last]
    return struct.pack(">4sIIHHBB", b"RNC\x01", size, 0, 0, 0, 0, blocks) + interleaved(pieces)


def interleaved(pieces: Sequence[str | bytes]) -> bytes:
    """Bits fill words of 16, lowest first; a word stands where its first bit is needed, whole bytes where they are."""
    out = bytearray()
    word_at, used = 0, 16
    for piece in pieces:
        if isinstance(piece, bytes):
            out += piece
            continue
        for bit in piece:
            if used == 16:
                word_at, used = len(out), 0
                out += bytes(2)
            out[word_at + used // 8] |= int(bit) << used % 8
            used += 1
    return bytes(out)


literals = st.binary(min_size=1, max_size=300)


@given(literals, st.lists(st.tuples(st.binary(max_size=40), st.integers(1, 999), st.integers(2, 500)), max_size=8))
def test_what_is_packed_is_unpacked(first: bytes, rest: list[tuple[bytes, int, int]]) -> None:
    expected = bytearray()
    parts: list[tuple[bytes, int, int]] = []
    for literal, back, length in ((first, 1, 2), *rest):
        expected += literal
        near = min(back, len(expected))
        for _ in range(length):
            expected.append(expected[-near])
        parts.append((literal, near, length))
    assert unpacked(packed(parts, b"end")) == bytes(expected) + b"end"


def test_a_block_may_keep_the_codes_of_the_one_before() -> None:
    assert unpacked(packed([(b"ab", 2, 4)], b"c", blocks=3)) == b"abababc" * 3


@pytest.mark.parametrize("broken", [b"RIFF" + bytes(40), packed([], b"whole")[:-1]])
def test_what_is_not_packed_so_is_refused(broken: bytes) -> None:
    with pytest.raises(ValueError, match=r"ProPack|size"):
        unpacked(broken)


def texts_file(texts: Sequence[str]) -> bytes:
    """A file of coded texts: their places in pairs of bits, in blocks of 32."""
    coded = [text if text == RARE_BITS else "".join(LETTER_BITS[letter] for letter in f"{text}\0") for text in texts]
    padded = [bits + "0" * (-len(bits) % 16) for bits in coded]
    lengths = [len(bits) // 2 for bits in padded]
    marked = bytes(0x80 | length >> 3 if length > 0x7F or length % 8 == 0 else length for length in lengths)
    blocks = [lengths[at : at + 32] for at in range(0, len(lengths), 32)]
    table = b"".join(struct.pack("<H", sum(block)) for block in blocks)
    letters = "".join(padded)
    lengths_at = 4 + len(table)
    head = struct.pack("<HH", lengths_at, lengths_at + len(marked))
    return head + table + marked + int(letters, 2).to_bytes(len(letters) // 8) + bytes(2)


def write_game(directory: Path, files: dict[int, bytes], unit: int) -> None:
    """An index of the files and the disk that holds them, with places counted in bytes or in sixteens."""
    disk, entries = b"", b""
    for number, content in files.items():
        disk += bytes(-len(disk) % unit)
        place = len(disk) // unit | (0 if unit == 1 else 1 << 23)
        # The two highest bits of a size say how the file is packed.
        entries += (
            struct.pack("<H", number) + place.to_bytes(3, "little") + (len(content) | 3 << 22).to_bytes(3, "little")
        )
        disk += content
    (directory / "sky.dnr").write_bytes(struct.pack("<I", len(files)) + entries)
    (directory / "sky.dsk").write_bytes(disk)


@pytest.mark.parametrize("unit", [1, 16])
def test_each_line_has_its_text_and_its_recording(tmp_path: Path, unit: int) -> None:
    texts = ["yes", "nay  say", *["e"] * 40, RARE_BITS, "a " * 90 + "sane easy sea"]
    recording = HEADER + packed([(b"\x80\x90", 1, 3)], b"\x70")
    numbers = {50000 + number: recording for number in (0, 1, 41, 42, 43)}
    nothing = texts_file(["e"])
    parts = {60601 + part: nothing for part in range(6)}
    write_game(tmp_path, {60600: texts_file(texts), **parts, **numbers}, unit)
    clips = list(steel_sky(tmp_path))
    assert [clip.name for clip in clips] == ["sky-50000", "sky-50001", "sky-50041", "sky-50043"]
    assert [" ".join(clip.words)[-9:] for clip in clips] == ["yes", "nay say", "e", " easy sea"]
    samples, rate = clips[0].recording()
    assert (samples.tolist(), rate) == ([0, 0x1000, 0x1000, 0x1000, 0x1000, -0x1000], 11025)


def test_without_the_game_it_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"sky\.dnr"):
        list(steel_sky(tmp_path))
