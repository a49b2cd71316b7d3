"""What two cores make of eight calls whose finals are due at once: one after the other, side by side, and together."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from models.whisper.decode_threads import DecodeThreads
from models.whisper.measurements import Measurements
from models.whisper.segment import Segment
from tests.bench.whisper_passes import LINES, REPEATS, SETTINGS, loaded, segment

CORES: Final = 2
# OpenMP's threads wait for more work for 200 ms in a loop that takes a core.
_OPENMP_IDLE_S: Final = 0.3


@dataclass(frozen=True, slots=True)
class Throughput:
    """Real ms until 8 finals over 4 s are there. Medians of rounds in which each way has its turn.

    One after the other, each pass on one thread or on `CORES`; `CORES` of them side by side; and all handed over at
    once to `CORES` workers, which take them together. `of_one_by_one` is the last in parts of the first, and
    `of_side_by_side` in parts of the third, medians of what a round gave.
    """

    one_by_one: float
    one_by_one_on_all: float
    side_by_side: float
    together: float
    of_one_by_one: float
    of_side_by_side: float


async def throughput(compute_type: str) -> Throughput:
    """Measured."""
    settings = replace(SETTINGS, compute_type=compute_type)
    shared = loaded(replace(settings, workers=CORES))
    alone = DecodeThreads(shared, 1, Measurements())
    side_by_side = DecodeThreads(shared, 1, Measurements(), CORES)
    together = DecodeThreads(shared, LINES, Measurements(), CORES)
    wide = DecodeThreads(loaded(replace(settings, threads=CORES)), 1, Measurements())
    batch = [segment(seed) for seed in range(LINES)]
    ways: tuple[Callable[[], Awaitable[None]], ...] = (
        lambda: _one_by_one(alone, batch),
        lambda: _at_once(side_by_side, batch),
        lambda: _at_once(together, batch),
        lambda: _one_by_one(wide, batch),
    )
    rounds = []
    for _ in range(1 + REPEATS):
        rounds.append([await _real_ms(way) for way in ways])
        await asyncio.sleep(_OPENMP_IDLE_S)
    for threads in (alone, side_by_side, together, wide):
        threads.close()
        await asyncio.to_thread(threads.join)
    one_by_one, beside, batched, on_all = np.array(rounds[1:]).T
    return Throughput(
        one_by_one=float(np.median(one_by_one)),
        one_by_one_on_all=float(np.median(on_all)),
        side_by_side=float(np.median(beside)),
        together=float(np.median(batched)),
        of_one_by_one=float(np.median(batched / one_by_one)),
        of_side_by_side=float(np.median(batched / beside)),
    )


async def _one_by_one(threads: DecodeThreads, batch: Sequence[Segment]) -> None:
    for one in batch:
        await threads.decode(one)


async def _at_once(threads: DecodeThreads, batch: Sequence[Segment]) -> None:
    await asyncio.gather(*(threads.decode(one) for one in batch))


async def _real_ms(way: Callable[[], Awaitable[None]]) -> float:
    began = time.monotonic()
    await way()
    return (time.monotonic() - began) * 1000
