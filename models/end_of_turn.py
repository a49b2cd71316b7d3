"""Has the caller finished, or only paused?"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class EndOfTurnModel(Protocol):
    """One loaded model, shared by all calls; thread-safe."""

    @property
    def sample_rate(self) -> int:
        """Hz of the audio it scores (16000)."""
        ...

    @property
    def context_seconds(self) -> float:
        """How much of the end of the audio it looks at; more than this is ignored."""
        ...

    async def score(self, speech: NDArray[np.int16]) -> float:
        """Probability in 0..1 that the caller's turn at the end of `speech` is over; earlier turns may stand before it.

        Runs off the event loop; cancelling it drops the work if it has not started.
        """
        ...

    async def warm_up(self) -> None:
        """Do everything that the first real use would otherwise wait for. Called once, before calls are taken."""
        ...

    def close(self) -> None:
        """Stop the engine's threads and connections; queued work is dropped, and later use raises `EngineError`."""
        ...
