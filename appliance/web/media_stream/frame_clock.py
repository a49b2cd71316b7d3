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
# A timer may fire so much before its time (uvloop counts milliseconds).
_TIMER_S: Final = 0.001


class FrameClock:
    """Ticks every 20 ms by the peer's clock, as the arrivals of its audio tell it, and by the loop's without audio.

    A frame that comes about when it is due makes its own tick: a second wake-up for each, by a timer, would find the
    processor's caches cold again and cost as much as reading the message does. For the same reason a frame that may
    wait makes its tick together with the next one.
    """

    def __init__(self, first_tick_within_s: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._due_s = self._loop.time() + first_tick_within_s - _PATIENCE_S
        self._ticked = False
        self._holding = False
        self._waiting: asyncio.Future[None] | None = None

    @property
    def holds_a_frame(self) -> bool:
        """Whether a frame waits for the one after it."""
        return self._holding

    def frame_has_come(self) -> None:
        """Audio for the next tick is there, and was not before."""
        self._follow()
        self.release_the_frame()

    def release_the_frame(self) -> None:
        """What has come makes no frame, but tells that no more is to be waited for."""
        self._holding = False
        self._wake()

    def frame_may_wait(self) -> None:
        """The same, but the tick has time until the frame after it comes."""
        self._follow()
        self._holding = True

    def _follow(self) -> None:
        now_s = self._loop.time()
        if self._ticked:
            due_s = self._due_s + self._holding * FRAME_S
            off_s = min(max(now_s - due_s, -_EARLY_S), _PATIENCE_S)
            self._due_s += off_s * _FOLLOWED
        else:
            self._due_s = now_s

    async def tick(self, frame_is_there: Callable[[], bool]) -> float:
        """Wait for the next tick; returns the loop's time. Ticks that are overdue follow each other at once."""
        while (now_s := self._loop.time()) < (at_s := self._next_s(frame_is_there())) - _TIMER_S:
            self._waiting = self._loop.create_future()
            timer = self._loop.call_at(at_s, self._wake)
            try:
                await self._waiting
            finally:
                timer.cancel()
        self._ticked = True
        self._holding = False
        self._due_s += FRAME_S
        return now_s

    def _next_s(self, frame_is_there: bool) -> float:  # noqa: FBT001
        if self._holding:
            return self._due_s + FRAME_S + _PATIENCE_S
        return self._due_s - _EARLY_S if frame_is_there else self._due_s + _PATIENCE_S

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
