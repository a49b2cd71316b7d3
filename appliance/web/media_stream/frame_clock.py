"""When the next 20 ms of a call have passed: when the peer's audio for them is there, or a little later without it."""

import asyncio
from collections.abc import Callable
from typing import Final

from appliance.web.media_stream.peer_playout import FRAME_S

# Messages come that unevenly; a frame that is there need not wait for its time.
_EARLY_S: Final = 0.01
# A frame that is later than this counts as missing: the peer has 20 ms or more of the agent left to play then.
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
    processor's caches cold again and cost as much as reading the message does. For the same reason a frame that may
    wait makes its tick together with the next one; and while all may, the connection holds back one until both are
    there: `deliver_together` is told how many messages may wait for each other.
    """

    def __init__(self, first_tick_within_s: float, deliver_together: Callable[[int], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._due_s = self._loop.time() + first_tick_within_s - _PATIENCE_S
        self._deliver_together = deliver_together
        self._ticked = False
        self._holding = False
        self._followed = True
        self._in_pairs = False
        self._asked = False
        self._waiting: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def holds_a_frame(self) -> bool:
        """Whether a frame waits for the one after it."""
        return self._holding

    def frame_has_come(self, waiting: int) -> None:
        """A frame is there, as the last of so many."""
        if self._holding and not self._followed:
            # When the first one came is not known: the connection held it back.
            self._follow(self._due_s + FRAME_S)
        elif waiting == 1 and not self._in_pairs:
            self._follow(self._due_s)
        self.release_the_frame()

    def release_the_frame(self) -> None:
        """What has come makes no frame, but tells that no more is to be waited for."""
        self._holding = False
        self._wake()

    def frame_may_wait(self) -> None:
        """A frame is there, and its tick has time until the one after it comes."""
        self._followed = not self._in_pairs
        if self._followed:
            self._follow(self._due_s)
        self._holding = True
        if self._timer is not None:
            # Left as it is, it would wake us only to be set again.
            self._timer.cancel()
            self._timer = self._loop.call_at(self._next_s(1), self._wake)
        # The one after it is not to wait for a third.
        self.frames_come(in_pairs=False)

    def frames_come(self, *, in_pairs: bool) -> None:
        """Whether frames that come from now on may wait for each other on the connection."""
        if in_pairs is not self._in_pairs:
            self._in_pairs = in_pairs
            self._deliver_together(2 if in_pairs else 1)

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
            elif self._in_pairs and not frames_waiting():
                # One may be there and wait for the other in vain.
                self._asked = True
                self.frames_come(in_pairs=False)
            else:
                break
        self._ticked = True
        self._holding = self._asked = False
        self._due_s += FRAME_S
        return now_s

    def _next_s(self, waiting: int) -> float:
        if self._holding:
            return self._due_s + FRAME_S + _PATIENCE_S
        if waiting:
            return self._due_s - _EARLY_S
        if self._asked or self._in_pairs:
            return self._due_s + FRAME_S + _PATIENCE_S - _READING_S * (not self._asked)
        return self._due_s + _PATIENCE_S

    async def _wait_until(self, at_s: float) -> None:
        self._waiting = self._loop.create_future()
        self._timer = self._loop.call_at(at_s, self._wake)
        try:
            await self._waiting
        finally:
            self._timer.cancel()
            self._timer = None

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
