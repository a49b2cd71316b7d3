"""Speech to text."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its bounds in ms from the beginning of the turn's audio, and its probability (0..1)."""

    text: str
    start_ms: int
    end_ms: int
    probability: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """What the caller said in the turn so far.

    `text` is empty when nothing intelligible was heard. `confidence` is 0..1. `rejected` says in one fixed word why
    words were withheld ("low_confidence", "no_speech", …; None when nothing was): a rejected transcript has no text.
    `language`: the ISO 639-1 code of the language that it was heard in; None when the engine does not tell. So are
    the mean log-probability of its tokens and the probability that nobody spoke. `end_probability`: how likely it is
    (0..1) that nothing follows these words, where the engine has a language model of whole utterances; else None.
    `words`: of finals, when asked for.
    """

    text: str
    confidence: float = 1.0
    rejected: str | None = None
    language: str | None = None
    average_log_probability: float | None = None
    no_speech_probability: float | None = None
    end_probability: float | None = None
    words: tuple[Word, ...] = ()


PartialHandler = Callable[[Transcript], None]


class TranscriptStream(Protocol):
    """The ear of one call. It gathers one caller turn at a time; all methods are called on the event loop."""

    def feed(self, samples: NDArray[np.int16]) -> None:
        """Add audio (mono, at the engine's rate) to the turn. Never blocks; decoding goes on elsewhere."""
        ...

    async def finalise(self) -> Transcript:
        """The best transcript of everything fed since the last `reset`.

        The turn stays open: the caller may go on, more may be fed, and a later `finalise` covers it all.
        Cancelling the call leaves the stream usable. Raises `models.errors.EngineError` when the engine has failed.
        """
        ...

    def reset(self) -> None:
        """Forget the turn: the next audio fed starts another."""
        ...

    async def aclose(self) -> None:
        """End the stream and drop its queued work."""
        ...


class SpeechToText(Protocol):
    """One loaded engine, shared by all calls."""

    @property
    def sample_rate(self) -> int:
        """Hz of the audio it is fed (16000)."""
        ...

    def open_stream(self, on_partial: PartialHandler) -> TranscriptStream:
        """A stream for one call. `on_partial` is called on the event loop with each new partial of the turn so far."""
        ...

    async def warm_up(self) -> None:
        """Do everything that the first real use would otherwise wait for. Called once, before calls are taken."""
        ...

    def close(self) -> None:
        """Stop the engine's threads and connections; queued work is dropped, and later use raises `EngineError`."""
        ...
