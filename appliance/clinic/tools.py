"""What the dialogue can ask of the clinic: plain values in, plain values out, so that a language model can ask as well.

Dates are ISO (`1980-03-05`), times `10:30`, starts `2026-11-24T10:30`, doctors and departments the profile's keys.
A tool that cannot make sense of its arguments raises `ToolFailed("invalid_request")`.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from appliance.clinic.appointments import Appointment, Appointments, Patient, Slot
from appliance.clinic.messages import Messages, StoredMessage
from appliance.clinic.profile import ClinicProfile
from appliance.clinic.slot_search import Calendar, SlotSearch, slot_out, slots_out
from appliance.clinic.tool import ReadAhead, Tool, ToolFailed, ToolFunction

_DAYS_AHEAD: Final = 14
_WRONG_ARGUMENTS: Final = (KeyError, ValueError, TypeError, OverflowError)


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
            Tool(
                "find_slots",
                _checked(self.find_slots),
                changes=False,
                filler="Let me check the calendar.",
                ahead=ReadAhead(self.read_calendar, self.slots_in),
            ),
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
        search = SlotSearch.of(arguments, self._profile, self._today())
        slots = await self._appointments.free_slots(search.doctors, search.first, search.last, search.hours)
        as_wished = bool(slots)
        if not as_wished:
            slots = await self._appointments.free_slots(search.doctors, search.first, search.horizon)
        return slots_out(search.best(slots), as_wished=as_wished)

    async def read_calendar(self) -> Calendar:
        """All that is free in the next two weeks, which is what most callers ask for."""
        last = self._today() + timedelta(days=_DAYS_AHEAD)
        everybody = [doctor.key for doctor in self._profile.doctors]
        return Calendar(await self._appointments.free_slots(everybody, self._today(), last), last)

    def slots_in(self, calendar: Calendar, arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What `find_slots` would give, from a calendar read ahead; None when that does not say."""
        try:
            found = calendar.found(SlotSearch.of(arguments, self._profile, self._today()))
        except _WRONG_ARGUMENTS:
            return None
        return None if found is None else slots_out(found[0], as_wished=found[1])

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


def _checked(function: ToolFunction) -> ToolFunction:
    async def checked(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return await function(arguments)
        except _WRONG_ARGUMENTS:
            # The text of such an error may hold what a caller said.
            raise ToolFailed("invalid_request") from None

    return checked


def _patient(arguments: Mapping[str, Any]) -> Patient:
    name = str(arguments["name"]).strip()
    if not name:
        raise ValueError
    return Patient(name, date.fromisoformat(arguments["birth_date"]))


def _slot(arguments: Mapping[str, Any]) -> Slot:
    return Slot(str(arguments["doctor"]), datetime.fromisoformat(arguments["start"]))


def _appointment_out(appointment: Appointment) -> dict[str, Any]:
    return {"id": appointment.id, **slot_out(appointment.slot)}
