"""Virtual time: what happens next, and a GPU that several engines share. In ms; nothing waits for a clock."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass

Happening = Callable[[], None]


class Clock:
    """Happenings in the order of their times; those of the same time in the order in which they were planned."""

    def __init__(self) -> None:
        self.now_ms = 0.0
        self._planned: list[tuple[float, int, Happening]] = []
        self._count = 0

    def after(self, delay_ms: float, happening: Happening) -> None:
        """Plan `happening` for `delay_ms` from now."""
        self._count += 1
        heapq.heappush(self._planned, (self.now_ms + max(0.0, delay_ms), self._count, happening))

    def run_until(self, end_ms: float) -> None:
        """Let everything happen that is due by `end_ms`."""
        while self._planned and self._planned[0][0] <= end_ms:
            self.now_ms, _, happening = heapq.heappop(self._planned)
            happening()
        self.now_ms = max(self.now_ms, end_ms)


@dataclass(slots=True)
class _Job:
    left_ms: float
    done: Happening


class SharedGpu:
    """Engines of separate processes on one GPU: each has one job at a time, and all that have one are slowed alike.

    With n engines at work each goes 1 + (n - 1) * (slowed - 1) times slower than alone: for `slowed` = 2 the GPU's
    time is divided evenly between processes, which is what a GPU does by time slices.
    """

    def __init__(self, clock: Clock, slowed: float) -> None:
        self._clock = clock
        self._slowed = slowed
        self._jobs: dict[str, _Job] = {}
        self._since_ms = 0.0
        self._change = 0
        self.busy_ms = 0.0

    def start(self, engine: str, work_ms: float, done: Happening) -> None:
        """Begin `work_ms` of work, by the time that it takes alone; the engine must have none in hand."""
        assert engine not in self._jobs, f"{engine} is at work"
        self._catch_up()
        self._jobs[engine] = _Job(work_ms, done)
        self._plan()

    def _factor(self) -> float:
        return 1 + (len(self._jobs) - 1) * (self._slowed - 1)

    def _catch_up(self) -> None:
        passed_ms = self._clock.now_ms - self._since_ms
        self._since_ms = self._clock.now_ms
        if self._jobs:
            self.busy_ms += passed_ms
            for job in self._jobs.values():
                job.left_ms -= passed_ms / self._factor()

    def _plan(self) -> None:
        self._change += 1
        if self._jobs:
            change = self._change
            soonest_ms = min(job.left_ms for job in self._jobs.values()) * self._factor()
            self._clock.after(soonest_ms, lambda: self._finish(change))

    def _finish(self, change: int) -> None:
        if change != self._change:
            return
        self._catch_up()
        over = [engine for engine, job in self._jobs.items() if job.left_ms <= 1e-6]
        finished = [self._jobs.pop(engine) for engine in over]
        self._plan()
        for job in finished:
            job.done()
