"""What the web side wants to know about calls; the switchboard answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True)
class ServiceState:
    """Whether calls are accepted, and if not, why: fixed phrases such as "starting" or "draining"."""

    accepting: bool
    reasons: tuple[str, ...]
    active_calls: int
    max_calls: int


@dataclass(frozen=True, slots=True)
class CallSummary:
    """One call. `started_at` is ISO 8601; `end_reason` is empty while the call is active."""

    call_id: str
    state: Literal["active", "ended"]
    started_at: str
    duration_ms: float
    codec: str
    turns: int
    end_reason: str = ""


class CallDirectory(Protocol):
    """All calls, as the web side may see them."""

    def state(self) -> ServiceState:
        """Whether calls are accepted."""
        ...

    def calls(self) -> Sequence[CallSummary]:
        """Active calls and then recent ones, newest first."""
        ...

    async def call(self, call_id: str) -> Mapping[str, Any] | None:
        """The trace of a call, active or kept (`CallTrace.as_plain`); None when there is no such call."""
        ...
