"""A trace of calls through the appliance's batching queue with measured service times, in virtual time: who waits.

The order of events is the appliance's: partial transcripts while the caller speaks, each of which warms the language
model's prefix; a soft end after 100 ms of silence that asks for the final pass, the reply's draft and its first audio;
speech that goes on drops the draft. Every turn is approved when its end-of-turn score comes: what the end-of-turn
model holds back waits longer, whatever the GPU. Times outside the engines are the measured ones of DESIGN, 5 and 7.
"""

import math
import random
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from models.whisper.batching import Urgency
from tests.bench_gpu.events import Clock, Happening, SharedGpu
from tests.bench_gpu.results import Load
from tests.bench_gpu.service_times import ServiceTimes
from tests.bench_gpu.stations import ListeningStation, SpeakingStation, Writing, WritingStation
from tests.bench_gpu.trace import WORDS_PER_S, Call, Turn, calls

_PARTIAL_EVERY_MS: Final = 400.0
_LONGEST_AUDIO_S: Final = 8
_WIRE_IN_MS: Final = 12.0
_SOFT_END_MS: Final = (85.0, 115.0)
_END_OF_TURN_MS: Final = 51.0
_WIRE_OUT_MS: Final = 10.0
_FRAME_MS: Final = 20.0
_CLAUSE_WORDS: Final = 6
_TOKENS_PER_WORD: Final = 1.35
_SETTLING_MS: Final = 120_000.0
_LEAST_MS: Final = 240_000.0
_TURNS_WANTED: Final = 1500
_TURN_S: Final = 19.0


@dataclass(slots=True)
class _Observed:
    response_ms: list[float] = field(default_factory=list)
    final_ms: list[float] = field(default_factory=list)
    first_text_ms: list[float] = field(default_factory=list)
    first_audio_ms: list[float] = field(default_factory=list)
    busy_line_ms: float = 0.0
    busy_lines: int = 0


class _Replay:
    """The machine with its lines."""

    def __init__(self, times: ServiceTimes, batch: int, lines: int, seed: int) -> None:
        self.clock = Clock()
        self.gpu = SharedGpu(self.clock, times.slowed)
        self.times = times
        self.listening = ListeningStation(self.gpu, times, batch)
        self.writing = WritingStation(self.gpu, times)
        self.speaking = SpeakingStation(self.clock, self.gpu, times)
        self.chance = random.Random(seed)
        self.observed = _Observed()
        self._free = list(range(lines))
        self._lines_since_ms = 0.0

    def arrive(self, call: Call) -> None:
        """A call takes a free line, or is refused."""
        if self._free:
            self._count_lines(+1)
            _Line(self, self._free.pop(), call).next_turn()

    def leave(self, line: int) -> None:
        """The call on `line` is over."""
        self._free.append(line)
        self._count_lines(-1)

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


class _Line:
    """One call: its turns, one after the other. `_revision` tells late answers to a dropped draft from wanted ones."""

    def __init__(self, replay: _Replay, number: int, call: Call) -> None:
        self._replay = replay
        self._number = number
        self._turns = list(call.turns)
        self._revision = 0
        self._speaking_since_ms = 0.0
        self._partial_under_way = False
        self._ticket: int | None = None
        self._draft: Writing | None = None

    def next_turn(self) -> None:
        """The caller waits and speaks, or hangs up."""
        if not self._turns:
            self._replay.leave(self._number)
            return
        turn = self._turns.pop(0)
        self._replay.clock.after(turn.wait_s * 1000, lambda: self._speak(turn))

    def _speak(self, turn: Turn) -> None:
        clock = self._replay.clock
        self._speaking_since_ms = clock.now_ms
        self._resume()
        if turn.pause is not None:
            clock.after(turn.pause.at_s * 1000, lambda: self._fall_silent(turn, over=False))
            clock.after((turn.pause.at_s + turn.pause.length_s) * 1000, self._resume)
        clock.after(turn.speech_s * 1000, lambda: self._fall_silent(turn, over=True))

    def _resume(self) -> None:
        """Speech begins or goes on: the draft is dropped, and partials are asked for."""
        self._revision += 1
        if self._draft is not None:
            self._draft.cancelled = True
        self._withdraw()
        revision = self._revision
        self._replay.clock.after(_PARTIAL_EVERY_MS, lambda: self._partial(revision))

    def _hear(self, urgency: Urgency, audio_s: int, done: Happening) -> None:
        self._ticket = self._replay.listening.submit(urgency, audio_s, done)

    def _withdraw(self) -> None:
        """What waits of this line is for nobody any more."""
        self._partial_under_way = False
        if self._ticket is not None:
            self._replay.listening.withdraw(self._ticket)
            self._ticket = None

    def _audio_s(self) -> int:
        return min(_LONGEST_AUDIO_S, math.ceil((self._replay.clock.now_ms - self._speaking_since_ms) / 1000))

    def _partial(self, revision: int) -> None:
        if revision != self._revision:
            return
        if not self._partial_under_way:
            self._partial_under_way = True
            self._hear(Urgency.PARTIAL, self._audio_s(), lambda: self._partial_done(revision))
        self._replay.clock.after(_PARTIAL_EVERY_MS, lambda: self._partial(revision))

    def _partial_done(self, revision: int) -> None:
        if revision != self._revision:
            return
        self._partial_under_way = False
        self._replay.writing.submit(Writing(1, 1, _nothing, _nothing))

    def _fall_silent(self, turn: Turn, *, over: bool) -> None:
        ended_ms = self._replay.clock.now_ms
        revision = self._revision
        delay_ms = _WIRE_IN_MS + self._replay.chance.uniform(*_SOFT_END_MS)
        self._replay.clock.after(delay_ms, lambda: self._soft_end(turn, revision, ended_ms, over=over))

    def _soft_end(self, turn: Turn, revision: int, ended_ms: float, *, over: bool) -> None:
        """The final pass, at once; no more partials of this revision."""
        if revision != self._revision:
            return
        self._revision += 1
        self._withdraw()
        reply = _Reply(self, self._revision, turn, ended_ms, self._replay.clock.now_ms, over)
        audio_s = self._audio_s()
        self._replay.clock.after(self._replay.times.features_ms, lambda: self._finalise(reply, audio_s))

    def _finalise(self, reply: "_Reply", audio_s: int) -> None:
        if self.is_current(reply.revision):
            self._hear(Urgency.FINAL, audio_s, reply.transcribed)

    def is_current(self, revision: int) -> bool:
        """Whether nothing was said since."""
        return revision == self._revision

    def write(self, request: Writing) -> None:
        """Ask for the draft."""
        self._draft = request
        self._replay.writing.submit(request)

    @property
    def replay(self) -> _Replay:
        """The machine."""
        return self._replay


