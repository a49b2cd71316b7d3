"""When the next 20 ms of a call have passed: when the peer's audio for them is there, or a little later without it."""

import asyncio
from collections.abc import Callable
from typing import Final

from appliance.web.media_stream.peer_playout import FRAME_S

# Messages come that unevenly; a frame that is there need not wait for its time.
_EARLY_S: Final = 0.01
# A frame that is later than this counts as missing: the peer has 8 ms or more of the agent left to play then.
_PATIENCE_S: Final = 0.012
# How much of what a message is early or late the clock follows: RFC 3550's share for what is learned of arrivals.
_FOLLOWED: Final = 1 / 16
# What the connection still holds is asked for so long before its frames count as missing.
_READING_S: Final = 0.004
# A timer may fire so much before its time (uvloop counts milliseconds).
_TIMER_S: Final = 0.001


class FrameClock:
    """Ticks every 20 ms by the peer's clock, as the arrivals of its audio tell it, and by the loop's without audio.

    A frame that comes about when it is due makes its own tick: a second wake-up for each, by a timer, would find the
    processor's caches cold again and cost as much as reading the message does. For the same reason the connection
    holds back frames that may wait for each other, which then make their ticks together: `deliver_together` is told
    how many messages may.
    """

    def __init__(self, first_tick_within_s: float, deliver_together: Callable[[int], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._due_s = self._loop.time() + first_tick_within_s - _PATIENCE_S
        self._deliver_together = deliver_together
        self._ticked = False
        self._together = 1
        self._held_back = 1
        self._overdue = False
        self._read_by_s = 0.0
        self._waiting: asyncio.Future[None] | None = None

    @property
    def together(self) -> int:
        """How many frames may wait for each other on the connection now."""
        return self._together

    @property
    def held_back(self) -> int:
        """How many frames may have waited for each other on the connection before the next tick."""
        return self._held_back

    def frame_has_come(self, waiting: int) -> None:
        """A frame is there, as the last of so many that wait."""
        # When those before the last one came is not known.
        if waiting == self._held_back and not self._overdue:
            self._follow(self._due_s + (waiting - 1) * FRAME_S)
        if self._waiting is not None:
            _wake(self._waiting)

    def frames_come(self, together: int) -> None:
        """How many frames may wait for each other on the connection from now on; one until late ones were heard."""
        if self._overdue:
            together = 1
        if together != self._together:
            sooner = together < self._together
            self._together = together
            self._deliver_together(together)
            if sooner:
                # What is there comes now, and there may be less to wait for.
                self._read_by_s = self._loop.time() + _READING_S
                if self._waiting is not None:
                    _wake(self._waiting)

    def _follow(self, due_s: float) -> None:
        now_s = self._loop.time()
        if self._ticked:
            self._due_s += min(max(now_s - due_s, -_EARLY_S), _PATIENCE_S) * _FOLLOWED
        else:
            self._due_s = now_s

    async def tick(self, frames_waiting: Callable[[], int]) -> float:
        """Wait for the next tick; returns the loop's time. Ticks that are overdue follow each other at once."""
        while True:
            now_s, at_s = self._loop.time(), self._next_s(frames_waiting())
            if now_s < at_s - _TIMER_S:
                await self._wait_until(at_s)
            elif self._together > 1 and not frames_waiting():
                # Some may be there and wait for the others in vain.
                self._overdue = True
                self.frames_come(1)
            else:
                break
        self._ticked = True
        self._held_back, self._overdue = self._together, False
        self._due_s += FRAME_S
        return now_s

    def _next_s(self, waiting: int) -> float:
        if waiting:
            return self._due_s - _EARLY_S
        if self._overdue:
            return self._due_s + (self._held_back - 1) * FRAME_S + _PATIENCE_S
        if self._together == 1:
            return max(self._due_s + _PATIENCE_S, self._read_by_s)
        return self._due_s + (self._together - 1) * FRAME_S + _PATIENCE_S - _READING_S

    async def _wait_until(self, at_s: float) -> None:
        waiting = self._waiting = self._loop.create_future()
        timer = self._loop.call_at(at_s, _wake, waiting)
        try:
            await waiting
        finally:
            timer.cancel()


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)
