"""Human telephone speech and its words from two Debian packages, in a cache of the user's; none of it is committed."""

import gzip
import hashlib
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sip.wav import read_speech, write_wav
from tests.bench.bench import NotPossibleError
from tests.bench.options import Part

SPEECH_PACKAGE: Final = "asterisk-core-sounds-en-wav"
WORDS_PACKAGE: Final = "asterisk-core-sounds-en"
SAMPLE_RATE: Final = 8000
_WORDS_FILE: Final = f"usr/share/doc/{WORDS_PACKAGE}/core-sounds-en.txt.gz"
_SOUNDS: Final = "usr/share/asterisk/sounds"
_BLOCK: Final = SAMPLE_RATE // 100
_AUDIBLE: Final = 10 ** (-38 / 20) * 32768
_MARGIN_BLOCKS: Final = 2
_FETCH_LIMIT_S: Final = 60.0
# One whole sentence: no list, no menu's first half ("To unlock…"), no two sentences with a gap between.
_SENTENCE: Final = re.compile(r"[A-Za-z][^.?!:;*()\[\]]+[.?!]?")
_LEAST_WORDS: Final = 4
# Written like sentences, but a number or a name comes before or after them.
_FRAGMENTS: Final = frozenset(
    """
    conf-enteringno conf-hasjoin conf-hasleft conf-otherinparty conf-userswilljoin conf-userwilljoin dir-first
    queue-callswaiting queue-holdtime queue-thereare spy-misdn unidentified-no-callback vm-from-phonenumber
    vm-num-i-have vm-savemessage vm-theperson
    """.split()
)
_LENGTH_S: Final = (1.5, 4.5)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A file that begins and ends with speech, its words, and where in it a pause can be put."""

    file: Path
    text: str
    pause_at_s: float


def part_of(name: str) -> Part:
    """The half that a prompt belongs to by its name: the same on every machine, whatever the other prompts are."""
    return Part.TUNE if hashlib.sha256(name.encode()).digest()[0] % 2 else Part.EVALUATE


def chosen(names: Sequence[str], part: Part, count: int) -> list[str]:
    """`count` of the names in this part, or all there are, in an order that has nothing to do with their words."""
    of_part = [name for name in names if part is Part.ALL or part_of(name) is part]
    return sorted(of_part, key=lambda name: hashlib.sha256(name.encode()).hexdigest())[:count]


def words_in(listing: str) -> Mapping[str, str]:
    """The text of each prompt by name, in the packages' list: `name: text`, comments after a semicolon."""
    named = (line.partition(":") for line in listing.splitlines() if not line.startswith(";"))
    return {name.strip(): " ".join(text.split()) for name, _, text in named if text.strip()}


def is_sentence(text: str) -> bool:
    """Whether a text is one whole sentence of four words or more."""
    return _SENTENCE.fullmatch(text) is not None and len(text.split()) >= _LEAST_WORDS


def qualifies(name: str, text: str) -> bool:
    """Whether a prompt is something that a caller could have said and been done with."""
    return is_sentence(text) and name not in _FRAGMENTS


def prompts(directory: Path, part: Part, count: int) -> list[Prompt]:
    """Up to `count` prompts of a part, trimmed, in `directory`, each with a `.txt` of its words.

    Every sentence of 1.5 to 4.5 s qualifies; which of them, their names alone decide.
    Raises `NotPossibleError` when the packages cannot be had.
    """
    cache = unpacked()
    texts = words_in(gzip.decompress((cache / _WORDS_FILE).read_bytes()).decode())
    found = {path.stem: path for path in (cache / _SOUNDS).glob("*/*.wav")}
    whole = [name for name in found if qualifies(name, texts.get(name, ""))]
    spoken = {name: trimmed(read_speech(found[name], SAMPLE_RATE)) for name in whole}
    fitting = [name for name, samples in spoken.items() if _LENGTH_S[0] <= samples.size / SAMPLE_RATE <= _LENGTH_S[1]]
    if not fitting:
        raise NotPossibleError(f"{SPEECH_PACKAGE} has no sentences: it is another version of the package")
    made = []
    for name in chosen(fitting, part, count):
        write_wav(directory / f"{name}.wav", [spoken[name]], SAMPLE_RATE)
        (directory / f"{name}.txt").write_text(texts[name], encoding="utf-8")
        made.append(Prompt(directory / f"{name}.wav", texts[name], softest_place_s(spoken[name])))
    return made


def unpacked() -> Path:
    """The folder with both packages' files, fetched once. Raises `NotPossibleError`."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache = home / "appliance-bench" / "asterisk-core-sounds"
    if not (cache / _WORDS_FILE).exists() or not (cache / _SOUNDS).is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        for package in (SPEECH_PACKAGE, WORDS_PACKAGE):
            _run("apt-get", "download", package, directory=cache)
            packages = sorted(cache.glob(f"{package}_*.deb"))
            if not packages:
                raise NotPossibleError(f"apt-get brought no {package}; run apt-get update")
            _run("dpkg", "-x", str(packages[-1]), ".", directory=cache)
            for file in packages:
                file.unlink()
    return cache


def _run(*command: str, directory: Path) -> None:
    try:
        subprocess.run(command, cwd=directory, check=True, capture_output=True, timeout=_FETCH_LIMIT_S)
    except FileNotFoundError:
        raise NotPossibleError(f"{command[0]} is not there: human speech comes from a Debian package") from None
    except subprocess.TimeoutExpired:
        raise NotPossibleError(f"{' '.join(command[:2])} took over {_FETCH_LIMIT_S:.0f} s") from None
    except subprocess.CalledProcessError as error:
        last_words = error.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise NotPossibleError(f"{' '.join(command[:2])} failed: {last_words}; apt-get update may help") from None


def _block_levels(samples: NDArray[np.int16]) -> NDArray[np.float64]:
    """RMS of every whole 10 ms."""
    blocks = samples[: samples.size - samples.size % _BLOCK].astype(np.float64).reshape(-1, _BLOCK)
    levels: NDArray[np.float64] = np.sqrt((blocks**2).mean(axis=1))
    return levels


def trimmed(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """What lies within 20 ms of the first and last 10 ms above -38 dBFS."""
    audible = np.flatnonzero(_block_levels(samples) > _AUDIBLE)
    if not audible.size:
        return samples
    return samples[max(0, audible[0] - _MARGIN_BLOCKS) * _BLOCK : (audible[-1] + 1 + _MARGIN_BLOCKS) * _BLOCK]


def softest_place_s(samples: NDArray[np.int16]) -> float:
    """The middle of the softest 30 ms between 35 and 65 % of the samples, in seconds."""
    smoothed = np.convolve(_block_levels(samples), np.ones(3) / 3, mode="same")
    first, last = int(smoothed.size * 0.35), max(int(smoothed.size * 0.65), int(smoothed.size * 0.35) + 1)
    return (first + int(np.argmin(smoothed[first:last])) + 0.5) * _BLOCK / SAMPLE_RATE
