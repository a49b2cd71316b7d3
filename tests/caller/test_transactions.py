"""Client transactions in virtual time: when a request is sent again, and when it is given up (RFC 3261 17.1)."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from sip.caller.endpoint import ClientTransaction, Timers
from sip.caller.message import Request, Response


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A loop whose clock jumps to the next timer instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self._virtual_s = 0.0

    def time(self) -> float:
        return self._virtual_s

    def _run_once(self) -> None:
        timers = [timer.when() for timer in self._scheduled if not timer.cancelled()]  # type: ignore[attr-defined]
        if not self._ready and timers:  # type: ignore[attr-defined]
            self._virtual_s = max(self._virtual_s, min(timers))
        super()._run_once()  # type: ignore[misc]


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(main())


class Wire:
    """Notes when a request leaves, and plays back responses at given times."""

    def __init__(self, method: str, responses: dict[float, int] | None = None) -> None:
        self.sent_at: list[float] = []
        self.provisional: list[int] = []
        self.transaction = ClientTransaction(Request(method=method, uri="sip:h"), self.send, Timers())
        self.responses = responses or {}

    def send(self, data: bytes) -> None:
        self.sent_at.append(asyncio.get_running_loop().time())

    async def exchange(self) -> Response | None:
        loop = asyncio.get_running_loop()
        for at, status in self.responses.items():
            loop.call_at(at, self.transaction.received, Response(status=status))
        return await self.transaction.final_response(lambda response: self.provisional.append(response.status))


def test_an_unanswered_invite_is_sent_seven_times_and_given_up_after_32_seconds() -> None:
    async def main() -> None:
        wire = Wire("INVITE")
        assert await wire.exchange() is None
        assert wire.sent_at == [0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
        assert asyncio.get_running_loop().time() == 32.0

    run(main)


def test_an_unanswered_bye_is_sent_eleven_times_at_most_four_seconds_apart() -> None:
    async def main() -> None:
        wire = Wire("BYE")
        assert await wire.exchange() is None
        assert wire.sent_at == [0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]

    run(main)


def test_an_invite_that_is_being_worked_on_is_not_sent_again_and_may_ring_for_long() -> None:
    async def main() -> None:
        wire = Wire("INVITE", {0.6: 100, 1.0: 180, 60.0: 200})
        response = await wire.exchange()
        assert response is not None
        assert response.status == 200
        assert wire.sent_at == [0.0, 0.5]
        assert wire.provisional == [100, 180]

    run(main)


@pytest.mark.parametrize(("ring_until_s", "sends"), [(2.0, 3), (None, 3)])
def test_an_invite_given_up_returns_nothing(ring_until_s: float | None, sends: int) -> None:
    async def main() -> None:
        wire = Wire("INVITE", {1.6: 180})
        asyncio.get_running_loop().call_at(ring_until_s or 100.0, wire.transaction.give_up)
        assert await wire.exchange() is None
        assert len(wire.sent_at) == sends

    run(main)


def test_a_repeated_final_response_is_acknowledged_again() -> None:
    async def main() -> None:
        wire = Wire("INVITE", {0.1: 486})
        acknowledged: list[float] = []
        await wire.exchange()
        wire.transaction.acknowledge(lambda: acknowledged.append(asyncio.get_running_loop().time()))
        wire.transaction.received(Response(status=486))
        assert len(acknowledged) == 2

    run(main)
