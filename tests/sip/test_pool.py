"""Several workers behind one address: capacity, redirects, refusals, failures, registration, shutting down."""

import asyncio
import os
import signal
import socket
import stat
import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from sip.errors import SipError
from sip.link import CallLink, ControlLink, LinkListener
from sip.messages import Answered, CallerAudio, Ended, EndReason, RegistrationState
from sip.pool import WorkerPool, plan_workers
from sip.settings import Registration, SipSettings
from sip.worker.settings import WorkerSettings
from tests.sip.desk import TONE, Desk, audio, expect, free_port, open_desk, settle, until
from tests.sip.registrar import Registrar
from tests.sip.user_agent import UserAgent

pytestmark = pytest.mark.wire


@pytest.mark.parametrize(
    ("settings", "capacities"),
    [
        (SipSettings(max_calls=1), (4,)),
        (SipSettings(max_calls=4), (4,)),
        (SipSettings(max_calls=3, full_response=503), (3,)),
        (SipSettings(max_calls=4, full_response=503), (3, 4)),
        (SipSettings(max_calls=4, fallback_number="100"), (3, 4)),
        (SipSettings(max_calls=5), (3, 4)),
        (SipSettings(max_calls=12), (3, 4, 4, 4)),
    ],
)
def test_workers_are_as_many_as_the_calls_need(settings: SipSettings, capacities: tuple[int, ...]) -> None:
    assert plan_workers(settings) == capacities
    assert sum(capacities) >= settings.max_calls


class Callers:
    """Callers who stay on the line."""

    def __init__(self, desk: Desk, stack: AsyncExitStack) -> None:
        self._desk = desk
        self._stack = stack

    async def another(self, port: int = 0) -> tuple[UserAgent, CallLink]:
        caller = await self._stack.enter_async_context(UserAgent(port or self._desk.port))
        await caller.invite()
        link = await self._desk.next_call()
        link.answer()
        assert (await caller.response()).code == 200
        await expect(link, Answered)
        return caller, link

    async def turned_away(self) -> tuple[int, dict[str, str]]:
        caller = await self._stack.enter_async_context(UserAgent(self._desk.port))
        await caller.invite()
        response = await caller.response()
        return response.code, response.headers


async def test_the_fifth_call_of_four_is_refused_and_the_next_free_place_taken() -> None:
    async with AsyncExitStack() as stack, open_desk() as desk:
        callers = Callers(desk, stack)
        first, link = await callers.another()
        for _ in range(3):
            await callers.another()
        assert (desk.pool.status.active_calls, desk.pool.status.free_calls) == (4, 0)
        assert (await callers.turned_away())[0] == 486
        await first.hang_up()
        await settle(link)
        await asyncio.sleep(0.1)
        await callers.another()


async def test_fewer_calls_than_a_worker_holds_are_refused_with_retry_after() -> None:
    async with AsyncExitStack() as stack, open_desk(max_calls=1, full_response=503, retry_after_s=7) as desk:
        callers = Callers(desk, stack)
        await callers.another()
        code, headers = await callers.turned_away()
        assert (code, headers["retry-after"]) == (503, "7")
        assert desk.pool.status.refused == 1


async def test_a_full_line_redirects_to_the_fallback_number() -> None:
    async with AsyncExitStack() as stack, open_desk(max_calls=1, fallback_number="100") as desk:
        callers = Callers(desk, stack)
        await callers.another()
        code, headers = await callers.turned_away()
        assert code == 302
        assert headers["contact"].startswith("<sip:100@127.0.0.1:")


async def test_calls_beyond_the_first_workers_room_are_redirected_to_the_next_worker() -> None:
    async with AsyncExitStack() as stack, open_desk(max_calls=5) as desk:
        callers = Callers(desk, stack)
        for _ in range(3):
            await callers.another()
        code, headers = await callers.turned_away()
        assert (code, headers["contact"]) == (302, f"<sip:127.0.0.1:{desk.port + 1}>")
        _, link = await callers.another(desk.port + 1)
        assert link.incoming.worker == 1
        await callers.another(desk.port + 1)
        assert (await callers.turned_away())[0] == 486
        status = desk.pool.status
        assert (status.active_calls, status.free_calls, status.redirected, status.refused) == (5, 0, 1, 1)


async def test_a_worker_that_dies_takes_only_its_own_calls_and_comes_back() -> None:
    async with AsyncExitStack() as stack, open_desk(max_calls=5) as desk:
        callers = Callers(desk, stack)
        _, lost = await callers.another()
        _, kept = await callers.another(desk.port + 1)
        os.kill(worker_pid(desk, 0), signal.SIGKILL)
        assert (await settle(lost))[-1] == Ended(EndReason.LINE_FAILED)
        kept.send_audio(TONE)
        assert (await audio(kept, 5))[-1].played == 1
        await until(lambda: desk.pool.status.workers_ready == 2)
        await callers.another()
        assert kept.ended is None
        assert desk.pool.status.restarts == 1


def worker_pid(desk: Desk, number: int) -> int:
    process = desk.pool._workers[number].process
    assert process
    return process._process.pid


