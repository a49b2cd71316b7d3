"""What a tool is."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

ToolFunction = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class ReadAhead:
    """How a tool that only reads is asked before anybody knows what exactly will be wanted of it.

    `read` fetches all that may be. `answer` gives from that what the tool would give for its arguments, or None where
    it does not say. `read` raises `ToolFailed`.
    """

    read: Callable[[], Awaitable[Any]]
    answer: Callable[[Any, Mapping[str, Any]], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Tool:
    """Something the dialogue can ask the clinic to do. `changes` is True when running it twice is not the same as once.

    `filler` is what the agent may say while it runs ("Let me check the calendar."). `ahead`: None where it cannot be
    read ahead.
    """

    name: str
    function: ToolFunction
    changes: bool
    filler: str
    ahead: ReadAhead | None = None


class ToolFailed(Exception):  # noqa: N818  (it is an answer, not a fault)
    """A tool could not do what it was asked; `reason` is one fixed word, never content."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
