"""What a call leaves behind: per turn when each stage was reached, per call how it went, and the log of its events.

Every time is in ms since the call began, on the session's one clock. A trace is a record: it may hold what was said,
so it lives in the records directory and is readable by the appliance's user alone. Logs and metrics never hold text.
"""

import asyncio
import dataclasses
import functools
import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter

logger = logging.getLogger(__name__)

EventT = TypeVar("EventT")

# Text values that stay when a trace is written without text: fixed words of ours, never a caller's.
_FIXED_WORDS = frozenset({"event", "timer", "prompt", "expects", "reason", "kind", "name", "outcome", "language"})
# Numbers that go with a text: from them its last words could be guessed.
_TELLING_NUMBERS = frozenset({"end_probability", "sentence_end"})


class Stage(StrEnum):
    """A moment in a turn, in the order in which a turn passes them."""

    SPEECH_BEGAN = "speech_began"
    SPEECH_ENDED = "speech_ended"
    SOFT_END = "soft_end"
    TRANSCRIPT_FINAL = "transcript_final"
    DECISION = "decision"
    FIRST_TOKEN = "first_token"  # noqa: S105  (a token of text)
    FIRST_CLAUSE = "first_clause"
    FIRST_AUDIO = "first_audio"
    FIRST_PACKET = "first_packet"
    INTERRUPTED = "interrupted"
    SILENCED = "silenced"


_OF_THE_REPLY = (Stage.FIRST_TOKEN, Stage.FIRST_CLAUSE, Stage.FIRST_AUDIO, Stage.FIRST_PACKET)
_WAITS_FOR: Mapping[Stage, tuple[Stage, ...]] = {
    Stage.SOFT_END: (Stage.SPEECH_ENDED,),
    Stage.TRANSCRIPT_FINAL: (Stage.SOFT_END,),
    Stage.DECISION: (Stage.SOFT_END,),
    Stage.FIRST_TOKEN: (Stage.TRANSCRIPT_FINAL,),
    Stage.FIRST_CLAUSE: (Stage.FIRST_TOKEN,),
    Stage.FIRST_AUDIO: (Stage.FIRST_CLAUSE,),
    Stage.FIRST_PACKET: (Stage.DECISION, Stage.FIRST_AUDIO),
}
RESPONSE_LATENCY = "response_latency"
BARGE_IN_SILENCE = "barge_in_silence"
MEASURED = (RESPONSE_LATENCY, *(str(stage) for stage in _WAITS_FOR), BARGE_IN_SILENCE)
"""The names that `TurnTrace.durations_ms` uses."""


@dataclass(frozen=True, slots=True)
class ToolTrace:
    """A tool that ran: how long (ms), and how it ended in one fixed word ("done", or the reason it failed)."""

    name: str
    began_ms: float
    duration_ms: float
    outcome: str


@dataclass(frozen=True, slots=True)
class UtteranceTrace:
    """Something the agent said: what was heard of it. `turn` is 0 for a greeting or a prompt; `cut`: there was more."""

    turn: int
    kind: str
    began_ms: float
    ended_ms: float
    heard: str
    cut: bool

    @property
    def heard_words(self) -> int:
        """How many words were heard."""
        return len(self.heard.split())