@dataclass(frozen=True, slots=True)
class _Reply:
    """The draft after one soft end."""

    line: _Line
    revision: int
    turn: Turn
    ended_ms: float
    soft_end_ms: float
    over: bool

    def transcribed(self) -> None:
        if not self.line.is_current(self.revision):
            return
        replay = self.line.replay
        now_ms = replay.clock.now_ms
        self._note(replay.observed.final_ms, now_ms - self.soft_end_ms)
        tokens = round(self.turn.reply_words * _TOKENS_PER_WORD)
        clause_tokens = round(_CLAUSE_WORDS * _TOKENS_PER_WORD)
        self.line.write(Writing(tokens, clause_tokens, lambda: self._clause(now_ms), self._written))

    def _clause(self, transcribed_ms: float) -> None:
        replay = self.line.replay
        now_ms = replay.clock.now_ms
        self._note(replay.observed.first_text_ms, now_ms - transcribed_ms)
        replay.speaking.begin(lambda: self._audible(now_ms))

    def _written(self) -> None:
        """All the text is there: the rest of the speech is made, clause by clause, behind every first window."""
        spoken = 0
        while self.line.is_current(self.revision) and spoken < self.turn.reply_words:
            words = min(_CLAUSE_WORDS, self.turn.reply_words - spoken)
            self.line.replay.speaking.go_on(words / WORDS_PER_S)
            spoken += words

    def _audible(self, clause_ms: float) -> None:
        if not (self.over and self.line.is_current(self.revision)):
            return
        replay = self.line.replay
        now_ms = replay.clock.now_ms
        self._note(replay.observed.first_audio_ms, now_ms - clause_ms)
        approved_ms = max(now_ms, self.soft_end_ms + _END_OF_TURN_MS)
        out_ms = approved_ms + replay.chance.uniform(0, _FRAME_MS) + _WIRE_OUT_MS
        self._note(replay.observed.response_ms, out_ms - self.ended_ms)
        replay.clock.after(out_ms - now_ms + self.turn.reply_words / WORDS_PER_S * 1000, self.line.next_turn)

    def _note(self, values: list[float], value_ms: float) -> None:
        if self.over and self.ended_ms >= _SETTLING_MS:
            values.append(value_ms)


def _nothing() -> None:
    """Nobody waits for it."""


def load(times: ServiceTimes, batch: int, lines: int, seed: int = 1) -> Load:
    """The response latency with `lines` lines nearly always busy, for at least 4 minutes and about 1500 turns.

    `batch` is the most that goes into one pass of Whisper.
    """
    measured_ms = max(_LEAST_MS, _TURNS_WANTED / lines * _TURN_S * 1000)
    end_ms = _SETTLING_MS + measured_ms
    replay = _Replay(times, batch, lines, seed)
    for call in calls(lines, end_ms / 1000, seed):
        replay.clock.after(call.arrives_s * 1000, lambda call=call: replay.arrive(call))  # type: ignore[misc]
    replay.run(end_ms)
    seen = replay.observed
    return Load(
        stack=times.stack,
        calls=lines,
        turns=len(seen.response_ms),
        busy_lines=seen.busy_line_ms / measured_ms,
        p50_ms=_percentile(seen.response_ms, 50),
        p95_ms=_percentile(seen.response_ms, 95),
        final_p95_ms=_percentile(seen.final_ms, 95),
        first_text_p95_ms=_percentile(seen.first_text_ms, 95),
        first_audio_p95_ms=_percentile(seen.first_audio_ms, 95),
        gpu_busy=replay.gpu.busy_ms / end_ms,
        largest_stack=replay.listening.largest_stack,
        most_generating=replay.writing.most_together,
    )


def _percentile(values: list[float], q: float) -> float:
    """Infinite of nothing: no turn was answered."""
    return float(np.percentile(values, q)) if values else math.inf
