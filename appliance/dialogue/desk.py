"""What the receptionist has at hand during one reply: the clinic's profile, the date, and the tools."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from appliance.clinic.profile import ClinicProfile
from appliance.dialogue.prompts import Prompts
from appliance.dialogue.reply import Tools
from appliance.dialogue.state import ExistingAppointment, OfferedSlot, Person, State

MOST_OFFERED = 3


@dataclass(frozen=True, slots=True)
class Change:
    """Something a reply changed at the clinic, and the tool call that takes it back (None: it stays)."""

    wish: str
    undo: tuple[str, Mapping[str, Any]] | None


@dataclass(slots=True)
class Desk:
    """One reply's way to the clinic. `caller_number` is where the call comes from, empty when withheld;
    `last_heard` is what the caller last heard from the agent. `changes` collects what this reply changed, in order.
    """

    profile: ClinicProfile
    prompts: Prompts
    today: date
    tools: Tools
    conversation: str
    caller_number: str = ""
    last_heard: str = ""
    changes: list[Change] = field(default_factory=list)

    async def free_slots(self, state: State) -> tuple[tuple[OfferedSlot, ...], bool]:
        """Slots near the caller's wish, and whether they lie within it. Raises `ToolFailed`."""
        wish = state.wish
        arguments: dict[str, Any] = {"limit": MOST_OFFERED}
        if wish.doctor is not None:
            arguments["doctor"] = wish.doctor
        elif wish.department is not None:
            arguments["department"] = wish.department
        if wish.day is not None:
            arguments["first"] = wish.day.first.isoformat()
            arguments["last"] = wish.day.last.isoformat()
        if wish.clock_time is not None:
            arguments["time"] = wish.clock_time.isoformat(timespec="minutes")
        elif wish.part is not None:
            arguments["part"] = wish.part
        result = await self.tools.call("find_slots", arguments)
        return tuple(_slot(entry) for entry in result["slots"]), bool(result["as_wished"])

    async def appointments(self, person: Person) -> tuple[ExistingAppointment, ...]:
        """The person's appointments to come. Raises `ToolFailed`."""
        result = await self.tools.call("find_appointment", _identity(person))
        return tuple(_appointment(entry) for entry in result["appointments"])

    async def book(self, state: State, slot: OfferedSlot) -> ExistingAppointment:
        """Book `slot` for the state's person. Raises `ToolFailed`."""
        wish = self._wish(state)
        arguments = {**_identity(state.person), **_where(slot), "request_key": wish}
        booked = _appointment(await self.tools.call("book_appointment", arguments))
        self.changes.append(Change(wish, ("cancel_appointment", {**_identity(state.person), "id": booked.id})))
        return booked

    async def move(self, state: State, appointment: ExistingAppointment, slot: OfferedSlot) -> None:
        """Move `appointment` to `slot`. Raises `ToolFailed`."""
        identity = {**_identity(state.person), "id": appointment.id}
        await self.tools.call("move_appointment", {**identity, **_where(slot)})
        self.changes.append(Change(self._wish(state), ("move_appointment", {**identity, **_where(appointment.slot)})))

    async def cancel(self, state: State, appointment: ExistingAppointment) -> None:
        """Cancel `appointment`. Raises `ToolFailed`."""
        identity = _identity(state.person)
        await self.tools.call("cancel_appointment", {**identity, "id": appointment.id})
        wish = self._wish(state)
        again = {**identity, **_where(appointment.slot), "request_key": f"{wish}-restored"}
        self.changes.append(Change(wish, ("book_appointment", again)))

    async def leave_message(self, state: State) -> None:
        """Keep the state's message. Raises `ToolFailed`."""
        wish = self._wish(state)
        message = {"name": state.person.name, "callback": state.callback, "text": state.message, "request_key": wish}
        await self.tools.call("leave_message", message)
        self.changes.append(Change(wish, None))

    def doctor_name(self, key: str) -> str:
        """As a voice says it."""
        return self.profile.doctor(key).spoken_name

    def _wish(self, state: State) -> str:
        return f"{self.conversation}-{state.request}"


def _identity(person: Person) -> dict[str, Any]:
    return {"name": person.name, "birth_date": person.birth_date.isoformat() if person.birth_date else ""}


def _where(slot: OfferedSlot) -> dict[str, Any]:
    return {"doctor": slot.doctor, "start": slot.start.isoformat(timespec="minutes")}


def _slot(entry: Mapping[str, Any]) -> OfferedSlot:
    return OfferedSlot(str(entry["doctor"]), datetime.fromisoformat(entry["start"]))


def _appointment(entry: Mapping[str, Any]) -> ExistingAppointment:
    return ExistingAppointment(int(entry["id"]), _slot(entry))
