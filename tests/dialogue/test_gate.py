"""Which tool runs when, and how often, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from appliance.clinic.tool import Tool, ToolFailed
from appliance.dialogue.gate import ReplyTools, ToolGate, ToolUse
from appliance.simulator.virtual_loop import run_virtually

SILENT = ToolUse(lambda tool: None, lambda tool, outcome: None)


class Desk:
    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self.ran: list[str] = []
        self.gate = ToolGate(
            [
                Tool("read", self._tool("read"), changes=False, filler=""),
                Tool("change", self._tool("change"), changes=True, filler=""),
                Tool("refuse", self._refuse, changes=False, filler=""),
            ],
            tasks,
        )

    def _tool(self, name: str) -> Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]:
        async def run(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
            self.ran.append(f"{name} {arguments.get('day', '')}".strip())
            await asyncio.sleep(2.0)
            return {"count": len(self.ran)}

        return run

    async def _refuse(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        self.ran.append("refuse")
        raise ToolFailed("taken")

    def reply(self, turn: int, *, approved: bool = False) -> tuple[ReplyTools, asyncio.Event]:
        event = asyncio.Event()
        if approved:
            event.set()
        return self.gate.for_reply(turn, event, SILENT), event


def virtually(scene: Callable[[Desk], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.TaskGroup() as tasks:
            await scene(Desk(tasks))

    run_virtually(main())


def test_a_changing_tool_waits_for_approval() -> None:
    async def scene(desk: Desk) -> None:
        tools, approved = desk.reply(1)
        waiting = asyncio.ensure_future(tools.call("change", {}))
        await asyncio.sleep(10)
        assert desk.ran == []
        approved.set()
        await waiting
        assert desk.ran == ["change"]

    virtually(scene)


def test_a_changing_tool_runs_once_for_a_turn_however_often_it_is_drafted() -> None:
    async def scene(desk: Desk) -> None:
        first = await desk.reply(1, approved=True)[0].call("change", {"day": "tuesday"})
        again = await desk.reply(1, approved=True)[0].call("change", {"day": "tuesday"})
        assert first == again
        await desk.reply(2, approved=True)[0].call("change", {"day": "tuesday"})
        assert desk.ran == ["change tuesday", "change tuesday"]

    virtually(scene)


def test_a_dropped_reply_does_not_cut_its_tool_short() -> None:
    async def scene(desk: Desk) -> None:
        dropped = asyncio.ensure_future(desk.reply(1, approved=True)[0].call("change", {}))
        await asyncio.sleep(1)
        dropped.cancel()
        loop = asyncio.get_running_loop()
        asked = loop.time()
        await desk.reply(1, approved=True)[0].call("change", {})
        assert loop.time() - asked == pytest.approx(1.0)
        assert desk.ran == ["change"]

    virtually(scene)


def test_what_was_read_ahead_answers_at_once_for_half_a_minute() -> None:
    async def scene(desk: Desk) -> None:
        loop = asyncio.get_running_loop()
        await desk.reply(1)[0].call("read", {})
        asked = loop.time()
        await desk.reply(2)[0].call("read", {})
        assert loop.time() == asked
        await asyncio.sleep(30)
        await desk.reply(3)[0].call("read", {})
        assert desk.ran == ["read", "read"]

    virtually(scene)


def test_a_change_makes_what_was_read_stale() -> None:
    async def scene(desk: Desk) -> None:
        await desk.reply(1)[0].call("read", {})
        await desk.reply(1, approved=True)[0].call("change", {})
        await desk.reply(2)[0].call("read", {})
        assert desk.ran == ["read", "change", "read"]

    virtually(scene)


def test_a_failure_is_not_kept() -> None:
    async def scene(desk: Desk) -> None:
        for _ in range(2):
            with pytest.raises(ToolFailed, match="taken"):
                await desk.reply(1)[0].call("refuse", {})
        assert desk.ran == ["refuse", "refuse"]

    virtually(scene)


def test_an_unknown_tool_fails() -> None:
    async def scene(desk: Desk) -> None:
        with pytest.raises(ToolFailed, match="unknown_tool"):
            await desk.reply(1)[0].call("fly", {})

    virtually(scene)