@dataclass(frozen=True, slots=True)
class TurnTrace:
    """One turn of the caller and the reply to it. `at_ms` holds the stages that were reached.

    `revision` counts how often the caller went on after a soft end; the times are those of the last revision.
    `score` is the end-of-turn model's, 0..1; `confidence` the transcript's; `language` what it was heard in, if the
    engine tells. `resumed_holds` counts backchannels over the reply.
    """

    turn: int
    revision: int = 0
    at_ms: Mapping[Stage, float] = field(default_factory=dict)
    score: float | None = None
    text: str = ""
    confidence: float | None = None
    language: str = ""
    resumed_holds: int = 0
    heard_words: int = 0
    tools: tuple[ToolTrace, ...] = ()

    def durations_ms(self) -> dict[str, float]:
        """How long each stage took, ms, counted from the later of those it waits for; only what was reached.

        `response_latency` runs from the caller's last sound to the first packet, `barge_in_silence` from the
        beginning of an interruption to the last sound of the agent.
        """
        durations: dict[str, float] = {}
        for stage, awaited in _WAITS_FOR.items():
            if stage in self.at_ms and all(other in self.at_ms for other in awaited):
                durations[stage] = max(0.0, self.at_ms[stage] - max(self.at_ms[other] for other in awaited))
        for name, began, ended in (
            (RESPONSE_LATENCY, Stage.SPEECH_ENDED, Stage.FIRST_PACKET),
            (BARGE_IN_SILENCE, Stage.INTERRUPTED, Stage.SILENCED),
        ):
            if began in self.at_ms and ended in self.at_ms:
                durations[name] = max(0.0, self.at_ms[ended] - self.at_ms[began])
        return durations


@dataclass(frozen=True, slots=True)
class MediaTrace:
    """What the network did to the call."""

    packets_received: int
    packets_lost: int
    jitter_ms: float
    round_trip_ms: float


@dataclass(frozen=True, slots=True)
class CallTrace:
    """A whole call. `started_at` is the wall clock in ISO 8601; `end_reason` one fixed word, empty while it runs."""

    call_id: str
    started_at: str
    codec: str
    end_reason: str = ""
    duration_ms: float = 0.0
    media: MediaTrace | None = None
    turns: tuple[TurnTrace, ...] = ()
    utterances: tuple[UtteranceTrace, ...] = ()
    events: tuple[Mapping[str, Any], ...] = ()

    def as_plain(self, *, with_text: bool) -> dict[str, Any]:
        """As JSON takes it. Without text, every text but fixed words is emptied, and pressed keys with it."""
        plain: dict[str, Any] = _plain(self)
        if with_text:
            return plain
        for part in ("turns", "utterances", "events"):
            plain[part] = _without_text(plain[part])
        return plain


class TraceRecorder:
    """Gathers the trace of one call while it runs. Cheap, and called on the event loop."""

    def __init__(self, call_id: str, codec: str, started_at: str) -> None:
        self._call = CallTrace(call_id, started_at, codec)
        self._turns: dict[int, TurnTrace] = {}
        self._utterances: list[UtteranceTrace] = []
        self._events: list[Mapping[str, Any]] = []

    def mark(self, turn: int, stage: Stage, at_ms: float) -> None:
        """The turn has reached a stage. Only the first time counts, until `revise` or `redraft`."""
        trace = self._turn(turn)
        if stage not in trace.at_ms:
            self._change(turn, at_ms={**trace.at_ms, stage: at_ms})

    def revise(self, turn: int) -> None:
        """The caller went on: only the beginning of the turn's speech still holds."""
        trace = self._turn(turn)
        kept = {stage: at for stage, at in trace.at_ms.items() if stage is Stage.SPEECH_BEGAN}
        self._change(turn, revision=trace.revision + 1, at_ms=kept, score=None)

    def redraft(self, turn: int) -> None:
        """The reply was dropped for another one in the same revision: its stages are to come again."""
        kept = {stage: at for stage, at in self._turn(turn).at_ms.items() if stage not in _OF_THE_REPLY}
        self._change(turn, at_ms=kept)

    def discard(self, turn: int) -> None:
        """What was taken for the turn was none: a backchannel, a noise."""
        self._turns.pop(turn, None)

    def transcript(self, turn: int, text: str) -> None:
        """What the caller said in the turn, as far as it was understood."""
        self._change(turn, text=text)

    def scored(self, turn: int, score: float | None) -> None:
        """What the end-of-turn model gave."""
        self._change(turn, score=score)

    def heard(self, turn: int, confidence: float, language: str) -> None:
        """How sure the transcript is (0..1), and in which language it was heard."""
        self._change(turn, confidence=confidence, language=language)

    def resumed(self, turn: int) -> None:
        """The reply was held for a backchannel and went on."""
        self._change(turn, resumed_holds=self._turn(turn).resumed_holds + 1)

    def tool(self, turn: int, tool: ToolTrace) -> None:
        """A tool has run for the reply."""
        self._change(turn, tools=(*self._turn(turn).tools, tool))

    def spoken(self, utterance: UtteranceTrace) -> None:
        """The agent has said something, to its end or to the cut."""
        self._utterances.append(utterance)
        if utterance.turn:
            heard = self._turn(utterance.turn).heard_words + utterance.heard_words
            self._change(utterance.turn, heard_words=heard)

    def event(self, record: Mapping[str, Any]) -> None:
        """Add to the event log; see `event_record`."""
        self._events.append(record)

    def turn(self, turn: int) -> TurnTrace:
        """The turn as it stands."""
        return self._turn(turn)

    def ended(self, reason: str, duration_ms: float, media: MediaTrace | None) -> CallTrace:
        """The whole call, now that it is over."""
        return dataclasses.replace(self.so_far(), end_reason=reason, duration_ms=duration_ms, media=media)

    def so_far(self) -> CallTrace:
        """The call as it stands."""
        return dataclasses.replace(
            self._call,
            turns=tuple(self._turns[number] for number in sorted(self._turns)),
            utterances=tuple(self._utterances),
            events=tuple(self._events),
        )

    def _turn(self, turn: int) -> TurnTrace:
        return self._turns.get(turn, TurnTrace(turn))

    def _change(self, turn: int, **changes: Any) -> None:
        self._turns[turn] = dataclasses.replace(self._turn(turn), **changes)


