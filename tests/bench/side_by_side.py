"""The figures that are compared with today's frameworks: the same kind of speech, delays and wire, on this machine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from appliance.trace import CallTrace
from sip.caller.plan import CallerPlan, CallPlan, CallResult
from sip.caller.process import run_caller_process
from sip.caller.script import Step
from tests.bench import media_stream_caller, processes
from tests.bench.bench import appliance, check_answered, progress, traces
from tests.bench.elsewhere import COLUMNS, MEASURED_ELSEWHERE
from tests.bench.human import (
    ANSWERED_INTO_LIMIT,
    BARGE_IN_AFTER_S,
    DELAYS,
    ENGINES,
    PAUSE_S,
    RESPONSE_LIMITS_MS,
    SILENCE_LIMITS_MS,
    TRUE_WORDS,
    answered_into,
    hearing_recordings,
    scripts,
)
from tests.bench.human_speech import SPEECH_PACKAGE, Prompt, prompts
from tests.bench.options import Options, Part
from tests.bench.report import Figure, Report, Table, number, p50_and_p95, percentile
from tests.bench.wire import best_match, latency_figures, responses, silences, stages_table
from tests.wire.running import Appliance, Settings

CPU_LIMIT_S: Final = 2.0
# What is heard makes a difference: a transcript may tell that a sentence is not over.
_TRUE: Final = "the words as spoken"
_FIXED: Final = "one fixed sentence, whatever is said"
# A third of them is in the first call, so that this is half a minute and more.
_ALONE_PROMPTS: Final = 9
_CALL_LIMIT_S: Final = 280.0
_SLOWEST: Final = 6


@dataclass(frozen=True, slots=True)
class Condition:
    """What the simulated speech-to-text hears: engines' settings and words for the reader."""

    name: str
    settings: Settings


@dataclass(frozen=True, slots=True)
class Outcome:
    """One condition measured. CPU seconds are per call-minute of the appliance's whole process tree."""

    condition: Condition
    plain: tuple[CallResult, ...]
    paused: tuple[CallResult, ...]
    traced: tuple[CallTrace, ...]
    cpu_s: float
    cpu_s_alone: float | None


async def measure(options: Options) -> Report:
    """Every condition with the same prompts."""
    with TemporaryDirectory(prefix="bench-speech-") as directory:
        chosen = prompts(Path(directory), options.part, options.turns)
        conditions = (
            Condition(_TRUE, hearing_recordings(Path(directory))),
            Condition(_FIXED, ENGINES),
        )
        outcomes = [await _measured(condition, chosen) for condition in conditions]
    return report(outcomes, chosen, options.part)


async def _measured(condition: Condition, chosen: Sequence[Prompt]) -> Outcome:
    wanted = scripts(chosen)
    with appliance(condition.settings) as running_one:
        progress(f"{condition.name}: {len(wanted.all)} calls at once, {len(chosen)} prompts")
        calls, cpu_s = await _held(running_one, wanted.all)
        cpu_s_alone = None
        if condition.name == _FIXED:
            progress("one call alone")
            _, cpu_s_alone = await _held(running_one, scripts(chosen[:_ALONE_PROMPTS]).plain[:1])
        traced = await traces(running_one, len(calls) + (cpu_s_alone is not None))
    return Outcome(condition, calls[: len(wanted.plain)], calls[len(wanted.plain) :], tuple(traced), cpu_s, cpu_s_alone)


async def _held(running_one: Appliance, steps: Sequence[tuple[Step, ...]]) -> tuple[tuple[CallResult, ...], float]:
    """The calls, and the appliance's CPU seconds for a minute of one of them."""
    plan = CallerPlan(tuple(CallPlan(running_one.media_stream_uri, script, max_s=_CALL_LIMIT_S) for script in steps))
    pids = [running_one.process.pid, *processes.below(running_one.process.pid)]
    before = processes.cpu_seconds(pids)
    result = await run_caller_process(plan, media_stream_caller.MODULE)
    used = processes.cpu_seconds(pids) - before
    check_answered(result.calls)
    return result.calls, used * 60 / sum(call.duration_s for call in result.calls)


