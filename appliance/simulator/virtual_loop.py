"""An event loop whose clock jumps to the next thing to do instead of waiting for it."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class _JumpingSelector(selectors.DefaultSelector):
    """Never waits: a wait of so many seconds moves the clock on by as much. No file is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("nothing is left to happen in virtual time: every task waits for another")
        if timeout > 0:
            self.now += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs coroutines that wait by `asyncio.sleep` and timeouts only, the same way every time.

    Work in threads and on sockets does not belong in it: virtual time would run ahead of them.
    """

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)
        # With a real clock resolution, timers that are due together could be told apart by rounding.
        self._clock_resolution = 1e-9

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._jumping.now

    async def sleep_until(self, when: float) -> None:
        """Let everything happen that is due before `when`, seconds on `time()`; when nothing is, just jump there."""
        scheduled: list[asyncio.TimerHandle] = self._scheduled  # type: ignore[attr-defined]
        ready = self._ready  # type: ignore[attr-defined]
        if ready or (scheduled and scheduled[0].when() <= when):
            await asyncio.sleep(when - self._jumping.now)
        else:
            self._jumping.now = max(when, self._jumping.now)


def run_virtually(main: Coroutine[Any, Any, Result]) -> Result:
    """Run `main` to its end in virtual time."""
    # Not `asyncio.Runner`: it sets a signal handler for each run, which costs more than a short call does.
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(main)
    finally:
        _end_tasks(loop)
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def _end_tasks(loop: VirtualLoop) -> None:
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
