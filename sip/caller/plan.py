"""What the test caller is asked to do and what it reports: one JSON document each way."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from sip.caller.analysis import StreamReport, Summary, Turn
from sip.caller.script import Background, Seconds, Step
from sip.errors import SipError

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class CallPlan:
    """One call. `to` is a SIP URI; `ring_s` how long to wait for an answer; `max_s` ends a script that hangs.

    `username` and `password` answer a digest challenge. A REFER is answered with `refer_status`, and a NOTIFY that
    says `transfer_outcome` follows when that is 2xx. `record` names a two-channel WAV (left: the caller as sent,
    right: the agent as received), `packet_log` a file of one JSON object per RTP packet.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    to: str
    steps: tuple[Step, ...] = ()
    caller: Annotated[str, Field(pattern=r"^[A-Za-z0-9._+\-]+$")] = "caller"
    username: str = ""
    password: str = field(default="", repr=False)
    background: Background = Background.SILENCE
    record: Path | None = None
    packet_log: Path | None = None
    start_after_s: Seconds = 0.0
    ring_s: Seconds = 30.0
    max_s: Seconds = 600.0
    refer_status: Annotated[int, Field(ge=200, le=699)] = 202
    transfer_outcome: Annotated[int, Field(ge=200, le=699)] = 200


@dataclass(frozen=True, slots=True)
class CallerPlan:
    """Several calls by one process, at most `at_once` of them at the same time (0: all). `t1_s` is SIP's timer T1."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    calls: tuple[CallPlan, ...]
    at_once: Annotated[int, Field(ge=0)] = 0
    t1_s: Annotated[float, Field(gt=0.0)] = 0.5


class Outcome(StrEnum):
    """How a call ended: hung up or left by the caller, hung up by the agent, or why it never was a call.

    `timed_out`: the script was not over after `max_s`. `failed`: see the result's `problems`.
    """

    COMPLETED = "completed"
    VANISHED = "vanished"
    ENDED_BY_AGENT = "ended_by_agent"
    REFUSED = "refused"
    NOT_ANSWERED = "not_answered"
    NO_RESPONSE = "no_response"
    TIMED_OUT = "timed_out"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Punctuality:
    """How well the caller itself kept time: packets sent, and how late they left by the 20 ms clock.

    `realtime`: the sending thread had SCHED_FIFO.
    """

    packets: int
    late_p50_ms: float
    late_p99_ms: float
    late_max_ms: float
    realtime: bool


@dataclass(frozen=True, slots=True)
class StepReport:
    """A step and when it was carried out, in ms since the call's `started_ns`. `gave_up`: the agent never came."""

    index: int
    step: str
    start_ms: float
    end_ms: float
    gave_up: bool


@dataclass(frozen=True, slots=True)
class CallResult:
    """One call as it went. All `*_ms` positions count from `started_ns` (CLOCK_MONOTONIC), where the recording begins.

    `status` and `reason` are SIP's for a call that was refused; 200 for one that was answered.
    """

    outcome: Outcome
    status: int = 0
    reason: str = ""
    retry_after_s: int | None = None
    redirected_to: tuple[str, ...] = ()
    answered_after_ms: float | None = None
    codec: str = ""
    transfer_target: str = ""
    digits_received: str = ""
    held_by_agent: bool = False
    started_ns: int = 0
    duration_s: float = 0.0
    steps: tuple[StepReport, ...] = ()
    turns: tuple[Turn, ...] = ()
    received: StreamReport | None = None
    sent: Punctuality | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallerResult:
    """Every call of a plan, in its order, and the figures over all of their turns. `cpu_s`: of the whole process."""

    calls: tuple[CallResult, ...]
    summary: Summary
    cpu_s: float


_PLAN = TypeAdapter(CallerPlan)
_RESULT = TypeAdapter(CallerResult)


def plan_from_json(text: str | bytes) -> CallerPlan:
    """The plan in a JSON document. Raises SipError that names the first thing wrong with it."""
    try:
        return _PLAN.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the document"
        raise SipError(f"the plan is wrong at {place}: {first['msg']}", "mend the plan") from None


def plan_to_json(plan: CallerPlan) -> str:
    """The plan as one JSON document."""
    return _PLAN.dump_json(plan).decode()


def result_from_json(text: str | bytes) -> CallerResult:
    """The result that a caller process printed. Raises SipError when it is none."""
    try:
        return _RESULT.validate_json(text)
    except ValidationError:
        raise SipError("the test caller printed no result", "see its error output") from None


def result_to_json(result: CallerResult, *, indent: int | None = None) -> str:
    """The result as one JSON document."""
    return _RESULT.dump_json(result, indent=indent).decode()
