"""Actors in dialogue: what is said in two adventure games of the nineties that Debian passes on (licences like BSD's).

    apt-get install mpg123                      # the first game's recordings are MP3
    apt-get download flight-of-the-amazon-queen drascula drascula-spanish
    for package in *.deb; do dpkg -x $package /tmp/games; done

The people of both games speak to one another line by line, and each line is a recording with a known text. Where things
stand in the games' files was found in the files, and checked with the notes that ScummVM's sources make of them.
"""

import re
import struct
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from appliance.audio import read_wav

Recording = tuple[NDArray[np.int16], int]
"""Samples and sample rate."""

_INDEX_ENTRIES_AT: Final = 15
_INDEX_ENTRY: Final = struct.Struct(">12sBII")
_DIALOGUE_HEADER: Final = 20
_DIALOGUE_TREE_AT: Final = 32
_DIALOGUE_LEVEL_SIZE: Final = 96
# What the figure does while it speaks; each begins a recording of its own.
_GESTURE: Final = re.compile(r"\*(?:XY\d\d\(\d+,\d+\)|..)")

_DRASCULA_LANGUAGES: Final = ("en", "es", "de", "fr", "it", "ru")
# Before the texts stands their number, then the size of those in the first language, then the size of the empty first.
_DRASCULA_FIRST_TEXT: Final = b"THAT'S THE SECOND BIGGEST DOOR"
_DRASCULA_TEXTS_BEFORE: Final = 12
# Whose texts come in which order: the beginning of the names of the recordings.
_DRASCULA_SPEAKERS: Final = ("", "D", "B", "BJ", "E", "I", "L", "P", "T", "VB")
_RATE: Final = 11025


@dataclass(frozen=True, slots=True)
class Clip:
    """One line of a character: its words as written, with punctuation, and what makes the recording of it."""

    voice: str
    name: str
    words: tuple[str, ...]
    recording: Callable[[], Recording]


def amazon_queen(directory: Path) -> Iterator[Clip]:
    """Flight of the Amazon Queen (1995), in English. Raises `FileNotFoundError` when it is not below `directory`."""
    files = _amazon_queen_files(only(directory, "queen.1c").read_bytes())
    for name in sorted(files):
        if name.endswith(".DOG"):
            person = name.removesuffix(".DOG").rstrip("0123456789")
            for prefix, speaker, text in _amazon_queen_lines(files[name][_DIALOGUE_HEADER:], person):
                for number, said in enumerate(_GESTURE.split(text), 1):
                    recording = f"{prefix}{number:x}".replace(" ", "0").upper()
                    mp3 = files.get(f"{recording}.SB")
                    if (words := words_of(said)) and mp3 is not None:
                        yield Clip(speaker, recording, words, lambda mp3=mp3: _decoded(mp3))  # type: ignore[misc]


def only(directory: Path, name: str) -> Path:
    """The first file of a name below a directory. Raises `FileNotFoundError` when there is none."""
    found = next(directory.rglob(name), None)
    if found is None:
        raise FileNotFoundError(f"{directory} has no {name}: unpack the game's package there")
    return found


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text with the punctuation that stands at them."""
    return tuple(word for word in text.split() if any(map(str.isalnum, word)))


def _amazon_queen_files(archive: bytes) -> Mapping[str, bytes]:
    """The archive's files: an index of names, places and sizes comes first."""
    (count,) = struct.unpack_from(">H", archive, _INDEX_ENTRIES_AT - 2)
    entries = (_INDEX_ENTRY.unpack_from(archive, _INDEX_ENTRIES_AT + i * _INDEX_ENTRY.size) for i in range(count))
    return {name.rstrip(b"\0").decode(): archive[at : at + size] for name, _, at, size in entries}


def _amazon_queen_lines(dialogue: bytes, person: str) -> Iterator[tuple[str, str, str]]:
    """Name of the recordings, speaker and text of every line of a dialogue between the player's figure and a person."""
    levels, _, key, players, persons = struct.unpack_from(">5h", dialogue)
    (persons_at,) = struct.unpack_from(">H", dialogue, 22)
    players_at = _DIALOGUE_TREE_AT + abs(levels) * _DIALOGUE_LEVEL_SIZE
    for begins, count, letter, speaker in ((players_at, players, "J", "JOE"), (persons_at, persons, "P", person)):
        at = begins
        for _ in range(count):
            (number,) = struct.unpack_from(">h", dialogue, at + 2)
            length = dialogue[at + 4]
            text = dialogue[at + 5 : at + 5 + length].decode("latin-1")
            yield f"{key:2d}{number & 0xFFFF:4x}{letter}", speaker, text
            # A text ends at a multiple of four; an empty one is its length alone.
            at = (at + 5 + length + 3) & ~3 if length else at + 5


def _decoded(mp3: bytes) -> Recording:
    """Raises `FileNotFoundError` without mpg123."""
    with tempfile.TemporaryDirectory() as directory:
        source, target = Path(directory) / "line.mp3", Path(directory) / "line.wav"
        source.write_bytes(mp3)
        subprocess.run(["mpg123", "--quiet", "--mono", "--wav", str(target), str(source)], check=True)
        sound = read_wav(target)
    return sound.samples, sound.sample_rate


def drascula(directory: Path, language: str) -> Iterator[Clip]:
    """Drascula (1996), in English ("en") or Spanish ("es"). Raises `FileNotFoundError` when it is not there.

    Its texts are in capitals and have no mark at their end; they get a full stop.
    """
    texts = only(directory, "drascula.dat").read_bytes()
    recordings = only(directory, f"drascula/{language}/1.ALS").parent
    at = texts.index(_DRASCULA_FIRST_TEXT) - _DRASCULA_TEXTS_BEFORE
    for speaker in _DRASCULA_SPEAKERS:
        (count,) = struct.unpack_from(">H", texts, at)
        at += 2
        for of_language in _DRASCULA_LANGUAGES:
            (size,) = struct.unpack_from(">H", texts, at)
            if of_language == language:
                yield from _drascula_clips(texts[at + 2 : at + 2 + size], count, speaker, recordings)
            at += 2 + size


def _drascula_clips(texts: bytes, count: int, speaker: str, recordings: Path) -> Iterator[Clip]:
    at = 0
    for number in range(count):
        (size,) = struct.unpack_from(">I", texts, at)
        words = words_of(texts[at + 4 : at + size].rstrip(b"\0").decode("cp850").lower())
        file = recordings / f"{speaker}{number}.ALS"
        at += size
        if words and file.is_file():
            whole = words if words[-1][-1] in ".?!" else (*words[:-1], f"{words[-1]}.")
            name = f"drascula-{speaker}{number}"
            yield Clip(speaker or "HACKER", name, whole, lambda file=file: unsigned(file.read_bytes()))  # type: ignore[misc]


def unsigned(samples: bytes) -> Recording:
    """Eight bits a sample at 11,025 Hz, silence is 128."""
    return (np.frombuffer(samples, np.uint8).astype(np.int16) - 128) << 8, _RATE
