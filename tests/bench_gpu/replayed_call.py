"""One call of the replay: the trace's caller and the appliance's own turn core, in virtual time.

The core (`appliance.turn`) decides what is drafted, kept, dropped, made audible and said; here its questions are put to
the stations and their answers brought back. Partials come as Whisper's stream gives them: over fresh audio, one at a
time, words that two in a row agree on. What is heard is what was said.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from appliance.turn.actions import (
    Action,
    Approve,
    Cancel,
    ClearTimer,
    FinaliseTranscript,
    Finish,
    ForgetSpeech,
    Play,
    ScoreEndOfTurn,
    SetTimer,
    StartDraft,
    StartPrompt,
    Voice,
)
from appliance.turn.core import step
from appliance.turn.events import (
    AudioReady,
    CallAnswered,
    EndOfTurnScored,
    Event,
    FinalTranscript,
    PartialTranscript,
    PlayoutFinished,
    ReplyCompleted,
    ReplyFailed,
    SpeechPaused,
    SpeechStarted,
    TimerFired,
)
from appliance.turn.settings import PatienceSettings, TurnSettings
from appliance.turn.state import CallerPhase, State
from models.whisper.batching import Urgency
from models.whisper.load import partial_interval_ms
from models.whisper.local_agreement import LocalAgreement
from tests.bench_gpu.events import Clock
from tests.bench_gpu.service_times import ServiceTimes
from tests.bench_gpu.stations import ListeningStation, SpeakingStation, Writing, WritingStation
from tests.bench_gpu.trace import WORDS_PER_S, Call, Turn

FRAME_MS: Final = 20.0
PREFILL_WORDS: Final = 4
"""The default of `[engines.openai] prefill_words`, which is read with packages that a bare GPU machine has not."""
_NEVER_MS: Final = 10**9
# An answer that is late is counted as late: nothing bridges the wait or gives up.
_PATIENCE: Final = PatienceSettings(
    transcript_ms=_NEVER_MS, filler_ms=_NEVER_MS, reply_ms=_NEVER_MS, idle_ms=_NEVER_MS, idle_waiting_ms=_NEVER_MS
)
SETTINGS: Final = TurnSettings(patience=_PATIENCE)
_FIRST_PARTIAL_MS: Final = 500.0
_LONGEST_AUDIO_S: Final = 8
_WIRE_IN_MS: Final = 12.0
_SOFT_END_MS: Final = (85.0, 115.0)
_END_OF_TURN_MS: Final = 51.0
_WIRE_OUT_MS: Final = 10.0
_CLAUSE_WORDS: Final = 6
_TOKENS_PER_WORD: Final = 1.35
_OVER, _GOES_ON = 1.0, 0.0
"""End-of-turn scores: a turn that is over is approved at once, a pause is waited out."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer has begun, `response_ms` after the caller's last sound at `ended_ms`.

    `final_ms`: from the soft end to the words; `first_text_ms`: from the words to the first clause, 0 where the draft
    that was kept had it before; `first_audio_ms`: from a clause that may be made audible to its audio. `drafts` were
    begun in the turn.
    """

    ended_ms: float
    response_ms: float
    final_ms: float
    first_text_ms: float
    first_audio_ms: float
    drafts: int


class Machine(Protocol):
    """What all calls share."""

    clock: Clock
    times: ServiceTimes
    listening: ListeningStation
    writing: WritingStation
    speaking: SpeakingStation

    def between(self, low: float, high: float) -> float:
        """Some number of that range."""

    def answered(self, answer: Answered) -> None:
        """Count an answer."""


@dataclass(slots=True)
class _Draft:
    """A reply in the making. Its words are made audible from `voiced_ms` on."""

    turn: Turn
    writing: Writing
    voiced_ms: float | None
    clause_ms: float | None = None
    audio_ms: float | None = None
    written: bool = False

    def wanted(self) -> bool:
        """Whether nobody has dropped it."""
        return not self.writing.cancelled


@dataclass(slots=True)
class _Speech:
    """The caller's turn being spoken, with its bounds in the clock's ms."""

    turn: Turn
    began_ms: float
    ended_ms: float = math.nan
    soft_end_ms: float = math.nan
    final_ms: float = math.nan
    over: bool = False
    drafts: int = 0
    read_ahead_words: int = 0
    agreement: LocalAgreement = field(default_factory=LocalAgreement)
    stable: tuple[str, ...] = ()
    transcribed_ms: float = 0.0
    partial_under_way: bool = False

    def said(self, now_ms: float) -> tuple[str, ...]:
        """The words so far."""
        return self.turn.words if self.over else self.turn.said_after((now_ms - self.began_ms) / 1000)

    def audio_s(self, now_ms: float) -> int:
        """Whole seconds of audio, as far as they go into one pass."""
        return min(_LONGEST_AUDIO_S, math.ceil((now_ms - self.began_ms) / 1000))


class ReplayedCall:
    """Lives from `begin` until it calls `over`."""

    def __init__(self, machine: Machine, call: Call, over: Callable[[], None]) -> None:
        self._machine = machine
        self._turns = list(call.turns)
        self._over = over
        self._state = State()
        self._drafts: dict[int, _Draft] = {}
        self._tickets: dict[Urgency, int] = {}
        self._answered_ms = machine.clock.now_ms
        self._speech: _Speech | None = None
        self._carry_out: dict[type[Action], Callable[[Any], None]] = {
            FinaliseTranscript: self._finalise,
            ScoreEndOfTurn: self._score,
            StartDraft: self._start_draft,
            StartPrompt: self._without_prompt,
            Voice: lambda action: self._voice(self._drafts[action.reply]),
            Cancel: self._cancel,
            Play: self._play,
            SetTimer: self._set_timer,
            Approve: _nothing,
            ClearTimer: _nothing,
            ForgetSpeech: _nothing,
            Finish: self._finish,
        }

    def begin(self) -> None:
        """The call is answered, and the caller speaks first."""
        self._tell(CallAnswered(self._line_ms))
        self._next_turn()

    @property
    def _line_ms(self) -> int:
        return int(self._machine.clock.now_ms - self._answered_ms)

    def _tell(self, event: Event) -> None:
        self._state, actions = step(self._state, event, SETTINGS)
        for action in actions:
            self._carry_out[type(action)](action)

    # The caller

    def _next_turn(self) -> None:
        if not self._turns:
            self._over()
            return
        turn = self._turns.pop(0)
        self._machine.clock.after(turn.wait_s * 1000, lambda: self._speak(turn))

    def _speak(self, turn: Turn) -> None:
        clock = self._machine.clock
        speech = self._speech = _Speech(turn, clock.now_ms, transcribed_ms=clock.now_ms)
        self._start(speech)
        if turn.pause is not None:
            clock.after(turn.pause.at_s * 1000, lambda: self._fall_silent(speech, over=False))
            clock.after((turn.pause.at_s + turn.pause.length_s) * 1000, lambda: self._start(speech))
        clock.after(turn.speech_s * 1000, lambda: self._fall_silent(speech, over=True))

    def _start(self, speech: _Speech) -> None:
        now = self._line_ms
        self._tell(SpeechStarted(now, now))
        self._plan_partial(speech)

    def _fall_silent(self, speech: _Speech, *, over: bool) -> None:
        revision, ended = self._state.caller.revision, self._line_ms
        speech.ended_ms, speech.over = self._machine.clock.now_ms, over
        delay_ms = _WIRE_IN_MS + self._machine.between(*_SOFT_END_MS)
        self._machine.clock.after(delay_ms, lambda: self._soft_end(speech, revision, ended))

    def _soft_end(self, speech: _Speech, revision: int, ended: int) -> None:
        if self._state.caller.revision == revision:
            speech.soft_end_ms = self._machine.clock.now_ms
            self._tell(SpeechPaused(self._line_ms, ended))

    # Listening

    def _plan_partial(self, speech: _Speech) -> None:
        """When there is enough fresh audio for one."""
        clock = self._machine.clock
        interval_ms = partial_interval_ms(self._machine.listening.load())
        due_ms = max(speech.began_ms + _FIRST_PARTIAL_MS, speech.transcribed_ms + interval_ms)
        revision = self._state.caller.revision
        clock.after(due_ms - clock.now_ms, lambda: self._partial(speech, revision))

    def _partial(self, speech: _Speech, revision: int) -> None:
        caller = self._state.caller
        if caller.phase is not CallerPhase.SPEAKING or caller.revision != revision or speech.partial_under_way:
            return
        now_ms = speech.transcribed_ms = self._machine.clock.now_ms
        speech.partial_under_way = True
        self._hear(Urgency.PARTIAL, speech, lambda: self._partial_done(speech, speech.said(now_ms)))

    def _partial_done(self, speech: _Speech, hypothesis: tuple[str, ...]) -> None:
        speech.partial_under_way = False
        stable = speech.agreement.hear(hypothesis)
        if stable != speech.stable:
            speech.stable = stable
            self._read_ahead(speech, len(stable))
            self._tell(PartialTranscript(self._line_ms, " ".join(stable)))
        self._plan_partial(speech)

    def _finalise(self, action: FinaliseTranscript) -> None:
        """The final pass, at once; a partial that has not come is dropped."""
        speech = self._speech
        assert speech is not None
        for urgency in (Urgency.PARTIAL, Urgency.FINAL):
            self._withdraw(urgency)
        speech.partial_under_way = False
        said = speech.said(self._machine.clock.now_ms)

        def heard() -> None:
            speech.final_ms = self._machine.clock.now_ms
            self._read_ahead(speech, len(said))
            self._tell(FinalTranscript(self._line_ms, action.turn, action.revision, " ".join(said)))

        features_ms = self._machine.times.features_ms
        self._machine.clock.after(features_ms, lambda: self._hear_last(speech, action.revision, heard))

    def _hear_last(self, speech: _Speech, revision: int, heard: Callable[[], None]) -> None:
        if self._state.caller.revision == revision:
            self._hear(Urgency.FINAL, speech, heard)

    def _hear(self, urgency: Urgency, speech: _Speech, heard: Callable[[], None]) -> None:
        """Have the turn so far transcribed; of a dropped request nobody hears."""

        def done() -> None:
            if self._tickets.get(urgency) == ticket:
                del self._tickets[urgency]
                heard()

        ticket = self._machine.listening.submit(urgency, speech.audio_s(self._machine.clock.now_ms), done)
        self._tickets[urgency] = ticket

    def _withdraw(self, urgency: Urgency) -> None:
        if (ticket := self._tickets.pop(urgency, None)) is not None:
            self._machine.listening.withdraw(ticket)

    def _score(self, action: ScoreEndOfTurn) -> None:
        speech = self._speech
        assert speech is not None
        score = _OVER if speech.over else _GOES_ON
        self._machine.clock.after(
            _END_OF_TURN_MS,
            lambda: self._tell(EndOfTurnScored(self._line_ms, action.turn, action.revision, score)),
        )

    # Replies

    def _read_ahead(self, speech: _Speech, words: int) -> None:
        """As `ModelDialogue.overhear` does."""
        if words >= speech.read_ahead_words + PREFILL_WORDS:
            speech.read_ahead_words = words
            self._machine.writing.submit(Writing(1, 1, _no_more, _no_more))

    def _start_draft(self, action: StartDraft) -> None:
        speech = self._speech
        assert speech is not None
        speech.drafts += 1
        tokens = round(speech.turn.reply_words * _TOKENS_PER_WORD)
        clause_tokens = round(_CLAUSE_WORDS * _TOKENS_PER_WORD)
        writing = Writing(tokens, clause_tokens, lambda: self._clause(draft), lambda: self._written(action.reply))
        draft = self._drafts[action.reply] = _Draft(speech.turn, writing, None)
        if action.voiced:
            self._voice(draft)
        self._machine.writing.submit(writing)

    def _voice(self, draft: _Draft) -> None:
        draft.voiced_ms = self._machine.clock.now_ms
        if draft.clause_ms is not None:
            self._make_audible(draft)
        if draft.written:
            self._make_the_rest_audible(draft)

    def _clause(self, draft: _Draft) -> None:
        draft.clause_ms = self._machine.clock.now_ms
        if draft.voiced_ms is not None:
            self._make_audible(draft)

    def _make_audible(self, draft: _Draft) -> None:
        (reply,) = (number for number, each in self._drafts.items() if each is draft)
        self._machine.speaking.begin(draft.wanted, lambda: self._audible(reply))

    def _written(self, reply: int) -> None:
        draft = self._drafts[reply]
        draft.written = True
        if draft.voiced_ms is not None:
            self._make_the_rest_audible(draft)
        self._tell(ReplyCompleted(self._line_ms, reply))

    def _make_the_rest_audible(self, draft: _Draft) -> None:
        """Clause by clause, behind every first window."""
        words = draft.turn.reply_words
        for spoken in range(0, words, _CLAUSE_WORDS):
            self._machine.speaking.go_on(min(_CLAUSE_WORDS, words - spoken) / WORDS_PER_S, draft.wanted)

    def _audible(self, reply: int) -> None:
        if (draft := self._drafts.get(reply)) is not None:
            draft.audio_ms = self._machine.clock.now_ms
            self._tell(AudioReady(self._line_ms, reply))

    def _cancel(self, action: Cancel) -> None:
        draft = self._drafts.pop(action.reply, None)
        if draft is not None:
            draft.writing.cancelled = True

    def _play(self, action: Play) -> None:
        draft, speech, clock = self._drafts[action.reply], self._speech, self._machine.clock
        assert speech is not None
        assert draft.clause_ms is not None
        assert draft.voiced_ms is not None
        assert draft.audio_ms is not None
        out_ms = clock.now_ms + self._machine.between(0, FRAME_MS) + _WIRE_OUT_MS
        answer = Answered(
            speech.ended_ms,
            out_ms - speech.ended_ms,
            speech.final_ms - speech.soft_end_ms,
            max(0.0, draft.clause_ms - speech.final_ms),
            draft.audio_ms - max(draft.clause_ms, draft.voiced_ms),
            speech.drafts,
        )
        self._machine.answered(answer)
        spoken_ms = draft.turn.reply_words / WORDS_PER_S * 1000
        clock.after(out_ms - clock.now_ms + spoken_ms, lambda: self._spoken(action.reply))

    def _spoken(self, reply: int) -> None:
        self._tell(PlayoutFinished(self._line_ms, reply))
        self._next_turn()

    def _finish(self, action: Finish) -> None:
        del self._drafts[action.reply]

    def _without_prompt(self, action: StartPrompt) -> None:
        """The greeting is left out: the trace begins with the caller's first turn."""
        failed = ReplyFailed(self._line_ms, action.reply)
        self._machine.clock.after(0, lambda: self._tell(failed))

    def _set_timer(self, action: SetTimer) -> None:
        clock = self._machine.clock
        delay_ms = self._answered_ms + action.due - clock.now_ms
        due = action.due
        clock.after(delay_ms, lambda: self._tell(TimerFired(max(self._line_ms, due), action.timer, due)))


def _nothing(_: Action) -> None:
    """Nobody here needs to do anything."""


def _no_more() -> None:
    """Nobody waits for it."""
