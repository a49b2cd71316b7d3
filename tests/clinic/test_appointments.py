import asyncio
import sqlite3
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path

import pytest

from appliance.clinic.appointments import Appointments, Patient, Slot, same_person
from appliance.clinic.database import ClinicDatabase
from appliance.clinic.messages import Messages, StoredMessage
from appliance.clinic.profile import ClinicProfile, Department, Doctor, Holiday, TimeRange
from appliance.clinic.tool import ToolFailed
from appliance.clinic.tools import ClinicTools
from appliance.errors import ApplianceError

TODAY = date(2026, 11, 20)
TUESDAY = date(2026, 11, 24)
ANNA = Patient("Anna Miller", date(1980, 3, 5))
BOB = Patient("Bob Stone", date(1970, 1, 1))
PROFILE = ClinicProfile()


def today() -> date:
    return TODAY


def at(hour: int, minute: int = 0, doctor: str = "patel", day: date = TUESDAY) -> Slot:
    return Slot(doctor, datetime.combine(day, time(hour, minute)))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[ClinicDatabase]:
    opened = await ClinicDatabase.open(tmp_path / "clinic.db", busy_timeout_ms=50)
    yield opened
    await opened.close()


@pytest.fixture
def book(database: ClinicDatabase) -> Appointments:
    return Appointments(database, PROFILE, today)


async def reason_of(request: object) -> str:
    with pytest.raises(ToolFailed) as failure:
        await request  # type: ignore[misc]
    return failure.value.reason


class TestSlots:
    async def test_a_day_follows_the_grid(self, book: Appointments) -> None:
        slots = await book.free_slots(["patel"], TUESDAY, TUESDAY)
        assert [slot.start.time() for slot in slots[:3]] == [time(9), time(9, 30), time(10)]
        assert slots[-1].start.time() == time(16, 30)
        assert time(12) not in {slot.start.time() for slot in slots}
        assert len(slots) == 14

    @pytest.mark.parametrize(
        "day",
        [TODAY, date(2026, 11, 21), date(2026, 11, 22), date(2026, 12, 25), date(2027, 11, 23), date(2020, 1, 7)],
        ids=["today", "no doctor works", "closed", "holiday", "too far ahead", "past"],
    )
    async def test_days_without_slots(self, book: Appointments, day: date) -> None:
        assert await book.free_slots(["patel"], day, day) == ()
        assert await reason_of(book.book(ANNA, at(10, day=day), "key")) == "slot_unknown"

    async def test_a_booked_slot_is_gone_for_that_doctor_only(self, book: Appointments) -> None:
        await book.book(ANNA, at(10), "key")
        slots = await book.free_slots(["patel", "garcia"], TUESDAY, TUESDAY)
        assert at(10) not in slots
        assert at(10, doctor="garcia") in slots

    async def test_hours_narrow_the_day(self, book: Appointments) -> None:
        slots = await book.free_slots(["patel"], TUESDAY, TUESDAY, TimeRange(time(12), time(14)))
        assert [slot.start.time() for slot in slots] == [time(13), time(13, 30)]

    @pytest.mark.parametrize("slot", [at(10, 7), at(12), at(10, doctor="nobody"), at(3)])
    async def test_off_the_grid_cannot_be_booked(self, book: Appointments, slot: Slot) -> None:
        assert await reason_of(book.book(ANNA, slot, "key")) == "slot_unknown"


