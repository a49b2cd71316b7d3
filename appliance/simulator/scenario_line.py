"""The line of a simulated call: the caller's side by the scenario, the agent's side as it was heard."""

import asyncio
import struct
from collections import deque
from collections.abc import AsyncIterator, Callable

from appliance.line import (
    FRAME_MS,
    CallInfo,
    DigitReceived,
    FrameReceived,
    HangUpReason,
    HoldChanged,
    HungUp,
    LineEvent,
    TransferFailed,
)
from appliance.simulator.engines import LINE_RATE
from appliance.simulator.scenario import KeyPress, LineHold, Scenario
from appliance.simulator.virtual_loop import VirtualLoop

_QUEUE_FRAMES = 3
_TRANSFER_ANSWERED_MS = 1000
_REFUSED = 480
# Shorter than the caller's patience, so that no idle prompt comes in between.
_QUIET_BEFORE_THE_END_MS = 3000
_LONGEST_MS = 120_000
_BYTES_PER_MS = 2 * LINE_RATE // 1000
_LOUD_FRAME = struct.pack("<2h", 8000, -8000) * (_BYTES_PER_MS * FRAME_MS // 4)


class ScenarioLine:
    """Implements `appliance.line.Line`: a frame every 20 ms of the virtual loop's clock.

    `at_rest` tells whether the agent has nothing more to do; when the scenario does not end the call, it ends 3 s after
    everything has been said. `played` has a frame for every 20 ms (empty: silence).
    """

    def __init__(self, scenario: Scenario, at_rest: Callable[[], bool]) -> None:
        self._scenario = scenario
        self._at_rest = at_rest
        self._info = CallInfo("simulated", "", "", LINE_RATE)
        self._planned = deque(_planned(scenario))
        self._queue: deque[bytes] = deque()
        self._played_count = 0
        self._hang_up: HangUpReason | None = None
        self._quiet_since = 0
        self._next_stretch = 0
        self.played: list[bytes] = []
        self.transferred_to: str | None = None

    @property
    def info(self) -> CallInfo:
        """A call from nobody to nobody."""
        return self._info

    @property
    def now_ms(self) -> int:
        """Ms since the call began."""
        return len(self.played) * FRAME_MS

    async def events(self) -> AsyncIterator[LineEvent]:
        """Frames, what was planned between them, and the end."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        began = loop.time()
        while (reason := self._end()) is None:
            self._pull()
            await loop.sleep_until(began + self.now_ms / 1000)
            while self._planned and self._planned[0][0] <= self.now_ms:
                yield self._planned.popleft()[1]
            yield FrameReceived(self._caller_frame(self.now_ms - FRAME_MS), self._played_count)
        yield HungUp(reason)

    def _pull(self) -> None:
        if self._queue and not (self._scenario.holds and self._scenario.on_hold(self.now_ms)):
            self._played_count += 1
            self.played.append(self._queue.popleft())
        else:
            self.played.append(b"")

    def _caller_frame(self, begins: int) -> bytes:
        """20 ms with a loud tone where the scenario has sound; empty without any. Nobody is heard on hold."""
        stretches = self._scenario.stretches
        while self._next_stretch < len(stretches) and stretches[self._next_stretch].ends <= begins:
            self._next_stretch += 1
        if self._next_stretch == len(stretches) or (self._scenario.holds and self._scenario.on_hold(begins)):
            return b""
        stretch = stretches[self._next_stretch]
        first, last = max(0, stretch.begins - begins), min(FRAME_MS, stretch.ends - begins)
        if first >= FRAME_MS:
            return b""
        if (first, last) == (0, FRAME_MS):
            return _LOUD_FRAME
        return bytes(_BYTES_PER_MS * first) + _LOUD_FRAME[_BYTES_PER_MS * first : _BYTES_PER_MS * last].ljust(
            _BYTES_PER_MS * (FRAME_MS - first), b"\0"
        )

    def _end(self) -> HangUpReason | None:
        now, planned_end = self.now_ms, self._scenario.hang_up_at
        if self._hang_up is not None and not self._queue:
            return self._hang_up
        if planned_end is not None:
            return HangUpReason.CALLER_HUNG_UP if now >= planned_end else None
        if now <= self._scenario.last_caller_event or self._planned or not self._at_rest():
            self._quiet_since = now
            return HangUpReason.CALLER_HUNG_UP if now >= self._scenario.last_caller_event + _LONGEST_MS else None
        if now - self._quiet_since >= _QUIET_BEFORE_THE_END_MS:
            return HangUpReason.CALLER_HUNG_UP
        return None

    def play(self, pcm: bytes) -> None:
        """Queue a frame."""
        if len(self._queue) < _QUEUE_FRAMES:
            self._queue.append(pcm)

    def flush(self) -> None:
        """Drop what is queued."""
        self._queue.clear()

    def next_deadline(self, line_ms: int | None) -> None:
        """Frames always come one by one."""

    def send_digits(self, digits: str) -> None:
        """Nobody is there to hear them."""

    def transfer(self, target: str) -> None:
        """The other side answers after a second."""
        self.transferred_to = target
        at = self.now_ms + _TRANSFER_ANSWERED_MS
        answer = TransferFailed(_REFUSED) if self._scenario.transfer_refused else HungUp(HangUpReason.TRANSFERRED)
        self._planned = deque(sorted([*self._planned, (at, answer)], key=lambda item: item[0]))

    def hang_up(self, reason: HangUpReason = HangUpReason.AGENT_HUNG_UP) -> None:
        """The call ends when what is queued was heard."""
        if self._hang_up is None:
            self._hang_up = reason


def _planned(scenario: Scenario) -> list[tuple[int, LineEvent]]:
    planned: list[tuple[int, LineEvent]] = []
    for entry in scenario.caller:
        match entry:
            case KeyPress(at=at, digit=digit):
                planned.append((at, DigitReceived(digit)))
            case LineHold(at=at, until=until):
                planned += [(at, HoldChanged(held=True)), (until, HoldChanged(held=False))]
            case _:
                pass
    return sorted(planned, key=lambda item: item[0])
