"""Configuration becomes the clinic: its profile, its books, its words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from types import MappingProxyType

from appliance.clinic.appointments import Appointments
from appliance.clinic.database import ClinicDatabase
from appliance.clinic.messages import Messages
from appliance.clinic.profile import (
    AppointmentGrid,
    ClinicProfile,
    Department,
    Doctor,
    Emergency,
    Holiday,
    TimeRange,
)
from appliance.clinic.tool import Tool
from appliance.clinic.tools import ClinicTools
from appliance.config import ClinicConfig, Config
from appliance.config.clinic import WEEKDAYS, time_spans, year_and_day
from appliance.dialogue.prompts import Prompts


def build_profile(clinic: ClinicConfig) -> ClinicProfile:
    """The clinic as the dialogue knows it."""
    hours = {
        number: tuple(TimeRange(*span) for span in time_spans(getattr(clinic.hours, weekday)))
        for number, weekday in enumerate(WEEKDAYS)
    }
    departments = tuple(
        Department(_key(department.name), department.name, department.extension, department.also_called)
        for department in clinic.departments
    )
    doctors = tuple(
        Doctor(
            _key(doctor.name),
            doctor.name.lower(),
            _key(doctor.department),
            doctor.also_called,
            doctor.pronunciation,
            frozenset(WEEKDAYS.index(day) for day in doctor.works_on),
        )
        for doctor in clinic.doctors
    )
    return ClinicProfile(
        name=clinic.name,
        address=clinic.address,
        directions=clinic.directions,
        opening_hours=MappingProxyType(hours),
        holidays=tuple(_holiday(holiday.name, holiday.day) for holiday in clinic.holidays),
        departments=departments,
        doctors=doctors,
        grid=AppointmentGrid(
            clinic.appointment_minutes, tuple(TimeRange(*span) for span in time_spans(clinic.appointment_hours))
        ),
        emergency=Emergency(clinic.emergency_number, clinic.emergency_extension),
        operator_target=clinic.operator,
        time_zone=clinic.time_zone,
        date_order=clinic.date_order,
    )


def _key(name: str) -> str:
    return "_".join(name.lower().split())


def _holiday(name: str, day: str) -> Holiday:
    year, month, number = year_and_day(day)
    return Holiday(month, number, name, year)


@dataclass(frozen=True, slots=True)
class Clinic:
    """The clinic, open for business: its books and what the agent can do with them.

    `prompts` are in the clinic's language, and so are the words of its tools.
    """

    profile: ClinicProfile
    prompts: Prompts
    prompts_by_language: Mapping[str, Prompts]
    database: ClinicDatabase
    tools: Sequence[Tool]
    today: Callable[[], date]

    def prompts_in(self, languages: Iterable[str]) -> Mapping[str, Prompts]:
        """The prompts in those languages."""
        return {language: self.prompts_by_language[language] for language in languages}

    async def close(self) -> None:
        """Close the books."""
        await self.database.close()


async def open_clinic(config: Config, today: Callable[[], date] | None = None) -> Clinic:
    """Open the books. `today` gives the date at the clinic (default: by the clock, in the clinic's time zone).

    Raises `appliance.errors.ApplianceError` when the database cannot be used."""
    profile = build_profile(config.clinic)
    if today is None:
        today = _by_the_clock(config.clinic.zone)
    config.records.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = await ClinicDatabase.open(config.records.database_path)
    tools = ClinicTools(profile, Appointments(database, profile, today), Messages(database, today), today)
    by_language = Prompts.in_all_languages(profile)
    prompts = by_language[config.clinic.language]
    worded = [replace(tool, filler=prompts.fillers[tool.name]) for tool in tools.all()]
    return Clinic(profile, prompts, by_language, database, worded, today)


def _by_the_clock(zone: tzinfo) -> Callable[[], date]:
    return lambda: datetime.now(zone).date()