class TestBooking:
    async def test_a_slot_is_booked_once(self, book: Appointments) -> None:
        await book.book(ANNA, at(10), "one")
        assert await reason_of(book.book(BOB, at(10), "two")) == "slot_taken"

    async def test_of_many_at_once_one_gets_the_slot(self, book: Appointments) -> None:
        results = await asyncio.gather(
            *(book.book(BOB, at(10), f"key-{number}") for number in range(20)), return_exceptions=True
        )
        assert sum(not isinstance(result, BaseException) for result in results) == 1
        assert {result.reason for result in results if isinstance(result, ToolFailed)} == {"slot_taken"}

    async def test_of_two_processes_one_gets_the_slot(self, book: Appointments, tmp_path: Path) -> None:
        other_database = await ClinicDatabase.open(tmp_path / "clinic.db")
        try:
            other = Appointments(other_database, PROFILE, today)
            results = await asyncio.gather(
                book.book(ANNA, at(10), "one"), other.book(BOB, at(10), "two"), return_exceptions=True
            )
            assert sum(isinstance(result, ToolFailed) for result in results) == 1
        finally:
            await other_database.close()

    async def test_the_same_request_books_once(self, book: Appointments) -> None:
        first = await book.book(ANNA, at(10), "key")
        assert await book.book(ANNA, at(10), "key") == first
        assert await book.find(ANNA) == (first,)

    async def test_the_same_request_with_another_slot_moves_the_booking(self, book: Appointments) -> None:
        first = await book.book(ANNA, at(10), "key")
        second = await book.book(ANNA, at(11), "key")
        assert (second.id, await book.find(ANNA)) == (first.id, (second,))
        assert at(10) in await book.free_slots(["patel"], TUESDAY, TUESDAY)

    async def test_a_request_whose_booking_was_cancelled_books_anew(self, book: Appointments) -> None:
        first = await book.book(ANNA, at(10), "key")
        await book.cancel(ANNA, first.id)
        second = await book.book(ANNA, at(11), "key")
        assert await book.find(ANNA) == (second,)

    async def test_it_outlives_the_process(self, tmp_path: Path) -> None:
        for _ in range(2):
            database = await ClinicDatabase.open(tmp_path / "kept.db")
            try:
                await Appointments(database, PROFILE, today).book(ANNA, at(10), "key")
                assert len(await Appointments(database, PROFILE, today).find(ANNA)) == 1
            finally:
                await database.close()

    async def test_a_caller_who_stops_waiting_leaves_a_whole_booking_or_none(self, book: Appointments) -> None:
        task = asyncio.create_task(book.book(ANNA, at(10), "key"))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(await book.find(ANNA)) <= 1
        assert len((await book.book(ANNA, at(10), "key"),)) == len(await book.find(ANNA))


class TestOwnAppointments:
    async def test_found_by_name_and_birth_date_only(self, book: Appointments) -> None:
        booked = await book.book(ANNA, at(10), "key")
        assert await book.find(ANNA) == (booked,)
        assert await book.find(replace(ANNA, name="miller")) == (booked,)
        assert await book.find(replace(ANNA, name="MILLER anna")) == (booked,)
        assert await book.find(replace(ANNA, name="Bob Miller")) == ()
        assert await book.find(replace(ANNA, birth_date=date(1980, 3, 6))) == ()

    async def test_moved_and_cancelled(self, book: Appointments) -> None:
        booked = await book.book(ANNA, at(10), "key")
        moved = await book.move(ANNA, booked.id, at(11, doctor="garcia"))
        assert await book.find(ANNA) == (moved,)
        await book.cancel(ANNA, booked.id)
        await book.cancel(ANNA, booked.id)
        assert await book.find(ANNA) == ()
        assert at(11, doctor="garcia") in await book.free_slots(["garcia"], TUESDAY, TUESDAY)

    async def test_not_moved_onto_another(self, book: Appointments) -> None:
        booked = await book.book(ANNA, at(10), "one")
        await book.book(BOB, at(11), "two")
        assert await reason_of(book.move(ANNA, booked.id, at(11))) == "slot_taken"
        assert await book.find(ANNA) == (booked,)

    async def test_nobody_elses(self, book: Appointments) -> None:
        booked = await book.book(ANNA, at(10), "key")
        assert await reason_of(book.cancel(BOB, booked.id)) == "not_found"
        assert await reason_of(book.move(BOB, booked.id, at(11))) == "not_found"
        assert await reason_of(book.cancel(ANNA, 999)) == "not_found"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Anna Miller", "miller", True),
        ("", "Anna", False),
        ("Anna Miller", "Anna Maria Miller", True),
        ("A B", "A C", False),
    ],
)
def test_the_same_person(one: str, other: str, same: bool) -> None:
    assert same_person(one, other) is same


