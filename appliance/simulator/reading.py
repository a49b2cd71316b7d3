"""From a scenario file (JSON or TOML) to a `Scenario`, or to an error that says how to mend it."""

import json
import tomllib
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from appliance.line import HangUpReason
from appliance.simulator.expectations import CHECKS
from appliance.simulator.fields import Fields, ScenarioError, is_number
from appliance.simulator.scenario import (
    AgentEntry,
    CallerEntry,
    CallerHangUp,
    Engine,
    Expected,
    Failure,
    Fault,
    KeyPress,
    LineHold,
    Scenario,
    ToolCall,
    Utterance,
    utterance,
)
from appliance.turn.facts import Afterwards, Expectation, HangUpAfter, Language, Prompt, TransferAfter

_KEYS = frozenset("0123456789*#ABCD")
_MS_PER_CHARACTER = 60


def read_scenario(path: Path) -> Scenario:
    """The scenario in `path`, TOML when it ends in ".toml", else JSON. Raises `ScenarioError`."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror or error}", "name an existing scenario file") from None
    except UnicodeDecodeError:
        raise ScenarioError(f"{path}: is not UTF-8 text", "save it as UTF-8") from None
    try:
        data = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{path}: is not TOML: {error}", "mend that line") from None
    except json.JSONDecodeError as error:
        problem = f"{path}:{error.lineno}:{error.colno}: is not JSON: {error.msg}"
        raise ScenarioError(problem, "mend that line, or name the file .toml if it is TOML") from None
    return parse_scenario(data, str(path))


def parse_scenario(data: object, source: str) -> Scenario:
    """The scenario in `data`, as a JSON or TOML reader gives it. Raises `ScenarioError`, which names `source`."""
    fields = Fields(data, f"{source}: ")
    caller = [entry for item in fields.entries("caller") for entry in _caller_entry(item)]
    scenario = Scenario(
        name=fields.text("name", Path(source).stem),
        caller=tuple(sorted(caller, key=lambda entry: entry.at)),
        agent=tuple(_agent_entry(item) for item in fields.entries("agent")),
        expect=tuple(_expected(item) for item in fields.entries("expect")),
        failures=tuple(_failure(item) for item in fields.entries("failures")),
        greeting=fields.text("greeting", ""),
        ends=fields.optional_milliseconds("ends"),
        transfer_refused=fields.word("transfer", ("accepted", "refused"), "accepted") == "refused",
        language=Language(fields.word("language", list(Language))) if "language" in fields else None,
    )
    fields.raw("description")
    fields.finish()
    _check_order(scenario, source)
    return scenario


def _check_order(scenario: Scenario, source: str) -> None:
    for first, second in pairwise(scenario.utterances):
        if second.at < first.until:
            problem = f'{source}: the caller says "{second.say}" at {second.at / 1000:g} s'
            remedy = "let one sound end before the next begins, or make them one utterance"
            raise ScenarioError(f"{problem}, while another sound lasts until {first.until / 1000:g} s", remedy)
    if not scenario.caller and scenario.ends is None:
        raise ScenarioError(f"{source}: caller is empty", 'add an entry, or "ends": 60 for a caller who says nothing')
    tools: dict[str, ToolCall] = {}
    for call in (call for entry in scenario.agent for call in entry.tools):
        known = tools.setdefault(call.name, call)
        if (known.duration, known.changes, known.filler, known.fails) != (
            call.duration, call.changes, call.filler, call.fails,
        ):  # fmt: skip
            raise ScenarioError(f"{source}: the tool {call.name} is described in two ways", "give each its own name")


def _caller_entry(fields: Fields) -> list[CallerEntry]:
    kinds = {"digits": _keys, "hold": _line_hold, "hang_up": _hang_up}
    kind = next((kind for kind in kinds if kind in fields), None)
    entries: list[CallerEntry] = [_utterance(fields)] if kind is None else kinds[kind](fields)
    fields.finish()
    return entries


def _until(fields: Fields, at: int) -> int:
    until = fields.milliseconds("until")
    if until <= at:
        raise fields.fail("until", f"is not after at = {at / 1000:g}", "give the time at which it ends")
    return until


def _utterance(fields: Fields) -> Utterance:
    at = fields.milliseconds("at")
    until = _until(fields, at)
    say = fields.text("say")
    pauses = _pauses(fields, at, until)
    if not pauses and "|" in say:
        raise fields.fail("say", 'marks a pause with "|", but there are no pauses', 'add "pauses": [[from, to], …]')
    partial = fields.optional_text("partial")
    delay = fields.milliseconds("stt_delay", 100)
    scores = fields.probabilities("end_of_turn")
    score_delay = fields.milliseconds("end_of_turn_delay", 50)
    try:
        return utterance(
            at, until, say, partial=partial, transcript_delay=delay, scores=scores, score_delay=score_delay,
            pauses=pauses,
        )  # fmt: skip
    except ValueError as error:
        raise fields.fail("say", f"has {error}", 'put one "|" where each pause falls, or none at all') from None


def _pauses(fields: Fields, at: int, until: int) -> tuple[tuple[int, int], ...]:
    value = fields.raw("pauses")
    if value is None:
        return ()
    if not isinstance(value, list) or not all(_is_span(item) for item in value):
        raise fields.fail("pauses", "is not a list of pauses", "give [[from, to], …] in seconds on the line")
    pauses = tuple((round(1000 * begins), round(1000 * ends)) for begins, ends in value)
    times = [at, *(time for pause in pauses for time in pause), until]
    if any(second <= first for first, second in pairwise(times)):
        raise fields.fail("pauses", "do not lie in order between at and until", "give each as [from, to] on the line")
    return pauses


def _is_span(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(is_number(time) and time >= 0 for time in value)


def _keys(fields: Fields) -> list[CallerEntry]:
    at, digits = fields.milliseconds("at"), fields.text("digits")
    apart = fields.milliseconds("apart", 200)
    if not digits or not set(digits) <= _KEYS:
        raise fields.fail("digits", "are not keys of a telephone", "use 0-9, *, # and A-D")
    return [KeyPress(at + number * apart, digit) for number, digit in enumerate(digits)]


def _line_hold(fields: Fields) -> list[CallerEntry]:
    if not fields.truth("hold", default=False):
        raise fields.fail("hold", "is not true", "write true, or leave the entry out")
    at = fields.milliseconds("at")
    return [LineHold(at, _until(fields, at))]


def _hang_up(fields: Fields) -> list[CallerEntry]:
    if not fields.truth("hang_up", default=False):
        raise fields.fail("hang_up", "is not true", "write true, or leave the entry out")
    return [CallerHangUp(fields.milliseconds("at"))]


def _agent_entry(fields: Fields) -> AgentEntry:
    reply = fields.text("reply")
    first_token = fields.milliseconds("ttft", 100)
    complete = fields.milliseconds("until_done", max(300, first_token))
    if complete < first_token:
        raise fields.fail("until_done", f"is before ttft = {first_token / 1000:g}", "count both from the same moment")
    entry = AgentEntry(
        when=fields.optional_text("when"),
        reply=reply,
        first_token=first_token,
        text_complete=complete,
        first_audio=fields.milliseconds("tts_first_audio", 100),
        audio=fields.milliseconds("audio", _MS_PER_CHARACTER * len(reply)),
        tools=tuple(_tool_call(item) for item in fields.entries("tools")),
        expects=Expectation(fields.word("expects", [str(e) for e in Expectation], "open")),
        afterwards=_afterwards(fields),
    )
    fields.finish()
    return entry


def _afterwards(fields: Fields) -> Afterwards:
    value = fields.raw("afterwards")
    if value is None:
        return None
    if value == "hang_up":
        return HangUpAfter()
    if isinstance(value, Mapping) and set(value) == {"transfer"} and isinstance(value["transfer"], str):
        return TransferAfter(value["transfer"], "simulated")
    raise fields.fail("afterwards", "is not known", 'use "hang_up" or {"transfer": "200"}')


def _tool_call(fields: Fields) -> ToolCall:
    call = ToolCall(
        name=fields.text("name"),
        duration=fields.milliseconds("duration"),
        changes=fields.truth("changes", default=False),
        filler=fields.text("filler", ""),
        arguments=fields.table("arguments"),
        fails=fields.optional_text("fails"),
    )
    fields.finish()
    return call


def _failure(fields: Fields) -> Failure:
    at = fields.milliseconds("at", 0)
    failure = Failure(
        at=at,
        until=_until(fields, at) if "until" in fields else None,
        engine=Engine(fields.word("engine", [str(engine) for engine in Engine])),
        fault=Fault(fields.word("fault", [str(fault) for fault in Fault])),
        after=fields.count("after"),
        stall=fields.milliseconds("stall", 0),
    )
    if failure.fault is Fault.STALLS and not failure.stall:
        raise fields.fail("stall", "is missing", 'say how long the engine stalls: "stall": 3')
    fields.finish()
    return failure


def _seconds(fields: Fields, key: str) -> int:
    return fields.milliseconds(key)


def _span(fields: Fields, key: str) -> tuple[int, int]:
    value = fields.raw(key)
    if not _is_span(value) or value[0] > value[1]:
        raise fields.fail(key, "is not a span of time", "give [from, to] in seconds on the line")
    return round(1000 * value[0]), round(1000 * value[1])


def _texts(fields: Fields, key: str) -> tuple[str, ...]:
    value = fields.raw(key)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise fields.fail(key, "is not a list of texts", 'write it as ["…", "…"]')
    return tuple(value)


def _turns(fields: Fields, key: str) -> int | tuple[str, ...]:
    return _texts(fields, key) if isinstance(fields.raw(key), list) else fields.count(key)


def _prompts(fields: Fields, key: str) -> tuple[Prompt, ...]:
    names = _texts(fields, key)
    known = [str(prompt) for prompt in Prompt]
    if not set(names) <= set(known):
        raise fields.fail(key, "has a prompt that is not known", f"use {', '.join(known)}")
    return tuple(Prompt(name) for name in names)


def _tool_counts(fields: Fields, key: str) -> Mapping[str, int]:
    counts = fields.table(key)
    if not all(isinstance(count, int) and count >= 0 for count in counts.values()):
        raise fields.fail(key, "is not a count for each tool", 'write it as {"book_appointment": 1}')
    return counts


def _truth(fields: Fields, key: str) -> bool:
    return fields.truth(key, default=True)


def _text(fields: Fields, key: str) -> str:
    return fields.text(key)


def _count(fields: Fields, key: str) -> int:
    return fields.count(key)


def _reason(fields: Fields, key: str) -> HangUpReason:
    return HangUpReason(fields.word(key, [str(reason) for reason in HangUpReason]))


_VALUES: Mapping[str, Callable[[Fields, str], Any]] = {
    "audio_starts_at_most": _seconds,
    "response_at_most": _seconds,
    "silence_at_most": _seconds,
    "silent_by": _seconds,
    "interrupted": _truth,
    "turns": _turns,
    "history": _texts,
    "resumed": _count,
    "held_at_most": _seconds,
    "no_audio_between": _span,
    "audio_between": _span,
    "heard_whole": _text,
    "never_heard": _text,
    "says": _text,
    "filler_by": _seconds,
    "fillers_at_most": _count,
    "fillers_apart": _seconds,
    "dead_air_at_most": _seconds,
    "tool_runs": _tool_counts,
    "cut_ins": _count,
    "drafts_at_most": _count,
    "prompts": _prompts,
    "ends": _reason,
    "ends_between": _span,
    "transferred_to": _text,
}
_OPTIONS: Mapping[str, Mapping[str, Callable[[Fields, str], Any]]] = {
    "audio_starts_at_most": {"after": _seconds},
    "response_at_most": {"turn": _count},
    "drafts_at_most": {"for": _text},
    "says": {"between": _span},
}
assert set(_VALUES) == set(CHECKS)


def _expected(fields: Fields) -> Expected:
    kinds = [kind for kind in _VALUES if kind in fields]
    if len(kinds) != 1:
        said = "names no expectation" if not kinds else f"names {len(kinds)} expectations"
        raise ScenarioError(f"{fields.where} {said}", f"use one of {', '.join(_VALUES)} in each entry")
    kind = kinds[0]
    value = _VALUES[kind](fields, kind)
    options = {name: read(fields, name) for name, read in _OPTIONS.get(kind, {}).items() if name in fields}
    fields.finish()
    return Expected(kind, value, fields.written, options)
