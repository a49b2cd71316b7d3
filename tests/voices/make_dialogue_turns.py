"""Makes labelled turns for `appliance tune` of actors in dialogue, with their words: the voices of three free games.

    python -m tests.voices.make_dialogue_turns DIRECTORY --game amazon-queen --below /tmp/games [--voices tune|evaluate]
    python -m tests.voices.make_dialogue_turns DIRECTORY --game drascula --language es --below /tmp/games

`games.py` and `steel_sky.py` say where the games come from. Each turn is the last whole sentence of a line, in the
actor's own timing. A pause of 0.3 s or more that the actor made is kept; a sentence without one gets one of 0.3-1.2 s
at its quietest gap between two words, from 25 to 80 % of its speech, as in `make_turns`. Then comes u-law at 8 kHz. The
texts lose their punctuation, which a speech-to-text may or may not write. `--voices` are halves of the characters by a
hash of their names.

Where each English word stands is found by PocketSphinx. It hears no Spanish: Spanish turns are lines of one sentence,
their pause is at the quietest place, and the words before it are the share of the letters that its place in time has.
"""

import argparse
import itertools
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from pocketsphinx import Decoder

from appliance.audio import resample
from tests.bench.human_speech import chosen, part_of
from tests.bench.options import Part
from tests.voices.games import Clip, amazon_queen, drascula
from tests.voices.make_turns import BLOCK, PAUSE_S, RATE, label, loudness, spliced, u_law, write_set
from tests.voices.make_voices import AUDIBLE, at_level
from tests.voices.steel_sky import steel_sky

