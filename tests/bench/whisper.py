"""Speech to text with Whisper on this CPU: what the short window and batches save, and what calls cost each other.

The network has the shape of whisper-base and random weights: speed does not depend on the values. Every transcript has
as many tokens as 4 s of conversation are assumed to have: at 160 words a minute and 1.3 tokens a word, with two for
punctuation, 16.
"""

import asyncio
import contextlib
import importlib.util
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.whisper.batching import Urgency
from models.whisper.decode_thread import DecodeThread
from models.whisper.engine import Whisper
from models.whisper.guards import GuardSettings
from models.whisper.language import CallLanguage
from models.whisper.log_mel import LogMel
from models.whisper.measurements import Measurements
from models.whisper.recogniser import CTranslate2Recogniser
from models.whisper.segment import Hypothesis, Segment
from models.whisper.settings import WhisperSettings
from models.whisper.windows import SAMPLE_RATE, window_frames
from tests.bench.bench import NotPossibleError, progress
from tests.bench.options import Options
from tests.bench.report import Figure, Report, Table, number, p50_and_p95, percentile

UTTERANCE_S: Final = 4
LINES: Final = 8
TOKENS: Final = 16
# <|startoftranscript|>, language, task, <|notimestamps|>.
_MARKS: Final = 4
_REPEATS: Final = 5
_COMPUTE: Final = ("int8", "float32")
_THREADS: Final = 1
_JOINING_S: Final = 12.0
_STREAMS: Final = (1, 2, 4, 8)
_STREAM_S: Final = 12.0
_ENGLISH: Final = CallLanguage(("en",))
_SETTINGS: Final = WhisperSettings(
    threads=_THREADS,
    prompts={"en": "A phone call to the clinic."},
    hotwords=("Doctor Patel", "Doctor Garcia", "cardiology", "dermatology"),
    guards=GuardSettings(min_confidence=0.0, no_speech=1.0, max_compression=1e9, max_letters_a_second=1e9),
)


def _loaded(compute_type: str) -> CTranslate2Recogniser:
    from tests.engines.random_whisper import random_whisper

    context = CTranslate2Recogniser(random_whisper("micro"), _SETTINGS).context_tokens
    directory = random_whisper("base", ends_at=context + _MARKS + TOKENS)
    return CTranslate2Recogniser(directory, replace(_SETTINGS, compute_type=compute_type))


def _segment(
    seed: int, seconds: float = UTTERANCE_S, urgency: Urgency = Urgency.FINAL, *, padded: bool = False
) -> Segment:
    samples = _speech(seed, seconds)
    features = LogMel(80).features(samples, window_frames(samples.size, padded=padded))
    return Segment(features, samples.size, urgency, _ENGLISH)


def _speech(seed: int, seconds: float) -> NDArray[np.int16]:
    return np.random.default_rng(seed).normal(0, 2000, round(seconds * SAMPLE_RATE)).astype(np.int16)


@dataclass(frozen=True, slots=True)
class Costs:
    """CPU ms of final passes over 4 s: just that, padded to 30 s, and 8 of them one by one and together.

    Medians of rounds in which each has its turn, and `of_padded`, `of_one_by_one` medians of what a round gave.
    """

    short: float
    padded: float
    one_by_one: float
    together: float
    of_padded: float
    of_one_by_one: float


def _costs(recogniser: CTranslate2Recogniser) -> Costs:
    batch = [_segment(seed) for seed in range(LINES)]
    padded = _segment(0, padded=True)
    (heard,) = recogniser.decode(batch[:1])
    if heard.tokens > TOKENS + 2:
        raise NotPossibleError(f"the random network wrote {heard.tokens} tokens instead of {TOKENS}")
    works: tuple[Callable[[], object], ...] = (
        lambda: recogniser.decode(batch[:1]),
        lambda: recogniser.decode([padded]),
        lambda: [recogniser.decode([segment]) for segment in batch],
        lambda: recogniser.decode(batch),
    )
    rounds = np.array([[_cpu_ms(work) for work in works] for _ in range(1 + _REPEATS)])[1:]
    short, of_30_s, one_by_one, together = rounds.T
    return Costs(
        short=float(np.median(short)),
        padded=float(np.median(of_30_s)),
        one_by_one=float(np.median(one_by_one)),
        together=float(np.median(together)),
        of_padded=float(np.median(short / of_30_s)),
        of_one_by_one=float(np.median(together / one_by_one)),
    )


