"""The threads that run the network for all calls."""

import asyncio
import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from models.errors import EngineError
from models.whisper.batching import BatchQueue, Shape, Urgency
from models.whisper.load import Load
from models.whisper.measurements import Measurements
from models.whisper.segment import Hypothesis, Recogniser, Segment

_LOG = logging.getLogger(__name__)
_CLOSED: Final = ("speech-to-text is closed", "restart the appliance")


@dataclass(slots=True, eq=False)
class _Job:
    segment: Segment
    loop: asyncio.AbstractEventLoop
    result: asyncio.Future[Hypothesis]
    queued: float


class DecodeThreads:
    """Takes segments from event loops, batches what waits (`BatchQueue`), gives hypotheses back.

    `workers` passes run at once, and where there are several, one of them is never of partials: a final that comes
    while no other is in work begins at once. Otherwise it waits for at most one pass that it is not in, and for the
    finals ahead of it in the queue. `batch` segments at most share a pass.
    """

    def __init__(self, recogniser: Recogniser, batch: int, measurements: Measurements, workers: int = 1) -> None:
        self._recogniser = recogniser
        self._measurements = measurements
        self._queue: BatchQueue[_Job] = BatchQueue(batch)
        self._load = Load(workers)
        self._most = {Urgency.FINAL: workers, Urgency.PARTIAL: max(1, workers - 1)}
        self._running = dict.fromkeys(Urgency, 0)
        self._changed = threading.Condition()
        self._closed = False
        self._threads = [threading.Thread(target=self._run, name="whisper", daemon=True) for _ in range(workers)]
        for thread in self._threads:
            thread.start()

    def load(self) -> float:
        """The share of time in which the network was busy lately, 0..1."""
        with self._changed:
            return self._load.at(time.monotonic())

    async def decode(self, segment: Segment) -> Hypothesis:
        """What the network makes of a segment. Cancelling drops the segment from the queue.

        Raises `EngineError` when the network fails or the threads are closed.
        """
        loop = asyncio.get_running_loop()
        job = _Job(segment, loop, loop.create_future(), time.monotonic())
        with self._changed:
            if self._closed:
                raise EngineError(*_CLOSED)
            shape = Shape(segment.frames, self._recogniser.context_tokens)
            ticket = self._queue.put(job, segment.urgency, shape)
            self._count_waiting()
            self._changed.notify()
        try:
            return await job.result
        finally:
            with self._changed:
                if self._queue.withdraw(ticket):
                    self._measurements.dropped(segment.urgency)
                    self._count_waiting()

    def close(self) -> None:
        """Stop after the passes that run; what waits fails with `EngineError`."""
        with self._changed:
            self._closed = True
            dropped = self._queue.clear()
            self._count_waiting()
            self._changed.notify_all()
        for job in dropped:
            _deliver(job, EngineError(*_CLOSED))

    def join(self) -> None:
        """Wait until closed threads have finished their last passes. Blocks."""
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._free() > 0)
                if self._closed:
                    return
                jobs = self._queue.take(self._free())
                urgency = jobs[0].segment.urgency
                self._running[urgency] += 1
                self._count_waiting()
            began = time.monotonic()
            results = self._pass([job.segment for job in jobs])
            ended = time.monotonic()
            for job, result in zip(jobs, results, strict=True):
                _deliver(job, result)
            with self._changed:
                self._running[urgency] -= 1
                self._load.worked(began, ended)
                self._measurements.load(self._load.at(ended))
            self._measurements.passed(urgency, [began - job.queued for job in jobs], ended - began)

    def _free(self) -> int:
        """How many passes over what is next may begin now. The lock is held."""
        urgency = self._queue.next()
        if urgency is None:
            return 0
        idle = self._most[Urgency.FINAL] - sum(self._running.values())
        return min(idle, self._most[urgency] - self._running[urgency])

    def _pass(self, batch: Sequence[Segment]) -> Sequence[Hypothesis | EngineError]:
        try:
            return self._recogniser.decode(batch)
        except Exception as error:  # CTranslate2 raises RuntimeError, ValueError and what its libraries raise
            _LOG.exception("speech-to-text failed on %d segments of %d frames", len(batch), batch[0].frames)
            failure = EngineError(
                f"speech-to-text failed ({type(error).__name__})", "see the log; restart the appliance if it goes on"
            )
            return [failure] * len(batch)

    def _count_waiting(self) -> None:
        for urgency in Urgency:
            self._measurements.waiting(urgency, self._queue.waiting(urgency))


def _deliver(job: _Job, result: Hypothesis | EngineError) -> None:
    def settle() -> None:
        if job.result.done():
            return
        if isinstance(result, EngineError):
            job.result.set_exception(result)
        else:
            job.result.set_result(result)

    if not job.loop.is_closed():
        job.loop.call_soon_threadsafe(settle)
