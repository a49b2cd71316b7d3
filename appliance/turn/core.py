"""The turn core: `step(state, event) -> (state, actions)`. Total, deterministic, no I/O, no clock of its own."""

from appliance.turn import caller, ending
from appliance.turn.actions import Action, Cancel, HangUp, Transfer
from appliance.turn.events import (
    AudioReady,
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
    ReplyCompleted,
    ReplyFailed,
    SpeechPaused,
    SpeechStarted,
    TimerFired,
    ToolSettled,
    ToolStarted,
    TranscriptFailed,
    TransferRefused,
)
from appliance.turn.facts import HangUpAfter, Prompt, Timer, TransferAfter
from appliance.turn.settings import TurnSettings
from appliance.turn.state import AUDIBLE, CallerPhase, CallPhase, Reply, ReplyPhase, State, ToolPhase
from appliance.turn.transition import Transition

_CALL_EVENTS = (CallAnswered, CallEnded, DrainRequested, TransferRefused)


def step(state: State, event: Event, settings: TurnSettings) -> tuple[State, tuple[Action, ...]]:
    """What `event` makes of `state`, and what is to be done about it.

    An event that carries the id of a turn, revision, reply or timer that is not current changes nothing.
    """
    transition = Transition(state, event.at, settings)
    if isinstance(event, _CALL_EVENTS):
        _call_event(transition, event)
    elif state.call is CallPhase.OPEN:
        _open_call_event(transition, event)
    elif state.call is CallPhase.TRANSFERRING and isinstance(event, TimerFired):
        _timer_fired(transition, event)
    transition.mind_idleness()
    return transition.state, tuple(transition.actions)


def _call_event(step: Transition, event: CallAnswered | CallEnded | DrainRequested | TransferRefused) -> None:
    match event:
        case CallAnswered() if step.state.call is CallPhase.CONNECTING:
            step.update(call=CallPhase.OPEN)
            step.start_prompt(Prompt.GREETING)
        case CallEnded() if step.state.call is not CallPhase.ENDED:
            step.drop_reply()
            step.forget_speech()
            step.disarm(*step.state.timers)
            step.update(call=CallPhase.ENDED)
        case DrainRequested() if step.state.call is CallPhase.OPEN:
            step.drop_reply()
            step.forget_speech()
            step.start_prompt(Prompt.CLOSING)
        case TransferRefused():
            _transfer_refused(step)
        case _:
            pass


def _transfer_refused(step: Transition) -> None:
    if step.state.call is CallPhase.TRANSFERRING:
        step.disarm(Timer.TRANSFER)
        step.update(call=CallPhase.OPEN)
        step.start_prompt(Prompt.TRANSFER_FAILED)


def _open_call_event(step: Transition, event: Event) -> None:
    match event:
        case SpeechStarted():
            caller.speech_started(step, event)
        case SpeechPaused():
            caller.speech_paused(step, event)
        case PartialTranscript():
            caller.partial_transcript(step, event)
        case FinalTranscript():
            caller.final_transcript(step, event)
        case TranscriptFailed():
            if (event.turn, event.revision) == (step.state.caller.turn, step.state.caller.revision):
                step.disarm(Timer.TRANSCRIPT)
                caller.transcript_missing(step)
        case EndOfTurnScored():
            ending.end_of_turn_scored(step, event)
        case DigitPressed():
            caller.digit_pressed(step, event)
        case LineHeld() | LineResumed():
            _line_hold(step, event)
        case TimerFired():
            _timer_fired(step, event)
        case _:
            _reply_event(step, event)


def _reply_event(step: Transition, event: Event) -> None:
    if not isinstance(event, AudioReady | ReplyCompleted | ReplyFailed | PlayoutFinished | ToolStarted | ToolSettled):
        return
    reply = step.find(event.reply)
    if reply is None:
        return
    match event:
        case AudioReady():
            step.update_reply(reply, audio_ready=True)
            step.play_what_is_ready()
        case ReplyCompleted():
            step.update_reply(reply, expects=event.expects, afterwards=event.afterwards)
        case ReplyFailed():
            _reply_failed(step, reply)
        case PlayoutFinished():
            _playout_finished(step, reply)
        case ToolStarted():
            reply = step.update_reply(reply, tool=ToolPhase.RUNNING, changed=reply.changed or event.changes)
            if reply.phase is ReplyPhase.APPROVED and step.state.caller.phase is CallerPhase.SILENT:
                step.await_reply()
        case ToolSettled():
            reply = step.update_reply(reply, tool=ToolPhase.SETTLED, awaited_since=step.now)
            if reply.phase is ReplyPhase.APPROVED and step.state.caller.phase is CallerPhase.SILENT:
                # The words of the reply are on their way: they may need no bridge any more.
                step.disarm(Timer.FILLER)
                step.await_reply()


