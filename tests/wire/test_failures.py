"""Processes that die and processes that are told to end, while people are talking."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from sip.caller.plan import CallResult, Outcome
from sip.caller.script import HangUp, Wait
from tests.wire.running import Appliance, call, calls, running, short_call

pytestmark = pytest.mark.wire
LONG = 30.0


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def gone(*pids: int) -> None:
    async with asyncio.timeout(15):
        while any(is_running(pid) for pid in pids):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def on_the_line(appliance: Appliance, number: int, **options: float) -> list[asyncio.Task[CallResult]]:
    """So many calls that go on until somebody else ends them, or for `seconds`."""
    steps = (Wait(options.get("seconds", LONG)), HangUp())
    tasks = []
    for count in range(number):
        tasks.append(asyncio.create_task(call(appliance.uri, *steps)))
        await appliance.until("active", count + 1)
    return tasks


async def end(*tasks: asyncio.Task[CallResult]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_two_workers_behind_one_address(tmp_path: Path) -> None:
    """503 where full; calls beyond the first worker's room follow a redirect; a dead worker takes only its own."""
    with running(tmp_path, {"sip": {"full_response": 503, "retry_after_s": 7}}) as appliance:
        # One after the other: pjsua holds four calls, redirected ones too for as long as that takes, and says 486 to
        # any more of its own accord.
        results = await calls(*[short_call(appliance.uri, 4.0, start_after_s=0.3 * n) for n in range(5)])
        assert sorted(result.status for result in results) == [200, 200, 200, 200, 503]
        redirected = [result for result in results if result.redirected_to and result.status == 200]
        assert len(redirected) == 1
        assert str(appliance.sip_port + 1) in redirected[0].redirected_to[0]
        (refused,) = [result for result in results if result.status == 503]
        assert refused.retry_after_s == 7
        await appliance.until("active", 0)

        workers = appliance.workers()
        assert len(workers) == 2
        talking = await on_the_line(appliance, 4)
        os.kill(workers[0], signal.SIGKILL)
        await appliance.until("active", 1)
        ended = (await appliance.calls())[:3]
        assert [call["end_reason"] for call in ended] == ["line_failed"] * 3
        assert not talking[3].done(), "the call on the other worker has ended too"
        async with asyncio.timeout(15):
            while await appliance.metric("appliance_sip_workers_up") < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        result = await call(appliance.uri, *short_call(appliance.uri, 0.5).steps)
        assert result.outcome is Outcome.COMPLETED
        assert result.redirected_to == ()
        assert not talking[3].done()
        assert len(set(appliance.workers()) - set(workers)) == 1
        await end(*talking)


async def test_a_call_goes_on_after_sigterm_until_its_end(tmp_path: Path) -> None:
    with running(tmp_path, {"sip": {"drain_limit_s": 30.0}}) as appliance:
        workers = appliance.workers()
        (talking,) = await on_the_line(appliance, 1, seconds=6.0)
        appliance.terminate()
        async with asyncio.timeout(15):
            while (await appliance.get("/healthz"))[0] == 200:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        status, body = await appliance.get("/healthz")
        assert (status, "draining" in body) == (503, True)
        refused = await call(appliance.uri)
        assert (refused.outcome, refused.status) == (Outcome.REFUSED, 503)
        assert (await talking).outcome is Outcome.COMPLETED
        assert await appliance.exit_status() == 0
        await gone(*workers)
        (trace,) = (appliance.records / "traces").iterdir()
        assert '"caller_hung_up"' in trace.read_text()


async def test_after_the_limit_the_caller_is_told_and_the_appliance_ends(tmp_path: Path) -> None:
    settings = {"sip": {"drain_limit_s": 0.3}, "engines.simulated": {"tts_ms_per_char": 10.0}}
    with running(tmp_path, settings) as appliance:
        (talking,) = await on_the_line(appliance, 1)
        await asyncio.sleep(1.0)
        appliance.terminate()
        assert (await talking).outcome is Outcome.ENDED_BY_AGENT
        assert await appliance.exit_status() == 0
        (trace,) = (appliance.records / "traces").iterdir()
        assert '"kind": "closing"' in trace.read_text()


async def test_no_worker_outlives_an_appliance_that_was_killed(tmp_path: Path) -> None:
    with running(tmp_path) as appliance:
        workers = appliance.workers()
        assert workers
        (talking,) = await on_the_line(appliance, 1)
        appliance.process.kill()
        await gone(*workers)
        assert (await talking).outcome is Outcome.ENDED_BY_AGENT