async def test_a_draining_line_takes_no_new_call_and_keeps_the_old() -> None:
    async with AsyncExitStack() as stack, open_desk(retry_after_s=9) as desk:
        callers = Callers(desk, stack)
        _, link = await callers.another()
        desk.pool.drain()
        code, headers = await callers.turned_away()
        assert (code, headers["retry-after"]) == (503, "9")
        assert await expect(link, CallerAudio)
        assert desk.pool.status.free_calls == 0


async def test_closing_the_line_hangs_up_and_tells_the_calls() -> None:
    async with UserAgent(port := free_port()) as caller:
        async with open_desk(port=port) as desk:
            await caller.invite()
            link = await desk.next_call()
            link.answer()
            await caller.response()
            pid = worker_pid(desk, 0)
        await caller.wait_for("BYE")
        assert (await settle(link))[-1] == Ended(EndReason.DRAINED, 200)
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_a_handler_that_fails_loses_its_call_and_no_other() -> None:
    async def fail(link: CallLink) -> None:
        raise RuntimeError("the caller said: secret")

    async with WorkerPool(SipSettings(port=free_port()), fail) as pool:
        for _ in range(2):
            async with UserAgent(pool._settings.port) as caller:
                await caller.invite()
                assert (await caller.response()).code == 500


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM], ids=["udp", "tcp"])
async def test_a_port_in_use_is_an_error_with_a_remedy(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SipError, match=f"{port}.*in use") as error:
            async with open_desk(port=port):
                pass
        assert "port" in error.value.remedy


async def test_the_first_worker_registers_with_the_pbx_and_leaves_it_at_the_end() -> None:
    registrar = Registrar("200", "s3cret")
    pbx = f"sip:127.0.0.1:{await registrar.open()}"
    async with open_desk(max_calls=5, registration=Registration(pbx, "200", "s3cret")) as desk:
        await until(lambda: desk.pool.status.registration is RegistrationState.REGISTERED)
        assert registrar.refusals == 1
        assert f"127.0.0.1:{desk.port}" in registrar.contact
    assert registrar.released.is_set()
    registrar.close()


async def test_a_wrong_password_is_reported() -> None:
    registrar = Registrar("200", "s3cret")
    pbx = f"sip:127.0.0.1:{await registrar.open()}"
    async with open_desk(registration=Registration(pbx, "200", "wrong")) as desk:
        await until(lambda: desk.pool.status.registration is RegistrationState.FAILED)
        assert desk.pool.status.registration_code == 401
    registrar.close()


async def start_worker(listener: LinkListener, port: int) -> "subprocess.Popen[bytes]":
    settings = WorkerSettings(0, listener.path, SipSettings(port=port)).to_json()
    process = await asyncio.to_thread(
        subprocess.Popen, [sys.executable, "-m", "sip.worker", settings], stdout=subprocess.DEVNULL
    )
    while True:
        async with UserAgent(port) as probe:
            await probe.request("OPTIONS")
            try:
                async with asyncio.timeout(0.5):
                    await probe.messages.get()
                return process
            except TimeoutError:
                continue


@pytest.mark.parametrize("how", ["orchestrator gone", "SIGTERM"])
async def test_a_worker_hangs_up_and_exits(how: str) -> None:
    calls: asyncio.Queue[CallLink] = asyncio.Queue()
    controls: list[ControlLink] = []
    async with UserAgent(port := free_port()) as caller:
        async with LinkListener(controls.append, calls.put_nowait, lambda _: None) as listener:
            assert stat.S_IMODE(Path(listener.path).parent.stat().st_mode) == 0o700
            process = await start_worker(listener, port)
            await caller.invite()
            link = await calls.get()
            link.answer()
            assert (await caller.response()).code == 200
            await expect(link, Answered)
            if how == "SIGTERM":
                process.terminate()
                await caller.wait_for("BYE")
                assert (await settle(link))[-1] == Ended(EndReason.DRAINED, 200)
        if how == "orchestrator gone":
            await caller.wait_for("BYE")
        assert await asyncio.to_thread(process.wait, 10) == 0
    assert len(controls) == 1


async def test_a_worker_without_sense_is_an_error() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sip.worker", "{}", stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    assert process.returncode != 0
    assert b"KeyError" in errors


@pytest.mark.parametrize(
    "wrong",
    [
        {"codecs": ("OPUS",)},
        {"codecs": ()},
        {"transports": ("tls",)},
        {"allow": ("clinic",)},
        {"max_calls": 0},
        {"port": 70000},
        {"host": "::1"},
        {"rtp_ports": (16384, 16390)},
        {"full_response": 404},
    ],
)
def test_settings_that_cannot_work_are_refused_with_a_remedy(wrong: dict[str, object]) -> None:
    with pytest.raises(SipError) as error:
        SipSettings(**wrong)  # type: ignore[arg-type]
    assert error.value.remedy


def test_settings_reach_the_worker_unchanged_and_show_no_password() -> None:
    line = SipSettings(registration=Registration("sip:pbx", "200", "s3cret"), rtp_ports=(20000, 20099))
    settings = WorkerSettings(3, "/tmp/x", line)
    assert WorkerSettings.from_json(settings.to_json()) == settings
    assert "s3cret" not in repr(settings)
