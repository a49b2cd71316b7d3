"""What the dialogue can ask of the clinic: plain values in, plain values out, so that a language model can ask as well.

Dates are ISO (`1980-03-05`), times `10:30`, starts `2026-11-24T10:30`, doctors and departments the profile's keys.
A tool that cannot make sense of its arguments raises `ToolFailed("invalid_request")`.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from appliance.clinic.appointments import Appointment, Appointments, Patient, Slot
from appliance.clinic.messages import Messages, StoredMessage
from appliance.clinic.profile import ClinicProfile, TimeRange
from appliance.clinic.tool import Tool, ToolFailed, ToolFunction

PARTS_OF_DAY: Final = {
    "morning": TimeRange(time(0), time(12)),
    "afternoon": TimeRange(time(12), time(17)),
    "evening": TimeRange(time(16), time(23, 59)),
}
_SEARCH_DAYS: Final = 60


class ClinicTools:
    """The tools over one clinic's books."""

    def __init__(
        self, profile: ClinicProfile, appointments: Appointments, messages: Messages, today: Callable[[], date]
    ) -> None:
        self._profile = profile
        self._appointments = appointments
        self._messages = messages
        self._today = today

    def all(self) -> tuple[Tool, ...]:
        """Every tool, the two that only read first."""
        return (
            Tool("find_slots", _checked(self.find_slots), changes=False, filler="Let me check the calendar."),
            Tool("find_appointment", _checked(self.find_appointment), changes=False, filler="Let me look that up."),
            Tool(
                "book_appointment", _checked(self.book_appointment), changes=True, filler="One moment, I'll book that."
            ),
            Tool(
                "move_appointment", _checked(self.move_appointment), changes=True, filler="One moment, I'll move that."
            ),
            Tool(
                "cancel_appointment",
                _checked(self.cancel_appointment),
                changes=True,
                filler="One moment, please, I'll take care of that.",
            ),
            Tool("leave_message", _checked(self.leave_message), changes=True, filler="Let me write that down."),
        )

    async def find_slots(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Free slots. All optional: `doctor` or `department`, `first` and `last` day, `part`, `time`, `limit`.

        Gives `slots` (the nearest to `time` first when there is one, else in time order) and `as_wished`: False when
        nothing is free in those days and hours, so that the slots are the next ones after.
        """
        doctors = self._doctors(arguments)
        first = _day(arguments.get("first"), self._today())
        last = _day(arguments.get("last"), first + timedelta(days=_SEARCH_DAYS) if "first" not in arguments else first)
        hours = PARTS_OF_DAY[arguments["part"]] if arguments.get("part") else None
        limit = int(arguments.get("limit", 3))
        slots = await self._appointments.free_slots(doctors, first, last, hours)
        as_wished = bool(slots)
        if not as_wished:
            slots = await self._appointments.free_slots(doctors, first, first + timedelta(days=_SEARCH_DAYS))
        if arguments.get("time"):
            slots = _nearest_first(slots, time.fromisoformat(arguments["time"]))
        return {"slots": [_slot_out(slot) for slot in _distinct(slots)[:limit]], "as_wished": as_wished}

    async def find_appointment(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """The appointments of `name`, born on `birth_date`, from today on."""
        found = await self._appointments.find(_patient(arguments))
        return {"appointments": [_appointment_out(appointment) for appointment in found]}

    async def book_appointment(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Book `start` with `doctor` for `name`, born on `birth_date`; `request_key` makes asking again harmless."""
        booked = await self._appointments.book(_patient(arguments), _slot(arguments), str(arguments["request_key"]))
        return _appointment_out(booked)

    async def move_appointment(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Move appointment `id` of `name`, born on `birth_date`, to `start` with `doctor`."""
        moved = await self._appointments.move(_patient(arguments), int(arguments["id"]), _slot(arguments))
        return _appointment_out(moved)

    async def cancel_appointment(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Cancel appointment `id` of `name`, born on `birth_date`."""
        await self._appointments.cancel(_patient(arguments), int(arguments["id"]))
        return {"cancelled": int(arguments["id"])}

    async def leave_message(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Keep `text` from `name`, to be called back at `callback`; `request_key` makes asking again harmless."""
        message = StoredMessage(str(arguments["name"]), str(arguments["callback"]), str(arguments["text"]))
        await self._messages.leave(message, str(arguments["request_key"]))
        return {"kept": True}

    def _doctors(self, arguments: Mapping[str, Any]) -> tuple[str, ...]:
        if arguments.get("doctor"):
            return (self._profile.doctor(arguments["doctor"]).key,)
        if arguments.get("department"):
            return tuple(doctor.key for doctor in self._profile.doctors_of(arguments["department"]))
        return tuple(doctor.key for doctor in self._profile.doctors)


def _checked(function: ToolFunction) -> ToolFunction:
    async def checked(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return await function(arguments)
        except (KeyError, ValueError, TypeError, OverflowError):
            # The text of such an error may hold what a caller said.
            raise ToolFailed("invalid_request") from None

    return checked


def _day(value: str | None, otherwise: date) -> date:
    return date.fromisoformat(value) if value else otherwise


def _patient(arguments: Mapping[str, Any]) -> Patient:
    name = str(arguments["name"]).strip()
    if not name:
        raise ValueError
    return Patient(name, date.fromisoformat(arguments["birth_date"]))


def _slot(arguments: Mapping[str, Any]) -> Slot:
    return Slot(str(arguments["doctor"]), datetime.fromisoformat(arguments["start"]))


def _slot_out(slot: Slot) -> dict[str, Any]:
    return {"doctor": slot.doctor, "start": slot.start.isoformat(timespec="minutes")}


def _appointment_out(appointment: Appointment) -> dict[str, Any]:
    return {"id": appointment.id, **_slot_out(appointment.slot)}


def _nearest_first(slots: tuple[Slot, ...], wished: time) -> tuple[Slot, ...]:
    minutes = wished.hour * 60 + wished.minute
    return tuple(
        sorted(slots, key=lambda slot: (slot.start.date(), abs(slot.start.hour * 60 + slot.start.minute - minutes)))
    )


def _distinct(slots: tuple[Slot, ...]) -> tuple[Slot, ...]:
    """One slot a time: several doctors of a department may be free at once."""
    seen: dict[datetime, Slot] = {}
    for slot in slots:
        seen.setdefault(slot.start, slot)
    return tuple(seen.values())
