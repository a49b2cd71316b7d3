"""What goes into the network, and what comes out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.stt import Word
from models.whisper.batching import Urgency
from models.whisper.language import CallLanguage


@dataclass(frozen=True, slots=True)
class Segment:
    """Some audio of one call: log-mel features ``[mels, frames]`` of its `samples` (16 kHz) and silence after them."""

    features: NDArray[np.float32]
    samples: int
    urgency: Urgency
    language: CallLanguage

    @property
    def frames(self) -> int:
        """Mel frames of 10 ms."""
        return int(self.features.shape[1])

    @property
    def seconds(self) -> float:
        """Length of the audio."""
        return self.samples / 16000


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What the network made of a segment.

    `average_log_probability` is that of the tokens, the end included. `complete`: it came to an end by itself and was
    not cut off for saying more than can be said in the time. `heard` has the probability of every language when
    languages were detected, else nothing. `words` only when asked for, in ms from the segment's beginning.
    """

    text: str
    language: CallLanguage
    average_log_probability: float
    no_speech_probability: float
    tokens: int = 0
    complete: bool = True
    heard: Mapping[str, float] = field(default_factory=dict)
    words: tuple[Word, ...] = ()

    @property
    def confidence(self) -> float:
        """The geometric mean of the tokens' probabilities."""
        return min(1.0, math.exp(self.average_log_probability))


class Recogniser(Protocol):
    """A loaded network, used by as many threads at a time as `WhisperSettings.workers` it was loaded for."""

    @property
    def mels(self) -> int:
        """Mel bins of the features it wants."""
        ...

    @property
    def device(self) -> str:
        """Where it runs and what it computes with, for people."""
        ...

    @property
    def context_tokens(self) -> int:
        """Tokens before `<|startoftranscript|>` in its prompts."""
        ...

    def decode(self, batch: Sequence[Segment]) -> Sequence[Hypothesis]:
        """A hypothesis for each segment; all have as many frames and the same urgency. Blocks."""
        ...
