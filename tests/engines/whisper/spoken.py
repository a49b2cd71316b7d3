"""What is said to the random micro Whisper: the committed recordings, as segments and by streams."""

import asyncio

import numpy as np

from models.stt import Transcript
from models.whisper.batching import Urgency
from models.whisper.engine import Whisper
from models.whisper.guards import GuardSettings
from models.whisper.language import CallLanguage
from models.whisper.log_mel import LogMel
from models.whisper.segment import Hypothesis, Segment
from models.whisper.settings import WhisperSettings
from models.whisper.windows import window_frames
from tests.models.audio import recording

NAMES = ("name", "hours", "birth_date", "just_yes", "stop", "book_1", "day_and_time", "goodbye")
# A random network is sure of nothing and ends where it likes.
BELIEVE_ALL = GuardSettings(
    min_confidence=0.0, no_speech=1.0, max_compression=np.inf, max_letters_a_second=np.inf, min_language=0.0
)
SETTINGS = WhisperSettings(
    threads=1,
    prompts={"en": "A phone call.", "es": "Una llamada.", "ar": "مكالمة."},
    hotwords=("Doctor Patel", "cardiology", "ibuprofen"),
    guards=BELIEVE_ALL,
)
THREE = CallLanguage(("en", "es", "ar"))
ENGLISH = CallLanguage(("en",))


def of(
    name: str, urgency: Urgency = Urgency.FINAL, language: CallLanguage = ENGLISH, *, padded: bool = False
) -> Segment:
    samples = recording(name, 16000)
    frames = window_frames(samples.size, padded=padded)
    return Segment(LogMel(80).features(samples, frames), samples.size, urgency, language)


def same(one: Hypothesis, other: Hypothesis) -> bool:
    return (one.text, one.language, one.words, one.complete) == (
        other.text,
        other.language,
        other.words,
        other.complete,
    ) and np.allclose(
        [one.average_log_probability, one.no_speech_probability],
        [other.average_log_probability, other.no_speech_probability],
        rtol=1e-3,
        atol=1e-6,
    )


async def speak(engine: Whisper, name: str, pace_s: float = 0.002) -> tuple[list[Transcript], Transcript]:
    """A recording, fed in frames of 20 ms, about ten times as fast as it is spoken."""
    partials: list[Transcript] = []
    ear = engine.open_stream(partials.append)
    samples = recording(name, 16000)
    for start in range(0, samples.size, 320):
        ear.feed(samples[start : start + 320])
        await asyncio.sleep(pace_s)
    final = await ear.finalise()
    await ear.aclose()
    return partials, final
