"""Many calls at once: are the outgoing streams even, what does a call cost, and what does the orchestrator add?"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Final

from appliance.cli.demo_script import voice
from sip.caller.analysis import GAP_LIMIT_MS
from sip.caller.plan import CallerPlan, CallerResult, CallPlan, Outcome
from sip.caller.process import run_caller_process
from sip.caller.script import HangUp, Play, PlayOver, Purpose, Step, Wait, WaitForAgentSilence
from sip.pool import plan_workers
from sip.settings import SipSettings
from tests.bench import media_stream_caller, own_share, processes
from tests.bench.bench import NotPossibleError, appliance, check_answered, progress
from tests.bench.human import ENGINES
from tests.bench.report import Figure, Report, Table, number, p50_and_p95
from tests.bench.wire import responses
from tests.wire.running import Appliance, Settings

MOST_CALLS: Final = 12
_LONG_S: Final = 120.0
_SHORT_S: Final = 30.0
_IDLE_S: Final = 8.0
_FEWER_CALLS: Final = (1, 4, 8)
_CPU_LIMIT_S: Final = 2.0
_LAG_LIMIT_MS: Final = 10.0
_APART_S: Final = 0.37
_MARGIN_S: Final = 1.0
_ANSWERED_IN_S: Final = 15.0
_NO_ANSWER_S: Final = 5.0
_LAG: Final = "appliance_loop_lag_p99_seconds"
_LAG_EVERY_S: Final = 10.0
_SIP: Final = "SIP"
_STREAM: Final = "the media websocket"


@dataclass(frozen=True, slots=True)
class Run:
    """Some calls at once. CPU seconds are per call-minute; `lags_ms` the event loop's p99 of each ten seconds."""

    over: str
    calls: int
    seconds: float
    orchestrator_cpu_s: float
    workers_cpu_s: float
    lags_ms: tuple[float, ...]
    result: CallerResult

    @property
    def cpu_s(self) -> float:
        """Of the whole process tree."""
        return self.orchestrator_cpu_s + self.workers_cpu_s

    @property
    def refused(self) -> int:
        """Calls that were not taken."""
        return sum(call.outcome is Outcome.REFUSED for call in self.result.calls)

    @property
    def longest_gap_ms(self) -> float | None:
        """Between two packets of any outgoing RTP stream; a media stream has none."""
        return max((call.received.max_gap_ms for call in self.result.calls if call.received is not None), default=None)

    @property
    def gaps(self) -> int:
        """Gaps over 60 ms in all outgoing streams."""
        return sum(len(call.received.gaps_over_60_ms) for call in self.result.calls if call.received is not None)


