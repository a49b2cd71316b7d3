"""Voice activity detection with Silero VAD 6 (MIT), without torch: its weights from its package, computed by numpy."""

import asyncio
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.about import packaged_model
from models.errors import EngineError
from models.onnx import file_in_package
from models.onnx_weights import float_constants
from models.silero_network import CONTEXT_SAMPLES, SileroMemory, SileroWeights

WINDOW_MS = 32
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
        self.description = packaged_model("Silero VAD", "silero-vad", model_file)
        path = model_file or file_in_package("silero_vad", "data/silero_vad.onnx", distribution="silero-vad")
        self._weights = _read(path, sample_rate)

    @property
    def window_samples(self) -> int:
        """Samples in one window: 256 at 8 kHz, 512 at 16 kHz (32 ms)."""
        return self._sample_rate * WINDOW_MS // 1000

    @property
    def sample_rate(self) -> int:
        """Hz of the windows."""
        return self._sample_rate

    def new_stream(self) -> "SileroStream":
        """A stream with fresh memory (about 20 KB), one per call."""
        return SileroStream(self._weights, self.window_samples)

    async def warm_up(self) -> None:
        """Run one window of silence, so that the first call pays for no lazy set-up."""
        await asyncio.to_thread(self.new_stream().probability, np.zeros(self.window_samples, np.int16))

    def close(self) -> None:
        """Nothing is held but memory: streams that are still open go on working."""


class SileroStream:
    """The network's memory of one caller. Not thread-safe."""

    silence_peak = SILENCE_PEAK

    def __init__(self, weights: SileroWeights, window_samples: int) -> None:
        self._window_samples = window_samples
        self._memory = SileroMemory(weights)

    def probability(self, window: NDArray[np.int16]) -> float:
        """Probability in 0..1 that `window` (exactly ``window_samples`` long) holds speech.

        Raises `ValueError` for a window of another length.
        """
        if window.shape != (self._window_samples,):
            raise ValueError(f"a window is {self._window_samples} samples of mono audio, not {window.shape}")
        return self._memory.probability(window)


def _read(path: Path, sample_rate: int) -> SileroWeights:
    if not path.is_file():
        raise EngineError(f"the model file {path} is missing", "correct the path, or restore the file")
    try:
        return SileroWeights.of(float_constants(path.read_bytes()), sample_rate)
    except (OSError, KeyError, ValueError) as error:
        raise EngineError(
            f"the model file {path} cannot be loaded ({type(error).__name__})",
            "the file is damaged or of another version of Silero VAD: reinstall from requirements/base.lock",
        ) from error
