"""What the turn core is told. `at` is ms of line audio received since the call began (counted in samples)."""

from dataclasses import dataclass

from appliance.turn.facts import Afterwards, Expectation, Language, Timer


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """The line is open: frames flow."""

    at: int


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The VAD hears the caller, who began at `began`. `agent_remaining_ms`: what the agent has yet to play."""

    at: int
    began: int
    agent_remaining_ms: int | None = None


@dataclass(frozen=True, slots=True)
class SpeechPaused:
    """Soft end: the VAD has heard silence for a little while; the last sound was at `ended`."""

    at: int
    ended: int


@dataclass(frozen=True, slots=True)
class PartialTranscript:
    """Words so far in the turn being spoken. `emergency` is the category the matcher found, if any.

    `language`: the one in which they were heard; None when speech-to-text does not tell.
    """

    at: int
    text: str
    emergency: str | None = None
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class FinalTranscript:
    """The answer to `FinaliseTranscript`. No text: nothing intelligible; `rejected`: doubtful words were withheld.

    `emergency` and `language` as in `PartialTranscript`. `end_probability` (0..1): how likely it is, by what callers
    say here, that nothing follows these words; None where speech-to-text cannot tell. `sentence_end` (0..1): how often
    a sentence ends after the last words of the turn in general; None where nobody can tell.
    """

    at: int
    turn: int
    revision: int
    text: str
    rejected: bool = False
    emergency: str | None = None
    language: Language | None = None
    end_probability: float | None = None
    sentence_end: float | None = None


@dataclass(frozen=True, slots=True)
class TranscriptFailed:
    """Speech-to-text failed to answer `FinaliseTranscript`."""

    at: int
    turn: int
    revision: int


@dataclass(frozen=True, slots=True)
class EndOfTurnScored:
    """The answer to `ScoreEndOfTurn`: probability that the turn is over; None when the model failed."""

    at: int
    turn: int
    revision: int
    score: float | None


@dataclass(frozen=True, slots=True)
class AudioReady:
    """The first audio of a reply exists."""

    at: int
    reply: int


@dataclass(frozen=True, slots=True)
class ReplyCompleted:
    """The text of a reply is complete: what it asks for, and what follows it."""

    at: int
    reply: int
    expects: Expectation = Expectation.OPEN
    afterwards: Afterwards = None


@dataclass(frozen=True, slots=True)
class ReplyFailed:
    """A reply cannot be finished; what was already audible was heard."""

    at: int
    reply: int


@dataclass(frozen=True, slots=True)
class PlayoutFinished:
    """The last frame of a reply has left for the caller."""

    at: int
    reply: int


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A reply waits for a tool; `changes`: one that alters something in the world."""

    at: int
    reply: int
    changes: bool = False


@dataclass(frozen=True, slots=True)
class ToolSettled:
    """The tool has answered or failed."""

    at: int
    reply: int


@dataclass(frozen=True, slots=True)
class DigitPressed:
    """The caller pressed a key."""

    at: int
    digit: str


@dataclass(frozen=True, slots=True)
class LineHeld:
    """The other side put the call on hold."""

    at: int


@dataclass(frozen=True, slots=True)
class LineResumed:
    """The other side took the call back from hold."""

    at: int


@dataclass(frozen=True, slots=True)
class TransferRefused:
    """The transfer did not happen; the caller is still here."""

    at: int


@dataclass(frozen=True, slots=True)
class DrainRequested:
    """The appliance is about to stop: tell the caller and end the call."""

    at: int


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer armed for `due` ms has come; it counts only if it is still armed for that moment."""

    at: int
    timer: Timer
    due: int


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The line is gone."""

    at: int


Event = (
    CallAnswered
    | SpeechStarted
    | SpeechPaused
    | PartialTranscript
    | FinalTranscript
    | TranscriptFailed
    | EndOfTurnScored
    | AudioReady
    | ReplyCompleted
    | ReplyFailed
    | PlayoutFinished
    | ToolStarted
    | ToolSettled
    | DigitPressed
    | LineHeld
    | LineResumed
    | TransferRefused
    | DrainRequested
    | TimerFired
    | CallEnded
)
