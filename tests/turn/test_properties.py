"""What holds for every sequence of events, not only for those somebody thought of (DESIGN section 4)."""

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.turn.actions import (
    Action,
    Approve,
    Cancel,
    ClearTimer,
    Finish,
    Hold,
    Play,
    Resume,
    SetTimer,
    StartDraft,
    StartPrompt,
)
from appliance.turn.core import step
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
from appliance.turn.facts import Afterwards, Expectation, HangUpAfter, Timer, TransferAfter
from appliance.turn.settings import TurnSettings
from appliance.turn.state import AUDIBLE, CallerPhase, CallPhase, ReplyPhase, State

SETTINGS = TurnSettings()
TEXTS = ["", "yes", "mm-hm", "okay", "stop", "I would like to", "an appointment with doctor Patel", "one moment please"]
KINDS = [
    "answered", "started", "paused", "partial", "final", "final", "failed_transcript", "score", "score", "audio",
    "audio", "completed", "failed_reply", "finished", "finished", "tool", "settled", "digit", "held", "resumed",
    "refused", "timer", "timer", "timer", "emergency", "stale", "drain", "ended",
]  # fmt: skip


@st.composite
def conversations(draw: st.DrawFn) -> list[tuple[str, int, int, int]]:
    """Kinds of events with a time step and two numbers to pick ids and contents by; some openings are likely."""
    body = draw(
        st.lists(
            st.tuples(st.sampled_from(KINDS), st.integers(0, 900), st.integers(0, 7), st.integers(0, 20)), max_size=60
        )
    )
    return [("answered", 0, 0, 0), *body]


def event_of(kind: str, state: State, at: int, pick: int, number: int) -> Event:  # noqa: C901
    caller = state.caller
    alive = [reply.id for reply in (state.reply, state.filler) if reply is not None]
    reply = alive[pick % len(alive)] if alive else number
    match kind:
        case "answered":
            return CallAnswered(at)
        case "started":
            return SpeechStarted(at, max(0, at - 70), number * 100)
        case "paused":
            return SpeechPaused(at, max(0, at - 100))
        case "partial":
            return PartialTranscript(at, TEXTS[pick])
        case "emergency":
            return PartialTranscript(at, "I have chest pain", "chest_pain")
        case "final":
            return FinalTranscript(at, caller.turn, caller.revision, TEXTS[pick], rejected=number == 0)
        case "stale":
            return FinalTranscript(at, caller.turn, caller.revision - 1, TEXTS[pick])
        case "failed_transcript":
            return TranscriptFailed(at, caller.turn, caller.revision)
        case "score":
            return EndOfTurnScored(at, caller.turn, caller.revision, number / 20 if number else None)
        case "audio":
            return AudioReady(at, reply)
        case "completed":
            endings: dict[int, Afterwards] = {0: HangUpAfter(), 1: TransferAfter("sip:1", "x")}
            after = endings.get(number)
            return ReplyCompleted(at, reply, list(Expectation)[pick % 6], after)
        case "failed_reply":
            return ReplyFailed(at, reply)
        case "finished":
            audible = state.audible
            return PlayoutFinished(at, audible.id if audible else number)
        case "tool":
            return ToolStarted(at, reply, changes=number > 10)
        case "settled":
            return ToolSettled(at, reply)
        case "digit":
            return DigitPressed(at, "0123456789*#"[number % 12])
        case "held":
            return LineHeld(at)
        case "resumed":
            return LineResumed(at)
        case "refused":
            return TransferRefused(at)
        case "drain":
            return DrainRequested(at)
        case "ended":
            return CallEnded(at)
        case _:
            if not state.timers:
                return TimerFired(at, Timer.IDLE, 0)
            timer = sorted(state.timers)[pick % len(state.timers)]
            return TimerFired(max(at, state.timers[timer]), timer, state.timers[timer])


Steps = list[tuple[State, Event, State, tuple[Action, ...]]]


def play(conversation: list[tuple[str, int, int, int]]) -> Steps:
    state, now, steps = State(), 0, []
    for kind, wait, pick, number in conversation:
        event = event_of(kind, state, now + wait, pick, number)
        now = event.at
        after, actions = step(state, event, SETTINGS)
        steps.append((state, event, after, actions))
        state = after
    return steps


every = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@every
@given(conversations())
def test_at_most_one_reply_is_audible(conversation: list[tuple[str, int, int, int]]) -> None:
    for _, event, state, _ in play(conversation):
        audible = [r for r in (state.reply, state.filler) if r is not None and r.phase in AUDIBLE]
        assert len(audible) <= 1, event


@every
@given(conversations())
def test_every_reply_ends_exactly_once(conversation: list[tuple[str, int, int, int]]) -> None:
    steps = play(conversation)
    started: Counter[int] = Counter()
    ended: Counter[int] = Counter()
    for _, _, state, actions in steps:
        started.update(a.reply for a in actions if isinstance(a, StartDraft | StartPrompt))
        ended.update(a.reply for a in actions if isinstance(a, Cancel | Finish))
        alive = {r.id for r in (state.reply, state.filler) if r is not None}
        assert alive == set(started) - set(ended)
    assert all(count == 1 for count in started.values())
    assert all(count == 1 for count in ended.values())


@every
@given(conversations())
def test_playout_actions_fit_the_state_of_the_reply(conversation: list[tuple[str, int, int, int]]) -> None:
    """Play once after approval or a prompt's start, hold only what plays, resume only what is held."""
    phase: dict[int, str] = {}
    for _, _, _, actions in play(conversation):
        for action in actions:
            match action:
                case StartDraft(reply=reply):
                    phase[reply] = "draft"
                case StartPrompt(reply=reply):
                    phase[reply] = "approved"
                case Approve(reply=reply):
                    assert phase[reply] == "draft"
                    phase[reply] = "approved"
                case Play(reply=reply):
                    assert phase[reply] == "approved", "a draft never reaches the line before approval"
                    assert "playing" not in phase.values()
                    phase[reply] = "playing"
                case Hold(reply=reply):
                    assert phase[reply] == "playing"
                    phase[reply] = "held"
                case Resume(reply=reply):
                    assert phase[reply] == "held"
                    phase[reply] = "playing"
                case Cancel(reply=reply):
                    phase[reply] = "over"
                case Finish(reply=reply):
                    assert phase[reply] in {"playing", "held"}
                    phase[reply] = "over"
                case _:
                    pass


@every
@given(conversations())
def test_there_is_never_dead_air_without_a_deadline(conversation: list[tuple[str, int, int, int]]) -> None:
    for _, event, state, _ in play(conversation):
        if state.call in {CallPhase.CONNECTING, CallPhase.ENDED} or state.line_held:
            continue
        sound = state.audible is not None and state.audible.phase is ReplyPhase.SPEAKING
        speaking = state.caller.phase is CallerPhase.SPEAKING
        assert sound or speaking or state.timers, event


@every
@given(conversations())
def test_the_agent_is_held_in_the_step_in_which_the_caller_speaks(
    conversation: list[tuple[str, int, int, int]],
) -> None:
    for before, event, _, actions in play(conversation):
        if not isinstance(event, SpeechStarted) or before.call is not CallPhase.OPEN or before.line_held:
            continue
        audible = before.audible
        if before.caller.phase is CallerPhase.SPEAKING or audible is None or audible.urgent:
            continue
        assert audible.phase is not ReplyPhase.SPEAKING or Hold(audible.id) in actions


@every
@given(conversations())
def test_an_emergency_escalates_in_the_same_step_in_every_state(
    conversation: list[tuple[str, int, int, int]],
) -> None:
    for before, event, after, actions in play(conversation):
        if isinstance(event, PartialTranscript) and event.emergency and before.call is CallPhase.OPEN:
            assert after.reply is not None
            assert after.reply.urgent
            if before.reply is None or not before.reply.urgent:
                assert any(isinstance(action, Approve) for action in actions)


@every
@given(conversations())
def test_timers_of_the_state_are_those_that_the_actions_left_armed(
    conversation: list[tuple[str, int, int, int]],
) -> None:
    armed: dict[Timer, int] = {}
    for _, _, state, actions in play(conversation):
        for action in actions:
            if isinstance(action, SetTimer):
                armed[action.timer] = action.due
            elif isinstance(action, ClearTimer):
                del armed[action.timer]
        assert armed == dict(state.timers)


@every
@given(conversations())
def test_turns_are_answered_in_order_and_each_at_most_once_unless_merged(
    conversation: list[tuple[str, int, int, int]],
) -> None:
    last = 0
    retracted: set[int] = set()
    turn_of: dict[int, int] = {}
    for _, _, _, actions in play(conversation):
        for action in actions:
            if isinstance(action, StartDraft):
                turn_of[action.reply] = action.turn
            if isinstance(action, Cancel) and action.retracted:
                retracted.add(turn_of[action.reply])
            if isinstance(action, Approve):
                assert action.turn == last + 1 or (action.turn == last and last in retracted), action
                retracted.discard(action.turn)
                last = action.turn


@every
@given(conversations())
def test_replaying_the_log_gives_the_same_actions(conversation: list[tuple[str, int, int, int]]) -> None:
    steps = play(conversation)
    state = State()
    for _, event, after, actions in steps:
        state, again = step(state, event, SETTINGS)
        assert (state, again) == (after, actions)