def _playout_finished(step: Transition, reply: Reply) -> None:
    if reply.phase not in AUDIBLE:
        return
    is_filler = step.state.filler is not None and step.state.filler.id == reply.id
    step.finish(reply)
    if is_filler:
        if step.state.caller.phase is CallerPhase.SILENT:
            step.await_reply()
        return
    caller.reply_ended_under_speech(step, reply)
    if reply.afterwards is None:
        caller.prepare(step)
    else:
        _carry_out(step, reply.afterwards)


def _carry_out(step: Transition, afterwards: HangUpAfter | TransferAfter) -> None:
    step.drop_reply()
    step.forget_speech()
    match afterwards:
        case HangUpAfter():
            step.disarm(*step.state.timers)
            step.update(call=CallPhase.ENDED)
            step.act(HangUp())
        case TransferAfter(target=target, department=department):
            step.update(call=CallPhase.TRANSFERRING)
            step.arm(Timer.TRANSFER, step.now + step.settings.patience.transfer_ms)
            step.act(Transfer(target, department))


def _reply_failed(step: Transition, reply: Reply) -> None:
    """Say that something went wrong, and after several failures in a row hand over to a person."""
    if step.state.filler is not None and step.state.filler.id == reply.id:
        step.act(Cancel(reply.id))
        step.update(filler=None)
        return
    step.drop_reply()
    if reply.phase is ReplyPhase.DRAFTING:
        # Nothing was promised yet: it is said only if the caller really stops here.
        step.update_caller(draft_failed=True)
        ending.judge(step)
        return
    spoken_over = step.state.caller.over == reply.id
    caller.reply_ended_under_speech(step, reply)
    if spoken_over and step.state.caller.phase is CallerPhase.SPEAKING:
        return
    if reply.prompt is not None:
        # Fixed words failed: there is nothing better to say. The idle timer bounds the silence.
        caller.prepare(step)
        return
    ending.apologise(step)


def _line_hold(step: Transition, event: LineHeld | LineResumed) -> None:
    state = step.state
    match event:
        case LineHeld() if not state.line_held:
            if state.audible is not None:
                step.hold(state.audible)
            caller.cut_short(step)
            step.disarm(Timer.REPLY, Timer.FILLER)
            step.update(line_held=True)
        case LineResumed() if state.line_held:
            step.update(line_held=False)
            if state.caller.phase is CallerPhase.SILENT:
                # Music, or words for somebody else.
                step.forget_speech()
            if state.audible is not None:
                step.resume(state.audible)
            step.await_reply()
        case _:
            pass


def _timer_fired(step: Transition, event: TimerFired) -> None:
    if step.state.timers.get(event.timer) != event.due or event.at < event.due:
        return
    step.disarm(event.timer)
    match event.timer:
        case Timer.ENDPOINT:
            ending.judge(step)
        case Timer.TRANSCRIPT:
            caller.transcript_missing(step)
        case Timer.HOLD_DECISION:
            caller.hold_undecided(step)
        case Timer.RELEASE:
            caller.give_back_the_floor(step)
        case Timer.DIGITS:
            caller.digits_complete(step)
        case Timer.FILLER:
            _bridge_the_wait(step)
        case Timer.REPLY:
            _reply_overdue(step)
        case Timer.IDLE:
            _caller_idle(step)
        case Timer.TRANSFER:
            _transfer_refused(step)


def _bridge_the_wait(step: Transition) -> None:
    reply = step.state.reply
    if reply is None or reply.phase is not ReplyPhase.APPROVED or step.state.filler is not None:
        return
    step.start_filler(Prompt.TOOL_FILLER if reply.tool is ToolPhase.RUNNING else Prompt.FILLER)


def _reply_overdue(step: Transition) -> None:
    reply = step.state.reply
    if reply is None or reply.phase is not ReplyPhase.APPROVED:
        return
    if step.state.audible is not None or reply.tool is ToolPhase.RUNNING:
        step.arm(Timer.REPLY, step.now + step.settings.patience.reply_ms)
        return
    _reply_failed(step, reply)


def _caller_idle(step: Transition) -> None:
    prompts = step.state.idle_prompts
    step.update(idle_prompts=prompts + 1, caller_asked_to_wait=False)
    if prompts >= step.settings.patience.idle_prompts:
        step.start_prompt(Prompt.IDLE_GOODBYE)
    else:
        step.start_prompt(Prompt.IDLE if prompts == 0 else Prompt.IDLE_AGAIN)
