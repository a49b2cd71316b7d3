"""The tools of one call, as its replies may use them: changing ones only after approval, and each request once."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from appliance.clinic.tool import Tool, ToolFailed

Result = Mapping[str, Any]
# The turn of a tool that changes something (None for one that only reads), its name, its arguments.
_Key = tuple[int | None, str, str]
READING_HOLDS_S = 30.0
"""How long what a reading tool gave is taken to hold: long enough for a draft to have asked ahead."""


@dataclass(frozen=True, slots=True)
class ToolUse:
    """How one reply is told about its tools: `started(tool)` when it begins to wait for one, then
    `settled(tool, outcome)`; `outcome` is "done", "abandoned" or the reason of the failure."""

    started: Callable[[Tool], None]
    settled: Callable[[Tool, str], None]


@dataclass(frozen=True, slots=True)
class _Run:
    """`task` gives a tool's result, or all that may be wanted of it, or its failure as a value."""

    task: asyncio.Task[Any]
    began: float


def _still_holds(run: _Run, now: float) -> bool:
    if not run.task.done():
        return True
    failed = run.task.cancelled() or isinstance(run.task.result(), ToolFailed)
    return not failed and now - run.began < READING_HOLDS_S


class ToolGate:
    """One call's tools. Runs them in the call's task group, so that a dropped reply does not cut a tool short.

    A tool that changes something runs once per turn and arguments. What a reading tool gave is kept for 30 s or until
    something is changed: drafts made while the caller still speaks ask ahead, and the answer need not wait. So is what
    was read ahead before anybody had asked.
    """

    def __init__(self, tools: Iterable[Tool], tasks: asyncio.TaskGroup, limit_s: float = 10.0) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._tasks = tasks
        self._limit_s = limit_s
        self._runs: dict[_Key, _Run] = {}
        self._ahead: dict[str, _Run] = {}

    def for_reply(self, turn: int, approved: asyncio.Event, use: ToolUse) -> "ReplyTools":
        """The tools for one reply to `turn`, whose approval `approved` tells."""
        return ReplyTools(self, turn, approved, use)

    def read_ahead(self, names: Iterable[str]) -> None:
        """The caller is about to need these tools: fetch what they may be asked for, unless a draft was quicker."""
        now = asyncio.get_running_loop().time()
        for name in names:
            tool = self._tools.get(name)
            if tool is not None and tool.ahead is not None and not self._asked_lately(name, now):
                self._ahead[name] = _Run(self._start(tool, self._outcome(tool.ahead.read)), now)

    def close(self) -> None:
        """The call is over: nobody waits any more for what is being read ahead."""
        for run in self._ahead.values():
            run.task.cancel()

    def _asked_lately(self, name: str, now: float) -> bool:
        """Whether the tool was read ahead, even if in vain, or gave a reply what still holds."""
        ahead = self._ahead.get(name)
        if ahead is not None and now - ahead.began < READING_HOLDS_S:
            return True
        return any(asked == name and _still_holds(run, now) for (_, asked, _), run in self._runs.items())

    async def call(
        self, turn: int, name: str, arguments: Mapping[str, Any], approved: asyncio.Event, use: ToolUse
    ) -> Result:
        """Run a tool for a reply, or give what it gave before in the same turn. Raises `ToolFailed`."""
        tool = self._tools.get(name)
        if tool is None:
            raise ToolFailed("unknown_tool")
        if tool.changes:
            await approved.wait()
        task = self._task_for(turn, tool, arguments)
        use.started(tool)
        try:
            outcome: Result | ToolFailed = await asyncio.shield(task)
        except asyncio.CancelledError:
            use.settled(tool, "abandoned")
            raise
        if isinstance(outcome, ToolFailed):
            use.settled(tool, outcome.reason)
            raise ToolFailed(outcome.reason)
        use.settled(tool, "done")
        return outcome

    def _task_for(self, turn: int, tool: Tool, arguments: Mapping[str, Any]) -> asyncio.Task[Any]:
        """The run that answers this request: one that is under way or still holds, or a new one."""
        asked = json.dumps(arguments, sort_keys=True, default=str)
        key = (turn if tool.changes else None, tool.name, asked)
        now = asyncio.get_running_loop().time()
        known = self._runs.get(key)
        if known is not None and (tool.changes or _still_holds(known, now)):
            return known.task
        if tool.changes:
            # What was read before may not hold any more.
            self._runs = {other: run for other, run in self._runs.items() if other[0] is not None}
            self._ahead.clear()
        ahead = self._ahead.get(tool.name)
        if ahead is not None and _still_holds(ahead, now):
            run = _Run(self._start(tool, self._answer(tool, arguments, ahead.task)), ahead.began)
        else:
            run = _Run(self._start(tool, self._outcome(lambda: tool.function(arguments))), now)
        self._runs[key] = run
        return run.task

    def _start(self, tool: Tool, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        return self._tasks.create_task(work, name=f"tool-{tool.name}")

    async def _answer(self, tool: Tool, arguments: Mapping[str, Any], ahead: asyncio.Task[Any]) -> Any:
        """What was read ahead, as far as it answers; else the tool itself."""
        fetched = await asyncio.shield(ahead)
        if tool.ahead is not None and not isinstance(fetched, ToolFailed):
            answer = tool.ahead.answer(fetched, arguments)
            if answer is not None:
                return answer
        return await self._outcome(lambda: tool.function(arguments))

    async def _outcome(self, work: Callable[[], Awaitable[Any]]) -> Any:
        """What `work` gives, or its failure as a value: it must not end the call's task group."""
        try:
            async with asyncio.timeout(self._limit_s):
                return await work()
        except TimeoutError:
            return ToolFailed("timeout")
        except ToolFailed as failure:
            return failure


class ReplyTools:
    """The `appliance.dialogue.reply.Tools` of one reply."""

    def __init__(self, gate: ToolGate, turn: int, approved: asyncio.Event, use: ToolUse) -> None:
        self._gate = gate
        self._turn = turn
        self._approved = approved
        self._use = use

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Result:
        """Run a tool and give its result. Raises `ToolFailed`."""
        return await self._gate.call(self._turn, name, arguments, self._approved, self._use)