def report(outcomes: Sequence[Outcome], chosen: Sequence[Prompt], part: Part) -> Report:
    """What was measured here beside what others measured elsewhere."""
    late = max(call.sent.late_p99_ms for o in outcomes for call in (*o.plain, *o.paused) if call.sent is not None)
    return Report(
        how=f"Through the media websocket, {len(chosen)} sentences of the Debian package {SPEECH_PACKAGE} (a woman's "
        f"voice, 8 kHz; part `{part}`). {DELAYS} Two conditions. *{_TRUE}*: {TRUE_WORDS} *{_FIXED}*: it is complete, "
        "and says nothing about where a turn ends. Four calls at once: in two, two thirds of the prompts "
        f"are said plainly and once more {BARGE_IN_AFTER_S:g} s into the agent's speech, in two all of them with a "
        f"pause of {PAUSE_S:g} s where their middle is softest. CPU is that of the whole process tree of the "
        "appliance, from /proc, from before the calls begin until after they end: those four, and one alone. Finding "
        f"the words in the prompts is part of it under *{_TRUE}*, so that the other condition is the one to judge, and "
        "only there is one call measured. The caller is a process of its own, and its CPU is not counted.",
        figures=tuple(figure for outcome in outcomes for figure in _figures(outcome)),
        tables=(
            Table("This appliance, measured here", COLUMNS, tuple(_row(outcome) for outcome in outcomes)),
            Table("Public frameworks, measured elsewhere under the same conditions", COLUMNS, MEASURED_ELSEWHERE),
            *(_stages(outcome, outcome.plain, "turns without a pause") for outcome in outcomes),
            *(_stages(outcome, outcome.paused, "turns with a pause") for outcome in outcomes),
            *(_slowest(outcome, {prompt.file.name: prompt.text for prompt in chosen}) for outcome in outcomes),
        ),
        remarks=(
            "*Answered into* means that the agent began to speak between the caller's first and last sound. Silence "
            "counts from the first clearly audible sound of the caller (10 ms above -38 dBFS) to the agent's last. "
            f"The caller's messages left at most {late:.1f} ms late (p99). "
            "What was measured elsewhere was not measured by this project and not on this machine: the "
            "figures are the published ones, and their prompts may have been others of the same voice.",
        ),
    )


def _figures(outcome: Outcome) -> tuple[Figure, ...]:
    matched = [turn for call in outcome.plain for turn in best_match(call, outcome.traced)]
    name = outcome.condition.name
    paused = [turn for call in outcome.paused for turn in call.turns]
    figures = (
        *latency_figures(matched, RESPONSE_LIMITS_MS, SILENCE_LIMITS_MS),
        *p50_and_p95("response, turns with a pause", responses(paused)),
        answered_into(outcome.paused, ANSWERED_INTO_LIMIT),
        *_costs(outcome),
    )
    return tuple(replace(figure, name=f"{name}: {figure.name}") for figure in figures)


def _costs(outcome: Outcome) -> tuple[Figure, ...]:
    if outcome.cpu_s_alone is None:
        return (Figure("CPU of a call-minute, 4 calls", outcome.cpu_s, "s", digits=2),)
    return (
        Figure("CPU of a call-minute, 1 call", outcome.cpu_s_alone, "s", CPU_LIMIT_S, digits=2),
        Figure("CPU of a call-minute, 4 calls", outcome.cpu_s, "s", CPU_LIMIT_S, digits=2),
    )


def _stages(outcome: Outcome, calls: Sequence[CallResult], which: str) -> Table:
    matched = [turn for call in calls for turn in best_match(call, outcome.traced)]
    return stages_table(matched, f"{outcome.condition.name}, {which}")


def _slowest(outcome: Outcome, texts: Mapping[str, str]) -> Table:
    """Where to look first."""
    matched = [turn for call in (*outcome.plain, *outcome.paused) for turn in best_match(call, outcome.traced)]
    answered = [turn for turn in matched if turn.wire.response_latency_ms is not None]
    slowest = sorted(answered, key=lambda turn: turn.wire.response_latency_ms or 0.0, reverse=True)[:_SLOWEST]
    return Table(
        f"Slowest answers, {outcome.condition.name}",
        ("said", "heard", "end-of-turn score", "response, ms"),
        tuple(
            (
                texts[turn.wire.name],
                turn.trace.text if turn.trace is not None else "–",
                number(turn.trace.score if turn.trace is not None else None, 2),
                number(turn.wire.response_latency_ms),
            )
            for turn in slowest
        ),
    )


def _row(outcome: Outcome) -> tuple[str, ...]:
    turns = [turn for call in outcome.plain for turn in call.turns]
    into = answered_into(outcome.paused)
    alone = "" if outcome.cpu_s_alone is None else f"{number(outcome.cpu_s_alone, 1)} (1 call)"
    return (
        outcome.condition.name,
        f"{_pair(responses(turns))} ms",
        f"{_pair(silences(turns))} ms",
        f"{number(into.value)} %",
        ", ".join(filter(None, (alone, f"{number(outcome.cpu_s, 1)} (4 calls)"))),
    )


def _pair(values: Sequence[float]) -> str:
    return f"{number(percentile(values, 50))} / {number(percentile(values, 95))}"
