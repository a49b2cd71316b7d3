"""One step in the making: the state as it becomes, and the actions asked for so far."""

from dataclasses import replace
from typing import Any

from appliance.turn.actions import (
    Action,
    Approve,
    Cancel,
    ClearTimer,
    Finish,
    ForgetSpeech,
    Hold,
    Play,
    Resume,
    SetTimer,
    StartDraft,
    StartPrompt,
    Voice,
)
from appliance.turn.facts import Language, Prompt, Timer
from appliance.turn.settings import TurnSettings
from appliance.turn.state import Caller, CallerPhase, CallPhase, Reply, ReplyPhase, State, ToolPhase
from appliance.turn.tokens import words
from appliance.turn.wording import asks_to_wait


class Transition:
    """Builds the outcome of one event. Lives for one step only."""

    def __init__(self, state: State, now: int, settings: TurnSettings) -> None:
        self.state = state
        self.now = now
        self.settings = settings
        self.actions: list[Action] = []

    @property
    def language(self) -> Language:
        """The caller's, as far as it is known; else the clinic's."""
        return self.state.caller.language or self.settings.language

    # State and timers

    def update(self, **changes: Any) -> None:
        """Change the state."""
        self.state = replace(self.state, **changes)

    def update_caller(self, **changes: Any) -> Caller:
        """Change the caller's turn."""
        self.update(caller=replace(self.state.caller, **changes))
        return self.state.caller

    def update_reply(self, reply: Reply, **changes: Any) -> Reply:
        """Change the main reply or the filler, whichever `reply` is."""
        changed = replace(reply, **changes)
        if self.state.filler is not None and self.state.filler.id == reply.id:
            self.update(filler=changed)
        else:
            self.update(reply=changed)
        return changed

    def find(self, reply_id: int | None) -> Reply | None:
        """The living reply of that id."""
        for reply in (self.state.reply, self.state.filler):
            if reply is not None and reply.id == reply_id:
                return reply
        return None

    def act(self, action: Action) -> None:
        """Ask for an action."""
        self.actions.append(action)

    def arm(self, timer: Timer, due: int) -> None:
        """Arm a timer, or move it."""
        if self.state.timers.get(timer) != due:
            self.update(timers={**self.state.timers, timer: due})
            self.act(SetTimer(timer, due))

    def disarm(self, *timers: Timer) -> None:
        """Clear timers that are armed."""
        for timer in timers:
            if timer in self.state.timers:
                self.update(timers={kind: due for kind, due in self.state.timers.items() if kind is not timer})
                self.act(ClearTimer(timer))

    # Replies

    def start_draft(self, turn: int, text: str, *, voiced: bool = True) -> Reply:
        """Draft an answer as the main reply; what was there before must have ended."""
        reply = Reply(self.state.next_reply, turn, text, ReplyPhase.DRAFTING, voiced=voiced)
        self.update(reply=reply, next_reply=reply.id + 1)
        self.act(StartDraft(reply.id, turn, text, voiced))
        return reply

    def voice(self, reply: Reply) -> None:
        """Have the audio of a draft made, if that has not begun."""
        if not reply.voiced:
            self.update_reply(reply, voiced=True)
            self.act(Voice(reply.id))

    def start_prompt(self, prompt: Prompt) -> None:
        """Fixed words as the main reply; what was there before must have ended."""
        state = self.state
        reply = Reply(state.next_reply, state.settled_turn, "", ReplyPhase.APPROVED, prompt, awaited_since=self.now)
        self.update(reply=reply, next_reply=reply.id + 1)
        self.act(StartPrompt(reply.id, prompt))
        self.arm(Timer.REPLY, self.now + self.settings.patience.reply_ms)

    def start_filler(self, prompt: Prompt) -> None:
        """Fixed words that bridge the wait for the main reply."""
        state = self.state
        filler = Reply(state.next_reply, state.settled_turn, "", ReplyPhase.APPROVED, prompt=prompt)
        self.update(filler=filler, next_reply=filler.id + 1, filler_at=self.now)
        self.act(StartPrompt(filler.id, prompt))

    def approve(self, reply: Reply) -> None:
        """The turn has ended and `reply` answers it."""
        spoken = bool(words(reply.text))
        self.voice(reply)
        self.update_reply(reply, phase=ReplyPhase.APPROVED, voiced=True, awaited_since=self.state.caller.ended)
        self.update(
            settled_turn=reply.turn,
            answered_text=reply.text,
            turn_ended_at=self.state.caller.ended,
            caller_asked_to_wait=asks_to_wait(reply.text, self.language),
            unheard_turns=0 if spoken else self.state.unheard_turns + 1,
            idle_prompts=0,
        )
        self.act(Approve(reply.id, reply.turn, reply.text))
        self.forget_speech(answered=spoken)
        self.await_reply()

    def await_reply(self) -> None:
        """Play the approved reply if it can be, or see to it that the wait for it is bridged and bounded."""
        self.play_what_is_ready()
        reply = self.state.reply
        if reply is None or reply.phase is not ReplyPhase.APPROVED or self.state.line_held:
            return
        patience = self.settings.patience
        self.arm(Timer.REPLY, max(self.now, reply.awaited_since + patience.reply_ms))
        if reply.prompt is None and self.state.filler is None:
            after = patience.tool_filler_ms if reply.tool is ToolPhase.RUNNING else patience.filler_ms
            self.arm(Timer.FILLER, max(self.now, self._filler_allowed_at(), self.state.turn_ended_at + after))

    def _filler_allowed_at(self) -> int:
        last = self.state.filler_at
        return self.now if last is None else last + self.settings.patience.filler_every_ms

    def play_what_is_ready(self) -> None:
        """Put the filler or the approved reply on the line, if nothing is audible and the caller leaves room."""
        state = self.state
        if state.line_held or state.audible is not None:
            return
        for reply in (state.filler, state.reply):
            if reply is None or reply.phase is not ReplyPhase.APPROVED or not reply.audio_ready:
                continue
            if state.caller.phase is not CallerPhase.SILENT and not reply.urgent:
                continue
            self.update_reply(reply, phase=ReplyPhase.SPEAKING, started_at=self.now)
            if state.reply is not None and reply.id == state.reply.id:
                self.drop_filler()
                self.disarm(Timer.REPLY, Timer.FILLER)
            if reply.prompt is None:
                self.update(failures=0)
            self.act(Play(reply.id))
            return

    def hold(self, reply: Reply) -> None:
        """Fall silent, ready to go on."""
        if reply.phase is ReplyPhase.SPEAKING:
            self.update_reply(reply, phase=ReplyPhase.HELD)
            self.act(Hold(reply.id))

    def resume(self, reply: Reply) -> None:
        """Go on from where the reply was held."""
        if reply.phase is ReplyPhase.HELD and not self.state.line_held:
            self.update_reply(reply, phase=ReplyPhase.SPEAKING)
            self.act(Resume(reply.id))

    def drop_filler(self) -> None:
        """End the filler."""
        if self.state.filler is not None:
            self.act(Cancel(self.state.filler.id))
            # Cut short, it has not bridged its wait.
            self.update(filler=None, filler_at=None)

    def drop_reply(self, *, retracted: bool = False) -> None:
        """End the main reply and its filler."""
        self.drop_filler()
        if self.state.reply is not None:
            self.act(Cancel(self.state.reply.id, retracted))
            self.update(reply=None)
        self.disarm(Timer.REPLY, Timer.FILLER)

    def finish(self, reply: Reply) -> None:
        """The reply was heard to its end."""
        self.act(Finish(reply.id))
        if self.state.filler is not None and self.state.filler.id == reply.id:
            self.update(filler=None)
        else:
            self.update(reply=None, expects=reply.expects)

    # The caller's turn

    def forget_speech(self, *, answered: bool = False) -> None:
        """The stretch of speech is settled or was nothing: the caller is silent again."""
        self.update_caller(
            phase=CallerPhase.SILENT,
            base_text="",
            partial="",
            final=None,
            end_probability=None,
            sentence_end=None,
            scored=False,
            score=None,
            over=None,
            agent_remaining_ms=None,
            digits="",
            draft_failed=False,
            took_the_floor=False,
            drafts=0,
        )
        self.disarm(Timer.ENDPOINT, Timer.TRANSCRIPT, Timer.HOLD_DECISION, Timer.RELEASE, Timer.DIGITS)
        self.act(ForgetSpeech(answered))

    def mind_idleness(self) -> None:
        """Keep the idle timer armed exactly while nobody speaks and nothing is under way."""
        state = self.state
        idle = (
            state.call is CallPhase.OPEN
            and not state.line_held
            and state.caller.phase is CallerPhase.SILENT
            and not state.caller.digits
            and state.reply is None
            and state.filler is None
        )
        patience = self.settings.patience
        if not idle:
            self.disarm(Timer.IDLE)
        elif Timer.IDLE not in state.timers:
            wait = patience.idle_waiting_ms if state.caller_asked_to_wait else patience.idle_ms
            self.arm(Timer.IDLE, self.now + wait)
