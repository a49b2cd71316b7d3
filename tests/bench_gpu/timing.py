"""Timing work on a device, and CUDA graphs of it. Needs torch."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch

_WARM_UPS: Final = 3


@dataclass(frozen=True, slots=True)
class Timing:
    """Of some repetitions, in ms."""

    p50_ms: float
    p95_ms: float


def timing(times_ms: list[float]) -> Timing:
    """The percentiles of `times_ms`."""
    return Timing(float(np.percentile(times_ms, 50)), float(np.percentile(times_ms, 95)))


def synchronise(device: str) -> None:
    """Wait for what was given to the device."""
    if device != "cpu":
        torch.cuda.synchronize()


def timed_ms(work: Callable[[], object], device: str) -> float:
    """Wall time of `work` with all that it gave to the device."""
    synchronise(device)
    began = time.perf_counter()
    work()
    synchronise(device)
    return (time.perf_counter() - began) * 1000


def measured(work: Callable[[], object], device: str, repeats: int) -> Timing:
    """Of `repeats` repetitions after some to warm up."""
    for _ in range(_WARM_UPS):
        work()
    return timing([timed_ms(work, device) for _ in range(repeats)])


class Graphed:
    """`work` on tensors that stay where they are, recorded once as a CUDA graph and replayed; on a CPU just run.

    `recorded` is False without a GPU and where recording failed, of which `reason` says why.
    """

    def __init__(self, work: Callable[[], object], device: str) -> None:
        self._work = work
        self._graph: Any = None
        self.reason = ""
        if device != "cpu":
            self._record()

    @property
    def recorded(self) -> bool:
        """Whether calls replay a graph."""
        return self._graph is not None

    def _record(self) -> None:
        # As torch's documentation asks: warmed up on another stream, so that lazy set-up is not recorded.
        beside = torch.cuda.Stream()
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            for _ in range(_WARM_UPS):
                self._work()
        torch.cuda.current_stream().wait_stream(beside)
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph):
                self._work()
        except RuntimeError as error:
            self.reason = str(error).splitlines()[0]
            return
        self._graph = graph

    def __call__(self) -> None:
        """Do the work."""
        if self._graph is None:
            self._work()
        else:
            self._graph.replay()


@contextmanager
def peak_memory(device: str, found: list[float]) -> Iterator[None]:
    """Appends the most GPU memory, GB of 10^9 bytes, that torch held meanwhile; nothing without a GPU."""
    if device == "cpu":
        yield
        return
    torch.cuda.reset_peak_memory_stats()
    yield
    found.append(torch.cuda.max_memory_reserved() / 1e9)


def weights(*shape: int, device: str, dtype: Any) -> Any:
    """Random weights, outputs first, of a size at which values neither vanish nor overflow from layer to layer."""
    inputs = math.prod(shape[1:]) if len(shape) > 1 else 1000
    return torch.empty(*shape, device=device, dtype=dtype).normal_(0.0, inputs**-0.5)