def event_record(event: Any) -> dict[str, Any]:
    """An event (a dataclass instance with `at`, ms) as a plain dict: its class as `event`, its time as `at_ms`."""
    fields = _plain(event)
    return {"at_ms": fields.pop("at"), "event": type(event).__name__, **fields}


def event_from(record: Mapping[str, Any], kinds: Mapping[str, type[EventT]]) -> EventT:
    """The event that `event_record` made the record of; `kinds` maps class names to classes.

    Raises `ValueError` for a record that is none of those.
    """
    fields = dict(record)
    kind = kinds.get(fields.pop("event", ""))
    if kind is None:
        raise ValueError("the record names no known event")
    fields["at"] = fields.pop("at_ms", None)
    event: EventT = _adapter(cast("Any", kind)).validate_python(fields)
    return event


@functools.cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    """Built once a kind: building takes longer than reading."""
    return TypeAdapter(kind)


async def write_trace(trace: CallTrace, directory: Path, *, with_text: bool) -> Path | None:
    """Write the trace to ``directory/CALL_ID.json`` (0600, the directory 0700) in a thread.

    A trace that cannot be written is logged and None returned: the call must not suffer from a full disk.
    """
    try:
        return await asyncio.to_thread(_write, trace, directory, with_text=with_text)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        logger.error("trace not written: %s; free or mend %s", reason, directory, extra={"call_id": trace.call_id})
        return None


def _write(trace: CallTrace, directory: Path, *, with_text: bool) -> Path:
    for place in (directory.parent, directory):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / f"{trace.call_id}.json"
    unfinished = directory / f".{trace.call_id}.json"
    content = json.dumps(trace.as_plain(with_text=with_text), ensure_ascii=False, indent=1)
    try:
        with os.fdopen(
            os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(content)
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    return path


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: _plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list | frozenset | set):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, StrEnum) else value


def _without_text(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: item for key, item in value.items() if key not in _TELLING_NUMBERS}
        return {key: item if key in _FIXED_WORDS else _without_text(item) for key, item in kept.items()}
    if isinstance(value, list):
        return [_without_text(item) for item in value]
    return "" if isinstance(value, str) else value
