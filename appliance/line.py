"""What a phone line is to a session: SIP, the media websocket and the browser each are one."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

FRAME_MS = 20


@dataclass(frozen=True, slots=True)
class CallInfo:
    """Who calls whom. `call_id` is ours and safe to log; the rest is about a person and is not.

    `sample_rate` is the Hz of the frames both ways, `codec` what is spoken on the wire. The line takes
    `playout_frames` before they are heard.
    """

    call_id: str
    caller: str
    called: str
    sample_rate: int
    codec: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    playout_frames: int = 3


class HangUpReason(StrEnum):
    """Why a call ended."""

    CALLER_HUNG_UP = "caller_hung_up"
    AGENT_HUNG_UP = "agent_hung_up"
    TRANSFERRED = "transferred"
    MEDIA_TIMEOUT = "media_timeout"
    LINE_FAILED = "line_failed"
    DRAINED = "drained"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class FrameReceived:
    """20 ms from the caller: 16-bit mono little-endian `pcm`; empty when the line had nothing (silence).

    `played` counts the frames given to `Line.play` that have left for the caller since the call began: what was heard.
    """

    pcm: bytes
    played: int


@dataclass(frozen=True, slots=True)
class DigitReceived:
    """The caller pressed a key: one of 0-9, *, #, A-D."""

    digit: str


@dataclass(frozen=True, slots=True)
class HoldChanged:
    """The other side put the call on hold (True) or took it back (False)."""

    held: bool


@dataclass(frozen=True, slots=True)
class TransferFailed:
    """A blind transfer was refused or got no answer; the caller is still here. `code` is the SIP status, 0 if none."""

    code: int


@dataclass(frozen=True, slots=True)
class MediaStatistics:
    """What the network did to the call so far, both ways where known."""

    packets_received: int
    packets_lost: int
    jitter_ms: float
    round_trip_ms: float
    codec: str


@dataclass(frozen=True, slots=True)
class HungUp:
    """The call is over; no event follows."""

    reason: HangUpReason


LineEvent = FrameReceived | DigitReceived | HoldChanged | TransferFailed | MediaStatistics | HungUp


class Line(Protocol):
    """One answered call. Methods never block; a line that has ended ignores them."""

    @property
    def info(self) -> CallInfo:
        """Who calls whom, and how."""
        ...

    def events(self) -> AsyncIterator[LineEvent]:
        """Everything that happens, a `FrameReceived` every 20 ms among it, ending with `HungUp`."""
        ...

    def play(self, pcm: bytes) -> None:
        """Queue one 20 ms frame for the caller. There is room for `CallInfo.playout_frames` not yet played."""
        ...

    def flush(self) -> None:
        """Drop what is queued: at most one more 20 ms frame of it is heard. Dropped frames never count as played."""
        ...

    def next_deadline(self, line_ms: int | None) -> None:
        """So many ms of the call are the next that something hangs on (None, as at first: none).

        Frames before it may come together, a little late, where a line sees that nothing begins or ends in them.
        """
        ...

    def send_digits(self, digits: str) -> None:
        """Send DTMF."""
        ...

    def transfer(self, target: str) -> None:
        """Hand the caller to `target` (a SIP URI or an extension) without waiting for its answer (blind, REFER)."""
        ...

    def hang_up(self, reason: HangUpReason = HangUpReason.AGENT_HUNG_UP) -> None:
        """End the call once what was already queued has been sent."""
        ...
