"""Makes labelled turns for `appliance tune`: synthetic callers who hesitate, and human prompts with pauses spliced in.

    apt-get install flite
    python -m tests.voices.make_turns DIRECTORY [--part tune|check] [--seed 1]
    apt-get download asterisk-core-sounds-en-wav && dpkg -x asterisk-core-sounds-en-wav_*.deb /tmp/prompts
    python -m tests.voices.make_turns DIRECTORY --human /tmp/prompts [--seed 1]

A `|` in a text is a place where people hesitate. The whole text is synthesised at once, so that what stands before a
pause does not sound like the end of a sentence; half of the pauses follow a comma, half are cut between two words. Each
is 0.3-1.2 s long. Then comes the channel: telephone band, a level, noise (hiss, hum or other voices), u-law at 8 kHz.
Texts and voices of the part `tune` are not those of `check`. The same seed gives the same set.

Human prompts without a pause of their own are cut at their quietest place between 25 and 80 % of their speech, with
--places 3 at the three quietest, 0.25 s or more apart, each in a turn of its own. With --texts, whole sentences only,
of one half of the prompts (by a hash of the name, as in the benchmarks): the words before the pause are the share of
the sentence that its place in time has. --no-words keeps the sentences and withholds the words, so that endpointing has
to do with the score alone; so do prompts without --texts.

    apt-get download asterisk-core-sounds-en && dpkg -x asterisk-core-sounds-en_*.deb /tmp/prompts
    python -m tests.voices.make_turns DIRECTORY --human /tmp/prompts --prompts evaluate
           --texts /tmp/prompts/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz
"""

import argparse
import gzip
import itertools
import json
import random
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from appliance.audio import Samples, read_wav, resample, write_wav
from models.espeak_library import VoiceSettings, WordEvent, espeak_library
from sip.g711 import Companding, decode, encode
from tests.bench.human_speech import is_sentence, part_of, words_in
from tests.bench.options import Part
from tests.voices.make_voices import AUDIBLE, at_level
from tests.voices.turn_texts import TEXTS

