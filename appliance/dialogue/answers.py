"""Answers to questions about the clinic: hours, address, directions, departments, doctors."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby

from appliance.clinic.profile import ClinicProfile, DayHours
from appliance.dialogue.dates import DaySpan
from appliance.dialogue.intents import Intent
from appliance.dialogue.speech import say_day, say_list, say_time, say_weekday
from appliance.dialogue.understanding import Heard
from appliance.dialogue.words import says_any, tokens

ANSWERED = (Intent.HOURS, Intent.ADDRESS, Intent.DIRECTIONS, Intent.DEPARTMENTS, Intent.DOCTORS, Intent.HELP)
_MOST_WORDS = 36
_MOST_LISTED = 8
_ARTICLES = frozenset({"the", "a", "new"})


def answers(heard: Heard, profile: ClinicProfile, today: date) -> str:
    """The answers to what was asked, as many as are short enough to listen to; empty when nothing was asked."""
    said = ""
    for intent in ANSWERED:
        if intent not in heard.intents:
            continue
        answer = _answer(intent, heard, profile, today)
        if said and len(f"{said} {answer}".split()) > _MOST_WORDS:
            break
        said = f"{said} {answer}".strip()
    return said


def _answer(intent: Intent, heard: Heard, profile: ClinicProfile, today: date) -> str:
    if intent is Intent.HOURS:
        day = heard.day or _named_holiday(heard, profile, today)
        return hours_of_day(day, profile, today) if day is not None else hours_of_week(profile)
    if intent is Intent.ADDRESS:
        return f"We are at {profile.address}."
    if intent is Intent.DIRECTIONS:
        return profile.directions
    if intent is Intent.DEPARTMENTS:
        names = [department.spoken_name for department in profile.departments[:_MOST_LISTED]]
        return f"We have {say_list(names, 'and')}."
    if intent is Intent.DOCTORS:
        return f"You can see {say_list([doctor.spoken_name for doctor in profile.doctors[:_MOST_LISTED]])}."
    return (
        "I can book, move or cancel an appointment, tell you our hours and address, connect you with a department, or"
        " take a message."
    )


def hours_of_day(span: DaySpan, profile: ClinicProfile, today: date) -> str:
    """When the clinic is open on one day; the whole week for a longer span."""
    if not span.single:
        return hours_of_week(profile)
    day = span.first
    when = {0: "Today", 1: "Tomorrow"}.get((day - today).days, f"On {say_day(day)},")
    holiday = profile.holiday(day)
    if holiday is not None:
        return f"{when} we are closed for {holiday.name}."
    hours = profile.hours_on(day)
    return f"{when} we are {f'open {_ranges(hours)}' if hours else 'closed'}."


def hours_of_week(profile: ClinicProfile) -> str:
    """The week, days of the same hours together."""
    parts = [f"{days} {_ranges(hours)}" for days, hours in _grouped(profile) if hours]
    return f"We are open {', and '.join(parts)}." if parts else "We are closed at the moment."


def _named_holiday(heard: Heard, profile: ClinicProfile, today: date) -> DaySpan | None:
    """The next time a holiday falls that was called by the first word of its name: "open on christmas"."""
    for holiday in profile.holidays:
        first, *others = tokens(holiday.name) or ("the",)
        named = (" ".join([first, *others[:1]]),) if first in _ARTICLES else (first,)
        if not says_any(heard.words, named):
            continue
        days = (today + timedelta(days=offset) for offset in range(366))
        return next((DaySpan(day, day) for day in days if holiday.falls_on(day)), None)
    return None


def _ranges(hours: DayHours) -> str:
    return say_list([f"from {say_time(span.start)} to {say_time(span.end)}" for span in hours], "and")


def _grouped(profile: ClinicProfile) -> Iterator[tuple[str, DayHours]]:
    for hours, days in groupby(range(7), key=lambda day: profile.opening_hours.get(day, ())):
        run = list(days)
        first, last = say_weekday(run[0]), say_weekday(run[-1])
        yield (first if first == last else f"{first} to {last}"), hours
