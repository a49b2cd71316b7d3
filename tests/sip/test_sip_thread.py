"""The thread on which pjsua works."""

import logging
import threading
import time
from collections.abc import Iterator

import pytest

from sip.worker.sip_thread import SipThread


class Endpoint:
    """pjsua that handles events as told, and then waits for none."""

    def __init__(self, results: Iterator[int]) -> None:
        self._results = results
        self.waits_ms: list[int] = []
        self.thread = ""
        self.done = threading.Event()

    def libRegisterThread(self, name: str) -> None:  # noqa: N802
        self.thread = name

    def libHandleEvents(self, wait_ms: int) -> int:  # noqa: N802
        self.waits_ms.append(wait_ms)
        result = next(self._results, None)
        if result is None:
            self.done.set()
            time.sleep(0.001)
            return 0
        return result


def works_through(results: list[int], *, busy: bool = True) -> Endpoint:
    endpoint = Endpoint(iter(results))
    thread = SipThread(endpoint, lambda: busy)
    thread.start()
    assert endpoint.done.wait(30)
    thread.stop()
    return endpoint


def test_it_waits_longer_while_nobody_calls() -> None:
    busy, idle = works_through([1], busy=True), works_through([1], busy=False)
    assert busy.thread == "sip"
    assert busy.waits_ms[0] < idle.waits_ms[0]


def test_a_network_that_cannot_be_read_is_told_once_each_time(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        works_through([0, -120009, -120009, -120009, 2, -120009])
    assert [record.getMessage() for record in caplog.records] == ["pjsua cannot read the network (status 120009)"] * 2


def test_nothing_is_handled_once_it_has_stopped() -> None:
    endpoint = works_through([])
    handled = len(endpoint.waits_ms)
    time.sleep(0.02)
    assert len(endpoint.waits_ms) == handled
