"""`[clinic]`: what the receptionist knows about the clinic."""

import re
from collections.abc import Mapping
from datetime import UTC, date, time, tzinfo
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from appliance.config.base import Section, mistake

_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_DAY = re.compile(r"(?:(\d{4})-)?(\d{2})-(\d{2})")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def time_spans(text: str) -> tuple[tuple[time, time], ...]:
    """The spans of a value such as "09:00-12:00, 13:00-17:00"; none for "closed".

    Raises `ValueError` when it is neither, or when spans are empty or overlap.
    """
    if text.strip().lower() == "closed":
        return ()
    spans: list[tuple[time, time]] = []
    for part in text.split(","):
        match = _SPAN.fullmatch(part.strip())
        if match is None:
            raise ValueError(part)
        opens, closes = time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))
        if closes <= opens or (spans and opens < spans[-1][1]):
            raise ValueError(part)
        spans.append((opens, closes))
    return tuple(spans)


def year_and_day(text: str) -> tuple[int | None, int, int]:
    """Year (None: every year), month and day of "2026-12-24" or "12-24". Raises `ValueError` for no such day."""
    match = _DAY.fullmatch(text)
    if match is None:
        raise ValueError(text)
    year = int(match[1]) if match[1] else None
    # Checked in a leap year, so that 02-29 may be a holiday.
    day = date(year or 2024, int(match[2]), int(match[3]))
    return year, day.month, day.day


