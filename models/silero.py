"""Voice activity detection with Silero VAD 6 (MIT) through onnxruntime, without torch."""

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.onnx import file_in_package, open_session

WINDOW_MS = 32
# The network sees a little of the previous window before each window, and keeps an LSTM state of this shape
# (silero_vad/utils_vad.py, class OnnxWrapper).
CONTEXT_SAMPLES = {8000: 32, 16000: 64}
STATE_SHAPE = (2, 1, 128)
FULL_SCALE = np.float32(1 / 32768)
# -60 dBFS; at twice that, soft breaths on a line without any noise were found up to 128 ms late (8 of 3588 bounds).
SILENCE_PEAK = 32


class SileroVad:
    """One loaded Silero network for 8 or 16 kHz, shared by all calls; each call has its own `SileroStream`.

    Raises `models.errors.EngineError` when the model file is missing or cannot be loaded, and `ValueError` for
    another sample rate.
    """

    def __init__(self, sample_rate: int = 8000, model_file: Path | None = None) -> None:
        if sample_rate not in CONTEXT_SAMPLES:
            raise ValueError(f"Silero VAD hears 8000 or 16000 Hz, not {sample_rate}")
        self._sample_rate = sample_rate
        path = model_file or file_in_package("silero_vad", "data/silero_vad.onnx", distribution="silero-vad")
        self._session = open_session(path)

    @property
    def window_samples(self) -> int:
        """Samples in one window: 256 at 8 kHz, 512 at 16 kHz (32 ms)."""
        return self._sample_rate * WINDOW_MS // 1000

    @property
    def sample_rate(self) -> int:
        """Hz of the windows."""
        return self._sample_rate

    def new_stream(self) -> "SileroStream":
        """A stream with fresh memory (about 3 KB), one per call."""
        return SileroStream(self._session, self._sample_rate, self.window_samples)

    async def warm_up(self) -> None:
        """Run one window of silence, so that the first call pays for no lazy set-up."""
        await asyncio.to_thread(self.new_stream().probability, np.zeros(self.window_samples, np.int16))

    def close(self) -> None:
        """Nothing is held but memory: streams that are still open go on working."""


class SileroStream:
    """The network's memory of one caller. Not thread-safe."""

    silence_peak = SILENCE_PEAK

    def __init__(self, session: onnxruntime.InferenceSession, sample_rate: int, window_samples: int) -> None:
        self._session = session
        self._window_samples = window_samples
        self._context = CONTEXT_SAMPLES[sample_rate]
        self._input = np.zeros((1, self._context + window_samples), np.float32)
        state = np.zeros(STATE_SHAPE, np.float32)
        self._feed: dict[str, Any] = {"input": self._input, "state": state, "sr": np.array(sample_rate, np.int64)}

    def probability(self, window: NDArray[np.int16]) -> float:
        """Probability in 0..1 that `window` (exactly ``window_samples`` long) holds speech.

        Raises `ValueError` for a window of another length.
        """
        if window.shape != (self._window_samples,):
            raise ValueError(f"a window is {self._window_samples} samples of mono audio, not {window.shape}")
        self._input[0, : self._context] = self._input[0, -self._context :]
        np.multiply(window, FULL_SCALE, out=self._input[0, self._context :])
        probability, self._feed["state"] = self._session.run(None, self._feed)
        return float(probability[0, 0])
