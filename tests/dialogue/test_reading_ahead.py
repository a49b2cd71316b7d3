"""Tools that are read before anybody has asked, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from appliance.clinic.tool import ReadAhead, Tool, ToolFailed
from appliance.dialogue.gate import ToolGate, ToolUse
from appliance.simulator.virtual_loop import run_virtually

SILENT = ToolUse(lambda tool: None, lambda tool, outcome: None)
FREE = {"tuesday": 10, "friday": 15}


class Desk:
    """A calendar that takes 2 s to read, whole or for one day; whole, it has Tuesday and Friday only."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self.ran: list[str] = []
        self.down = False
        self.gate = ToolGate(
            [
                Tool("free", self._day, changes=False, filler="", ahead=ReadAhead(self._all, self._from_all)),
                Tool("change", self._change, changes=True, filler=""),
            ],
            tasks,
        )

    async def _all(self) -> Mapping[str, int]:
        self.ran.append("all")
        await asyncio.sleep(2)
        if self.down:
            raise ToolFailed("unavailable")
        return FREE

    def _from_all(self, known: Mapping[str, int], arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
        day = arguments["day"]
        return {"hour": known[day]} if day in known else None

    async def _day(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        self.ran.append(arguments["day"])
        await asyncio.sleep(2)
        return {"hour": 8}

    async def _change(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        return {}

    async def ask(self, name: str = "free", **arguments: Any) -> tuple[Mapping[str, Any], float]:
        """What a reply is given, and how long it waits."""
        loop, approved = asyncio.get_running_loop(), asyncio.Event()
        approved.set()
        asked = loop.time()
        result = await self.gate.for_reply(1, approved, SILENT).call(name, arguments)
        return result, round(loop.time() - asked, 6)


def virtually(scene: Callable[[Desk], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.TaskGroup() as tasks:
            await scene(Desk(tasks))

    run_virtually(main())


def test_what_was_read_ahead_answers_every_request_it_covers_at_once() -> None:
    async def scene(desk: Desk) -> None:
        desk.gate.read_ahead(["free"])
        await asyncio.sleep(10)
        assert await desk.ask(day="tuesday") == ({"hour": 10}, 0)
        assert await desk.ask(day="friday") == ({"hour": 15}, 0)
        assert desk.ran == ["all"]

    virtually(scene)


def test_a_request_meanwhile_waits_for_the_rest_only() -> None:
    async def scene(desk: Desk) -> None:
        desk.gate.read_ahead(["free"])
        await asyncio.sleep(1.5)
        assert await desk.ask(day="tuesday") == ({"hour": 10}, 0.5)
        assert desk.ran == ["all"]

    virtually(scene)


def test_what_it_does_not_cover_is_asked_for() -> None:
    async def scene(desk: Desk) -> None:
        desk.gate.read_ahead(["free"])
        await asyncio.sleep(10)
        assert await desk.ask(day="monday") == ({"hour": 8}, 2)

    virtually(scene)


def test_it_is_kept_for_half_a_minute_and_read_once_in_it() -> None:
    async def scene(desk: Desk) -> None:
        for _ in range(8):
            desk.gate.read_ahead(["free"])
            await asyncio.sleep(3.7)
        assert desk.ran == ["all"]
        await asyncio.sleep(1)
        assert await desk.ask(day="tuesday") == ({"hour": 8}, 2)
        assert desk.ran == ["all", "tuesday"]

    virtually(scene)


def test_what_was_taken_from_it_is_as_old_as_it() -> None:
    async def scene(desk: Desk) -> None:
        desk.gate.read_ahead(["free"])
        await asyncio.sleep(29)
        assert (await desk.ask(day="tuesday"))[1] == 0
        await asyncio.sleep(1)
        assert (await desk.ask(day="tuesday"))[1] == 2

    virtually(scene)


def test_a_change_makes_it_stale() -> None:
    async def scene(desk: Desk) -> None:
        desk.gate.read_ahead(["free"])
        await asyncio.sleep(5)
        await desk.ask("change")
        assert await desk.ask(day="tuesday") == ({"hour": 8}, 2)

    virtually(scene)


def test_read_in_vain_it_is_not_tried_with_every_word_and_a_request_is_made_as_ever() -> None:
    async def scene(desk: Desk) -> None:
        desk.down = True
        for _ in range(5):
            desk.gate.read_ahead(["free"])
            await asyncio.sleep(1)
        assert desk.ran == ["all"]
        assert await desk.ask(day="tuesday") == ({"hour": 8}, 2)

    virtually(scene)


def test_where_a_draft_was_quicker_nothing_is_read_twice() -> None:
    async def scene(desk: Desk) -> None:
        await desk.ask(day="tuesday")
        desk.gate.read_ahead(["free"])
        await asyncio.sleep(1)
        assert desk.ran == ["tuesday"]

    virtually(scene)


def test_what_changes_something_or_is_not_known_is_never_read_ahead() -> None:
    async def scene(desk: Desk) -> None:
        desk.gate.read_ahead(["change", "fly"])
        await asyncio.sleep(1)
        assert desk.ran == []

    virtually(scene)


def test_a_call_that_ends_does_not_wait_for_what_is_being_read_ahead() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.TaskGroup() as tasks:
            desk = Desk(tasks)
            desk.gate.read_ahead(["free"])
            await asyncio.sleep(0.5)
            desk.gate.close()
        return loop.time() - began

    assert round(run_virtually(main()), 6) == 0.5
