"""Appointments: free slots, book, find, move, cancel. Kept in SQLite; nobody is booked twice into one slot."""

import sqlite3
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from appliance.clinic.database import ClinicDatabase
from appliance.clinic.profile import ClinicProfile, Doctor, TimeRange
from appliance.clinic.tool import ToolFailed


@dataclass(frozen=True, slots=True)
class Slot:
    """A time with a doctor (by key), in the clinic's own time."""

    doctor: str
    start: datetime


@dataclass(frozen=True, slots=True)
class Patient:
    """Who the appointment is for."""

    name: str
    birth_date: date


@dataclass(frozen=True, slots=True)
class Appointment:
    """A booked slot."""

    id: int
    slot: Slot


def same_person(one: str, other: str) -> bool:
    """Whether two spoken names may be one person's: the words of the shorter are all in the longer."""
    first, second = (set(name.casefold().replace("-", " ").split()) for name in (one, other))
    smaller, larger = sorted((first, second), key=len)
    return bool(smaller) and smaller <= larger


class Appointments:
    """The appointment book. `today` gives the current date at the clinic.

    `request_key` names one wish of one caller. Asked again with the same key, nothing happens twice: a booking that
    stands is given back, or moved when the caller has meanwhile changed the slot.
    """

    def __init__(self, database: ClinicDatabase, profile: ClinicProfile, today: Callable[[], date]) -> None:
        self._database = database
        self._profile = profile
        self._today = today

    async def free_slots(
        self, doctors: Collection[str], first: date, last: date, hours: TimeRange | None = None
    ) -> tuple[Slot, ...]:
        """What is free with `doctors` (keys) from `first` to `last` and within `hours`, in time order."""
        wanted = [doctor for doctor in self._profile.doctors if doctor.key in doctors]
        first, last = max(first, self._first_day()), min(last, self._last_day())
        grid = [
            slot
            for day in _days(first, last)
            for slot in self._slots_on(day, wanted)
            if hours is None or hours.start <= slot.start.time() < hours.end
        ]

        def taken(connection: sqlite3.Connection) -> set[tuple[str, str]]:
            rows = connection.execute(
                "SELECT doctor, start FROM appointments WHERE cancelled = 0 AND start >= ? AND start < ?",
                (first.isoformat(), (last + timedelta(days=1)).isoformat()),
            )
            return {(str(doctor), str(start)) for doctor, start in rows}

        if not grid:
            return ()
        busy = await self._database.run(taken)
        return tuple(slot for slot in grid if (slot.doctor, _text(slot.start)) not in busy)

    async def book(self, patient: Patient, slot: Slot, request_key: str) -> Appointment:
        """Book `slot`. Raises `ToolFailed`: `slot_taken`, `slot_unknown` (not on the grid), or a storage reason."""
        self._must_be_on_the_grid(slot)

        def request(connection: sqlite3.Connection) -> Appointment:
            standing = _by_request(connection, request_key)
            if standing is not None:
                return _place(connection, standing, slot)
            row = _insert(connection, patient, slot)
            connection.execute("INSERT OR REPLACE INTO requests (key, row) VALUES (?, ?)", (request_key, row))
            return Appointment(row, slot)

        return await self._database.run(request)

    async def find(self, patient: Patient) -> tuple[Appointment, ...]:
        """The patient's appointments from today on, in time order."""

        def request(connection: sqlite3.Connection) -> tuple[Appointment, ...]:
            rows = connection.execute(
                "SELECT id, doctor, start, patient FROM appointments"
                " WHERE cancelled = 0 AND birth_date = ? AND start >= ? ORDER BY start",
                (patient.birth_date.isoformat(), self._today().isoformat()),
            )
            return tuple(
                Appointment(row, Slot(doctor, datetime.fromisoformat(start)))
                for row, doctor, start, name in rows
                if same_person(name, patient.name)
            )

        return await self._database.run(request)

    async def move(self, patient: Patient, appointment: int, slot: Slot) -> Appointment:
        """Move the patient's appointment to `slot`. Raises `ToolFailed`: `not_found`, and as `book` does."""
        self._must_be_on_the_grid(slot)

        def request(connection: sqlite3.Connection) -> Appointment:
            _must_be_theirs(connection, patient, appointment)
            return _place(connection, appointment, slot)

        return await self._database.run(request)

    async def cancel(self, patient: Patient, appointment: int) -> None:
        """Cancel the patient's appointment; doing so twice is harmless. Raises `ToolFailed`: `not_found`, storage."""

        def request(connection: sqlite3.Connection) -> None:
            _must_be_theirs(connection, patient, appointment, cancelled_too=True)
            connection.execute("UPDATE appointments SET cancelled = 1 WHERE id = ?", (appointment,))

        await self._database.run(request)

    def _first_day(self) -> date:
        return self._today() + timedelta(days=self._profile.grid.first_day)

    def _last_day(self) -> date:
        return self._today() + timedelta(days=self._profile.grid.last_day)

    def _slots_on(self, day: date, doctors: Collection[Doctor]) -> Iterator[Slot]:
        for opening in self._profile.hours_on(day):
            for start in _starts(self._profile, opening):
                for doctor in doctors:
                    if day.weekday() in doctor.working_days:
                        yield Slot(doctor.key, datetime.combine(day, start))

    def _must_be_on_the_grid(self, slot: Slot) -> None:
        day = slot.start.date()
        if not self._first_day() <= day <= self._last_day():
            raise ToolFailed("slot_unknown")
        doctors = [doctor for doctor in self._profile.doctors if doctor.key == slot.doctor]
        if slot not in self._slots_on(day, doctors):
            raise ToolFailed("slot_unknown")


