"""What the replay asks of the code that decides which waiting stretches of audio Whisper takes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

MOST_TOGETHER: Final = 16


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a line's audio that waits for a pass: `audio_s` is its length rounded up to whole seconds."""

    number: int
    line: int
    final: bool
    audio_s: int
    since_ms: float


class StackingPolicy(Protocol):
    """Pure: which of the waiting segments, oldest first, go into the next pass."""

    def next_stack(self, waiting: Sequence[Segment], now_ms: float) -> Sequence[Segment]:
        """A part of `waiting`, all of one length, and not empty."""
        ...


class FinalsFirst:
    """The oldest final pass, else the oldest partial, with whatever of its kind and length waits beside it."""

    def next_stack(self, waiting: Sequence[Segment], now_ms: float) -> Sequence[Segment]:
        """See `StackingPolicy`."""
        del now_ms
        first = min(waiting, key=lambda segment: (not segment.final, segment.since_ms))
        alike = [it for it in waiting if it.audio_s == first.audio_s]
        return sorted(alike, key=lambda segment: (not segment.final, segment.since_ms))[:MOST_TOGETHER]
