"""Times of day as callers say them: "ten thirty", "half past two", "at 9", "three in the afternoon"."""

from datetime import time
from typing import Final

from appliance.dialogue.numbers import Read, cardinal, word_at
from appliance.dialogue.words import Tokens, find, says_any

_MORNING: Final = ("in the morning", "am", "this morning", "tomorrow morning", "morning")
_AFTERNOON: Final = ("in the afternoon", "pm", "this afternoon", "afternoon", "after lunch")
_EVENING: Final = ("in the evening", "evening", "at night", "late in the day", "after work")
_LEAD: Final = frozenset({"at", "around", "about", "by", "for", "after", "before", "say"})
# Hours said without "am" or "pm" are taken as a clinic is open: one to seven in the afternoon.
_LATEST_PLAIN_PM_HOUR: Final = 7
_FILLING: Final = frozenset(
    "please yes ok then the that would be is good fine sounds at let's say do take i'll i'd like works great one . um"
    " uh maybe perhaps on and thanks thank you make it can we i for me no actually with sure yeah in morning afternoon"
    " evening oh prefer how about what want sorry go come to".split()
)


def part_of_day(words: Tokens) -> str | None:
    """ "morning", "afternoon" or "evening" when one of them was said."""
    if says_any(words, ("good morning", "good afternoon", "good evening")):
        return None
    for part, phrases in (("afternoon", _AFTERNOON), ("evening", _EVENING), ("morning", _MORNING)):
        if says_any(words, phrases):
            return part
    return None


def wished_time(words: Tokens, *, asked: bool = False) -> time | None:
    """The time of day in `words`. A bare number ("ten", "ten thirty") counts when a time was `asked` for."""
    if find(words, "noon") is not None or find(words, "midday") is not None:
        return time(12)
    part = part_of_day(words)
    for start in range(len(words)):
        read = _clock(words, start, part=part, asked=asked)
        if read is not None:
            return _on_the_day(read, part, words)
    return None


def _clock(words: Tokens, start: int, *, part: str | None, asked: bool) -> tuple[int, int] | None:
    return _written(words[start]) or _relative(words, start) or _spoken(words, start, part=part, asked=asked)


def _written(word: str) -> tuple[int, int] | None:
    hour, colon, minute = word.partition(":")
    return _valid(int(hour), int(minute)) if colon else None


def _relative(words: Tokens, start: int) -> tuple[int, int] | None:
    """ "Half past two", "quarter to three", "twenty past nine"."""
    minutes: Read | None = None
    if words[start] in {"half", "quarter"}:
        minutes = (30 if words[start] == "half" else 15, start + 1)
    else:
        minutes = cardinal(words, start)
    if minutes is None:
        return None
    end = minutes[1] + (1 if word_at(words, minutes[1]) == "minutes" else 0)
    sign = {"past": 1, "after": 1, "to": -1, "before": -1, "till": -1}.get(word_at(words, end))
    hour = cardinal(words, end + 1)
    if sign is None or hour is None or minutes[0] not in {5, 10, 15, 20, 25, 30}:
        return None
    return _valid(hour[0], minutes[0]) if sign > 0 else _valid((hour[0] - 1) or 12, 60 - minutes[0])


def _spoken(words: Tokens, start: int, *, part: str | None, asked: bool) -> tuple[int, int] | None:
    word = words[start]
    if word.isascii() and word.isdigit() and len(word) in {3, 4}:
        led = word_at(words, start - 1) in _LEAD or word_at(words, start + 1) in {"am", "pm"}
        return _valid(int(word[:-2]), int(word[-2:])) if led or (asked and _alone(words, start, start + 1)) else None
    hour = cardinal(words, start)
    if hour is None or not _starts_a_number(words, start):
        return None
    minute, end = _minute(words, hour[1])
    led = word_at(words, start - 1) in _LEAD
    marked = word_at(words, end) in {"oclock", "am", "pm", "sharp"} or words[end : end + 2] in (
        ("in", "the"),
        ("at", "night"),
    )
    half = minute != 0 and (part is not None or asked)
    if led or marked or half or (asked and (_alone(words, start, end) or part is not None)):
        return _valid(hour[0], minute)
    return None


def _starts_a_number(words: Tokens, start: int) -> bool:
    return start == 0 or cardinal(words, start - 1) is None


def _minute(words: Tokens, index: int) -> Read:
    if word_at(words, index) in {"oh", "o"}:
        one = cardinal(words, index + 1)
        return one if one is not None and one[0] < 10 else (0, index)
    minute = cardinal(words, index)
    return minute if minute is not None and 10 <= minute[0] < 60 else (0, index)


def _alone(words: Tokens, start: int, end: int) -> bool:
    return all(word in _FILLING for word in (*words[:start], *words[end:]))


def _valid(hour: int, minute: int) -> tuple[int, int] | None:
    return (hour, minute) if 0 <= hour <= 23 and 0 <= minute <= 59 else None


def _on_the_day(clock: tuple[int, int], part: str | None, words: Tokens) -> time:
    hour, minute = clock
    if part == "morning" and hour <= 12:
        return time(hour % 12, minute) if says_any(words, ("am",)) or hour != 12 else time(12, minute)
    later = part in {"afternoon", "evening"} or (part is None and 1 <= hour <= _LATEST_PLAIN_PM_HOUR)
    return time(hour + 12, minute) if later and hour < 12 else time(hour, minute)
