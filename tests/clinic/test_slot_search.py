"""A calendar that was read ahead says the same as the books, or nothing."""

import asyncio
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.clinic.appointments import Appointments, Patient, Slot
from appliance.clinic.database import ClinicDatabase
from appliance.clinic.messages import Messages
from appliance.clinic.profile import ClinicProfile
from appliance.clinic.slot_search import PARTS_OF_DAY
from appliance.clinic.tools import ClinicTools

TODAY = date(2026, 11, 20)
PROFILE = ClinicProfile()
ANNA = Patient("Anna Miller", date(1980, 3, 5))


def today() -> date:
    return TODAY


def open_tools(database: ClinicDatabase) -> ClinicTools:
    return ClinicTools(PROFILE, Appointments(database, PROFILE, today), Messages(database, today), today)


@st.composite
def requests(draw: st.DrawFn) -> Mapping[str, Any]:
    arguments: dict[str, Any] = {}
    if draw(st.booleans()):
        arguments["limit"] = draw(st.integers(1, 6))
    whom = draw(st.sampled_from(["anybody", "doctor", "department"]))
    if whom == "doctor":
        arguments["doctor"] = draw(st.sampled_from([doctor.key for doctor in PROFILE.doctors]))
    elif whom == "department":
        arguments["department"] = draw(st.sampled_from([department.key for department in PROFILE.departments]))
    if draw(st.booleans()):
        first = TODAY + timedelta(days=draw(st.integers(-2, 30)))
        arguments["first"] = first.isoformat()
        if draw(st.booleans()):
            arguments["last"] = (first + timedelta(days=draw(st.integers(0, 10)))).isoformat()
    if draw(st.booleans()):
        arguments["time"] = draw(st.sampled_from(["09:00", "10:30", "16:45"]))
    elif draw(st.booleans()):
        arguments["part"] = draw(st.sampled_from(sorted(PARTS_OF_DAY)))
    return arguments


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(arguments=requests(), full_days=st.sets(st.integers(1, 16), max_size=12))
def test_read_ahead_it_says_what_the_tool_says_or_nothing(
    arguments: Mapping[str, Any], full_days: set[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def scene(directory: Path) -> None:
        database = await ClinicDatabase.open(directory / "clinic.db")
        try:
            tools = open_tools(database)
            await fill(Appointments(database, PROFILE, today), full_days)
            ahead = tools.slots_in(await tools.read_calendar(), arguments)
            assert ahead is None or ahead == await tools.find_slots(arguments)
        finally:
            await database.close()

    asyncio.run(scene(tmp_path_factory.mktemp("clinic")))


async def fill(book: Appointments, days: set[int]) -> None:
    """Everything but half past nine is taken on those days, with the cardiologists."""
    for offset in days:
        day = TODAY + timedelta(days=offset)
        for slot in await book.free_slots(["patel", "garcia"], day, day):
            if slot.start.time() != time(9, 30):
                await book.book(ANNA, slot, f"{slot.doctor}-{slot.start}")


@pytest.fixture
async def tools(tmp_path: Path) -> Any:
    database = await ClinicDatabase.open(tmp_path / "clinic.db")
    yield open_tools(database)
    await database.close()


async def test_the_usual_requests_are_answered(tools: ClinicTools) -> None:
    calendar = await tools.read_calendar()
    for arguments in ({}, {"limit": 3}, {"doctor": "patel", "limit": 3}, {"first": "2026-11-24", "last": "2026-11-24"}):
        assert tools.slots_in(calendar, arguments) == await tools.find_slots(arguments)


async def test_days_beyond_it_and_bad_arguments_are_left_to_the_tool(tools: ClinicTools) -> None:
    calendar = await tools.read_calendar()
    assert tools.slots_in(calendar, {"first": "2027-01-11"}) is None
    assert tools.slots_in(calendar, {"doctor": "nobody"}) is None
    assert tools.slots_in(calendar, {"first": "soon"}) is None


async def test_it_is_as_it_was_when_it_was_read(tools: ClinicTools) -> None:
    calendar = await tools.read_calendar()
    slot = Slot("patel", datetime.combine(TODAY + timedelta(days=4), time(9)))
    booking = {"doctor": slot.doctor, "start": slot.start.isoformat(), "name": ANNA.name, "birth_date": "1980-03-05"}
    await tools.book_appointment({**booking, "request_key": "k"})
    wish = {"doctor": "patel", "first": "2026-11-24", "limit": 1}
    known, books = tools.slots_in(calendar, wish), await tools.find_slots(wish)
    assert known is not None
    assert known["slots"][0]["start"] == "2026-11-24T09:00"
    assert books["slots"][0]["start"] == "2026-11-24T09:30"
