"""Text to speech."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class WordStart:
    """A word of the text begins to sound: `text_offset` characters into the text, `sample` samples into the audio."""

    text_offset: int
    sample: int


@dataclass(frozen=True, slots=True)
class SpeechChunk:
    """A piece of synthesised speech: mono 16-bit `samples`, and the words that begin anywhere in the text so far.

    `words` holds positions from the start of the whole synthesis, not of this chunk. Engines without word times leave
    it empty, and the speaking room estimates.
    """

    samples: NDArray[np.int16]
    words: tuple[WordStart, ...] = ()


class TextToSpeech(Protocol):
    """One loaded voice, shared by all calls."""

    @property
    def sample_rate(self) -> int:
        """Hz of the audio it makes."""
        ...

    def synthesise(self, text: str) -> AsyncIterator[SpeechChunk]:
        """Speak `text` (one clause or sentence), first audio as early as the engine can.

        Closing the iterator stops the work. Raises `models.errors.EngineError` when the engine fails.
        """
        ...

    async def warm_up(self) -> None:
        """Do everything that the first real use would otherwise wait for. Called once, before calls are taken."""
        ...

    def close(self) -> None:
        """Stop the engine's threads and connections; queued work is dropped, and later use raises `EngineError`."""
        ...
