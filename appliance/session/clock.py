"""The time of one call: samples received on the line, and between two frames the running loop's clock."""

import asyncio


class Clock:
    """Counts from the start of the call. `line_ms` moves with each frame; `now_ms` also moves in between, never back.

    (Frames that come together begin a little before they are heard.)
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.line_ms = 0
        self._frame_at = self._loop.time()
        self._latest_ms = 0.0

    def frame_heard(self, line_ms: int) -> None:
        """A frame has come: the line is at `line_ms`."""
        self._latest_ms = self.now_ms
        self.line_ms = line_ms
        self._frame_at = self._loop.time()

    @property
    def now_ms(self) -> float:
        """Ms since the call began, to compare with times on the line."""
        return max(self._latest_ms, self.line_ms + (self._loop.time() - self._frame_at) * 1000)
