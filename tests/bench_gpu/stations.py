"""The three engines of the replay as stations in virtual time: they queue, batch and take what was measured."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from models.whisper.batching import BatchQueue, Shape, Urgency
from models.whisper.load import Load
from tests.bench_gpu.events import Clock, Happening, SharedGpu
from tests.bench_gpu.service_times import ServiceTimes

_LISTENING: Final = "whisper"
_WRITING: Final = "language model"
_SPEAKING: Final = "speech"
_FRAMES_PER_S: Final = 100


@dataclass(frozen=True, slots=True)
class _Heard:
    audio_s: int
    done: Happening


class ListeningStation:
    """Whisper: one pass at a time, over what the appliance's own queue puts together."""

    def __init__(self, clock: Clock, gpu: SharedGpu, times: ServiceTimes, batch: int) -> None:
        self._clock, self._gpu, self._times = clock, gpu, times
        self._load = Load()
        self._queue: BatchQueue[_Heard] = BatchQueue(batch)
        self._working = False
        self.largest_stack = 0

    def submit(self, urgency: Urgency, audio_s: int, done: Happening) -> int:
        """Transcribe `audio_s` seconds of a line; `done` when it is. The ticket to withdraw it with."""
        ticket = self._queue.put(_Heard(audio_s, done), urgency, Shape(audio_s * _FRAMES_PER_S))
        self._next()
        return ticket

    def withdraw(self, ticket: int) -> None:
        """Forget what waits; what is being worked on goes on."""
        self._queue.withdraw(ticket)

    def load(self) -> float:
        """The share of time in which it worked, lately."""
        return self._load.at(self._clock.now_ms / 1000)

    def _next(self) -> None:
        if self._working:
            return
        stack = self._queue.take()
        if not stack:
            return
        self.largest_stack = max(self.largest_stack, len(stack))
        self._working = True
        work_ms = self._times.whisper_ms(stack[0].audio_s, len(stack))
        began_ms = self._clock.now_ms
        self._gpu.start(_LISTENING, work_ms, lambda: self._done(stack, began_ms))

    def _done(self, stack: tuple[_Heard, ...], began_ms: float) -> None:
        self._working = False
        self._load.worked(began_ms / 1000, self._clock.now_ms / 1000)
        for heard in stack:
            heard.done()
        self._next()


@dataclass(slots=True)
class Writing:
    """A request to the language model: `tokens` to write; `clause` is called once, after `clause_tokens` of them."""

    tokens: int
    clause_tokens: int
    clause: Happening
    done: Happening
    written: int = 0
    cancelled: bool = False


class WritingStation:
    """The language model with continuous batching: what waits joins at the next step.

    A step with newcomers costs their time to first token and, when others are writing, the time of one step more: as
    if the two were separate passes, which is the worst that an engine does.
    """

    def __init__(self, gpu: SharedGpu, times: ServiceTimes) -> None:
        self._gpu, self._times = gpu, times
        self._waiting: list[Writing] = []
        self._writing: list[Writing] = []
        self._working = False
        self.most_together = 0

    def submit(self, request: Writing) -> None:
        """Take a request; set `cancelled` on it to end it with the step in hand."""
        self._waiting.append(request)
        self._next()

    def _next(self) -> None:
        self._waiting = [request for request in self._waiting if not request.cancelled]
        self._writing = [request for request in self._writing if not request.cancelled]
        if self._working or not (self._waiting or self._writing):
            return
        newcomers, self._waiting = self._waiting, []
        work_ms = self._times.first_token_ms(len(newcomers)) if newcomers else 0.0
        work_ms += self._times.per_token_ms(len(self._writing)) if self._writing else 0.0
        self._writing += newcomers
        self.most_together = max(self.most_together, len(self._writing))
        self._working = True
        self._gpu.start(_WRITING, work_ms, self._stepped)

    def _stepped(self) -> None:
        self._working = False
        for request in self._writing:
            request.written += 1
            if request.cancelled:
                continue
            if request.written == request.clause_tokens:
                request.clause()
            if request.written >= request.tokens:
                request.done()
        self._writing = [request for request in self._writing if request.written < request.tokens]
        self._next()


@dataclass(frozen=True, slots=True)
class _Spoken:
    work_ms: float
    wanted: Callable[[], bool]
    done: Happening


class SpeakingStation:
    """Text to speech: first windows before the rest of what is being spoken, on the GPU or on threads of the CPU."""

    def __init__(self, clock: Clock, gpu: SharedGpu, times: ServiceTimes) -> None:
        self._clock, self._times = clock, times
        self._free = 1 if times.speech_on_gpu else times.speech_threads
        self._first: list[_Spoken] = []
        self._rest: list[_Spoken] = []
        self._start: Callable[[float, Happening], None] = (
            (lambda work_ms, done: gpu.start(_SPEAKING, work_ms, done)) if times.speech_on_gpu else clock.after
        )

    def begin(self, wanted: Callable[[], bool], audible: Happening) -> None:
        """The first window of a reply, if it is still `wanted` when its turn comes; `audible` when it is there."""
        self._first.append(_Spoken(self._times.first_audio_ms, wanted, audible))
        self._next()

    def go_on(self, audio_s: float, wanted: Callable[[], bool]) -> None:
        """The rest of a clause, or another one."""
        self._rest.append(_Spoken(audio_s * self._times.speech_ms_per_s, wanted, lambda: None))
        self._next()

    def _next(self) -> None:
        while self._free and (self._first or self._rest):
            spoken = (self._first or self._rest).pop(0)
            if spoken.wanted():
                self._free -= 1
                self._start(spoken.work_ms, lambda done=spoken.done: self._done(done))  # type: ignore[misc]

    def _done(self, done: Happening) -> None:
        self._free += 1
        done()
        self._next()