RATE: Final = 8000
BLOCK: Final = RATE // 100
LEAD_S: Final = 0.4
TAIL_S: Final = 2.2
PAUSE_S: Final = (0.3, 1.2)
NATURAL_PAUSE_S: Final = 0.2
APART_S: Final = 0.25
MARGIN_BLOCKS: Final = 15
FAINT: Final = 1000
LEVELS_DB: Final = (0, -6, -12)
SNR_DB: Final = (None, None, 35, 25, 15)
VOICES: Final = {
    "tune": ("flite:slt", "flite:kal16", "espeak:en-us:170:50", "espeak:en+f3:150:60"),
    "check": ("flite:rms", "flite:awb", "espeak:en-us+m3:185:35", "espeak:en-gb-scotland+f2:160:70"),
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """Speech without channel, and the sample at which each hesitation's next word begins."""

    samples: NDArray[np.int16]
    joints: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Spliced:
    """Speech with pauses: (first, last) silent sample of each, and where the last sound ends."""

    samples: NDArray[np.float32]
    pauses: tuple[tuple[int, int], ...]
    end: int


def flite(parts: Sequence[str], voice: str, commas: Sequence[bool]) -> Spoken:
    """One text in a flite voice; its joints by counting phones. Raises `FileNotFoundError` without flite."""
    text = _with_commas(parts, commas)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "speech.wav"
        durations = _flite("-voice", voice, "-psdur", "-t", text, "-o", str(path))
        sound = read_wav(path)
    ends = [(name, float(end)) for name, end in (phone.split(":") for phone in durations)]
    spoken_ends = [end for name, end in ends if name != "pau"]
    joints = []
    for count in range(1, len(parts)):
        before = _flite("-voice", voice, "-ps", "-t", _with_commas(parts[:count], commas), "-o", "none")
        phones = sum(name != "pau" for name in before)
        joints.append(round(spoken_ends[min(phones, len(spoken_ends)) - 1] * RATE))
    return Spoken(at_level(resample(sound.samples, sound.sample_rate, RATE).astype(np.float32)), tuple(joints))


def _flite(*arguments: str) -> list[str]:
    return subprocess.run(["flite", *arguments], check=True, capture_output=True, text=True).stdout.split()


def espeak(parts: Sequence[str], voice: str, commas: Sequence[bool]) -> Spoken:
    """The same in an espeak-ng voice, `NAME:RATE:PITCH`; its joints from word events."""
    name, rate, pitch = voice.split(":")
    chunks: list[NDArray[np.int16]] = []
    events: list[WordEvent] = []

    def receive(samples: NDArray[np.int16], words: list[WordEvent]) -> bool:
        chunks.append(samples)
        events.extend(words)
        return True

    library = espeak_library()
    library.speak(_with_commas(parts, commas), VoiceSettings(name, int(rate), int(pitch)), receive)
    joints = []
    for count in range(1, len(parts)):
        offset = len(_with_commas(parts[:count], commas))
        begins = [event.sample for event in events if event.text_offset >= offset]
        joints.append(round(min(begins) * RATE / library.sample_rate))
    samples = np.concatenate(chunks)
    return Spoken(at_level(resample(samples, library.sample_rate, RATE).astype(np.float32)), tuple(joints))


def _with_commas(parts: Sequence[str], commas: Sequence[bool]) -> str:
    joined = parts[0]
    for part, comma in zip(parts[1:], commas, strict=False):
        joined += (", " if comma else " ") + part
    return joined


def speak(parts: Sequence[str], voice: str, commas: Sequence[bool]) -> Spoken:
    """Speak with `flite:NAME` or `espeak:NAME:RATE:PITCH`."""
    kind, _, name = voice.partition(":")
    return flite(parts, name, commas) if kind == "flite" else espeak(parts, name, commas)


def loudness(samples: NDArray[Any]) -> NDArray[np.float64]:
    """RMS of each 10 ms."""
    whole = samples[: samples.size // BLOCK * BLOCK].astype(np.float64).reshape(-1, BLOCK)
    level: NDArray[np.float64] = np.sqrt(np.mean(whole**2, axis=1))
    return level


def spliced(samples: NDArray[np.int16], joints: Sequence[int], pauses_s: Sequence[float]) -> Spliced:
    """Silence of about `pauses_s` at the quietest 10 ms near each joint.

    Pauses and end are labelled from the last to the next sample above -38 dBFS, before channel and noise.
    """
    level = loudness(samples)
    audible = np.flatnonzero(level > AUDIBLE)
    first, last = int(audible[0]), int(audible[-1]) + 1
    pieces: list[NDArray[np.float32]] = [np.zeros(round(LEAD_S * RATE), np.float32)]
    pauses: list[tuple[int, int]] = []
    begin = max(0, first - MARGIN_BLOCKS)
    for joint, pause_s in zip(joints, pauses_s, strict=True):
        around = range(max(begin + 5, joint // BLOCK - 8), min(last - 5, joint // BLOCK + 8))
        if len(around) < 1:
            continue
        cut = min(around, key=lambda block: level[block])
        before = max((b for b in range(begin, cut + 1) if level[b] > AUDIBLE), default=cut) + 1
        after = min((b for b in range(cut + 1, last) if level[b] > AUDIBLE), default=cut + 1)
        # What decays after the last sound and swells before the next is kept: it tells much about the turn.
        piece_end = min(max(cut, before), before + MARGIN_BLOCKS)
        next_begin = max(piece_end, after - MARGIN_BLOCKS)
        pieces.append(_faded(samples[begin * BLOCK : piece_end * BLOCK]))
        faint = (piece_end - before + after - next_begin) * BLOCK
        start = sum(piece.size for piece in pieces) - (piece_end - before) * BLOCK
        pieces.append(np.zeros(max(0, round(pause_s * RATE) - faint), np.float32))
        pauses.append((start, start + pieces[-1].size + faint))
        begin = next_begin
    piece_end = min(last + MARGIN_BLOCKS, samples.size // BLOCK)
    pieces.append(_faded(samples[begin * BLOCK : piece_end * BLOCK]))
    pieces.append(np.zeros(round(TAIL_S * RATE), np.float32))
    whole = np.concatenate(pieces)
    heard = np.flatnonzero(np.abs(whole) > AUDIBLE)
    followed = (pause for pause in pauses if sum(pause) // 2 < heard[-1])
    return Spliced(whole, tuple(_sound_to_sound(heard, pause) for pause in followed), int(heard[-1]) + 1)


def _sound_to_sound(heard: NDArray[np.intp], pause: tuple[int, int]) -> tuple[int, int]:
    """From the last audible sample before the middle of a pause to the first after it."""
    next_sound = int(np.searchsorted(heard, sum(pause) // 2))
    return int(heard[next_sound - 1]) + 1, int(heard[next_sound])


def _faded(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    piece = samples.astype(np.float32)
    fade = min(40, piece.size // 2)
    if fade:
        ramp = np.linspace(0, 1, fade, dtype=np.float32)
        piece[:fade] *= ramp
        piece[-fade:] *= ramp[::-1]
    return piece


def through_telephone(
    samples: NDArray[np.float32], level_db: float, snr_db: float | None, noise: NDArray[np.float32]
) -> Samples:
    """Telephone band (300-3400 Hz), level, noise and u-law. The noise is `snr_db` below the speech's loud parts."""
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(samples.size, 1 / RATE)
    heard = np.fft.irfft(spectrum * ((hertz > 250) & (hertz < 3500)), samples.size) * 10 ** (level_db / 20)
    if snr_db is not None:
        loud = np.quantile(loudness(heard), 0.9)
        heard = heard + noise * (loud * 10 ** (-snr_db / 20) / np.sqrt(np.mean(noise**2)))
    return u_law(heard)


def u_law(samples: NDArray[Any]) -> Samples:
    """To the line and back: u-law at 8 kHz."""
    line = np.clip(np.rint(samples), -32768, 32767).astype(np.int16)
    return decode(encode(line, Companding.ULAW), Companding.ULAW)


def noise_of(
    kind: str, size: int, draw: np.random.Generator, voices: Sequence[NDArray[np.int16]]
) -> NDArray[np.float32]:
    """`hiss` (white), `hum` (50 Hz harmonics in pink noise) or `babble` (three other voices)."""
    if kind == "babble" and voices:
        chosen = [np.resize(voices[int(n)], size) for n in draw.integers(len(voices), size=3)]
        return np.asarray(sum(np.roll(v, int(draw.integers(size))).astype(np.float32) for v in chosen), np.float32)
    white = draw.standard_normal(size)
    if kind != "hum":
        return white.astype(np.float32)
    spectrum = np.fft.rfft(white)
    pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(1, np.arange(spectrum.size))), size)
    seconds = np.arange(size) / RATE
    hum = sum(np.sin(2 * np.pi * 50 * harmonic * seconds) / harmonic for harmonic in (3, 5, 7, 9, 11))
    return np.asarray(pink / pink.std() + hum, np.float32)


def synthetic(part: str, seed: int, repeats: int) -> Iterator[tuple[str, Samples, dict[str, Any]]]:
    """Name, audio and label of every synthetic turn of a part."""
    texts = [text for number, text in enumerate(TEXTS) if (number % 2 == 0) == (part == "tune")]
    babble: list[NDArray[np.int16]] = []
    for repeat in range(repeats):
        for number, line in enumerate(texts):
            asked, _, text = line.partition(": ")
            parts = [piece.strip() for piece in text.split("|")]
            for voice in VOICES[part]:
                name = f"{part}-{repeat}-{number:02d}-{voice.replace(':', '-').replace('+', '-')}"
                choose = random.Random(f"{seed} {name}")
                grouped = asked in {"digits", "spelling"}
                commas = [grouped or choose.random() < 0.5 for _ in parts[1:]]
                spoken = speak(parts, voice, commas)
                turn = spliced(spoken.samples, spoken.joints, [choose.uniform(*PAUSE_S) for _ in spoken.joints])
                if len(turn.pauses) != len(spoken.joints):
                    continue
                audio, channel = _on_the_line(turn.samples, choose, babble)
                babble.append(spoken.samples)
                yield name, audio, label(turn, asked, parts, voice, channel)


def sentences(listing: Path, part: Part) -> dict[str, str]:
    """The whole sentences of a part in a package's list of texts, by prompt."""
    raw = listing.read_bytes()
    texts = words_in((gzip.decompress(raw) if listing.suffix == ".gz" else raw).decode())
    return {
        name: text for name, text in texts.items() if is_sentence(text) and (part is Part.ALL or part_of(name) is part)
    }


def human(
    directory: Path, seed: int, texts: Mapping[str, str] | None = None, *, words_known: bool = True, places: int = 1
) -> Iterator[tuple[str, Samples, dict[str, Any]]]:
    """Name, audio and label of every prompt below `directory`, or of those in `texts`, with 1.2 s of speech or more.

    All prompts with a pause at their first place, then all at the second: no turn comes after the same sentence.
    """
    paths = sorted(path for path in directory.rglob("*.wav") if texts is None or path.stem in texts)
    random.Random(seed).shuffle(paths)
    for number, path in itertools.product(range(places), paths):
        sound = read_wav(path)
        if sound.sample_rate != RATE or not sound.samples.size or int(sound.samples.max()) < FAINT:
            continue
        samples = at_level(sound.samples.astype(np.float32))
        level = loudness(samples)
        audible = np.flatnonzero(level > AUDIBLE)
        if audible.size < 80 or not 1.2 <= (audible[-1] - audible[0]) / 100 <= 15:
            continue
        if np.diff(audible).max() > NATURAL_PAUSE_S * 100:
            continue
        span = audible[-1] - audible[0]
        quietest = _quietest_places(level, audible[0], span, places)
        if number >= len(quietest):
            continue
        place, suffix = quietest[number], f"-{number}" if number else ""
        choose = random.Random(f"{seed} {path.name}{f' {number}' if number else ''}")
        turn = spliced(samples, [place * BLOCK], [choose.uniform(*PAUSE_S)])
        spoken = texts[path.stem].split() if texts and words_known else []
        before = round(len(spoken) * (place - audible[0]) / span)
        parts = [" ".join(spoken[:before]), " ".join(spoken[before:])] if 0 < before < len(spoken) else []
        name = f"human-{path.parent.name}-{path.stem}{suffix}"
        yield name, u_law(turn.samples), label(turn, "open", parts, path.parent.name, "no noise")


def _quietest_places(level: NDArray[np.float64], first: int, span: int, count: int) -> list[int]:
    """Blocks between 25 and 80 % of the speech, the quietest first, `APART_S` apart; fewer where there is no room."""
    middle = range(int(first + 0.25 * span), int(first + 0.8 * span))
    places: list[int] = []
    for block in sorted(middle, key=lambda block: level[block - 1 : block + 2].sum()):
        if len(places) < count and all(abs(block - place) * BLOCK >= APART_S * RATE for place in places):
            places.append(block)
    return places


def _on_the_line(
    samples: NDArray[np.float32], choose: random.Random, babble: Sequence[NDArray[np.int16]]
) -> tuple[Samples, str]:
    level, snr, kind = choose.choice(LEVELS_DB), choose.choice(SNR_DB), choose.choice(("hiss", "hum", "babble"))
    noise = noise_of(kind, samples.size, np.random.default_rng(choose.randrange(2**32)), babble)
    return through_telephone(
        samples, level, snr, noise
    ), f"{level} dB, {'no noise' if snr is None else f'{kind} {snr}'}"


def label(turn: Spliced, asked: str, parts: Sequence[str], voice: str, channel: str) -> dict[str, Any]:
    """A turn as `appliance tune` wants it; `parts` are the words between its pauses."""
    pauses = [
        {"start": start / RATE, "end": end / RATE, "text": " ".join(parts[: number + 1])}
        for number, (start, end) in enumerate(turn.pauses)
    ]
    return {
        "end": turn.end / RATE,
        "text": " ".join(parts),
        "asked": asked,
        "pauses": pauses,
        "voice": voice,
        "source": channel,
    }


def write_set(directory: Path, made: Iterable[tuple[str, Samples, dict[str, Any]]]) -> None:
    """Write turns, by name, audio and label, as `appliance tune` reads them, and print how many there are."""
    directory.mkdir(parents=True, exist_ok=True)
    turns = []
    for name, audio, its_label in made:
        write_wav(directory / f"{name}.wav", audio, RATE)
        turns.append({"audio": f"{name}.wav", **its_label})
    (directory / "turns.json").write_text(json.dumps({"turns": turns}, indent=1), encoding="utf-8")
    print(f"{len(turns)} turns, {sum(len(turn['pauses']) for turn in turns)} pauses in {directory}")


def main() -> None:
    """Write the set."""
    parser = argparse.ArgumentParser(description="Make labelled turns for appliance tune.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--part", choices=("tune", "check"), default="tune")
    parser.add_argument("--human", type=Path, metavar="PROMPTS", help="8 kHz prompts instead of synthetic callers")
    parser.add_argument("--texts", type=Path, metavar="LISTING", help="the prompts' words: whole sentences only")
    parser.add_argument("--prompts", type=Part, choices=list(Part), default=Part.ALL, help="which half of --texts")
    parser.add_argument("--no-words", action="store_true", help="withhold the words of --texts")
    parser.add_argument("--places", type=int, default=1, help="turns of each human prompt, each with its own pause")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=2, help="times each text is spoken by each voice")
    parser.add_argument("--limit", type=int, help="at most this many turns")
    arguments = parser.parse_args()
    made = (
        human(
            arguments.human,
            arguments.seed,
            sentences(arguments.texts, arguments.prompts) if arguments.texts else None,
            words_known=not arguments.no_words,
            places=arguments.places,
        )
        if arguments.human
        else synthetic(arguments.part, arguments.seed, arguments.repeats)
    )
    write_set(arguments.directory, itertools.islice(made, arguments.limit))


if __name__ == "__main__":
    main()
