"""What a tool is."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

ToolFunction = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Tool:
    """Something the dialogue can ask the clinic to do. `changes` is True when running it twice is not the same as once.

    `filler` is what the agent may say while it runs ("Let me check the calendar.").
    """

    name: str
    function: ToolFunction
    changes: bool
    filler: str


class ToolFailed(Exception):  # noqa: N818  (it is an answer, not a fault)
    """A tool could not do what it was asked; `reason` is one fixed word, never content."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
