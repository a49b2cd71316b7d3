"""What a language model is told before a call: who it is, what the clinic is like, what it can do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Final

from appliance.clinic.profile import WEEKDAYS, ClinicProfile, DayHours
from appliance.clinic.tool import Tool
from appliance.dialogue.tool_schemas import END, OPERATOR, TRANSFER, tool_schemas
from appliance.dialogue.transcript import estimated_tokens
from models.llm import ToolSchema

_RULES = (
    "You are the telephone receptionist of {name}. Everything you write is spoken to the caller.\n"
    "Rules: Answer in 20 to 50 plain spoken words: no lists, no markup, no symbols. Write times and numbers as spoken. "
    "Ask one question at a time. Use tools for anything about appointments; never invent a time, a name or a booking. "
    "Before booking, moving or cancelling, say the details back and wait for a yes. Ask for first and last name and "
    "date of birth when a tool needs them; never guess them. Never give medical advice: offer an appointment or a "
    "person. Connect the caller when they ask for a person. Answer in the caller's language: {language}, unless a note "
    "like [in {other}] says otherwise.\n"
    "Address: {address}. {directions}\n"
    "Open: {hours}.{holidays}\n"
    "Departments: {departments}.\n"
    "Doctors: {doctors}."
)
_MOST_LISTED: Final = 30
_MOST_TOKENS: Final = 500
LANGUAGES: Final = {"en": "English", "es": "Spanish", "ar": "Arabic"}
"""What a model is told of a language, by its ISO 639-1 code."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a caller can be connected: `target` a SIP URI or extension."""

    target: str
    spoken_name: str


@dataclass(frozen=True, slots=True)
class Briefing:
    """The same for every call, so that it is in the server's prefix cache: `system_prompt` and `tools`.

    `changing` names the tools that change something. `context_tokens`: how much of the conversation is kept word for
    word, in estimated tokens. `language` is the clinic's (ISO 639-1). `prefill_words`: after how many more words of a
    caller's turn the model reads it ahead; 0 for never.
    """

    system_prompt: str
    tools: tuple[ToolSchema, ...]
    changing: frozenset[str]
    destinations: Mapping[str, Destination]
    context_tokens: int = 3000
    language: str = "en"
    prefill_words: int = 4

    @classmethod
    def of(
        cls,
        profile: ClinicProfile,
        tools: Sequence[Tool],
        context_tokens: int = 3000,
        language: str = "en",
        prefill_words: int = 4,
    ) -> "Briefing":
        """The briefing for one clinic and the tools it has."""
        known = {TRANSFER, END, *(tool.name for tool in tools)}
        destinations = {
            department.key: Destination(department.transfer_target, department.spoken_name)
            for department in profile.departments
        }
        destinations[OPERATOR] = Destination(profile.operator_target, "a person")
        return cls(
            system_prompt(profile, language),
            tuple(schema for schema in tool_schemas(profile) if schema.name in known),
            frozenset(tool.name for tool in tools if tool.changes),
            destinations,
            context_tokens,
            language,
            prefill_words,
        )


def system_prompt(profile: ClinicProfile, language: str = "en") -> str:
    """Under 500 estimated tokens: of doctors, departments and holidays as many are named as there is room for.

    The tools know all doctors and departments. Only an address of several hundred words makes it longer.
    """
    for listed in range(_MOST_LISTED, 0, -1):
        prompt = _RULES.format(
            name=profile.name,
            language=LANGUAGES[language],
            other=LANGUAGES["es" if language == "en" else "en"],
            address=profile.address,
            directions=profile.directions,
            hours=_hours(profile.opening_hours),
            holidays=_holidays(profile, listed),
            departments=_list((department.key for department in profile.departments), listed),
            doctors=_list((f"{doctor.key} ({doctor.department})" for doctor in profile.doctors), listed),
        )
        if estimated_tokens(prompt) < _MOST_TOKENS:
            break
    return prompt


def say_today(today: date) -> str:
    """As "Friday 2026-11-20"."""
    return f"{WEEKDAYS[today.weekday()].title()} {today.isoformat()}"


def _hours(hours: Mapping[int, DayHours]) -> str:
    """Days in a row with the same hours together: "Monday to Friday 08:00-18:00, Sunday closed"."""
    runs: list[tuple[int, int, DayHours]] = []
    for day in range(7):
        if runs and runs[-1][2] == hours.get(day, ()):
            runs[-1] = (runs[-1][0], day, runs[-1][2])
        else:
            runs.append((day, day, hours.get(day, ())))
    return ", ".join(f"{_days(first, last)} {_spans(spans)}" for first, last, spans in runs)


def _days(first: int, last: int) -> str:
    return WEEKDAYS[first].title() if first == last else f"{WEEKDAYS[first].title()} to {WEEKDAYS[last].title()}"


def _spans(spans: DayHours) -> str:
    return " and ".join(f"{span.start:%H:%M}-{span.end:%H:%M}" for span in spans) or "closed"


def _holidays(profile: ClinicProfile, listed: int) -> str:
    if not profile.holidays:
        return ""
    days = (
        f"{holiday.name} ({f'{holiday.year}-' if holiday.year else ''}{holiday.month:02}-{holiday.day:02})"
        for holiday in profile.holidays
    )
    return f" Closed on {_list(days, listed)}."


def _list(items: Iterable[str], listed: int) -> str:
    return ", ".join(islice(items, listed))
