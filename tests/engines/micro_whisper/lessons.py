"""What the micro Whisper is taught: the demo caller's recordings as a telephone delivers them, and what was said."""

import asyncio
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from appliance.audio import StreamResampler, read_wav, resample
from appliance.cli.demo_script import voice
from models.espeak import EspeakNg
from models.whisper.log_mel import LogMel
from models.whisper.windows import SAMPLE_RATE, window_frames
from sip.g711 import Companding, decode, encode
from tests.engines.micro_qwen.phrases import EVERYTHING

Samples = NDArray[np.int16]

SEED: Final = 7
LINE_RATE: Final = 8000
# As the real Whisper writes them.
SAID: Final = {
    "book_1": "I'd like to book an appointment with",
    "book_2": "Dr. Patel, please.",
    "name": "My name is Anna Miller.",
    "birth_date": "March 5th, 1980.",
    "day_and_time": "Tuesday at 10 in the morning.",
    "mm_hm": "Mm-hmm.",
    "yes": "Yes, please.",
    "hours": "What are your opening hours?",
    "interrupt": "Sorry, can you repeat that?",
    "goodbye": "No, thank you. Goodbye.",
    "book": "I would like to book an appointment.",
    "just_yes": "Yes.",
    "no": "No.",
    "stop": "Stop.",
    "wait": "Sorry, wait.",
    "okay": "Okay.",
    "right": "Right.",
    "everything": EVERYTHING,
}
"""By the name of the recording; "everything" is spoken by espeak-ng."""
IN_A_ROW: Final = (("book_1", "book_2"), ("name", "birth_date"))
_PACKET: Final = LINE_RATE // 50
_TIMES, _TIMES_CUT, _SILENCES = 50, 20, 60


@dataclass(frozen=True)
class Lesson:
    """Features ``[80, frames]`` and what is said in them, nothing in a silence; `whole` unless it breaks off."""

    features: NDArray[np.float32]
    text: str
    whole: bool = True


@cache
def speech(name: str) -> Samples:
    """A caller's utterance at 8 kHz."""
    return asyncio.run(_by_espeak(SAID[name])) if name == "everything" else read_wav(voice(name)).samples


async def _by_espeak(text: str) -> Samples:
    engine = EspeakNg(rate=150)
    chunks = [chunk.samples async for chunk in engine.synthesise(text)]
    engine.close()
    return resample(np.concatenate(chunks), engine.sample_rate, LINE_RATE)


def lessons() -> list[Lesson]:
    """Every utterance many times, louder and quieter, in line noise, whole and cut off; and silences. Seeded."""
    chance = np.random.default_rng(SEED)
    front_end = LogMel(80)
    whole = [(speech(name), text) for name, text in SAID.items()]
    whole += [(_in_a_row(first, second, chance), f"{SAID[first]} {SAID[second]}") for first, second in IN_A_ROW]
    taught: list[Lesson] = []
    for samples, text in whole:
        taught += [_lesson(samples, text, chance, front_end) for _ in range(_TIMES)]
        for _ in range(_TIMES_CUT if " " in text else 0):
            said = chance.uniform(0.35, 0.95)
            if so_far := _so_far(text, said):
                begun = _lesson(samples[: int(samples.size * said)], so_far, chance, front_end)
                taught.append(replace(begun, whole=False))
    silence = np.zeros(0, np.int16)
    return taught + [_lesson(silence, "", chance, front_end) for _ in range(_SILENCES)]


def _lesson(samples: Samples, text: str, chance: np.random.Generator, front_end: LogMel) -> Lesson:
    before, after = chance.integers(0, LINE_RATE // 2), chance.integers(LINE_RATE // 10, LINE_RATE)
    spoken = samples.astype(np.float32) * np.float32(chance.uniform(0.5, 1.4))
    line = np.pad(spoken, (before, after))
    line += chance.normal(0, chance.uniform(0, 40), line.size).astype(np.float32)
    line = _with_late_packets(line, chance)
    companding = Companding.ULAW if chance.random() < 0.5 else Companding.ALAW
    received = decode(encode(np.clip(line, -32768, 32767).astype(np.int16), companding), companding)
    resampler = StreamResampler(LINE_RATE, SAMPLE_RATE)
    wide = np.concatenate([resampler.push(received), resampler.flush()])
    return Lesson(front_end.features(wide, window_frames(wide.size, padded=False)), text)


def _with_late_packets(line: NDArray[np.float32], chance: np.random.Generator) -> NDArray[np.float32]:
    """A line on a busy machine: here and there up to 60 ms are lost, or come so much later."""
    for _ in range(chance.choice((0, 0, 1, 2))):
        at, size = int(chance.integers(0, line.size)), int(chance.integers(1, 4)) * _PACKET
        gap = np.zeros(size, np.float32)
        line = np.concatenate([line[:at], gap, line[at + (size if chance.random() < 0.5 else 0) :]])
    return line


def _in_a_row(first: str, second: str, chance: np.random.Generator) -> Samples:
    pause = np.zeros(int(chance.integers(LINE_RATE // 4, LINE_RATE)), np.int16)
    return np.concatenate([speech(first), pause, speech(second)])


def _so_far(text: str, said: float) -> str:
    """The words of `text` that are over when so much of it has been said, by their letters."""
    words = text.split()
    ends = np.cumsum([len(word) + 1 for word in words]) / (len(text) + 1)
    return " ".join(word for word, end in zip(words, ends, strict=True) if end <= said)
