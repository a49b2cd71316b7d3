"""Opening hours as callers and a language model are told them, with and without a lunch break."""

from datetime import date, time
from pathlib import Path
from types import MappingProxyType

from appliance.assembly.clinic import build_profile
from appliance.clinic.appointments import Appointments
from appliance.clinic.database import ClinicDatabase
from appliance.clinic.profile import AppointmentGrid, ClinicProfile, TimeRange
from appliance.config import parse_config
from appliance.dialogue.answers import hours_of_day, hours_of_week
from appliance.dialogue.briefing import system_prompt
from appliance.dialogue.dates import DaySpan

MORNING, AFTERNOON = TimeRange(time(8), time(12)), TimeRange(time(14), time(18))
LUNCH_BREAK = ClinicProfile(
    opening_hours=MappingProxyType({**dict.fromkeys(range(4), (MORNING, AFTERNOON)), 4: (MORNING,)}),
    grid=AppointmentGrid(60, (TimeRange(time(7), time(20)),)),
)
FRIDAY, MONDAY, SATURDAY = date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 21)


def test_the_break_is_told() -> None:
    assert hours_of_day(DaySpan(MONDAY, MONDAY), LUNCH_BREAK, FRIDAY) == (
        "On Monday, November twenty third, we are open from eight in the morning to noon and from two in the afternoon"
        " to six in the evening."
    )
    assert hours_of_day(DaySpan(FRIDAY, FRIDAY), LUNCH_BREAK, FRIDAY) == (
        "Today we are open from eight in the morning to noon."
    )
    assert hours_of_day(DaySpan(SATURDAY, SATURDAY), LUNCH_BREAK, FRIDAY) == "Tomorrow we are closed."


def test_days_with_the_same_break_are_told_together() -> None:
    week = hours_of_week(LUNCH_BREAK)
    assert week.startswith("We are open Monday to Thursday from eight in the morning to noon and from two")
    assert week.endswith("and Friday from eight in the morning to noon.")
    assert hours_of_week(ClinicProfile(opening_hours=MappingProxyType({}))) == "We are closed at the moment."


def test_a_model_is_told_too() -> None:
    prompt = system_prompt(LUNCH_BREAK)
    assert (
        "Open: Monday to Thursday 08:00-12:00 and 14:00-18:00, Friday 08:00-12:00, Saturday to Sunday closed." in prompt
    )


async def test_nothing_is_booked_in_the_break(tmp_path: Path) -> None:
    database = await ClinicDatabase.open(tmp_path / "clinic.db")
    try:
        slots = await Appointments(database, LUNCH_BREAK, lambda: FRIDAY).free_slots(["patel"], MONDAY, MONDAY)
    finally:
        await database.close()
    assert [slot.start.hour for slot in slots] == [8, 9, 10, 11, 14, 15, 16, 17]


def test_the_configuration_says_so() -> None:
    hours = {"monday": "08:00-12:00, 14:00-18:00", "tuesday": "closed"}
    profile = build_profile(parse_config({"clinic": {"hours": hours}}, "test", Path()).clinic)
    assert profile.hours_on(MONDAY) == (MORNING, AFTERNOON)
    assert profile.hours_on(date(2026, 11, 24)) == ()
