"""Audio for the engines' tests: the demo caller's recordings as a telephone delivers them, and noise."""

import wave
from importlib.resources import files
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

VOICE = Path(str(files("appliance.cli") / "demo_voice"))


def recording(name: str, sample_rate: int, lead_ms: int = 300, trail_ms: int = 200) -> NDArray[np.int16]:
    """One of the demo caller's utterances with so many ms of line noise before and after."""
    with wave.open(str(VOICE / f"{name}.wav")) as source:
        speech = np.frombuffer(source.readframes(source.getnframes()), np.int16).astype(np.float32)
    padded = np.pad(speech, (lead_ms * 8, trail_ms * 8))
    padded += np.random.default_rng(0).normal(0, 6, padded.size)
    resampled = soxr.resample(padded, 8000, sample_rate)
    samples: NDArray[np.int16] = np.clip(resampled, -32768, 32767).astype(np.int16)
    return samples


def noise(seconds: float, sample_rate: int, rms: float = 500.0) -> NDArray[np.int16]:
    return np.random.default_rng(1).normal(0, rms, round(seconds * sample_rate)).astype(np.int16)
