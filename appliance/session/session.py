"""One call: events come in, the turn core decides, the actions are carried out here."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from appliance.line import (
    DigitReceived,
    FrameReceived,
    HangUpReason,
    HoldChanged,
    HungUp,
    Line,
    LineEvent,
    MediaStatistics,
    TransferFailed,
)
from appliance.listening.ear import Ear
from appliance.listening.voice import VoiceBegan
from appliance.session.clock import Clock
from appliance.session.faint_voice import FaintVoice
from appliance.session.hush import Hush
from appliance.session.journal import Journal
from appliance.session.mind import Mind
from appliance.session.replies import Replies
from appliance.speaking.playout import Playout
from appliance.speaking.utterance import Voice as SpeakingVoice
from appliance.trace import Stage
from appliance.turn.actions import (
    Action,
    Approve,
    Cancel,
    ClearTimer,
    FinaliseTranscript,
    Finish,
    ForgetSpeech,
    HangUp,
    Hold,
    Play,
    Resume,
    ScoreEndOfTurn,
    SetTimer,
    StartDraft,
    StartPrompt,
    Transfer,
    Voice,
)
from appliance.turn.core import step
from appliance.turn.events import (
    CallAnswered,
    CallEnded,
    DigitPressed,
    DrainRequested,
    EndOfTurnScored,
    Event,
    FinalTranscript,
    LineHeld,
    LineResumed,
    PartialTranscript,
    PlayoutFinished,
    ReplyFailed,
    SpeechPaused,
    SpeechStarted,
    TimerFired,
    TranscriptFailed,
    TransferRefused,
)
from appliance.turn.facts import Language, Timer
from appliance.turn.settings import TurnSettings
from appliance.turn.state import CallerPhase, ReplyPhase, State
from appliance.turn.tokens import join
from models.errors import EngineError
from models.stt import PartialHandler, Transcript

logger = logging.getLogger(__name__)

# With the time to say so, well under the 2.5 s after which a caller thinks the line is dead.
_LONGEST_DRY_MS = 2000
# The VAD finds a voice 46 ms after its first sound, p95 105 ms (`appliance.listening.voice`).
_VOICE_TOLD_MS = 100

AudioTap = Callable[[bytes, list[bytes]], None]
"""Told, for every frame time, what the caller sent and what was played to the caller."""


class Session:
    """One call from the answer to the end. Everything happens on the running loop."""

    def __init__(
        self,
        line: Line,
        ear_for: Callable[[PartialHandler], Ear],
        voice: SpeakingVoice,
        mind: Mind,
        settings: TurnSettings,
        journal: Journal,
        tap: AudioTap | None = None,
    ) -> None:
        self._line = line
        self._ear = ear_for(self._partial)
        self._voice = voice
        self._mind = mind
        self._settings = settings
        self._journal = journal
        self._tap = tap
        self._playout = Playout(line.info.playout_frames)
        self._faint_voice = FaintVoice(self._ear, self._playout, self._has_spoken)
        self._hush = Hush(self._playout, line.flush, settings.interruption.hush_ms, line.info.sample_rate)
        self._state = State()
        self._timers: dict[Timer, int] = {}
        self._deadline: int | None = None
        self._partials: list[Transcript] | None = None
        self._reply_on_line: int | None = None
        self._awaiting_first_packet = False
        self._dry_since = 0
        self._asked: dict[str, asyncio.Task[None]] = {}
        self.media: MediaStatistics | None = None
        self._carry_out: dict[type[Action], Callable[[Any], None]] = {
            FinaliseTranscript: self._finalise,
            ScoreEndOfTurn: self._score,
            ForgetSpeech: self._forget,
            StartDraft: lambda a: self._replies.start_draft(a.reply, a.turn, a.text, voiced=a.voiced),
            Voice: lambda a: self._replies[a.reply].utterance.allow_audio(),
            StartPrompt: lambda a: self._replies.start_prompt(a.reply, a.prompt, self._state.caller.language),
            Approve: lambda a: self._replies.approve(a.reply, a.turn, a.text),
            Play: self._play,
            Hold: self._hold,
            Resume: self._resume,
            Cancel: self._end_reply,
            Finish: self._end_reply,
            SetTimer: self._set_timer,
            ClearTimer: self._clear_timer,
            Transfer: lambda a: self._line.transfer(a.target),
            HangUp: lambda a: self._line.hang_up(),
        }

    async def run(self) -> HangUpReason:
        """Hold the conversation; returns when the line has ended and every change under way has been made."""
        self._clock = Clock()
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                self._replies = Replies(
                    self._line.info.call_id, self._mind, self._voice, tasks, self._clock, self._journal, self._take
                )
                self._take(CallAnswered(0))
                reason = await self._follow_the_line()
                self._take(CallEnded(self._clock.line_ms))
                self._replies.end_all()
                for task in self._asked.values():
                    task.cancel()
            return reason
        finally:
            self._line.hang_up(HangUpReason.LINE_FAILED)
            await self._ear.aclose()

    def drain(self) -> None:
        """Tell the caller that the line closes, and end the call."""
        self._take(DrainRequested(self._clock.line_ms))

    async def _follow_the_line(self) -> HangUpReason:
        async for event in self._line.events():
            if isinstance(event, HungUp):
                return event.reason
            self._on_line(event)
        return HangUpReason.LINE_FAILED

    def _on_line(self, event: LineEvent) -> None:
        now = self._clock.line_ms
        match event:
            case FrameReceived():
                self._frame(event)
            case DigitReceived(digit=digit):
                self._take(DigitPressed(now, digit))
            case HoldChanged(held=held):
                self._take(LineHeld(now) if held else LineResumed(now))
            case TransferFailed():
                self._take(TransferRefused(now))
            case MediaStatistics():
                self.media = event
            case _:
                pass

    def _frame(self, frame: FrameReceived) -> None:
        """20 ms have passed: what was played, what was heard, which timers are due, what is to be played."""
        played = self._playout.acknowledge(frame.played)
        if self._tap is not None:
            self._tap(frame.pcm, played)
        self._partials = []
        changes = self._faint_voice.told(self._ear.hear(frame.pcm))
        partials, self._partials = self._partials, None
        self._clock.frame_heard(self._ear.now_ms)
        for change in changes:
            if isinstance(change, VoiceBegan):
                speech = self._playout.speech
                self._take(SpeechStarted(change.at, change.began, speech.remaining_ms if speech else None))
            else:
                self._take(SpeechPaused(change.at, change.ended))
        for partial in partials:
            self._partial(partial)
        self._hush_for(frame.pcm)
        self._fire_due_timers()
        self._notice_the_end_of_playout()
        self._notice_starvation()
        self._feed()

    def _hush_for(self, pcm: bytes) -> None:
        hushed = self._hush.active
        voice = self._ear.speaking
        self._hush.hear(pcm, self._clock.line_ms, voice=voice, may_be_interrupted=self._may_be_interrupted)
        if self._hush.active is not hushed:
            self._journal.hushed(None if hushed else self._clock.now_ms)

    def _has_spoken(self) -> bool:
        return self._state.caller.phase is not CallerPhase.SILENT

    def _may_be_interrupted(self) -> bool:
        return self._state.interruptible is not None

    def _fire_due_timers(self) -> None:
        now = self._clock.line_ms
        if min(self._timers.values(), default=now + 1) > now:
            return
        for timer, due in sorted(self._timers.items(), key=lambda item: item[1]):
            if due <= now and self._timers.get(timer) == due and not self._hears_out(timer, due):
                self._take(TimerFired(now, timer, due))

    def _hears_out(self, timer: Timer, due: int) -> bool:
        """Whether the end of a turn waits until the VAD can tell if what sounds just now is the caller's voice."""
        return timer is Timer.ENDPOINT and self._clock.line_ms < due + _VOICE_TOLD_MS and self._ear.sounding

    def _notice_the_end_of_playout(self) -> None:
        reply = self._reply_on_line
        if reply is None or not self._playout.finished:
            return
        now = self._clock.line_ms
        self._take(ReplyFailed(now, reply) if self._replies[reply].failed else PlayoutFinished(now, reply))

    def _notice_starvation(self) -> None:
        """A reply that has run dry in the middle for too long will not go on."""
        reply = self._reply_on_line
        if reply is None or not self._playout.starving:
            self._dry_since = self._clock.line_ms
        elif self._clock.line_ms - self._dry_since >= _LONGEST_DRY_MS:
            self._dry_since = self._clock.line_ms
            self._journal.engine_failed("tts", "timeout")
            self._take(ReplyFailed(self._clock.line_ms, reply))

    def _feed(self) -> None:
        for pcm in self._playout.frames_due():
            self._line.play(pcm)
            if self._awaiting_first_packet and self._reply_on_line is not None:
                self._awaiting_first_packet = False
                run = self._replies[self._reply_on_line]
                run.began_ms = self._clock.now_ms
                if run.prompt is None:
                    self._journal.reached(run.turn, Stage.FIRST_PACKET, run.began_ms)

    def _take(self, event: Event) -> None:
        """One step of the turn core, and its actions."""
        before = self._state
        self._state, actions = step(before, event, self._settings)
        self._journal.stepped(before, event, self._state, actions, self._clock.now_ms)
        for action in actions:
            self._carry_out[type(action)](action)
        self._tell_the_line_what_is_next()

    def _tell_the_line_what_is_next(self) -> None:
        """A caller who goes on where an answer may begin any moment is heard at once; otherwise frames have time."""
        caller, reply = self._state.caller, self._state.reply
        undecided = caller.phase is CallerPhase.PAUSING and (caller.final is None or not caller.scored)
        about_to_speak = reply is not None and reply.phase is ReplyPhase.APPROVED
        deadline = 0 if undecided or about_to_speak else min(self._timers.values(), default=None)
        if deadline != self._deadline:
            self._deadline = deadline
            self._line.next_deadline(deadline)

    # Listening

    def _partial(self, transcript: Transcript) -> None:
        if self._partials is not None:
            # Heard in the middle of a frame: first the frame's own facts.
            self._partials.append(transcript)
            return
        now = self._clock.line_ms
        emergency = self._mind.emergency_in(transcript.text)
        self._overhear(transcript)
        self._take(PartialTranscript(now, transcript.text, emergency, Language.of(transcript.language)))
        self._look_ahead(transcript.text)

    def _overhear(self, transcript: Transcript) -> None:
        """The dialogue may prepare for a turn that is not over; words over the agent may prove to be none."""
        caller = self._state.caller
        if caller.over is None and caller.turn > self._state.settled_turn:
            said = join(caller.base_text, transcript.text)
            self._mind.dialogue.overhear(caller.turn, said, transcript.language)

    def _look_ahead(self, text: str) -> None:
        state = self._state
        self._replies.look_ahead(text, state.caller.language or self._settings.language, state.expects)

    def _ask(self, what: str, task: asyncio.Task[None]) -> None:
        """Only the latest question of a kind is of interest."""
        earlier = self._asked.get(what)
        if earlier is not None:
            earlier.cancel()
        self._asked[what] = task

    def _finalise(self, action: FinaliseTranscript) -> None:
        self._ask("transcript", self._tasks.create_task(self._transcribe(action.turn, action.revision)))

    async def _transcribe(self, turn: int, revision: int) -> None:
        try:
            transcript = await self._ear.transcribe()
        except EngineError as error:
            self._engine_failed("stt", error)
            self._take(TranscriptFailed(self._clock.line_ms, turn, revision))
            return
        self._journal.transcribed(transcript)
        emergency = self._mind.emergency_in(transcript.text)
        rejected = transcript.rejected is not None
        language = Language.of(transcript.language)
        now = self._clock.line_ms
        self._overhear(transcript)
        self._take(
            FinalTranscript(
                now,
                turn,
                revision,
                transcript.text,
                rejected,
                emergency,
                language,
                transcript.end_probability,
                self._sentence_end_after(transcript.text, language),
            )
        )
        self._look_ahead(transcript.text)
        self._feed()

    def _sentence_end_after(self, text: str, language: Language | None) -> float | None:
        caller = self._state.caller
        ends = self._mind.sentence_ends.get(language or caller.language or self._settings.language)
        return ends.probability_after(join(caller.base_text, text)) if ends is not None else None

    def _score(self, action: ScoreEndOfTurn) -> None:
        self._ask("score", self._tasks.create_task(self._score_turn(action.turn, action.revision)))

    async def _score_turn(self, turn: int, revision: int) -> None:
        score: float | None = None
        try:
            score = await self._ear.score()
        except EngineError as error:
            self._engine_failed("end_of_turn", error)
        self._take(EndOfTurnScored(self._clock.line_ms, turn, revision, score))
        self._feed()

    def _forget(self, action: ForgetSpeech) -> None:
        for task in self._asked.values():
            task.cancel()
        self._asked.clear()
        self._ear.forget(was_a_turn=action.answered)

    def _engine_failed(self, engine: str, error: EngineError) -> None:
        logger.error("%s failed: %s", engine, error, extra={"call_id": self._line.info.call_id})
        self._journal.engine_failed(engine, "failed")

    # Speaking

    def _play(self, action: Play) -> None:
        self._playout.play(self._replies[action.reply].speech)
        self._reply_on_line = action.reply
        self._awaiting_first_packet = True
        self._feed()

    def _hold(self, action: Hold) -> None:
        self._hush.over()
        self._playout.hold()
        self._line.flush()

    def _resume(self, action: Resume) -> None:
        self._journal.resumed(self._replies[action.reply].turn)
        self._playout.resume()
        self._feed()

    def _end_reply(self, action: Cancel | Finish) -> None:
        text, cut = "", False
        if self._reply_on_line == action.reply:
            self._hush.over()
            if not self._playout.finished:
                self._line.flush()
            heard = self._playout.stop()
            text, cut = heard.text, heard.cut
            self._reply_on_line = None
        retracted = isinstance(action, Cancel) and action.retracted
        self._replies.end(action.reply, text, cut=cut, retracted=retracted)

    def _set_timer(self, action: SetTimer) -> None:
        self._timers[action.timer] = action.due

    def _clear_timer(self, action: ClearTimer) -> None:
        self._timers.pop(action.timer, None)