ALIGNED_RATE: Final = 16000
ALIGNED_FRAME: Final = RATE // 100
LONGEST_CLIP_S: Final = 20.0
SENTENCE_S: Final = (1.2, 9.0)
LEAST_WORDS: Final = 4
BETWEEN_SENTENCES_S: Final = 0.12
NATURAL_PAUSE_S: Final = 0.3
_SENTENCE_ENDS: Final = re.compile(r"[.?!][\"')]*$")
_GOES_ON: Final = re.compile(r"(\.\.|…)[\"')]*$")
_DIGIT: Final = re.compile(r"\d")
# How letters sound when the dictionary does not know a word: near enough to find where it stands.
_LETTERS: Final = {
    "a": "AE", "b": "B", "c": "K", "d": "D", "e": "EH", "f": "F", "g": "G", "h": "HH", "i": "IH", "j": "JH", "k": "K",
    "l": "L", "m": "M", "n": "N", "o": "AA", "p": "P", "q": "K", "r": "R", "s": "S", "t": "T", "u": "AH", "v": "V",
    "w": "W", "x": "K S", "y": "IY", "z": "Z",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a clip and the samples (8 kHz) from which to which it was found."""

    text: str
    begin: int
    end: int


class WordFinder(Protocol):
    """Where the words of a known text stand in speech."""

    def words(self, samples: NDArray[np.int16], rate: int, words: Sequence[str]) -> list[Word] | None:
        """Each word's place; None where the text does not fit the speech."""
        ...

    def gaps(self, words: Sequence[Word], size: int) -> Iterable[int]:
        """The samples, of `size`, at which a pause may be put."""
        ...


class Evenly:
    """Words as long as their letters, where no recogniser knows the language; a pause may be anywhere."""

    def words(self, samples: NDArray[np.int16], rate: int, words: Sequence[str]) -> list[Word] | None:
        """As `WordFinder`; None for more than one sentence, since nobody knows where the second begins."""
        heard = np.flatnonzero(loudness(at_level(resample(samples, rate, RATE).astype(np.float32))) > AUDIBLE)
        if last_sentence(words) != 0 or heard.size < 2:
            return None
        letters = np.cumsum([0, *map(len, words)])
        edges = (heard[0] + (heard[-1] - heard[0]) * letters / letters[-1]) * BLOCK
        return [Word(w, int(a), int(b)) for w, (a, b) in zip(words, itertools.pairwise(edges), strict=True)]

    def gaps(self, words: Sequence[Word], size: int) -> Iterable[int]:
        """As `WordFinder`."""
        return range(0, size, BLOCK)


class Aligner:
    """English words, by PocketSphinx."""

    def __init__(self) -> None:
        self._decoder = Decoder(samprate=ALIGNED_RATE, lm=None, loglevel="FATAL", beam=1e-80, wbeam=1e-60, pbeam=1e-80)

    def words(self, samples: NDArray[np.int16], rate: int, words: Sequence[str]) -> list[Word] | None:
        """As `WordFinder`."""
        spoken = [self._known(word) for word in words]
        if not all(spoken):
            return None
        self._decoder.set_align_text(" ".join(part for parts in spoken for part in parts))
        self._decoder.start_utt()
        self._decoder.process_raw(resample(samples, rate, ALIGNED_RATE).tobytes(), no_search=False, full_utt=True)
        self._decoder.end_utt()
        if self._decoder.hyp() is None:
            return None
        segments = [s for s in self._decoder.seg() if not s.word.startswith(("<", "["))]
        if len(segments) != sum(map(len, spoken)):
            return None
        placed: list[Word] = []
        for word, parts in zip(words, spoken, strict=True):
            of_word, segments = segments[: len(parts)], segments[len(parts) :]
            end = (of_word[-1].end_frame + 1) * ALIGNED_FRAME
            placed.append(Word(word, of_word[0].start_frame * ALIGNED_FRAME, end))
        return placed

    def gaps(self, words: Sequence[Word], size: int) -> Iterable[int]:
        """As `WordFinder`: in the middle between two words."""
        return [(a.end + b.begin) // 2 for a, b in itertools.pairwise(words)]

    def _known(self, word: str) -> list[str]:
        """The word as the dictionary has it: its parts, each with a rough pronunciation if it has none."""
        parts = [part.strip("'") for part in re.split(r"[^a-z']+", word.lower()) if part.strip("'")]
        for part in parts:
            if self._decoder.lookup_word(part) is None:
                phones = " ".join(_LETTERS[letter] for letter in part if letter in _LETTERS)
                self._decoder.add_word(part, phones, update=True)
        return parts


def last_sentence(words: Sequence[str]) -> int | None:
    """Where the last whole sentence begins; None when the text does not end like one, or holds figures."""
    if not words or not _is_end(words[-1]):
        return None
    begin = max((number + 1 for number, word in enumerate(words[:-1]) if _is_end(word)), default=0)
    return None if any(map(_DIGIT.search, words)) else begin


def _is_end(word: str) -> bool:
    return bool(_SENTENCE_ENDS.search(word)) and not _GOES_ON.search(word)


def turn_of(clip: Clip, finder: WordFinder, seed: int) -> tuple[NDArray[np.int16], dict[str, Any]] | None:
    """Audio and label of a clip's last sentence; None where it has none that qualifies."""
    begin = last_sentence(clip.words)
    if begin is None or len(clip.words) - begin < LEAST_WORDS:
        return None
    samples, rate = clip.recording()
    if samples.size > LONGEST_CLIP_S * rate:
        return None
    placed = finder.words(samples, rate, clip.words)
    if placed is None:
        return None
    at_8k = at_level(resample(samples, rate, RATE).astype(np.float32))
    starts_at = 0
    if begin:
        gap = placed[begin].begin - placed[begin - 1].end
        if gap < BETWEEN_SENTENCES_S * RATE:
            return None
        starts_at = placed[begin].begin - gap // 2
    sentence = at_8k[starts_at:]
    words = [Word(w.text.strip(".,;:!?\"()'-"), w.begin - starts_at, w.end - starts_at) for w in placed[begin:]]
    heard = np.flatnonzero(loudness(sentence) > AUDIBLE)
    if heard.size < 2 or not SENTENCE_S[0] <= (heard[-1] - heard[0]) / 100 <= SENTENCE_S[1]:
        return None
    choose = random.Random(f"{seed} {clip.voice} {clip.name}")
    return _with_pauses(sentence, words, finder.gaps(words, sentence.size), heard, choose, clip.voice)


def _with_pauses(
    sentence: NDArray[np.int16],
    words: Sequence[Word],
    gaps: Iterable[int],
    heard: NDArray[np.intp],
    choose: random.Random,
    voice: str,
) -> tuple[NDArray[np.int16], dict[str, Any]] | None:
    silent = [(a, b) for a, b in itertools.pairwise(heard) if b - a > NATURAL_PAUSE_S * 100]
    if silent:
        joints = [int(a + b) // 2 * BLOCK for a, b in silent]
        turn = spliced(sentence, joints, [int(b - a) / 100 for a, b in silent])
    else:
        span, level = int(heard[-1] - heard[0]), loudness(sentence)
        inside = [gap for gap in gaps if 0.25 <= (gap / BLOCK - heard[0]) / span <= 0.8]
        if not inside:
            return None
        joints = [min(inside, key=lambda gap: float(level[gap // BLOCK - 4 : gap // BLOCK + 5].min()))]
        turn = spliced(sentence, joints, [choose.uniform(*PAUSE_S)])
    if len(turn.pauses) != len(joints):
        return None
    cuts = [sum(word.begin + word.end < 2 * joint for word in words) for joint in joints]
    edges = [0, *cuts, len(words)]
    parts = [" ".join(w.text for w in words[a:b]) for a, b in itertools.pairwise(edges)]
    if not all(parts):
        return None
    return u_law(turn.samples), label(turn, "open", parts, voice, "natural pause" if silent else "spliced pause")


def dialogue(
    lines: Iterable[Clip], finder: WordFinder, part: Part, a_voice: int, seed: int
) -> Iterator[tuple[str, NDArray[np.int16], dict[str, Any]]]:
    """Name, audio and label of up to `a_voice` turns of every character of a part."""
    of_voice: dict[str, dict[str, Clip]] = {}
    for clip in lines:
        if part is Part.ALL or part_of(clip.voice) is part:
            of_voice.setdefault(clip.voice, {})[clip.name] = clip
    for clips in of_voice.values():
        names = chosen(tuple(clips), Part.ALL, len(clips))
        made = ((name, turn) for name in names if (turn := turn_of(clips[name], finder, seed)) is not None)
        for name, (audio, its_label) in itertools.islice(made, a_voice):
            yield name, audio, its_label


def main() -> None:
    """Write the set."""
    parser = argparse.ArgumentParser(description="Make labelled turns of actors for appliance tune.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--game", choices=("amazon-queen", "drascula", "steel-sky"), required=True)
    parser.add_argument("--below", type=Path, required=True, help="where its packages are unpacked")
    parser.add_argument("--language", choices=("en", "es"), default="en", help="of drascula")
    parser.add_argument(
        "--voices", type=Part, choices=list(Part), default=Part.ALL, help="which half of the characters"
    )
    parser.add_argument("--a-voice", type=int, default=25, help="at most so many turns of each character")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    lines = {
        "amazon-queen": lambda: amazon_queen(arguments.below),
        "drascula": lambda: drascula(arguments.below, arguments.language),
        "steel-sky": lambda: steel_sky(arguments.below),
    }[arguments.game]()
    finder: WordFinder = Aligner() if arguments.language == "en" else Evenly()
    write_set(arguments.directory, dialogue(lines, finder, arguments.voices, arguments.a_voice, arguments.seed))


if __name__ == "__main__":
    main()
