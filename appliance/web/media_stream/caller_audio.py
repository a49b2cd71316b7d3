"""The caller's audio between the peer's messages and our own 20 ms clock: as little of it as that takes. Pure."""

from collections import deque

from appliance.web.media_stream.steadiness import Steadiness, is_quiet
from sip.g711 import Companding, decode

FRAME_CODES = 160
_FRAME_MS = 20
_MOST_MS = 200
_WINDOW_FRAMES = 50
_LATE_MS = 60
_SILENCE_CODE = 0xFF


class CallerAudio:
    """Takes µ-law codes as they come, in any amounts, and gives a 20 ms frame whenever one is asked for.

    At most 200 ms wait here; beyond that the oldest are dropped. What a burst leaves behind would delay the rest of
    the call, so that where some has been left over for a second, a quiet frame is skipped, and any frame where 60 ms
    are. `dropped_ms` counts both.
    """

    def __init__(self) -> None:
        self._codes = bytearray()
        self._steadiness = Steadiness()
        self._left_over: deque[int] = deque(maxlen=_WINDOW_FRAMES)
        self._starved_with = -1
        self._dropped = 0
        self._in_frames = True

    @property
    def dropped_ms(self) -> float:
        """Audio that came too late to be heard, ms."""
        return self._dropped * _FRAME_MS / FRAME_CODES

    def whole_frames(self) -> int:
        """How many frames wait."""
        return len(self._codes) // FRAME_CODES

    def frames_together(self, *, agent_speaking: bool) -> int:
        """How many of the frames that come next can be heard at once."""
        return self._steadiness.frames_together(agent_speaking=agent_speaking) if self._in_frames else 1

    def push(self, codes: bytes) -> None:
        """Take what the peer has sent."""
        self._steadiness.hear(codes)
        self._in_frames = len(codes) == FRAME_CODES
        self._codes += codes
        self._drop(len(self._codes) - _MOST_MS * FRAME_CODES // _FRAME_MS)

    def pop(self) -> bytes:
        """The next 20 ms as 16-bit little-endian samples; empty when nothing has come."""
        self._catch_up()
        frame = self._next_frame()
        self._left_over.append(len(self._codes))
        return decode(frame, Companding.ULAW).astype("<i2", copy=False).tobytes() if frame else b""

    def _next_frame(self) -> bytes:
        waiting = len(self._codes)
        # Less than a frame waits for the rest of it once, so that odd sizes make no gaps.
        if waiting >= FRAME_CODES or (waiting and waiting == self._starved_with):
            frame = bytes(self._codes[:FRAME_CODES])
            del self._codes[:FRAME_CODES]
            self._starved_with = -1
            return frame.ljust(FRAME_CODES, bytes([_SILENCE_CODE]))
        self._starved_with = waiting
        return b""

    def _catch_up(self) -> None:
        if len(self._left_over) < _WINDOW_FRAMES or len(self._codes) < 2 * FRAME_CODES:
            return
        always_left = min(self._left_over) * _FRAME_MS / FRAME_CODES
        if always_left >= _LATE_MS or (always_left >= _FRAME_MS and is_quiet(bytes(self._codes[:FRAME_CODES]))):
            self._drop(FRAME_CODES)
            self._left_over.clear()

    def _drop(self, count: int) -> None:
        if count > 0:
            del self._codes[:count]
            self._dropped += count
