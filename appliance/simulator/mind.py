"""The dialogue and the tools of a simulated call: the scenario's agent entries, on the scenario's clock."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from appliance.clinic.tool import ReadAhead, Tool, ToolFailed
from appliance.dialogue.history import History
from appliance.dialogue.reply import ReplyEnd, ReplyPiece, Text, Tools
from appliance.line import FRAME_MS
from appliance.simulator.call_time import CallTime
from appliance.simulator.engines import Pace
from appliance.simulator.faults import Faults
from appliance.simulator.scenario import AgentEntry, Engine, Scenario, ToolCall
from appliance.speaking.clauses import ClauseSplitter
from appliance.turn.tokens import same_words

UNFORESEEN: Final = AgentEntry(None, "All right.", audio=800)
"""What is answered when no entry fits and none is without `when`."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply was begun `at` ms, to `text`."""

    at: float
    turn: int
    text: str
    entry: AgentEntry


@dataclass(frozen=True, slots=True)
class ToolRun:
    """A tool ran."""

    name: str
    began: float
    changes: bool


class ScenarioDialogue:
    """Implements `appliance.dialogue.reply.Dialogue` by the agent entries; keeps a history as a real one would."""

    def __init__(self, scenario: Scenario, time: CallTime, faults: Faults) -> None:
        self._scenario = scenario
        self._time = time
        self._faults = faults
        self.history = History()
        self.drafts: list[Draft] = []

    def greeting(self) -> str:
        """The scenario's."""
        return self._scenario.greeting

    async def draft(self, turn: int, text: str, tools: Tools) -> AsyncIterator[ReplyPiece]:
        """The words of the entry that fits, one by one, after its tools."""
        entry = self._entry_for(text)
        self.drafts.append(Draft(self._time.now_ms, turn, text, entry))
        await self._faults.meet(Engine.LLM)
        for tool in entry.tools:
            await asyncio.sleep(entry.first_token / 1000)
            try:
                await tools.call(tool.name, tool.arguments)
            except ToolFailed:
                # What a model makes of a failed tool is in the reply that the scenario gives.
                continue
        await asyncio.sleep(entry.first_token / 1000)
        words = re.findall(r"\S+\s*", entry.reply)
        step = (entry.text_complete - entry.first_token) / 1000 / max(1, len(words) - 1)
        for number, word in enumerate(words):
            if number:
                await asyncio.sleep(step)
            yield Text(word)
        if len(words) == 1:
            await asyncio.sleep(step)
        yield ReplyEnd(entry.expects, entry.afterwards)

    def _entry_for(self, text: str) -> AgentEntry:
        for entry in self._scenario.agent:
            if entry.when is not None and same_words(entry.when, text):
                return entry
        return next((entry for entry in self._scenario.agent if entry.when is None), UNFORESEEN)

    def overhear(self, turn: int, text: str, language: str | None) -> None:
        """Nothing to prepare."""

    def accept(self, turn: int, text: str) -> None:
        """The caller's turn goes into the history."""
        self.history = self.history.caller_said(turn, text)

    def spoken(self, text: str, *, cut: bool) -> None:
        """What was heard goes into the history."""
        self.history = self.history.agent_said(text, cut=cut)

    def pace_of(self, clause: str) -> Pace | None:
        """How the voice is to speak a clause of the latest draft that has it."""
        for draft in reversed(self.drafts):
            if (frames := _frames_by_clause(draft.entry).get(clause)) is not None:
                return Pace(frames, draft.entry.first_audio)
        return None


def _frames_by_clause(entry: AgentEntry) -> dict[str, int]:
    """The reply's audio shared out among its clauses by their length."""
    splitter = ClauseSplitter()
    clauses = [clause.strip() for clause in (*splitter.push(entry.reply), *splitter.flush())]
    total = sum(map(len, clauses)) or 1
    frames, characters, done = {}, 0, 0
    for clause in clauses:
        characters += len(clause)
        upto = round(entry.audio / FRAME_MS * characters / total)
        frames[clause] = max(1, upto - done)
        done = upto
    return frames


class ScenarioTools:
    """Every tool that an agent entry calls, and when each ran."""

    def __init__(self, scenario: Scenario, time: CallTime) -> None:
        self._time = time
        self.runs: list[ToolRun] = []
        calls = {call.name: call for entry in scenario.agent for call in entry.tools}
        self.tools = tuple(self._tool(call) for call in calls.values())

    def _tool(self, call: ToolCall) -> Tool:
        """Read ahead, a tool answers the request that the scenario has it called with."""
        function = self._function(call)

        def answer(result: Mapping[str, Any], arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
            return result if arguments == call.arguments else None

        ahead = None if call.changes else ReadAhead(lambda: function(call.arguments), answer)
        return Tool(call.name, function, call.changes, call.filler, ahead)

    def _function(self, call: ToolCall) -> Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]:
        async def run(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
            self.runs.append(ToolRun(call.name, self._time.now_ms, call.changes))
            await asyncio.sleep(call.duration / 1000)
            if call.fails is not None:
                raise ToolFailed(call.fails)
            return {"done": True}

        return run
