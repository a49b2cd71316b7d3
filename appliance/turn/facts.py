"""Words shared by events, actions and state."""

from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """What the caller speaks, by its ISO 639-1 code."""

    ENGLISH = "en"
    SPANISH = "es"
    ARABIC = "ar"

    @classmethod
    def of(cls, code: str | None) -> "Language | None":
        """The language of that code; None for none, and for one whose words are not known here."""
        return next((language for language in cls if language.value == code), None)


class Expectation(StrEnum):
    """What the agent's last words asked for; endpointing waits longer for some answers than for others."""

    OPEN = "open"
    YES_NO = "yes_no"
    DIGITS = "digits"
    DATE = "date"
    NAME = "name"
    SPELLING = "spelling"


@dataclass(frozen=True, slots=True)
class HangUpAfter:
    """Say the reply, then hang up."""


@dataclass(frozen=True, slots=True)
class TransferAfter:
    """Say the reply, then hand the caller to `target` (a SIP URI or extension). `department` is for the trace."""

    target: str
    department: str


Afterwards = HangUpAfter | TransferAfter | None


class Prompt(StrEnum):
    """Fixed words that the conversation itself needs, whatever the dialogue."""

    GREETING = "greeting"
    IDLE = "idle"
    IDLE_AGAIN = "idle_again"
    IDLE_GOODBYE = "idle_goodbye"
    NOT_HEARD = "not_heard"
    FILLER = "filler"
    TOOL_FILLER = "tool_filler"
    APOLOGY = "apology"
    TROUBLE = "trouble"
    TRANSFER_FAILED = "transfer_failed"
    CLOSING = "closing"


class Timer(StrEnum):
    """What the turn core waits for. One timer of each kind at most is armed."""

    ENDPOINT = "endpoint"
    TRANSCRIPT = "transcript"
    HOLD_DECISION = "hold_decision"
    RELEASE = "release"
    FILLER = "filler"
    REPLY = "reply"
    IDLE = "idle"
    DIGITS = "digits"
    TRANSFER = "transfer"
