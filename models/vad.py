"""Voice activity detection."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class VadStream(Protocol):
    """The detector's memory of one caller. Not thread-safe: one stream, one thread."""

    @property
    def silence_peak(self) -> int:
        """A window without a sample beyond this (16 bit) does not begin speech, so it may be judged a little later.

        -1: any window may.
        """
        ...

    def probability(self, window: NDArray[np.int16]) -> float:
        """Probability in 0..1 that `window` (exactly ``window_samples`` long) holds speech.

        Cheap enough (under 0.2 ms) to be called on the event loop.
        """
        ...


class VoiceActivityDetector(Protocol):
    """One loaded detector, shared by all calls."""

    @property
    def window_samples(self) -> int:
        """Samples in one window (256 at 8 kHz, 512 at 16 kHz: 32 ms)."""
        ...

    @property
    def sample_rate(self) -> int:
        """Hz of the windows: 8000 or 16000."""
        ...

    def new_stream(self) -> VadStream:
        """A stream with fresh memory, one per call."""
        ...

    async def warm_up(self) -> None:
        """Do everything that the first real use would otherwise wait for. Called once, before calls are taken."""
        ...

    def close(self) -> None:
        """Stop the engine's threads and connections; queued work is dropped, and later use raises `EngineError`."""
        ...
