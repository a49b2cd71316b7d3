"""A voice that plays one recorded sound whatever the text."""

from collections.abc import AsyncIterator

import numpy as np
from numpy.typing import NDArray

from models.tts import SpeechChunk


class CannedSpeech:
    """Implements `models.tts.TextToSpeech` with `samples` (mono, 16-bit, at `sample_rate` Hz) in place of speech."""

    def __init__(self, samples: NDArray[np.int16], sample_rate: int) -> None:
        self._samples = samples
        self._sample_rate = sample_rate

    @property
    def sample_rate(self) -> int:
        """Hz of the sound."""
        return self._sample_rate

    async def synthesise(self, text: str) -> AsyncIterator[SpeechChunk]:
        """The sound, a second at a time."""
        for start in range(0, self._samples.size, self._sample_rate):
            yield SpeechChunk(self._samples[start : start + self._sample_rate])

    async def warm_up(self) -> None:
        """Nothing to warm."""

    def close(self) -> None:
        """Nothing to stop."""
