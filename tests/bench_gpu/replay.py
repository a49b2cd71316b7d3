"""A trace of calls through the appliance's batching queue and turn core with measured service times: who waits.

The calls (`replayed_call.py`) draft, keep and drop replies as the appliance does, also while the caller speaks; every
draft is written until it is dropped or whole. Every turn is approved when its end-of-turn score comes: what the
end-of-turn model holds back waits longer, whatever the GPU. Times outside the engines are the measured ones of
DESIGN, 5 and 7.
"""

import math
import random
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from tests.bench_gpu.events import Clock, SharedGpu
from tests.bench_gpu.replayed_call import Answered, ReplayedCall
from tests.bench_gpu.results import Load
from tests.bench_gpu.service_times import ServiceTimes
from tests.bench_gpu.stations import ListeningStation, SpeakingStation, WritingStation
from tests.bench_gpu.trace import Call, calls

_SETTLING_MS: Final = 120_000.0
_LEAST_MS: Final = 240_000.0
_TURNS_WANTED: Final = 1000
_TURN_S: Final = 19.0


@dataclass(slots=True)
class _Observed:
    answers: list[Answered] = field(default_factory=list)
    busy_line_ms: float = 0.0
    busy_lines: int = 0


class _Replay:
    """The machine with its lines."""

    def __init__(self, times: ServiceTimes, batch: int, lines: int, seed: int) -> None:
        self.clock = Clock()
        self.gpu = SharedGpu(self.clock, times.slowed)
        self.times = times
        self.listening = ListeningStation(self.clock, self.gpu, times, batch)
        self.writing = WritingStation(self.gpu, times)
        self.speaking = SpeakingStation(self.clock, self.gpu, times)
        self.observed = _Observed()
        self._chance = random.Random(seed)
        self._free = lines
        self._lines_since_ms = 0.0

    def arrive(self, call: Call) -> None:
        """A call takes a free line, or is refused."""
        if self._free:
            self._free -= 1
            self._count_lines(+1)
            ReplayedCall(self, call, self._leave).begin()

    def _leave(self) -> None:
        self._free += 1
        self._count_lines(-1)

    def between(self, low: float, high: float) -> float:
        """Some number of that range."""
        return self._chance.uniform(low, high)

    def answered(self, answer: Answered) -> None:
        """Count an answer, unless the lines were still filling up."""
        if answer.ended_ms >= _SETTLING_MS:
            self.observed.answers.append(answer)

    def _count_lines(self, change: int) -> None:
        now_ms = self.clock.now_ms
        counted_ms = now_ms - max(_SETTLING_MS, self._lines_since_ms)
        self.observed.busy_line_ms += max(0.0, counted_ms) * self.observed.busy_lines
        self.observed.busy_lines += change
        self._lines_since_ms = now_ms

    def run(self, end_ms: float) -> None:
        """Let the calls run, and close the books."""
        self.clock.run_until(end_ms)
        self._count_lines(0)


def load(times: ServiceTimes, batch: int, lines: int, seed: int = 1) -> Load:
    """The response latency with `lines` lines nearly always busy, for at least 4 minutes and about 1000 turns.

    `batch` is the most that goes into one pass of Whisper.
    """
    measured_ms = max(_LEAST_MS, _TURNS_WANTED / lines * _TURN_S * 1000)
    end_ms = _SETTLING_MS + measured_ms
    replay = _Replay(times, batch, lines, seed)
    for call in calls(lines, end_ms / 1000, seed):
        replay.clock.after(call.arrives_s * 1000, lambda call=call: replay.arrive(call))  # type: ignore[misc]
    replay.run(end_ms)
    answers = replay.observed.answers
    return Load(
        stack=times.stack,
        calls=lines,
        turns=len(answers),
        busy_lines=replay.observed.busy_line_ms / measured_ms,
        p50_ms=_percentile([answer.response_ms for answer in answers], 50),
        p95_ms=_percentile([answer.response_ms for answer in answers], 95),
        final_p95_ms=_percentile([answer.final_ms for answer in answers], 95),
        first_text_p95_ms=_percentile([answer.first_text_ms for answer in answers], 95),
        first_audio_p95_ms=_percentile([answer.first_audio_ms for answer in answers], 95),
        drafts_a_turn=sum(answer.drafts for answer in answers) / max(1, len(answers)),
        gpu_busy=replay.gpu.busy_ms / end_ms,
        largest_stack=replay.listening.largest_stack,
        most_generating=replay.writing.most_together,
    )


def _percentile(values: list[float], q: float) -> float:
    """Infinite of nothing: no turn was answered."""
    return float(np.percentile(values, q)) if values else math.inf
