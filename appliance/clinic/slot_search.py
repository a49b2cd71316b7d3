"""What `find_slots` is asked for, and what it gives: from the books, or from a calendar that was read ahead. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from appliance.clinic.appointments import Slot
from appliance.clinic.profile import ClinicProfile, TimeRange

PARTS_OF_DAY: Final = {
    "morning": TimeRange(time(0), time(12)),
    "afternoon": TimeRange(time(12), time(17)),
    "evening": TimeRange(time(16), time(23, 59)),
}
_SEARCH_DAYS: Final = 60


@dataclass(frozen=True, slots=True)
class SlotSearch:
    """With one of `doctors` (keys), from `first` to `last`, within `hours`; at most `limit`, those near `near` first.

    Where nothing is free then, the next ones up to `horizon` at any hour.
    """

    doctors: tuple[str, ...]
    first: date
    last: date
    hours: TimeRange | None
    near: time | None
    limit: int

    @classmethod
    def of(cls, arguments: Mapping[str, Any], profile: ClinicProfile, today: date) -> "SlotSearch":
        """The search that the tool's arguments ask for. Raises KeyError, TypeError or ValueError for wrong ones."""
        first = date.fromisoformat(arguments["first"]) if arguments.get("first") else today
        if arguments.get("last"):
            last = date.fromisoformat(arguments["last"])
        else:
            last = first if "first" in arguments else first + timedelta(days=_SEARCH_DAYS)
        near = arguments.get("time")
        return cls(
            _doctors(arguments, profile),
            first,
            last,
            PARTS_OF_DAY[arguments["part"]] if arguments.get("part") else None,
            time.fromisoformat(near) if near else None,
            max(1, int(arguments.get("limit", 3))),
        )

    @property
    def horizon(self) -> date:
        """How far ahead it is looked when nothing is free as wished."""
        return self.first + timedelta(days=_SEARCH_DAYS)

    def best(self, slots: Iterable[Slot]) -> tuple[Slot, ...]:
        """Those to offer of `slots`, which are in time order: one a time, since several doctors may be free at once."""
        ordered = list(slots)
        if self.near is not None:
            wished = _minutes(self.near)
            ordered.sort(key=lambda slot: (slot.start.date(), abs(_minutes(slot.start.time()) - wished)))
        seen: dict[datetime, Slot] = {}
        for slot in ordered:
            seen.setdefault(slot.start, slot)
        return tuple(seen.values())[: self.limit]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Everything that is free with anybody up to and with `last`, in time order, as it was when it was read."""

    slots: tuple[Slot, ...]
    last: date

    def found(self, search: SlotSearch) -> tuple[tuple[Slot, ...], bool] | None:
        """What to offer, and whether it is as wished; None when that depends on days which are not in here."""
        wished = self._offer(search, search.last, search.hours)
        if wished is None or wished:
            return None if wished is None else (wished, True)
        instead = self._offer(search, search.horizon, None)
        return None if instead is None else (instead, False)

    def _offer(self, search: SlotSearch, last: date, hours: TimeRange | None) -> tuple[Slot, ...] | None:
        best = search.best(
            slot
            for slot in self.slots
            if slot.doctor in search.doctors
            and search.first <= slot.start.date() <= last
            and (hours is None or hours.start <= slot.start.time() < hours.end)
        )
        return best if last <= self.last or len(best) == search.limit else None


def slots_out(slots: Collection[Slot], *, as_wished: bool) -> dict[str, Any]:
    """What the tool gives, in plain values."""
    return {"slots": [slot_out(slot) for slot in slots], "as_wished": as_wished}


def slot_out(slot: Slot) -> dict[str, Any]:
    """A slot in plain values."""
    return {"doctor": slot.doctor, "start": slot.start.isoformat(timespec="minutes")}


def _doctors(arguments: Mapping[str, Any], profile: ClinicProfile) -> tuple[str, ...]:
    if arguments.get("doctor"):
        return (profile.doctor(arguments["doctor"]).key,)
    if arguments.get("department"):
        return tuple(doctor.key for doctor in profile.doctors_of(arguments["department"]))
    return tuple(doctor.key for doctor in profile.doctors)


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute
