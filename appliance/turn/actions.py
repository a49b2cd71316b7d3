"""What the turn core asks for. The session carries actions out in order, in the same step."""

from dataclasses import dataclass

from appliance.turn.facts import Prompt, Timer


@dataclass(frozen=True, slots=True)
class FinaliseTranscript:
    """Ask speech-to-text for the turn so far; answer with `FinalTranscript` or `TranscriptFailed`."""

    turn: int
    revision: int


@dataclass(frozen=True, slots=True)
class ScoreEndOfTurn:
    """Ask the end-of-turn model once; answer with `EndOfTurnScored`."""

    turn: int
    revision: int


@dataclass(frozen=True, slots=True)
class ForgetSpeech:
    """What was heard so far belongs to a turn that is `answered`, or to none: the ear starts afresh."""

    answered: bool = False


@dataclass(frozen=True, slots=True)
class StartDraft:
    """Draft a reply to `text`, held back; tools that change something wait for `Approve`.

    Unless `voiced`, only its first clause, as text: no more is read and no audio is made before `Voice`.
    """

    reply: int
    turn: int
    text: str
    voiced: bool = True


@dataclass(frozen=True, slots=True)
class Voice:
    """The caller pauses: make the drafted text into audio, still held back."""

    reply: int


@dataclass(frozen=True, slots=True)
class StartPrompt:
    """Prepare fixed words; they need no approval."""

    reply: int
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Approve:
    """The turn has ended: the drafted reply is the answer. Tools that change something may run."""

    reply: int
    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class Play:
    """Put the reply on the line with the next frame."""

    reply: int


@dataclass(frozen=True, slots=True)
class Hold:
    """Fall silent within a frame, ready to go on from there."""

    reply: int


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on from the frame at which the reply was held."""

    reply: int


@dataclass(frozen=True, slots=True)
class Cancel:
    """End the reply: language model, synthesis and playout together.

    What was heard of it goes into the history with the cut marked, unless `retracted`: the caller's turn was not over,
    and the two halves become one turn.
    """

    reply: int
    retracted: bool = False


@dataclass(frozen=True, slots=True)
class Finish:
    """The reply was heard to its end: it goes into the history whole."""

    reply: int


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Answer with `TimerFired` at `due` ms; replaces the timer of that kind."""

    timer: Timer
    due: int


@dataclass(frozen=True, slots=True)
class ClearTimer:
    """The timer is not wanted any more."""

    timer: Timer


@dataclass(frozen=True, slots=True)
class Transfer:
    """Hand the caller over."""

    target: str
    department: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call."""


Action = (
    FinaliseTranscript
    | ScoreEndOfTurn
    | ForgetSpeech
    | StartDraft
    | StartPrompt
    | Voice
    | Approve
    | Play
    | Hold
    | Resume
    | Cancel
    | Finish
    | SetTimer
    | ClearTimer
    | Transfer
    | HangUp
)
