"""What a clinic tells its callers: hours, address, departments, doctors and whom to connect.

Spoken texts are written for a voice: numbers and abbreviations as words.
"""

from dataclasses import dataclass, field
from datetime import date, time
from types import MappingProxyType
from typing import Final, Literal

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class TimeRange:
    """From `start` up to `end`, on one day, in the clinic's own time."""

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError("a time range ends after it starts")


DayHours = tuple[TimeRange, ...]
"""When it is open on one day, in order; none when it is closed."""


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day on which the clinic is closed; every year when `year` is None."""

    month: int
    day: int
    name: str
    year: int | None = None

    def falls_on(self, day: date) -> bool:
        """Whether `day` is this holiday."""
        return (day.month, day.day) == (self.month, self.day) and self.year in (None, day.year)


@dataclass(frozen=True, slots=True)
class Department:
    """A department: `synonyms` are how callers say it, `transfer_target` a SIP URI or extension."""

    key: str
    spoken_name: str
    transfer_target: str
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Doctor:
    """A doctor. `surname` is lower-case; `working_days` are weekdays, Monday 0.

    `pronunciation` is the surname in ARPAbet, for a recogniser whose dictionary lacks it.
    """

    key: str
    surname: str
    department: str
    synonyms: tuple[str, ...] = ()
    pronunciation: str = ""
    working_days: frozenset[int] = frozenset(range(5))

    @property
    def spoken_name(self) -> str:
        """As a voice says it: "Doctor Patel"."""
        return f"Doctor {self.surname.title()}"


@dataclass(frozen=True, slots=True)
class AppointmentGrid:
    """Bookable: every `slot_minutes` within `working_hours`, `first_day` to `last_day` days ahead.

    By default the first is tomorrow: what is free today is for the people at the desk to know.
    """

    slot_minutes: int = 30
    working_hours: tuple[TimeRange, ...] = (TimeRange(time(9), time(12)), TimeRange(time(13), time(17)))
    first_day: int = 1
    last_day: int = 180


@dataclass(frozen=True, slots=True)
class Emergency:
    """Whom to call: `number` in digits, `target` the clinic's own line for it (a SIP URI or extension)."""

    number: str = "911"
    target: str = "sip:911@127.0.0.1"


def _weekday_hours() -> MappingProxyType[int, DayHours]:
    office = (TimeRange(time(8), time(18)),)
    return MappingProxyType({**dict.fromkeys(range(5), office), 5: (TimeRange(time(9), time(13)),)})


_DEPARTMENTS: Final = (
    Department(
        "cardiology",
        "cardiology",
        "sip:cardiology@127.0.0.1",
        ("cardiologist", "heart doctor", "heart specialist", "heart department", "the heart clinic"),
    ),
    Department(
        "dermatology",
        "dermatology",
        "sip:dermatology@127.0.0.1",
        ("dermatologist", "skin doctor", "skin specialist", "skin department", "the skin clinic"),
    ),
    Department(
        "general",
        "general practice",
        "sip:general@127.0.0.1",
        (
            "general practitioner",
            "family doctor",
            "family medicine",
            "family practice",
            "gp",
            "g p",
            "general medicine",
        ),
    ),
    Department(
        "radiology",
        "radiology",
        "sip:radiology@127.0.0.1",
        ("radiologist", "x ray", "xray", "x rays", "imaging", "ultrasound", "mri", "m r i", "ct scan"),
    ),
    Department("pediatrics", "pediatrics", "sip:pediatrics@127.0.0.1", ("pediatrician", "children's doctor")),
    Department(
        "billing", "billing", "sip:billing@127.0.0.1", ("the bill", "my bill", "invoice", "an invoice", "accounts")
    ),
    Department(
        "laboratory", "the laboratory", "sip:laboratory@127.0.0.1", ("laboratory", "lab", "blood test", "test results")
    ),
)

_DOCTORS: Final = (
    Doctor("patel", "patel", "cardiology", pronunciation="P AH T EH L"),
    Doctor("garcia", "garcia", "cardiology", pronunciation="G AA R S IY AH"),
    Doctor("nguyen", "nguyen", "dermatology", pronunciation="W IH N"),
    Doctor("smith", "smith", "general", pronunciation="S M IH TH"),
    Doctor("cohen", "cohen", "general", pronunciation="K OW AH N"),
    Doctor("johnson", "johnson", "radiology", pronunciation="JH AA N S AH N"),
    Doctor("kim", "kim", "pediatrics", pronunciation="K IH M"),
)

_HOLIDAYS: Final = (
    Holiday(1, 1, "New Year's Day"),
    Holiday(7, 4, "Independence Day"),
    Holiday(12, 25, "Christmas Day"),
    Holiday(12, 26, "the day after Christmas"),
)


@dataclass(frozen=True, slots=True)
class ClinicProfile:
    """The clinic. The defaults are a made-up one, for the demo; `opening_hours` is keyed by weekday, Monday 0.

    `date_order` is how callers write dates in digits; `time_zone` an IANA name.
    """

    name: str = "Riverside Clinic"
    address: str = "twelve River Street, in Springfield"
    directions: str = (
        "Take bus number seven to River Street; we are across from the stop. There is free parking behind the building."
    )
    opening_hours: MappingProxyType[int, DayHours] = field(default_factory=_weekday_hours)
    holidays: tuple[Holiday, ...] = _HOLIDAYS
    departments: tuple[Department, ...] = _DEPARTMENTS
    doctors: tuple[Doctor, ...] = _DOCTORS
    grid: AppointmentGrid = AppointmentGrid()
    emergency: Emergency = Emergency()
    operator_target: str = "sip:operator@127.0.0.1"
    time_zone: str = "America/New_York"
    date_order: Literal["mdy", "dmy"] = "mdy"

    def __post_init__(self) -> None:
        keys = {department.key for department in self.departments}
        for doctor in self.doctors:
            if doctor.department not in keys:
                raise ValueError(f"doctor {doctor.key} is in no department of the clinic")
        if len(keys) != len(self.departments) or len({d.key for d in self.doctors}) != len(self.doctors):
            raise ValueError("departments and doctors need keys of their own")

    def doctor(self, key: str) -> Doctor:
        """The doctor with `key`; KeyError when there is none."""
        for doctor in self.doctors:
            if doctor.key == key:
                return doctor
        raise KeyError(key)

    def department(self, key: str) -> Department:
        """The department with `key`; KeyError when there is none."""
        for department in self.departments:
            if department.key == key:
                return department
        raise KeyError(key)

    def doctors_of(self, department: str) -> tuple[Doctor, ...]:
        """The doctors of a department, in the profile's order."""
        return tuple(doctor for doctor in self.doctors if doctor.department == department)

    def holiday(self, day: date) -> Holiday | None:
        """The holiday that falls on `day`, if any."""
        return next((holiday for holiday in self.holidays if holiday.falls_on(day)), None)

    def hours_on(self, day: date) -> DayHours:
        """When the clinic is open on `day`; empty when it is closed."""
        return () if self.holiday(day) else self.opening_hours.get(day.weekday(), ())
