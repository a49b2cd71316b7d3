"""What a session writes down: stages of each turn, what was heard, counters. No decision is made here."""

from appliance.metrics import Metrics
from appliance.trace import Stage, ToolTrace, TraceRecorder, UtteranceTrace, event_record
from appliance.turn.actions import Action, Approve, Cancel, Finish, ForgetSpeech, Hold, Resume, StartDraft
from appliance.turn.events import EndOfTurnScored, Event, FinalTranscript, SpeechPaused, SpeechStarted
from appliance.turn.state import CallerPhase, State
from models.stt import Transcript


class Journal:
    """Follows one call. `now_ms` of every method is ms since the call began, finer than a frame."""

    def __init__(self, recorder: TraceRecorder, metrics: Metrics) -> None:
        self._recorder = recorder
        self._metrics = metrics
        self._overlap_began = 0
        self._soft_end_ms = 0.0
        self._score: float | None = None
        self._heard: Transcript | None = None
        self._drafted: set[int] = set()
        self._silenced: dict[int, tuple[float, float]] = {}
        self._hushed_ms: float | None = None

    def stepped(self, before: State, event: Event, after: State, actions: tuple[Action, ...], now_ms: float) -> None:
        """The turn core has taken a step."""
        self._recorder.event(event_record(event))
        match event:
            case SpeechStarted(began=began):
                self._speech_started(before, after, began)
            case SpeechPaused(ended=ended) if before.caller.phase is CallerPhase.SPEAKING:
                self._soft_end_ms = now_ms
                self._recorder.mark(before.caller.turn, Stage.SPEECH_ENDED, ended)
                self._recorder.mark(before.caller.turn, Stage.SOFT_END, now_ms)
            case EndOfTurnScored(score=score) if event.revision == before.caller.revision and self._score is None:
                self._score = score
            case FinalTranscript(turn=turn, revision=revision) if revision == before.caller.revision:
                if before.caller.over is None:
                    self._recorder.mark(turn, Stage.TRANSCRIPT_FINAL, now_ms)
            case _:
                pass
        for action in actions:
            self._acted(action, before, now_ms)
        self._tidy(before, after, actions, now_ms)

    def _tidy(self, before: State, after: State, actions: tuple[Action, ...], now_ms: float) -> None:
        """Stages of speech that came to nothing, or of an answer taken back, must not pass for later ones."""
        forgotten = any(isinstance(action, ForgetSpeech) for action in actions)
        if forgotten and before.caller.turn > after.settled_turn:
            self._recorder.discard(before.caller.turn)
        caller = after.caller
        took_the_floor = (
            before.caller.over is not None and caller.over is None and caller.phase is not CallerPhase.SILENT
        )
        if took_the_floor:
            self._recorder.mark(caller.turn, Stage.SPEECH_BEGAN, caller.began)
        if any(isinstance(action, Cancel) and action.retracted for action in actions):
            self._recorder.revise(caller.turn)
            if caller.phase is CallerPhase.PAUSING:
                self._recorder.mark(caller.turn, Stage.SPEECH_ENDED, caller.ended)
                self._recorder.mark(caller.turn, Stage.SOFT_END, self._soft_end_ms)
        if took_the_floor and caller.final is not None:
            self._recorder.mark(caller.turn, Stage.TRANSCRIPT_FINAL, now_ms)

    def _speech_started(self, before: State, after: State, began: int) -> None:
        self._overlap_began = began
        self._score = None
        turn = after.caller.turn
        if after.caller.revision == before.caller.revision or not turn:
            return
        # Speech over the agent that goes on after a pause is one stretch; what was answered already keeps its stages.
        if self._recorder.turn(turn).at_ms and (after.caller.over is None or turn > after.settled_turn):
            self._recorder.revise(turn)
        if after.caller.over is None:
            self._recorder.mark(turn, Stage.SPEECH_BEGAN, began)

    def _acted(self, action: Action, before: State, now_ms: float) -> None:
        match action:
            case StartDraft(turn=turn):
                if turn in self._drafted:
                    self._recorder.redraft(turn)
                self._drafted.add(turn)
            case Approve(turn=turn, text=text):
                self._recorder.mark(turn, Stage.DECISION, now_ms)
                self._recorder.transcript(turn, text)
                self._recorder.scored(turn, self._score)
                if self._heard is not None:
                    self._recorder.heard(turn, self._heard.confidence, self._heard.language or "")
            case Hold(reply=reply):
                self._silenced[reply] = (self._overlap_began, now_ms if self._hushed_ms is None else self._hushed_ms)
                self._hushed_ms = None
            case Resume(reply=reply):
                if self._silenced.pop(reply, None) is not None:
                    self._metrics.backchannel_resumed()
            case Finish():
                self._hushed_ms = None
            case Cancel(reply=reply, retracted=retracted):
                self._cancelled(reply, before, retracted=retracted)
            case _:
                pass

    def hushed(self, now_ms: float | None) -> None:
        """The agent has fallen silent for a sound that may be a voice; None: it was none, and the agent goes on."""
        self._hushed_ms = now_ms

    def _cancelled(self, reply: int, before: State, *, retracted: bool) -> None:
        self._hushed_ms = None
        began_and_silenced = self._silenced.pop(reply, None)
        if began_and_silenced is None:
            return
        self._metrics.interrupted()
        turn = before.settled_turn
        if turn and not retracted:
            self._recorder.mark(turn, Stage.INTERRUPTED, began_and_silenced[0])
            self._recorder.mark(turn, Stage.SILENCED, began_and_silenced[1])

    def transcribed(self, transcript: Transcript) -> None:
        """A final transcript has come."""
        self._heard = transcript
        if transcript.rejected != "superseded":
            self._metrics.transcribed(transcript.confidence, transcript.rejected)

    def reached(self, turn: int, stage: Stage, now_ms: float) -> None:
        """The reply to `turn` has come to `stage`."""
        self._recorder.mark(turn, stage, now_ms)

    def spoken(self, utterance: UtteranceTrace, *, is_answer: bool) -> None:
        """An utterance has ended; an answer completes the stages of its turn."""
        self._recorder.spoken(utterance)
        if is_answer:
            self._metrics.observe_ms(self._recorder.turn(utterance.turn).durations_ms())

    def resumed(self, turn: int) -> None:
        """A held answer goes on."""
        if turn:
            self._recorder.resumed(turn)

    def tool(self, turn: int, tool: ToolTrace) -> None:
        """A tool has run for a reply to `turn`."""
        self._recorder.tool(turn, tool)

    def engine_failed(self, engine: str, kind: str) -> None:
        """An engine has failed in this call."""
        self._metrics.engine_failed(engine, kind)
