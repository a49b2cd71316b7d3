"""Two hundred calls in a row leave nothing behind in the orchestrator or its worker."""

import asyncio
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from sip.caller.plan import CallPlan, Outcome
from sip.caller.script import HangUp, PlayNoise
from tests.wire.running import Appliance, calls, configuration

pytestmark = pytest.mark.wire

MORE_MB = (4.0, 9.0)
"""Allowed growth over 150 calls: the orchestrator keeps recent calls, the worker SIP transactions for half a minute."""
SPARE_THREADS = 2
"""asyncio's pool for files adds one when all it has are busy, up to a few in all."""
COUNTING = (sys.executable, "-m", "tests.wire.counting_appliance")


@dataclass(frozen=True)
class Footprint:
    rss_mb: float
    descriptors: int
    threads: int


def footprint(pid: int) -> Footprint:
    status = dict(
        line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line
    )
    return Footprint(
        int(status["VmRSS"].split()[0]) / 1024, len(list(Path(f"/proc/{pid}/fd").iterdir())), int(status["Threads"])
    )


async def tasks_of(appliance: Appliance) -> int:
    output = appliance.directory / "output"
    known = len(output.read_text())
    appliance.process.send_signal(signal.SIGUSR1)
    async with asyncio.timeout(20):
        while len(output.read_text()) <= known:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return int(output.read_text().split()[-1])


async def have_calls(appliance: Appliance, number: int) -> None:
    """So many calls, four at once, each long enough to be greeted and to make a noise."""
    plan = CallPlan(appliance.uri, (PlayNoise(0.16, -20.0), HangUp()))
    results = await calls(*[plan] * number, at_once=4)
    assert {result.outcome for result in results} == {Outcome.COMPLETED}
    await appliance.until("active", 0)
    # A call's number and socket rest for a while in the worker before they are given back.
    await asyncio.sleep(2.0)


async def test_nothing_grows(tmp_path: Path) -> None:
    appliance = Appliance.start(tmp_path, configuration(), program=COUNTING)
    try:
        appliance.wait_until_it_accepts_calls()
        (worker,) = appliance.workers()
        await have_calls(appliance, 50)
        tasks = await tasks_of(appliance)
        before = [footprint(pid) for pid in (appliance.process.pid, worker)]
        await have_calls(appliance, 150)
        after = [footprint(pid) for pid in (appliance.process.pid, worker)]
        assert await tasks_of(appliance) == tasks
        for earlier, later, more_mb in zip(before, after, MORE_MB, strict=True):
            assert later.descriptors <= earlier.descriptors
            assert later.threads <= earlier.threads + SPARE_THREADS
            assert later.rss_mb <= earlier.rss_mb + more_mb
        assert await appliance.metric('appliance_calls_total{outcome="caller_hung_up"}') == 200
        assert appliance.workers() == [worker]
    finally:
        appliance.stop()
