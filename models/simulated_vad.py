"""A detector for simulated speech: tones are speech, quiet is silence."""

import numpy as np
from numpy.typing import NDArray

_WINDOW_MS = 32
_AUDIBLE_PEAK = 1000


class SimulatedVad:
    """Finds speech wherever a window holds a sample over `audible_peak` (-30 dBFS). For simulated callers only."""

    def __init__(self, sample_rate: int = 8000, audible_peak: int = _AUDIBLE_PEAK) -> None:
        self._sample_rate = sample_rate
        self._audible_peak = audible_peak

    @property
    def window_samples(self) -> int:
        """32 ms."""
        return self._sample_rate * _WINDOW_MS // 1000

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self._sample_rate

    def new_stream(self) -> "SimulatedVadStream":
        """A stream; it needs no memory."""
        return SimulatedVadStream(self._audible_peak)

    async def warm_up(self) -> None:
        """Nothing to warm."""

    def close(self) -> None:
        """Nothing to stop."""


class SimulatedVadStream:
    """One caller's detector."""

    def __init__(self, audible_peak: int) -> None:
        self.silence_peak = audible_peak

    def probability(self, window: NDArray[np.int16]) -> float:
        """1 for a tone, 0 for quiet."""
        return 1.0 if int(np.abs(window.astype(np.int32)).max()) > self.silence_peak else 0.0
