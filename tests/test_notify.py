"""systemd hears when we are ready, alive and stopping; on real datagram sockets."""

import asyncio
import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.notify import ServiceManager


@pytest.fixture(params=["file", "abstract"])
def manager_socket(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    name = str(tmp_path / "notify") if request.param == "file" else f"@appliance-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(name.replace("@", "\0", 1))
        receiver.settimeout(5)
        yield receiver, name


def test_ready_status_and_stopping_are_sent(manager_socket: tuple[socket.socket, str]) -> None:
    receiver, name = manager_socket
    manager = ServiceManager({"NOTIFY_SOCKET": name})
    manager.ready("0 calls\nMAINPID=1")
    manager.status("1 call")
    manager.stopping("draining", limit_s=61.5)
    assert receiver.recv(500) == b"READY=1\nSTATUS=0 calls MAINPID=1"
    assert receiver.recv(500) == b"STATUS=1 call"
    assert receiver.recv(500) == b"STOPPING=1\nSTATUS=draining\nEXTEND_TIMEOUT_USEC=61500000"


async def test_signs_of_life_come_at_half_the_limit_until_cancelled(
    manager_socket: tuple[socket.socket, str],
) -> None:
    receiver, name = manager_socket
    receiver.setblocking(False)
    manager = ServiceManager({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "40000", "WATCHDOG_PID": str(os.getpid())})
    assert manager.keep_alive_interval_s == 0.02
    loop = asyncio.get_running_loop()
    living = asyncio.create_task(manager.keep_alive())
    for _ in range(3):
        assert await asyncio.wait_for(loop.sock_recv(receiver, 500), 5) == b"WATCHDOG=1"
    living.cancel()
    with pytest.raises(asyncio.CancelledError):
        await living


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"NOTIFY_SOCKET": ""},
        {"WATCHDOG_USEC": "1000"},
        {"NOTIFY_SOCKET": "/nowhere", "WATCHDOG_USEC": "soon"},
        {"NOTIFY_SOCKET": "/nowhere", "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"},
    ],
)
async def test_without_a_watchdog_for_us_there_is_nothing_to_keep_alive(environment: dict[str, str]) -> None:
    manager = ServiceManager(environment)
    assert manager.keep_alive_interval_s == 0
    await asyncio.wait_for(manager.keep_alive(), 1)


def test_without_a_service_manager_nothing_happens(caplog: pytest.LogCaptureFixture) -> None:
    ServiceManager({}).ready("0 calls")
    assert not caplog.records


def test_a_service_manager_that_is_gone_is_no_reason_to_fail(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready("0 calls")
    assert "cannot be told" in caplog.text
