"""Speech to text with Whisper on this CPU: what the short window and batches save, and what calls cost each other."""

import asyncio
import contextlib
import importlib.util
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from models.whisper.batching import Urgency
from models.whisper.decode_threads import DecodeThreads
from models.whisper.engine import Whisper
from models.whisper.measurements import Measurements
from models.whisper.recogniser import CTranslate2Recogniser
from models.whisper.segment import Hypothesis, Segment
from tests.bench.bench import NotPossibleError, progress
from tests.bench.options import Options
from tests.bench.report import Figure, Report, Table, number, p50_and_p95, percentile
from tests.bench.whisper_passes import (
    LINES,
    REPEATS,
    SETTINGS,
    TOKENS,
    UTTERANCE_S,
    Costs,
    costs,
    loaded,
    segment,
    speech,
)
from tests.bench.whisper_throughput import CORES, Throughput, throughput

_JOINING_S: Final = 12.0
_COMPUTE: Final = ("int8", "float32")
_STREAMS: Final = (1, 2, 4, 8)
_STREAM_S: Final = 12.0


@dataclass(frozen=True, slots=True)
class Waits:
    """How long, in ms, finals of one call waited for their pass, and how many passes of another call ended meanwhile.

    `longest_pass` is that of the other call, 0 without one.
    """

    finals: tuple[float, ...]
    passes: tuple[int, ...]
    longest_pass: float


async def _waits(recogniser: CTranslate2Recogniser, *, joined: bool) -> Waits:
    """One call asks for finals; beside it, if `joined`, another joins with a segment and aborts it, over and over.

    They share one worker: with two, neither would wait.
    """
    timed = _Timed(recogniser)
    threads = DecodeThreads(timed, LINES, Measurements())
    mine, partial = segment(0), segment(1, 2, Urgency.PARTIAL)
    asked: list[float] = []
    random = np.random.default_rng(0)
    pause = 0.05

    async def join_and_abort() -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(random.uniform(0, pause)):
                    await threads.decode(partial)

    other = asyncio.create_task(join_and_abort()) if joined else None
    until = time.monotonic() + _JOINING_S
    while time.monotonic() < until:
        await asyncio.sleep(random.uniform(0, pause))
        asked.append(time.monotonic())
        await threads.decode(mine)
    if other is not None:
        other.cancel()
        await asyncio.wait([other])
    threads.close()
    await asyncio.to_thread(threads.join)
    waited = list(zip(asked, (done.began for done in timed.finals), strict=True))
    return Waits(
        finals=tuple(1000 * (began - since) for since, began in waited),
        passes=tuple(sum(since < other.ended <= began for other in timed.partials) for since, began in waited),
        longest_pass=1000 * max((done.ended - done.began for done in timed.partials), default=0.0),
    )


@dataclass(frozen=True, slots=True)
class _Pass:
    began: float
    ended: float


class _Timed:
    """The recogniser, with the times of its passes."""

    def __init__(self, recogniser: CTranslate2Recogniser) -> None:
        self._recogniser = recogniser
        self.mels = recogniser.mels
        self.device = recogniser.device
        self.context_tokens = recogniser.context_tokens
        self.finals: list[_Pass] = []
        self.partials: list[_Pass] = []

    def decode(self, batch: Sequence[Segment]) -> Sequence[Hypothesis]:
        """As the recogniser."""
        began = time.monotonic()
        result = self._recogniser.decode(batch)
        passes = self.finals if batch[0].urgency is Urgency.FINAL else self.partials
        passes.append(_Pass(began, time.monotonic()))
        return result


@dataclass(frozen=True, slots=True)
class Streams:
    """So many calls at once: ms to each final, partials and the passes they took, the share of time it was busy."""

    lines: int
    finals: tuple[float, ...]
    partials: float
    passes: float
    load: float


async def _streams(recogniser: CTranslate2Recogniser, lines: int) -> Streams:
    """Sentences of 1 to 4 s in real time, each followed by its final; the calls begin apart."""
    engine = Whisper(recogniser, replace(SETTINGS, workers=CORES))
    finals: list[float] = []
    until = time.monotonic() + _STREAM_S

    async def call(number: int) -> None:
        random = np.random.default_rng(number)
        ear = engine.open_stream(lambda _: None)
        await asyncio.sleep(random.uniform(0, 2))
        while time.monotonic() < until:
            said = speech(number, random.uniform(1, UTTERANCE_S))
            began = time.monotonic()
            for frame, start in enumerate(range(0, said.size, 320), start=1):
                ear.feed(said[start : start + 320])
                await asyncio.sleep(max(0.0, began + frame * 0.02 - time.monotonic()))
            over = time.monotonic()
            await ear.finalise()
            finals.append((time.monotonic() - over) * 1000)
            ear.reset()
            await asyncio.sleep(random.uniform(0.2, 1))
        await ear.aclose()

    await asyncio.gather(*(call(number) for number in range(lines)))
    engine.close()
    counted = engine.measurements
    return Streams(
        lines,
        tuple(finals),
        partials=_figure(counted, "appliance_whisper_batch_segments_sum", urgency="partial"),
        passes=_figure(counted, "appliance_whisper_batch_segments_count", urgency="partial"),
        load=_figure(counted, "appliance_whisper_load"),
    )


