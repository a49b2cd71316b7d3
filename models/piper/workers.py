"""Threads that make audio, for the call that would otherwise fall silent first."""

import asyncio
import heapq
import itertools
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from models.errors import EngineError

_Result = TypeVar("_Result")


@dataclass(order=True, slots=True)
class _Turn:
    deadline: float
    number: int
    granted: "asyncio.Future[None]" = field(compare=False)


class Workers:
    """`threads` threads, shared by all voices and calls. Of the jobs that wait, the earliest deadline goes first.

    Used from one event loop. A job that has begun runs to its end; one that waits is dropped when its caller is
    cancelled.
    """

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="piper")
        self._free = threads
        self._waiting: list[_Turn] = []
        self._numbers = itertools.count()
        self._closed = False

    async def run(self, deadline: float, job: Callable[[], _Result]) -> _Result:
        """What `job` returns, once a thread has run it. `deadline` is in the loop's time.

        Raises what `job` raises, and `EngineError` when the workers are closed.
        """
        loop = asyncio.get_running_loop()
        await self._turn(deadline, loop)
        try:
            running = self._pool.submit(job)
        except RuntimeError as error:
            self._release()
            raise _closed() from error
        running.add_done_callback(lambda done: self._done(done, loop))
        return await asyncio.wrap_future(running)

    def close(self) -> None:
        """Stop; what waits raises `EngineError`."""
        self._closed = True
        for turn in self._waiting:
            if not turn.granted.done():
                turn.granted.set_exception(_closed())
        self._waiting.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _turn(self, deadline: float, loop: asyncio.AbstractEventLoop) -> None:
        if self._closed:
            raise _closed()
        if self._free:
            self._free -= 1
            return
        turn = _Turn(deadline, next(self._numbers), loop.create_future())
        heapq.heappush(self._waiting, turn)
        try:
            await turn.granted
        except asyncio.CancelledError:
            # It may have been granted in the same moment: then the thread is passed on.
            if turn.granted.done() and not turn.granted.cancelled() and turn.granted.exception() is None:
                self._release()
            raise

    def _done(self, _: "Future[_Result]", loop: asyncio.AbstractEventLoop) -> None:
        """Called on the thread."""
        try:
            loop.call_soon_threadsafe(self._release)
        except RuntimeError:  # the loop has closed: nobody waits
            self._free += 1

    def _release(self) -> None:
        while self._waiting:
            turn = heapq.heappop(self._waiting)
            if not turn.granted.done():
                turn.granted.set_result(None)
                return
        self._free += 1


def _closed() -> EngineError:
    return EngineError("Piper is closed", "restart the appliance")
