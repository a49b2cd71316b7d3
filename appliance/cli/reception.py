"""What the web side is told of the calls, and who may come in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from appliance.line import HangUpReason, Line
from appliance.metrics import Metrics
from appliance.switchboard import Switchboard
from appliance.web.directory import CallSummary, ServiceState
from sip.pool import WorkerPool


@dataclass(slots=True)
class Directory:
    """Implements `appliance.web.directory.CallDirectory` from the start of the process to its end."""

    max_calls: int
    switchboard: Switchboard | None = None
    pool: WorkerPool | None = None
    reasons: list[str] = field(default_factory=lambda: ["starting"])

    def state(self) -> ServiceState:
        """Whether calls are accepted."""
        reasons = list(self.reasons)
        if self.pool is not None and self.pool.status.workers_ready == 0:
            reasons.append("no SIP worker is up")
        active = self.switchboard.active_calls if self.switchboard else 0
        return ServiceState(not reasons, tuple(reasons), active, self.max_calls)

    @property
    def sip_calls(self) -> int:
        """Calls on the phone line, from their INVITE on."""
        return self.pool.status.active_calls if self.pool else 0

    def calls(self) -> Sequence[CallSummary]:
        """Active calls and then recent ones."""
        if self.switchboard is None:
            return []
        active = [
            CallSummary(trace.call_id, "active", trace.started_at, age_ms, trace.codec, len(trace.turns))
            for trace, age_ms in self.switchboard.active()
        ]
        ended = [
            CallSummary(
                trace.call_id,
                "ended",
                trace.started_at,
                trace.duration_ms,
                trace.codec,
                len(trace.turns),
                trace.end_reason,
            )
            for trace in self.switchboard.recent()
        ]
        return [*active, *ended]

    async def call(self, call_id: str) -> Mapping[str, Any] | None:
        """The trace of one call."""
        return None if self.switchboard is None else await self.switchboard.find(call_id)


@dataclass(frozen=True, slots=True)
class Reception:
    """Lets calls in or not, whatever line they come on. Implements `appliance.web.media_stream.endpoint.Reception`.

    Above `max_loop_lag_ms` (99th percentile) no call is taken: one more would make those that go on stutter.
    """

    directory: Directory
    metrics: Metrics
    max_loop_lag_ms: float

    @property
    def overloaded(self) -> bool:
        """Whether the event loop is too late for another call."""
        switchboard = self.directory.switchboard
        return switchboard is not None and switchboard.loop_lag_ms > self.max_loop_lag_ms

    def refusal(self, media_streams: int) -> str:
        """Why another call cannot be taken beside so many media streams; empty when it can."""
        reason, said = self._refusal(media_streams)
        if reason:
            self.metrics.call_refused(reason)
        return said

    def _refusal(self, media_streams: int) -> tuple[str, str]:
        directory = self.directory
        if directory.reasons or directory.switchboard is None:
            said = ", ".join(directory.reasons) or "starting"
            return ("draining" if "draining" in said else "starting"), said
        if directory.sip_calls + media_streams >= directory.max_calls:
            return "full", "every line is busy"
        return ("overloaded", "too busy for another call") if self.overloaded else ("", "")

    async def take(self, line: Line) -> HangUpReason:
        """Hold the call; returns why it ended."""
        if self.directory.switchboard is None:
            return HangUpReason.REJECTED
        trace = await self.directory.switchboard.take(line)
        return HangUpReason(trace.end_reason)
