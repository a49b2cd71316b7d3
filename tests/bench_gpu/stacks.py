"""Which measured engines make a whole stack, and how many calls each holds. Standard library and numpy only."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from tests.bench_gpu.capacity import Loads, capacities
from tests.bench_gpu.replay import load
from tests.bench_gpu.results import Capacity, FinalPass, Generation, Load, Result, Speech
from tests.bench_gpu.service_times import ServiceTimes, service_times

LIMITS_MS: Final = (500, 800)
MOST_CALLS: Final = 256
SHOWN: Final = (1, 4, 8, 16, 24, 32, 48, 64, 96, 128)
_WHISPER_ENGINES: Final = ("CTranslate2", "torch")
_DECODER_ENGINES: Final = ("vLLM", "torch")
_SPEECH_ENGINES: Final = ("onnxruntime", "torch")


def best_passes(rows: Sequence[FinalPass], model: str) -> tuple[FinalPass, ...]:
    """Those of a model by the engine that the appliance would use: CTranslate2 before torch."""
    of_model = [row for row in rows if row.model == model]
    return tuple(row for row in of_model if row.engine == _preferred([it.engine for it in of_model], _WHISPER_ENGINES))


def best_generations(rows: Sequence[Generation], model: str) -> tuple[Generation, ...]:
    """Those of a model by the engine that the appliance would use: vLLM before torch."""
    of_model = [row for row in rows if row.model == model]
    return tuple(row for row in of_model if row.engine == _preferred([it.engine for it in of_model], _DECODER_ENGINES))


def best_speeches(rows: Sequence[Speech]) -> tuple[Speech, ...]:
    """One on the CPU, with one thread a voice, and one on the GPU, as far as they were measured."""
    cpu = [row for row in rows if row.device == "cpu" and row.threads == 1]
    gpu = [row for row in rows if row.device != "cpu"]
    chosen = []
    for place in (cpu, gpu):
        engine = _preferred([row.engine for row in place], _SPEECH_ENGINES)
        chosen += [row for row in place if row.engine == engine][:1]
    return tuple(chosen)


def _preferred(engines: Sequence[str], order: Sequence[str]) -> str:
    for start in order:
        for engine in engines:
            if engine.startswith(start):
                return engine
    return ""


def stacks(result: Result, whisper: str, decoders: Sequence[str]) -> tuple[ServiceTimes, ...]:
    """Every language model with the voice on the CPU, and the first also with the voice on the GPU."""
    passes = best_passes(result.final_passes, whisper)
    speeches = best_speeches(result.speeches)
    shared = result.sharing[0] if result.sharing else None
    # Half the cores: the rest is for the lines, the VAD and everything else.
    threads = max(1, (result.machine.cores or os.cpu_count() or 1) // 2)
    found: list[ServiceTimes] = []
    for decoder in decoders:
        generations = best_generations(result.generations, decoder)
        if not (passes and generations):
            continue
        wanted = speeches if not found else speeches[:1]
        found += [service_times(passes, generations, speech, shared, threads) for speech in wanted]
    return tuple(found)


def replayed(
    result: Result,
    times: Sequence[ServiceTimes],
    batch: int,
    wanted: Callable[[], bool],
    shown: Sequence[int] = SHOWN,
    most: int = MOST_CALLS,
) -> Result:
    """The result with load and capacity of each stack, as long as more is `wanted`.

    `batch` is the most that the appliance puts into one pass of Whisper; loads of `shown` calls go into the report, and
    no more than `most` are tried.
    """
    loads: list[Load] = []
    holds: list[Capacity] = []
    for stack in times:
        if not wanted():
            break
        of_stack = Loads(lambda calls, stack=stack: load(stack, batch, calls))  # type: ignore[misc]
        holds += capacities(of_stack, LIMITS_MS, most)
        loads += [of_stack.at(calls) for calls in shown]
    return replace(result, loads=tuple(loads), capacities=tuple(holds))