def _starts(profile: ClinicProfile, opening: TimeRange) -> Iterator[time]:
    length = profile.grid.slot_minutes
    for hours in profile.grid.working_hours:
        begin, end = max(hours.start, opening.start), min(hours.end, opening.end)
        for minutes in range(_minutes(begin), _minutes(end) - length + 1, length):
            yield time(minutes // 60, minutes % 60)


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _days(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")


def _by_request(connection: sqlite3.Connection, key: str) -> int | None:
    row = connection.execute(
        "SELECT id FROM requests JOIN appointments ON id = row WHERE key = ? AND cancelled = 0", (key,)
    ).fetchone()
    return None if row is None else int(row[0])


def _insert(connection: sqlite3.Connection, patient: Patient, slot: Slot) -> int:
    try:
        cursor = connection.execute(
            "INSERT INTO appointments (doctor, start, patient, birth_date) VALUES (?, ?, ?, ?)",
            (slot.doctor, _text(slot.start), patient.name, patient.birth_date.isoformat()),
        )
    except sqlite3.IntegrityError:
        raise ToolFailed("slot_taken") from None
    return int(cursor.lastrowid or 0)


def _place(connection: sqlite3.Connection, appointment: int, slot: Slot) -> Appointment:
    try:
        connection.execute(
            "UPDATE appointments SET doctor = ?, start = ? WHERE id = ?", (slot.doctor, _text(slot.start), appointment)
        )
    except sqlite3.IntegrityError:
        raise ToolFailed("slot_taken") from None
    return Appointment(appointment, slot)


def _must_be_theirs(
    connection: sqlite3.Connection, patient: Patient, appointment: int, *, cancelled_too: bool = False
) -> None:
    row = connection.execute(
        "SELECT patient, birth_date, cancelled FROM appointments WHERE id = ?", (appointment,)
    ).fetchone()
    if row is None or row[1] != patient.birth_date.isoformat() or not same_person(row[0], patient.name):
        raise ToolFailed("not_found")
    if row[2] and not cancelled_too:
        raise ToolFailed("not_found")
