"""What is measured: on which device, of which size, how often."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

PREFIX_TOKENS: Final = 500
FRESH_TOKENS: Final = 32
REPLY_TOKENS: Final = 96
CONTEXT_TOKENS: Final = 100
START_TOKENS: Final = 4
WORDS: Final = 6
PHONEMES_PER_WORD: Final = 10
FRAMES_PER_PHONEME: Final = 3


class NotHereError(Exception):
    """What a step needs is not installed on this machine, or not for its device; the message says what."""


@dataclass(frozen=True, slots=True)
class Setting:
    """`device` is "cuda" or "cpu". The tiny setting has models of no size: it shows that a step runs, nothing else."""

    device: str
    tiny: bool

    @property
    def whisper_audio_s(self) -> tuple[int, ...]:
        """Seconds of audio of a pass."""
        return (1, 4) if self.tiny else (1, 2, 3, 4, 5, 6, 7, 8)

    @property
    def whisper_batches(self) -> tuple[int, ...]:
        """Stretches of audio in a pass."""
        return (1, 4) if self.tiny else (1, 4, 8, 16)

    @property
    def lines(self) -> tuple[int, ...]:
        """Requests at once to the language model."""
        return (1, 4) if self.tiny else (1, 8, 16, 32)

    @property
    def repeats(self) -> int:
        """Of a measurement."""
        return 3 if self.tiny else 20

    def whisper(self, name: str) -> str:
        """The name of the Whisper shape to build for `name`."""
        return "tiny-whisper" if self.tiny else name

    def decoder(self, name: str) -> str:
        """The name of the decoder shape to build for `name`."""
        return "tiny-qwen3" if self.tiny else name

    def voice(self, name: str) -> str:
        """The name of the voice shape to build for `name`."""
        return "tiny-piper" if self.tiny else name


def tokens_of(audio_s: float) -> int:
    """What is said in `audio_s` seconds, about 3 tokens a second (2.3 words), and the end of the text."""
    return 3 * round(audio_s) + 1


@dataclass(frozen=True, slots=True)
class Found:
    """What a step found: rows by the names of `Result`'s fields, and what their reader must know."""

    rows: Mapping[str, list[Any]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
