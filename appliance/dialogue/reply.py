"""The contract between the dialogue and the session: a turn's words in, a reply in pieces out."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from appliance.turn.facts import Afterwards, Expectation, HangUpAfter, TransferAfter

__all__ = [
    "Afterwards",
    "Dialogue",
    "Expectation",
    "HangUpAfter",
    "ReplyEnd",
    "ReplyPiece",
    "Text",
    "Tools",
    "TransferAfter",
]


@dataclass(frozen=True, slots=True)
class Text:
    """The next piece of the reply's text, spaces included; `language` (ISO 639-1) where it is not the clinic's."""

    text: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class ReplyEnd:
    """The reply is complete: what it asked for, and what follows it. Always the last piece."""

    expects: Expectation = Expectation.OPEN
    afterwards: Afterwards = None


ReplyPiece = Text | ReplyEnd


class Tools(Protocol):
    """The tools as one reply may use them.

    A tool that changes something waits here until the reply is approved, so a draft that is dropped has changed
    nothing; and it runs once per turn: asked again with the same arguments in the same turn, it gives the same result.
    """

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Run a tool and give its result. Raises `appliance.clinic.tool.ToolFailed`."""
        ...


class Dialogue(Protocol):
    """The mind of one call. Turns are numbered from 1.

    The state that turn N starts from is the state that the accepted reply to turn N - 1 left, however often turn N is
    drafted or answered again: a merged turn (the caller went on after the answer began) is drafted again under its
    own number.
    """

    def greeting(self) -> str:
        """What the agent says when it answers."""
        ...

    def draft(self, turn: int, text: str, tools: Tools) -> AsyncIterator[ReplyPiece]:
        """Reply to what the caller said in `turn`. Closing the iterator abandons the reply.

        Changes nothing in the dialogue until `accept`.
        """
        ...

    def overhear(self, turn: int, text: str, language: str | None) -> None:
        """What the caller has said of `turn` so far, as it is recognised, and its ISO 639-1 code where that is known.

        Whatever can be prepared may be; nothing is answered.
        """
        ...

    def accept(self, turn: int, text: str) -> None:
        """The latest draft for `turn` is being spoken: once complete, what it understood is the dialogue's state."""
        ...

    def spoken(self, text: str, *, cut: bool) -> None:
        """What the caller heard of an agent utterance (reply, greeting, prompt); `cut` when there was more."""
        ...