def zone_named(name: str) -> tzinfo:
    """The time zone of that name; "UTC" needs no zone data on the machine. Raises `ValueError` if there is none."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, KeyError, ValueError) as error:
        raise ValueError(name) from error


def _hours(value: str) -> str:
    try:
        time_spans(value)
    except ValueError:
        remedy = 'write "08:00-17:00", "08:00-12:00, 14:00-18:00" or "closed"'
        raise mistake("is not a day's opening hours", remedy) from None
    return value


def _spans(value: str) -> str:
    try:
        time_spans(value)
    except ValueError:
        raise mistake("is not a list of hours", 'write "09:00-12:00, 13:00-17:00"') from None
    return value


def _day(value: str) -> str:
    try:
        year_and_day(value)
    except ValueError:
        raise mistake("is not a day", 'write "12-24" for every year or "2026-12-24" for one') from None
    return value


def _zone(value: str) -> str:
    try:
        zone_named(value)
    except ValueError:
        remedy = 'write it as "Europe/Berlin", or "UTC"; if the name is right, install tzdata (apt install tzdata)'
        raise mistake("is no time zone known to this machine", remedy) from None
    return value


def _respellings(value: Mapping[str, str]) -> Mapping[str, str]:
    for word, said in value.items():
        if not word.strip() or not any(map(str.isalpha, said)) or any(map(str.isdigit, said)):
            raise mistake(f'has no way to say "{word}"', 'write it in letters, as in { Nguyen = "win" }')
    return value


Hours = Annotated[str, AfterValidator(_hours)]
Spans = Annotated[str, AfterValidator(_spans)]
Day = Annotated[str, AfterValidator(_day)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class HoursConfig(Section):
    """Opening hours by weekday: "08:00-17:00", several as "08:00-12:00, 14:00-18:00", or "closed"."""

    monday: Hours = Field(default="08:00-18:00", description="Monday.")
    tuesday: Hours = Field(default="08:00-18:00", description="Tuesday.")
    wednesday: Hours = Field(default="08:00-18:00", description="Wednesday.")
    thursday: Hours = Field(default="08:00-18:00", description="Thursday.")
    friday: Hours = Field(default="08:00-18:00", description="Friday.")
    saturday: Hours = Field(default="09:00-13:00", description="Saturday.")
    sunday: Hours = Field(default="closed", description="Sunday.")


class DepartmentConfig(Section):
    """A department that callers can be put through to and book with."""

    name: Name = Field(description="What the agent calls it.")
    extension: Name = Field(description="Where it is put through: an extension of the PBX or a SIP URI.")
    also_called: tuple[Name, ...] = Field(default=(), description="Other words that callers use for it.")


class DoctorConfig(Section):
    """A doctor with appointments."""

    name: Name = Field(description="Surname without title, as it is spoken.")
    department: Name = Field(description="The name of one of the departments.")
    also_called: tuple[Name, ...] = Field(default=(), description="Other ways callers say the name.")
    pronunciation: str = Field(
        default="", description='In ARPAbet, where the embedded recogniser would not know it ("P AH T EH L").'
    )
    works_on: tuple[Weekday, ...] = Field(
        default=("monday", "tuesday", "wednesday", "thursday", "friday"), description="Days with appointments."
    )


class HolidayConfig(Section):
    """A day on which the clinic is closed."""

    name: Name = Field(description="What the agent calls it.")
    day: Day = Field(description='"12-24" for every year, "2026-12-24" for one.')


_DEPARTMENTS = (
    DepartmentConfig(
        name="cardiology",
        extension="201",
        also_called=("cardiologist", "heart doctor", "heart specialist", "heart department", "the heart clinic"),
    ),
    DepartmentConfig(
        name="dermatology",
        extension="202",
        also_called=("dermatologist", "skin doctor", "skin specialist", "skin department", "the skin clinic"),
    ),
    DepartmentConfig(
        name="general practice",
        extension="203",
        also_called=("general practitioner", "family doctor", "family medicine", "family practice", "gp", "g p"),
    ),
    DepartmentConfig(
        name="radiology",
        extension="204",
        also_called=("radiologist", "x ray", "xray", "x rays", "imaging", "ultrasound", "mri", "m r i", "ct scan"),
    ),
    DepartmentConfig(name="pediatrics", extension="205", also_called=("pediatrician", "children's doctor")),
    DepartmentConfig(
        name="billing", extension="206", also_called=("the bill", "my bill", "invoice", "an invoice", "accounts")
    ),
    DepartmentConfig(
        name="the laboratory", extension="207", also_called=("laboratory", "lab", "blood test", "test results")
    ),
)
_DOCTORS = (
    DoctorConfig(name="Patel", department="cardiology", pronunciation="P AH T EH L"),
    DoctorConfig(name="Garcia", department="cardiology", pronunciation="G AA R S IY AH"),
    DoctorConfig(name="Nguyen", department="dermatology", pronunciation="W IH N"),
    DoctorConfig(name="Smith", department="general practice"),
    DoctorConfig(name="Cohen", department="general practice", pronunciation="K OW AH N"),
    DoctorConfig(name="Johnson", department="radiology"),
    DoctorConfig(name="Kim", department="pediatrics"),
)
_HOLIDAYS = (
    HolidayConfig(name="New Year's Day", day="01-01"),
    HolidayConfig(name="Independence Day", day="07-04"),
    HolidayConfig(name="Christmas Day", day="12-25"),
    HolidayConfig(name="the day after Christmas", day="12-26"),
)


class ClinicConfig(Section):
    """The clinic, as the receptionist knows it. The defaults are the demo's invented clinic."""

    name: Name = Field(default="Riverside Clinic", description="How the agent names the clinic.")
    address: str = Field(
        default="twelve River Street, in Springfield", min_length=1, description="Where it is, as it is spoken."
    )
    directions: str = Field(
        default="Take bus number seven to River Street; we are across from the stop. "
        "There is free parking behind the building.",
        min_length=1,
        description="How to get there, as it is spoken.",
    )
    time_zone: Annotated[str, AfterValidator(_zone)] = Field(
        default="UTC", description='Time zone of the hours and appointments, as "Europe/Berlin".'
    )
    date_order: Literal["mdy", "dmy"] = Field(
        default="mdy", description='How callers say a date in digits: "mdy" (3/5 is in March) or "dmy" (in May).'
    )
    language: Literal["en", "es", "ar"] = Field(
        default="en",
        description="The language of the clinic: how the agent reads numbers, dates and abbreviations aloud, and what "
        "callers' words mean unless speech-to-text tells another.",
    )
    pronunciations: Annotated[Mapping[Name, Name], AfterValidator(_respellings)] = Field(
        default_factory=dict,
        description='How words are spoken that the voice gets wrong: `{ Nguyen = "win" }` (docs/speech.md).',
    )
    operator: Name = Field(default="200", description='Extension or SIP URI for "a person, please".')
    emergency_number: Annotated[str, Field(pattern=r"^\d{2,15}$")] = Field(
        default="911", description="The number that callers in an emergency are told to dial."
    )
    emergency_extension: Name = Field(
        default="200", description="Extension or SIP URI that a caller in an emergency is offered."
    )
    appointment_minutes: Annotated[int, Field(ge=5, le=240)] = Field(default=30, description="How long one is.")
    appointment_hours: Spans = Field(
        default="09:00-12:00, 13:00-17:00", description="When appointments are given, within the opening hours."
    )
    extra_names: tuple[Name, ...] = Field(
        default=(), description="Further names that callers say, for the embedded recogniser."
    )
    hours: HoursConfig = HoursConfig()
    holidays: tuple[HolidayConfig, ...] = Field(
        default=_HOLIDAYS, description="Days on which the clinic is closed; writing any replaces the demo's."
    )
    departments: tuple[DepartmentConfig, ...] = Field(
        default=_DEPARTMENTS, min_length=1, description="The departments; writing any replaces the demo's."
    )
    doctors: tuple[DoctorConfig, ...] = Field(
        default=_DOCTORS, description="The doctors; writing any replaces the demo's."
    )

    @property
    def zone(self) -> tzinfo:
        """The clinic's time zone."""
        return zone_named(self.time_zone)

    @model_validator(mode="after")
    def _doctors_work_in_known_departments(self) -> "ClinicConfig":
        known = {department.name for department in self.departments}
        for number, doctor in enumerate(self.doctors):
            if doctor.department not in known:
                remedy = "name one of: " + ", ".join(sorted(known))
                problem = f'= "{doctor.department}" is none of the departments'
                raise mistake(problem, remedy, f"doctors.{number}.department")
        return self
