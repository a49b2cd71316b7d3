"""A caller in text: lines in, replies out, on a real appointment book."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from appliance.clinic.appointments import Appointment, Appointments, Patient, Slot
from appliance.clinic.database import ClinicDatabase
from appliance.clinic.messages import Messages, StoredMessage
from appliance.clinic.profile import ClinicProfile
from appliance.clinic.tool import Tool, ToolFailed
from appliance.clinic.tools import ClinicTools
from appliance.dialogue.reply import Afterwards, Expectation, ReplyEnd, Text
from appliance.dialogue.scripted import ScriptedDialogue

TODAY = date(2026, 11, 20)
"""A Friday."""
TUESDAY = date(2026, 11, 24)
ANNA = Patient("Anna Miller", date(1980, 3, 5))


class Toolbox:
    """Tools as a session gives them to an approved reply: run at once, once a turn. `broken` fail with a reason."""

    def __init__(self, tools: tuple[Tool, ...]) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._results: dict[tuple[str, str], Mapping[str, Any]] = {}
        self.called: list[str] = []
        self.broken: dict[str, str] = {}

    def next_turn(self) -> None:
        self._results.clear()

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        self.called.append(name)
        if name in self.broken:
            raise ToolFailed(self.broken[name])
        key = (name, repr(sorted(arguments.items())))
        if key not in self._results:
            self._results[key] = await self._tools[name].function(arguments)
        return self._results[key]


@dataclass
class Reply:
    text: str
    expects: Expectation
    afterwards: Afterwards


@dataclass
class Telephone:
    dialogue: ScriptedDialogue
    toolbox: Toolbox
    appointments: Appointments
    messages: Messages
    turn: int = 0
    replies: list[Reply] = field(default_factory=list)

    async def say(self, text: str) -> Reply:
        """The next turn, drafted, accepted and heard."""
        self.turn += 1
        self.toolbox.next_turn()
        reply = await self.draft(self.turn, text)
        self.dialogue.accept(self.turn, text)
        self.dialogue.spoken(reply.text, cut=False)
        self.replies.append(reply)
        return reply

    async def draft(self, turn: int, text: str) -> Reply:
        said, end = "", None
        async for piece in self.dialogue.draft(turn, text, self.toolbox):
            assert end is None, "nothing follows the end of a reply"
            if isinstance(piece, Text):
                said += piece.text
            else:
                end = piece
        assert isinstance(end, ReplyEnd)
        return Reply(said, end.expects, end.afterwards)

    async def talk(self, *lines: str) -> Reply:
        for line in lines:
            reply = await self.say(line)
        return reply

    async def booked(self, patient: Patient = ANNA) -> tuple[Appointment, ...]:
        return await self.appointments.find(patient)

    async def kept_messages(self) -> tuple[StoredMessage, ...]:
        return await self.messages.all()


@asynccontextmanager
async def telephone(
    folder: Path, profile: ClinicProfile | None = None, caller_number: str = ""
) -> AsyncIterator[Telephone]:
    profile = profile or ClinicProfile()
    database = await ClinicDatabase.open(folder / "clinic.db")

    def today() -> date:
        return TODAY

    try:
        appointments, messages = Appointments(database, profile, today), Messages(database, today)
        toolbox = Toolbox(ClinicTools(profile, appointments, messages, today).all())
        dialogue = ScriptedDialogue(profile, today, "call-1", caller_number=caller_number)
        yield Telephone(dialogue, toolbox, appointments, messages)
    finally:
        await database.close()


def at(day: date, hour: int, minute: int = 0, doctor: str = "patel") -> Slot:
    return Slot(doctor, datetime.combine(day, time(hour, minute)))