def _cpu_ms(work: Callable[[], object]) -> float:
    """CPU time: on one thread that is what it takes on an idle core, even where the core is shared."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


@dataclass(frozen=True, slots=True)
class Waits:
    """How long, in ms, finals of one call waited for their pass, and how many passes of another call ended meanwhile.

    `longest_pass` is that of the other call, 0 without one.
    """

    finals: tuple[float, ...]
    passes: tuple[int, ...]
    longest_pass: float


async def _waits(recogniser: CTranslate2Recogniser, *, joined: bool) -> Waits:
    """One call asks for finals; beside it, if `joined`, another joins with a segment and aborts it, over and over."""
    timed = _Timed(recogniser)
    thread = DecodeThread(timed, LINES, Measurements())
    mine, partial = _segment(0), _segment(1, 2, Urgency.PARTIAL)
    asked: list[float] = []
    random = np.random.default_rng(0)
    pause = 0.05

    async def join_and_abort() -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(random.uniform(0, pause)):
                    await thread.decode(partial)

    other = asyncio.create_task(join_and_abort()) if joined else None
    until = time.monotonic() + _JOINING_S
    while time.monotonic() < until:
        await asyncio.sleep(random.uniform(0, pause))
        asked.append(time.monotonic())
        await thread.decode(mine)
    if other is not None:
        other.cancel()
        await asyncio.wait([other])
    thread.close()
    await asyncio.to_thread(thread.join)
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
    engine = Whisper(recogniser, _SETTINGS)
    finals: list[float] = []
    until = time.monotonic() + _STREAM_S

    async def call(number: int) -> None:
        random = np.random.default_rng(number)
        ear = engine.open_stream(lambda _: None)
        await asyncio.sleep(random.uniform(0, 2))
        while time.monotonic() < until:
            speech = _speech(number, random.uniform(1, UTTERANCE_S))
            began = time.monotonic()
            for frame, start in enumerate(range(0, speech.size, 320), start=1):
                ear.feed(speech[start : start + 320])
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
    costs: dict[str, Costs] = {}
    for compute_type in _COMPUTE:
        progress(f"whisper: {compute_type}")
        costs[compute_type] = _costs(_loaded(compute_type))
    recogniser = _loaded("int8")
    progress("whisper: calls that join and abort")
    alone, beside = [await _waits(recogniser, joined=joined) for joined in (False, True)]
    streams = []
    for lines in _STREAMS:
        progress(f"whisper: {lines} calls in real time")
        streams.append(await _streams(recogniser, lines))
    return _report(costs, alone, beside, streams)


def _report(costs: dict[str, Costs], alone: Waits, beside: Waits, streams: list[Streams]) -> Report:
    figures = []
    for compute_type, cost in costs.items():
        figures += [
            Figure(f"final pass over {UTTERANCE_S} s, {compute_type}", cost.short, "ms", of=_REPEATS),
            Figure(f"the same in percent of the padded one, {compute_type}", 100 * cost.of_padded, "%", 20),
            Figure(
                f"{LINES} calls together in percent of one by one, {compute_type}",
                100 * cost.of_one_by_one,
                "%",
                50,
            ),
        ]
    # A call that joins or leaves may have begun one pass, and no more may come before the final's own.
    n = len(beside.finals)
    figures += [
        Figure(
            "passes that a final waited for, another call joining and aborting, most",
            max(beside.passes),
            "passes",
            1,
            n,
        ),
        Figure(
            "longest such wait, in longest passes of the other call",
            max(beside.finals) / beside.longest_pass,
            "passes",
            1,
            n,
            2,
        ),
    ]
    figures += p50_and_p95("wait of a final, alone", alone.finals)
    figures += p50_and_p95("wait of a final, another call joining and aborting", beside.finals)
    rows = tuple(
        (compute_type, *(number(value) for value in (cost.short, cost.padded, cost.one_by_one, cost.together)))
        for compute_type, cost in costs.items()
    )
    lines = tuple(
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
    )
    return Report(
        how=f"whisper-base's shape, random weights, {_THREADS} CPU thread; a transcript has {TOKENS} tokens, its "
        f"context about 30. Passes in CPU time, medians of {_REPEATS} rounds "
        "in which each has its turn, as are their ratios; waits and calls in real time.",
        figures=tuple(figures),
        tables=(
            Table(
                f"Passes over {UTTERANCE_S} s, ms of CPU time",
                ("computes", "just that", "padded", f"{LINES} one by one", f"{LINES} together"),
                rows,
            ),
            Table(
                "Calls in real time, int8: sentences of 1 to 4 s",
                ("calls", "final p50, ms", "p95, ms", "finals", "partials/s a call", "segments a pass", "busy, %"),
                lines,
            ),
        ),
    )
