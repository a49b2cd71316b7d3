"""All calls: who is talking, whether another may come, what is kept of those that ended, and the end of the day."""

import asyncio
import json
import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from appliance.line import HangUpReason, Line, MediaStatistics
from appliance.metrics import Metrics
from appliance.records.recording import CallRecording
from appliance.session.journal import Journal
from appliance.session.session import AudioTap, Session
from appliance.trace import CallTrace, MediaTrace, TraceRecorder, write_trace

logger = logging.getLogger(__name__)

_RECENT_CALLS = 200
_CALLS_WITH_EVENTS = 10
# Each probe wakes the process, which costs 0.2 to 0.5 ms of CPU when it was asleep.
_LAG_PROBE_S = 0.5
_IDLE_LAG_PROBE_S = 1.0
_LAG_WINDOW_S = 10.0

SessionFactory = Callable[[Line, Journal, AudioTap | None], Session]
RecordingFactory = Callable[[str, int], CallRecording | None]


@dataclass(slots=True)
class ActiveCall:
    """A call that goes on."""

    session: Session
    recorder: TraceRecorder
    started_at: str
    started: float
    codec: str


class Switchboard:
    """Runs a session for every line it is given, and keeps the traces of those that ended."""

    def __init__(
        self,
        session_for: SessionFactory,
        recording_for: RecordingFactory,
        traces: Path,
        metrics: Metrics,
        *,
        with_text: bool,
    ) -> None:
        self._session_for = session_for
        self._recording_for = recording_for
        self._traces = traces
        self._metrics = metrics
        self._with_text = with_text
        self._active: dict[str, ActiveCall] = {}
        self._ended: OrderedDict[str, CallTrace] = OrderedDict()
        self._nobody = asyncio.Event()
        self._nobody.set()
        self.draining = False
        self.loop_lag_ms = 0.0

    async def take(self, line: Line) -> CallTrace:
        """Hold the conversation on an answered line; returns its trace once it is over and written."""
        info = line.info
        loop = asyncio.get_running_loop()
        started_at = datetime.now(UTC).isoformat(timespec="seconds")
        recorder = TraceRecorder(info.call_id, info.codec, started_at)
        recording = self._recording_for(info.call_id, info.sample_rate)
        tap = _both_sides_into(recording) if recording else None
        session = self._session_for(line, Journal(recorder, self._metrics), tap)
        call = ActiveCall(session, recorder, started_at, loop.time(), info.codec)
        self._enter(info.call_id, call)
        reason = HangUpReason.LINE_FAILED
        try:
            reason = await session.run()
        except Exception as error:
            # One call must not take the others with it; what it said stays out of the log.
            logger.exception("call failed: %s", type(error).__name__, extra={"call_id": info.call_id})
        finally:
            duration_ms = (loop.time() - call.started) * 1000
            trace = recorder.ended(str(reason), duration_ms, _media(session.media))
            self._leave(trace)
            if recording is not None:
                recording.close()
                await recording.wait_closed()
            await write_trace(trace, self._traces, with_text=self._with_text)
            self._forget_old_events()
        return trace

    def _enter(self, call_id: str, call: ActiveCall) -> None:
        self._active[call_id] = call
        self._nobody.clear()
        self._metrics.set_active_calls(len(self._active))
        logger.info("call answered", extra={"call_id": call_id})

    def _leave(self, trace: CallTrace) -> None:
        self._active.pop(trace.call_id, None)
        if not self._active:
            self._nobody.set()
        self._ended[trace.call_id] = trace
        while len(self._ended) > _RECENT_CALLS:
            self._ended.popitem(last=False)
        self._metrics.set_active_calls(len(self._active))
        self._metrics.call_ended(trace.end_reason)
        logger.info("call ended: %s", trace.end_reason, extra={"call_id": trace.call_id})

    def _forget_old_events(self) -> None:
        """The log of events is by far the largest part of a trace; of older calls it is in the file only."""
        for call_id in list(self._ended)[:-_CALLS_WITH_EVENTS]:
            if self._ended[call_id].events:
                self._ended[call_id] = replace(self._ended[call_id], events=())

    async def drain(self, limit_s: float, goodbye_s: float = 10.0) -> None:
        """Wait until the last call has ended; after `limit_s` tell the callers, and give them `goodbye_s` more."""
        self.draining = True
        try:
            async with asyncio.timeout(limit_s):
                await self.all_ended()
            return
        except TimeoutError:
            logger.warning("drain limit reached: ending %d calls", len(self._active))
        for call in list(self._active.values()):
            call.session.drain()
        try:
            async with asyncio.timeout(goodbye_s):
                await self.all_ended()
        except TimeoutError:
            logger.warning("%d calls did not end in time", len(self._active))

    async def all_ended(self) -> None:
        """Wait until no call goes on."""
        await self._nobody.wait()

    @property
    def active_calls(self) -> int:
        """How many calls go on."""
        return len(self._active)

    def active(self) -> Sequence[tuple[CallTrace, float]]:
        """The trace so far and the age in ms of every call that goes on."""
        now = asyncio.get_running_loop().time()
        return [(call.recorder.so_far(), (now - call.started) * 1000) for call in self._active.values()]

    def recent(self) -> Sequence[CallTrace]:
        """Calls that have ended, newest first."""
        return list(reversed(self._ended.values()))

    async def find(self, call_id: str) -> Mapping[str, Any] | None:
        """The trace of a call: active, recent, or written earlier; None when there is none."""
        if call_id in self._active:
            return self._active[call_id].recorder.so_far().as_plain(with_text=self._with_text)
        written = await asyncio.to_thread(_read_trace, self._traces, call_id)
        if written is None and call_id in self._ended:
            return self._ended[call_id].as_plain(with_text=self._with_text)
        return written

    async def watch_the_loop(self) -> None:
        """Measure how late the event loop is, until cancelled: the 99th percentile of the last ten seconds."""
        loop = asyncio.get_running_loop()
        while True:
            lags: list[float] = []
            window_ends = loop.time() + _LAG_WINDOW_S
            while loop.time() < window_ends:
                wait_s = _LAG_PROBE_S if self._active else _IDLE_LAG_PROBE_S
                due = loop.time() + wait_s
                await asyncio.sleep(wait_s)
                lags.append((loop.time() - due) * 1000)
            lags.sort()
            self.loop_lag_ms = lags[-(-len(lags) * 99 // 100) - 1]
            self._metrics.set_loop_lag_ms(self.loop_lag_ms)


def _both_sides_into(recording: CallRecording) -> AudioTap:
    """Frame by frame: reports of what was played come in bursts, the recording wants one frame of each side."""
    played: deque[bytes] = deque()

    def tap(caller: bytes, left_for_the_caller: list[bytes]) -> None:
        played.extend(left_for_the_caller)
        recording.write(caller, played.popleft() if played else b"")

    return tap


def _media(statistics: MediaStatistics | None) -> MediaTrace | None:
    if statistics is None:
        return None
    return MediaTrace(
        statistics.packets_received, statistics.packets_lost, statistics.jitter_ms, statistics.round_trip_ms
    )


def _read_trace(directory: Path, call_id: str) -> Mapping[str, Any] | None:
    # A call id of ours has no separator in it; anything else names no file.
    if not call_id.replace("-", "").isalnum():
        return None
    try:
        content: Mapping[str, Any] = json.loads((directory / f"{call_id}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content
