"""What orchestrator and SIP worker hold in memory with the embedded engines."""

import asyncio
from dataclasses import dataclass
from typing import Final

from appliance.cli.demo_script import voice
from sip.caller.plan import CallerPlan, CallPlan
from sip.caller.process import run_caller_process
from sip.caller.script import HangUp, Play, Step, WaitForAgentSilence
from tests.bench import processes
from tests.bench.bench import EMBEDDED, appliance, check_answered, progress
from tests.bench.processes import Memory
from tests.bench.report import Figure, Report, Table, number
from tests.wire.running import Appliance

LIMIT_MB: Final = 700.0
_CALLS: Final = (1, 4)
_CALL_S: Final = 12.0
_EVERY_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Held:
    """The two parts of the appliance; `sum` is all of it."""

    orchestrator: Memory
    workers: Memory

    @property
    def sum(self) -> Memory:
        """Both."""
        return self.orchestrator + self.workers


def _held(running_one: Appliance) -> Held:
    pid = running_one.process.pid
    workers = Memory(0.0, 0.0)
    for worker in processes.below(pid):
        workers += processes.memory(worker)
    return Held(processes.memory(pid), workers)


def _script() -> tuple[Step, ...]:
    agent_done = WaitForAgentSilence(400, 10.0)
    steps: list[Step] = []
    for name in ("hours", "book", "name", "birth_date"):
        steps += [Play(voice(name)), agent_done]
    return (*steps, HangUp())


async def measure() -> Report:
    """Idle, then the most that was seen during one call and during four."""
    with appliance(EMBEDDED) as running_one:
        progress("idle")
        held = {"idle": _held(running_one)}
        for calls in _CALLS:
            progress(f"{calls} calls")
            held[f"{calls} call{'s' * (calls > 1)}"] = await _most(running_one, calls)
    most = max(state.sum.rss for state in held.values())
    return Report(
        how="Orchestrator and SIP worker, from /proc/PID/smaps_rollup, in MB of 10^6 bytes; with calls, the most that "
        "was seen every half second. RSS counts libraries that both processes share in each of them, PSS divides them.",
        figures=(Figure("RSS of orchestrator and worker together, at most", most, "MB", LIMIT_MB),),
        tables=(
            Table(
                "By state",
                ("state", "orchestrator RSS", "worker RSS", "both RSS", "both PSS"),
                tuple(
                    (
                        name,
                        number(state.orchestrator.rss),
                        number(state.workers.rss),
                        number(state.sum.rss),
                        number(state.sum.pss),
                    )
                    for name, state in held.items()
                ),
            ),
        ),
    )


async def _most(running_one: Appliance, calls: int) -> Held:
    plans = (CallPlan(running_one.uri, _script(), max_s=_CALL_S),) * calls
    seen: list[Held] = []
    async with asyncio.TaskGroup() as group:
        calling = group.create_task(run_caller_process(CallerPlan(plans)))
        while not calling.done():
            await asyncio.sleep(_EVERY_S)
            seen.append(_held(running_one))
    check_answered(calling.result().calls)
    return max(seen, key=lambda state: state.sum.rss)
