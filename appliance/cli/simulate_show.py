"""How `appliance simulate` shows a conversation: in lines for people, or as plain data for JSON."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from appliance.simulator.expectations import seconds, written
from appliance.simulator.outcome import Outcome
from appliance.simulator.report import HeldReply, Report, TurnReport
from appliance.trace import event_record


def lines(path: Path, outcome: Outcome, *, timeline: bool) -> Iterator[str]:
    """The conversation for people."""
    report = outcome.report
    yield f"== {report.run.scenario.name} ({path})"
    if timeline:
        yield from (f"  {at / 1000:8.3f}  {who:7} {what}" for at, who, what in _timeline(report))
    for turn in report.turns:
        yield from _turn_lines(turn)
    yield from (_held_line(held) for held in report.held)
    for sound in report.cut_ins:
        yield f"  cut-in at {seconds(sound.begins)}: the caller had not finished"
    for silence in report.dead_air:
        yield f"  dead air from {seconds(silence.begins)} to {seconds(silence.ends)}"
    for entry in report.run.history:
        yield f"  {written(entry)}"
    yield f"  the call lasted {seconds(report.ends)} and ended as {report.run.reason}"
    for verdict in outcome.verdicts:
        expected = verdict.expected.written
        yield f"  ok      {expected}" if verdict.problem is None else f"  FAILED  {expected}: {verdict.problem}"
    yield from (f"  FAILED  in every call: {problem}" for problem in outcome.broken)


def _turn_lines(turn: TurnReport) -> Iterator[str]:
    answered, first = turn.response_latency, turn.first_sound_latency
    said = ["no answer heard" if answered is None else f"answered after {seconds(answered)}"]
    if first is not None and first != answered:
        said.append(f"first sound after {seconds(first)}")
    if turn.answers > 1:
        said.append(f"answered {turn.answers} times")
    if turn.holds:
        said.append(f"held {turn.holds} times and resumed {turn.resumed}")
    yield f'  turn {turn.turn}: "{turn.text}" {", ".join(said)}; heard: "{turn.heard}"{" (cut)" * turn.cut}'
    for use in turn.tools:
        tool = use.tool
        yield f"    tool {tool.name} at {seconds(tool.began_ms)} for {seconds(tool.duration_ms)}: {tool.outcome}"


def _held_line(held: HeldReply) -> str:
    after = "not resumed" if held.resumed_at is None else f"resumed after {seconds(held.resumed_at - held.silent_at)}"
    return (
        f"  held at {seconds(held.silent_at)}, {seconds(held.time_to_silence)} after the caller's first sound; {after}"
    )


def _timeline(report: Report) -> list[tuple[float, str, str]]:
    """(ms, who, what), in order."""
    happened: list[tuple[float, str, str]] = []
    for utterance in report.run.scenario.utterances:
        said = f'"{utterance.say}"' if utterance.say else "a noise"
        happened.append((utterance.at, "caller", f"begins: {said}"))
        happened += [(begins, "caller", "pauses") for begins, _ in utterance.pauses]
        happened += [(ends, "caller", "goes on") for _, ends in utterance.pauses]
        happened.append((utterance.until, "caller", "ends"))
    happened += [(key.at, "caller", f"presses {key.digit}") for key in report.run.scenario.keys]
    for sound in report.sounds:
        what = "answer" if sound.prompt is None else f"{sound.prompt}"
        happened.append(
            (sound.begins, "agent", f"{'goes on with' if sound.goes_on else 'begins'} {what} {sound.reply}")
        )
        happened.append(
            (sound.ends, "agent", f"{'has finished' if sound.ended else 'is silent in'} {what} {sound.reply}")
        )
    happened += [(run.began, "tool", run.name) for run in report.run.tool_runs]
    for step in report.run.steps:
        happened.append((step.at, "event", _event(event_record(step.event))))
        happened += [(step.at, "action", repr(action)) for action in step.actions]
    order = {"caller": 0, "tool": 1, "event": 2, "action": 2, "agent": 3}
    return sorted(happened, key=lambda item: (round(item[0], 3), order[item[1]]))


def _event(record: dict[str, Any]) -> str:
    kind = record.pop("event")
    at = record.pop("at_ms")
    return f"{kind}({', '.join([f'at={at}', *(f'{name}={value!r}' for name, value in record.items())])})"


def as_plain(path: Path, outcome: Outcome, *, timeline: bool) -> dict[str, Any]:
    """The conversation for JSON: times in ms, but for what the scenario itself expects."""
    report = outcome.report
    plain: dict[str, Any] = {
        "name": report.run.scenario.name,
        "file": str(path),
        "ok": outcome.good,
        "duration_ms": report.ends,
        "end_reason": str(report.run.reason),
        "turns": [_turn_plain(turn) for turn in report.turns],
        "held": [{**dataclasses.asdict(held), "time_to_silence": held.time_to_silence} for held in report.held],
        "cut_ins_ms": [sound.begins for sound in report.cut_ins],
        "dead_air": [dataclasses.asdict(silence) for silence in report.dead_air],
        "audio": [{"reply": s.reply, "begins": s.begins, "ends": s.ends} for s in report.sounds],
        "history": [dataclasses.asdict(entry) for entry in report.run.history],
        "tool_runs": [dataclasses.asdict(run) for run in report.run.tool_runs],
        "expectations": [{"expect": v.expected.written, "problem": v.problem} for v in outcome.verdicts],
        "broken_properties": list(outcome.broken),
    }
    if timeline:
        plain["timeline"] = [{"at_ms": at, "who": who, "what": what} for at, who, what in _timeline(report)]
    return plain


def _turn_plain(turn: TurnReport) -> dict[str, Any]:
    return {
        **dataclasses.asdict(turn),
        "response_latency": turn.response_latency,
        "first_sound_latency": turn.first_sound_latency,
    }
