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
        """How much of the turn's tail it looks at; more audio than this is ignored."""
        ...

    async def score(self, turn_audio: NDArray[np.int16]) -> float:
        """Probability in 0..1 that the turn whose audio so far is `turn_audio` has ended.

        Runs off the event loop; cancelling it drops the work if it has not started.
        """
        ...

    async def warm_up(self) -> None:
        """Do everything that the first real use would otherwise wait for. Called once, before calls are taken."""
        ...

    def close(self) -> None:
        """Stop the engine's threads and connections; queued work is dropped, and later use raises `EngineError`."""
        ...