def script(seconds: float) -> tuple[Step, ...]:
    """A caller who asks, listens, says "mm-hm" and interrupts, until `max_s` ends the call."""
    agent_done = WaitForAgentSilence(600, 10.0)
    steps: list[Step] = [agent_done]
    for _ in range(int(seconds // 10) + 1):
        steps += [
            Play(voice("hours")),
            PlayOver(voice("mm_hm"), 1.0, Purpose.BACKCHANNEL),
            agent_done,
            Play(voice("book")),
            PlayOver(voice("interrupt"), 1.2),
            agent_done,
            Wait(0.5),
        ]
    return (*steps, HangUp())


def settings() -> Settings:
    """Room for exactly as many calls as come."""
    return {**ENGINES, "sip": {"max_calls": MOST_CALLS}}


async def measure() -> Report:
    """The long run with every line busy, and shorter ones with fewer calls."""
    with appliance(settings()) as running_one:
        progress(f"no call for {_IDLE_S:g} s")
        idle_cpu_s = await _idle_cpu_s(running_one)
        full = await _run(running_one, MOST_CALLS, _LONG_S)
        fewer = [await _run(running_one, calls, _SHORT_S) for calls in _FEWER_CALLS]
        streams = [await _run(running_one, calls, _SHORT_S, _STREAM) for calls in (*_FEWER_CALLS, MOST_CALLS)]
    added_ms = await own_share.measured_ms()
    late = max(call.sent.late_max_ms for call in full.result.calls if call.sent is not None)
    by_sip, by_stream = (*fewer, full), tuple(streams)
    turns = [turn for call in full.result.calls for turn in call.turns]
    workers = len(plan_workers(SipSettings(max_calls=MOST_CALLS)))
    return Report(
        how=f"{MOST_CALLS} calls at once for {_LONG_S:g} s (max_calls = {MOST_CALLS}: {workers} SIP "
        "workers), of callers who ask, say mm-hm and interrupt; simulated engines with the delays of the section on "
        "human speech, real Silero and Smart Turn. The caller process runs on the same cores, and its CPU is not "
        "counted. CPU is that of the orchestrator and of the SIP workers from /proc, from when all calls were up, and "
        f"holds the idle workers of {MOST_CALLS} lines. {own_share.HOW}",
        figures=(
            Figure("longest gap in an outgoing RTP stream", full.longest_gap_ms, "ms", GAP_LIMIT_MS, MOST_CALLS),
            Figure(f"gaps over {GAP_LIMIT_MS:g} ms, all streams", full.gaps, "gaps", 0, MOST_CALLS),
            Figure("calls refused", full.refused, "calls", 0, MOST_CALLS),
            *(
                Figure(
                    f"CPU of a call-minute, {run.calls} at once over {run.over}", run.cpu_s, "s", _CPU_LIMIT_S, digits=2
                )
                for run in (*by_sip, *by_stream)
            ),
            Figure(
                "event-loop lag p99, worst ten seconds", max(full.lags_ms), "ms", _LAG_LIMIT_MS, len(full.lags_ms), 1
            ),
            *own_share.figures(added_ms),
            *p50_and_p95(f"response, {MOST_CALLS} calls", responses(turns)),
        ),
        tables=(_costs([*by_sip, *by_stream]),),
        remarks=(
            f"Without a call orchestrator and workers together use {idle_cpu_s:.2f} CPU s a minute. "
            f"The caller's own packets left at most {late:.1f} ms late in the long run.",
        ),
    )


async def _idle_cpu_s(running_one: Appliance) -> float:
    """CPU seconds that the appliance uses in a minute without a call."""
    pids = [running_one.process.pid, *processes.below(running_one.process.pid)]
    before = processes.cpu_seconds(pids)
    await asyncio.sleep(_IDLE_S)
    return (processes.cpu_seconds(pids) - before) * 60 / _IDLE_S


def _calling(running_one: Appliance, calls: int, seconds: float, over: str) -> Coroutine[Any, Any, CallerResult]:
    uri = running_one.media_stream_uri if over == _STREAM else running_one.uri
    plan = CallerPlan(
        tuple(CallPlan(uri, script(seconds), max_s=seconds, start_after_s=n * _APART_S) for n in range(calls))
    )
    return run_caller_process(plan, media_stream_caller.MODULE) if over == _STREAM else run_caller_process(plan)


async def _run(running_one: Appliance, calls: int, seconds: float, over: str = _SIP) -> Run:
    progress(f"{calls} calls at once over {over} for {seconds:g} s")
    async with asyncio.TaskGroup() as group:
        calling = group.create_task(_calling(running_one, calls, seconds, over))
        await _all_are_up(running_one, calls)
        orchestrator, workers = running_one.process.pid, processes.below(running_one.process.pid)
        before = processes.cpu_seconds([orchestrator]), processes.cpu_seconds(workers)
        began = asyncio.get_running_loop().time()
        # Until shortly before the first call ends.
        lags = await _lags(running_one, seconds - calls * _APART_S - 2 * _MARGIN_S)
        minutes = calls * (asyncio.get_running_loop().time() - began) / 60
        after = processes.cpu_seconds([orchestrator]), processes.cpu_seconds(workers)
    check_answered(calling.result().calls)
    return Run(
        over,
        calls,
        seconds,
        (after[0] - before[0]) / minutes,
        (after[1] - before[1]) / minutes,
        lags,
        calling.result(),
    )


async def _all_are_up(running_one: Appliance, calls: int) -> None:
    until = asyncio.get_running_loop().time() + calls * _APART_S + _ANSWERED_IN_S
    while (up := await _sample(running_one, "appliance_active_calls") or 0.0) < calls:
        if asyncio.get_running_loop().time() > until:
            raise NotPossibleError(f"{up:.0f} of {calls} calls were up after {_ANSWERED_IN_S:g} s")
        await asyncio.sleep(0.1)


async def _lags(running_one: Appliance, seconds: float) -> tuple[float, ...]:
    """The event-loop lag of every ten seconds within `seconds`, ms. The gauge is renewed in that rhythm."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    lags = []
    while (left := until - loop.time()) > 0:
        await asyncio.sleep(min(left, _LAG_EVERY_S))
        lag_s = await _sample(running_one, _LAG)
        lags.append(1000 * (_NO_ANSWER_S if lag_s is None else lag_s))
    return tuple(lags)


async def _sample(running_one: Appliance, name: str) -> float | None:
    """A sample of /metrics; None when the event loop is too far behind to answer within five seconds."""
    try:
        return await running_one.metric(name)
    except TimeoutError:
        progress("/metrics did not answer within 5 s")
        return None


def _costs(runs: list[Run]) -> Table:
    return Table(
        "Cost and evenness by the number of calls (CPU s per call-minute)",
        (
            "over",
            "calls",
            "for, s",
            "orchestrator",
            "workers",
            "both",
            "longest gap, ms",
            "gaps over 60 ms",
            "loop lag p99, ms",
            "refused",
        ),
        tuple(
            (
                run.over,
                str(run.calls),
                number(run.seconds),
                number(run.orchestrator_cpu_s, 2),
                number(run.workers_cpu_s, 2),
                number(run.cpu_s, 2),
                number(run.longest_gap_ms),
                str(run.gaps),
                number(max(run.lags_ms), 1),
                str(run.refused),
            )
            for run in runs
        ),
    )