class TestTrouble:
    async def test_the_file_is_for_its_owner_only(self, database: ClinicDatabase, tmp_path: Path) -> None:
        assert stat.S_IMODE((tmp_path / "clinic.db").stat().st_mode) == 0o600

    async def test_locked_by_another_program(self, book: Appointments, tmp_path: Path) -> None:
        other = sqlite3.connect(tmp_path / "clinic.db", isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            assert await reason_of(book.book(ANNA, at(10), "key")) == "storage_busy"
            other.execute("ROLLBACK")
        finally:
            other.close()
        await book.book(ANNA, at(10), "key")

    async def test_a_full_disk(self, database: ClinicDatabase, book: Appointments) -> None:
        # SQLite's own page limit fails as a full disk does.
        pages = await asyncio.to_thread(lambda: database._connection.execute("PRAGMA page_count").fetchone()[0])
        await asyncio.to_thread(lambda: database._connection.execute(f"PRAGMA max_page_count = {pages}").fetchone())
        long_name = replace(ANNA, name="Anna " * 4000)
        assert await reason_of(book.book(long_name, at(10), "key")) == "storage_full"
        assert at(10) in await book.free_slots(["patel"], TUESDAY, TUESDAY)

    async def test_damaged_while_open(self, database: ClinicDatabase, book: Appointments, tmp_path: Path) -> None:
        await book.book(ANNA, at(10), "key")
        await asyncio.to_thread(lambda: database._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())
        await asyncio.to_thread(lambda: database._connection.execute("PRAGMA cache_size = 0").fetchall())
        path = tmp_path / "clinic.db"
        path.write_bytes(path.read_bytes()[:100] + b"\xff" * (path.stat().st_size - 100))
        assert (await reason_of(book.find(ANNA))).startswith("storage_")

    async def test_closed(self, tmp_path: Path) -> None:
        database = await ClinicDatabase.open(tmp_path / "closed.db")
        await database.close()
        await database.close()
        assert await reason_of(Appointments(database, PROFILE, today).find(ANNA)) == "storage_closed"

    async def test_what_fails_tells_nothing_about_a_person(self, book: Appointments) -> None:
        await book.book(ANNA, at(10), "one")
        with pytest.raises(ToolFailed) as failure:
            await book.book(replace(ANNA, name="Secret Name"), at(10), "two")
        assert failure.value.__cause__ is None
        assert failure.value.__suppress_context__
        assert "Secret" not in repr(failure.value)

    @pytest.mark.parametrize(
        "content", [b"not a database at all, not at all" * 100, b"SQLite format 3\x00" + b"\xff" * 4096]
    )
    async def test_no_database_in_the_file(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "bad.db"
        path.write_bytes(content)
        with pytest.raises(ApplianceError, match="damaged") as failure:
            await ClinicDatabase.open(path)
        assert "backup" in failure.value.remedy
        assert path.read_bytes() == content

    async def test_no_folder(self, tmp_path: Path) -> None:
        with pytest.raises(ApplianceError, match="cannot be opened"):
            await ClinicDatabase.open(tmp_path / "missing" / "clinic.db")

    async def test_a_file_of_a_newer_version(self, tmp_path: Path) -> None:
        path = tmp_path / "newer.db"
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA user_version = 99")
        connection.close()
        with pytest.raises(ApplianceError, match="newer version"):
            await ClinicDatabase.open(path)

    async def test_locked_at_opening(self, tmp_path: Path) -> None:
        path = tmp_path / "locked.db"
        other = sqlite3.connect(path, isolation_level=None)
        try:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(ApplianceError, match="locked"):
                await ClinicDatabase.open(path, busy_timeout_ms=20)
        finally:
            other.close()


async def test_messages_are_kept_once(database: ClinicDatabase) -> None:
    messages = Messages(database, today)
    await messages.leave(StoredMessage("Anna Miller", "5551234", "call me"), "one")
    await messages.leave(StoredMessage("Anna Miller", "5551234", "call me soon"), "one")
    await messages.leave(StoredMessage("Bob Stone", "5559876", "hello"), "two")
    assert [message.text for message in await messages.all()] == ["call me soon", "hello"]


class TestTools:
    @pytest.fixture
    def tools(self, database: ClinicDatabase, book: Appointments) -> ClinicTools:
        return ClinicTools(PROFILE, book, Messages(database, today), today)

    def test_what_changes_and_what_reads(self, tools: ClinicTools) -> None:
        assert [tool.name for tool in tools.all() if not tool.changes] == ["find_slots", "find_appointment"]
        assert [tool.name for tool in tools.all() if tool.changes] == [
            "book_appointment",
            "move_appointment",
            "cancel_appointment",
            "leave_message",
        ]
        assert all(tool.filler for tool in tools.all())

    async def test_nearest_to_the_wished_time_first(self, tools: ClinicTools) -> None:
        wish = {"doctor": "patel", "first": "2026-11-24", "last": "2026-11-24", "time": "10:10"}
        result = await tools.find_slots(wish)
        assert [slot["start"][-5:] for slot in result["slots"]] == ["10:00", "10:30", "09:30"]
        assert result["as_wished"]

    async def test_the_next_free_day_when_the_wished_one_is_closed(self, tools: ClinicTools) -> None:
        result = await tools.find_slots({"doctor": "patel", "first": "2026-11-22", "last": "2026-11-22"})
        assert not result["as_wished"]
        assert result["slots"][0]["start"] == "2026-11-23T09:00"

    async def test_a_departments_doctors_share_its_times(self, tools: ClinicTools) -> None:
        await tools.book_appointment(
            {
                "name": "Bob",
                "birth_date": "1970-01-01",
                "doctor": "patel",
                "start": "2026-11-24T09:00",
                "request_key": "k",
            }
        )
        result = await tools.find_slots({"department": "cardiology", "first": "2026-11-24"})
        assert [(slot["doctor"], slot["start"][-5:]) for slot in result["slots"]] == [
            ("garcia", "09:00"),
            ("patel", "09:30"),
            ("patel", "10:00"),
        ]

    @pytest.mark.parametrize(
        ("name", "arguments"),
        [
            ("find_slots", {"doctor": "nobody"}),
            ("find_slots", {"first": "soon"}),
            ("find_slots", {"part": "dawn"}),
            ("find_slots", {"first": "9999-12-31"}),
            ("find_slots", {"limit": "many"}),
            ("find_appointment", {}),
            ("find_appointment", {"name": "Anna Miller", "birth_date": "march"}),
            ("book_appointment", {"name": " ", "birth_date": "1980-03-05"}),
            ("book_appointment", {"name": "Anna", "birth_date": "1980-03-05", "doctor": "patel", "start": "ten"}),
            ("cancel_appointment", {"name": "Anna", "birth_date": "1980-03-05", "id": "one"}),
            ("leave_message", {"name": "Anna"}),
        ],
    )
    async def test_senseless_arguments_are_refused_without_repeating_them(
        self, tools: ClinicTools, name: str, arguments: dict[str, str]
    ) -> None:
        tool = next(tool for tool in tools.all() if tool.name == name)
        with pytest.raises(ToolFailed) as failure:
            await tool.function(arguments)
        assert failure.value.reason == "invalid_request"
        assert failure.value.__suppress_context__


class TestProfile:
    def test_a_doctor_belongs_to_a_department(self) -> None:
        with pytest.raises(ValueError, match="in no department"):
            ClinicProfile(departments=(Department("a", "a", "1"),), doctors=(Doctor("x", "x", "b"),))

    def test_keys_are_unique(self) -> None:
        with pytest.raises(ValueError, match="keys of their own"):
            ClinicProfile(departments=(Department("a", "a", "1"), Department("a", "a", "1")), doctors=())

    def test_a_range_ends_after_it_starts(self) -> None:
        with pytest.raises(ValueError, match="ends after"):
            TimeRange(time(10), time(9))

    def test_holidays(self) -> None:
        once = Holiday(11, 27, "an outing", year=2026)
        profile = ClinicProfile(holidays=(once,))
        assert profile.hours_on(date(2026, 11, 27)) == ()
        assert profile.hours_on(date(2026, 11, 26)) == (TimeRange(time(8), time(18)),)
        assert profile.holiday(date(2027, 11, 27)) is None
        assert profile.hours_on(date(2026, 11, 29)) == ()