def _figure(measurements: Measurements, name: str, **labels: str) -> float:
    samples = (sample for metric in measurements.collect() for sample in metric.samples)
    return next(sample.value for sample in samples if sample.name == name and sample.labels == labels)


async def measure(options: Options) -> Report:
    """The costs by compute type, then calls beside each other."""
    if importlib.util.find_spec("faster_whisper") is None:
        raise NotPossibleError("faster-whisper is not installed: make engines")
    passes: dict[str, Costs] = {}
    throughputs: dict[str, Throughput] = {}
    for compute_type in _COMPUTE:
        progress(f"whisper: {compute_type}")
        passes[compute_type] = costs(compute_type)
        throughputs[compute_type] = await throughput(compute_type)
    recogniser = loaded(replace(SETTINGS, compute_type="int8", workers=CORES))
    progress("whisper: calls that join and abort")
    alone, beside = [await _waits(recogniser, joined=joined) for joined in (False, True)]
    streams = []
    for lines in _STREAMS:
        progress(f"whisper: {lines} calls in real time")
        streams.append(await _streams(recogniser, lines))
    figures = [figure for name, cost in passes.items() for figure in _cost_figures(name, cost, throughputs[name])]
    return Report(
        how=f"whisper-base's shape, random weights; a transcript has {TOKENS} tokens, its context about 30. On one "
        f"core in CPU time, on {CORES} cores in real time; medians of {REPEATS} rounds in which each way has its turn, "
        f"as are their ratios. Waits (one worker) and calls ({CORES} workers) in real time.",
        figures=(*figures, *_wait_figures(alone, beside)),
        tables=(_one_core(passes), _all_cores(throughputs), _calls(streams)),
        remarks=(
            "Until its first token a pass encodes the audio, reads the prompt and prepares the attention to the audio, "
            "for each call its own: a batch saves little of that. It saves reading the decoder's weights for each "
            "further token of each call. Workers share out what waits, each on a core of its own; on two threads a "
            "pass is no quicker than on one, and in int8 half as quick, since a token is too little work to divide.",
        ),
    )


def _cost_figures(compute_type: str, cost: Costs, rate: Throughput) -> tuple[Figure, ...]:
    together = f"{LINES} calls together in percent of one by one, {compute_type}"
    return (
        Figure(f"final pass over {UTTERANCE_S} s, {compute_type}", cost.short, "ms", of=REPEATS),
        Figure(f"the same in percent of the padded one, {compute_type}", 100 * cost.of_padded, "%", 20),
        Figure(f"{together}, on {CORES} cores", 100 * rate.of_one_by_one, "%", 50),
        Figure(f"{together}, on one core", 100 * cost.of_one_by_one, "%", 50),
    )


def _wait_figures(alone: Waits, beside: Waits) -> tuple[Figure, ...]:
    # A call that joins or leaves may have begun one pass, and no more may come before the final's own.
    n, joining = len(beside.finals), "another call joining and aborting"
    longest = max(beside.finals) / beside.longest_pass
    return (
        Figure(f"passes that a final waited for, {joining}, most", max(beside.passes), "passes", 1, n),
        Figure("longest such wait, in longest passes of the other call", longest, "passes", 1, n, 2),
        *p50_and_p95("wait of a final, alone", alone.finals),
        *p50_and_p95(f"wait of a final, {joining}", beside.finals),
    )


def _one_core(passes: dict[str, Costs]) -> Table:
    return Table(
        f"Passes over {UTTERANCE_S} s on one core, ms of CPU time; *first* is until the first token",
        (
            "computes",
            "just that",
            "padded",
            f"{LINES} one by one",
            "of it, first",
            f"{LINES} together",
            "of it, first",
        ),
        tuple((compute_type, *(number(value) for value in _columns(cost))) for compute_type, cost in passes.items()),
    )


def _columns(cost: Costs) -> tuple[float, ...]:
    return cost.short, cost.padded, cost.one_by_one, cost.first_one_by_one, cost.together, cost.first_together


def _all_cores(throughputs: dict[str, Throughput]) -> Table:
    return Table(
        f"{LINES} finals over {UTTERANCE_S} s that are due at once, on {CORES} cores, ms",
        (
            "computes",
            "one by one",
            f"the same, {CORES} threads a pass",
            f"{CORES} at a time",
            "together",
            f"in percent of {CORES} at a time",
        ),
        tuple(
            (
                compute_type,
                number(rate.one_by_one),
                number(rate.one_by_one_on_all),
                number(rate.side_by_side),
                number(rate.together),
                number(100 * rate.of_side_by_side),
            )
            for compute_type, rate in throughputs.items()
        ),
    )


def _calls(streams: Sequence[Streams]) -> Table:
    return Table(
        f"Calls in real time, int8, {CORES} workers: sentences of 1 to {UTTERANCE_S} s",
        ("calls", "final p50, ms", "p95, ms", "finals", "partials/s a call", "segments a pass", "busy, %"),
        tuple(
            (
                str(stream.lines),
                number(percentile(stream.finals, 50)),
                number(percentile(stream.finals, 95)),
                str(len(stream.finals)),
                number(stream.partials / (stream.lines * _STREAM_S), 1),
                number(stream.partials / stream.passes if stream.passes else None, 1),
                number(100 * stream.load),
            )
            for stream in streams
        ),
    )
