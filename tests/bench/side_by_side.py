"""The figures that are compared with today's frameworks: the same kind of speech, delays and wire, on this machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from appliance.trace import CallTrace
from sip.caller.plan import CallerPlan, CallPlan, CallResult
from sip.caller.process import run_caller_process
from sip.caller.script import Step
from tests.bench import media_stream_caller, processes
from tests.bench.bench import appliance, check_answered, progress, traces
from tests.bench.elsewhere import MEASURED_ELSEWHERE
from tests.bench.human import ENGINES, PAUSE_S, Scripts, answered_into, scripts
from tests.bench.human_speech import SPEECH_PACKAGE, Prompt, prompts
from tests.bench.options import Options, Part
from tests.bench.report import Figure, Report, Table, number, percentile
from tests.bench.wire import best_match, latency_figures, responses, silences, stages_table
from tests.wire.running import Appliance, Settings

RESPONSE_LIMITS_MS: Final = (430.0, 900.0)
SILENCE_LIMITS_MS: Final = (130.0, 220.0)
ANSWERED_INTO_LIMIT: Final = 25.0
CPU_LIMIT_S: Final = 2.0
_ALONE_PROMPTS: Final = 4
_CALL_LIMIT_S: Final = 280.0


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
    cpu_s_alone: float


async def measure(options: Options) -> Report:
    """Every condition with the same prompts."""
    with TemporaryDirectory(prefix="bench-speech-") as directory:
        chosen = prompts(Path(directory), options.part, options.turns)
        outcomes = [await _measured(condition, chosen) for condition in conditions()]
    return report(outcomes, len(chosen), options.part)


def conditions() -> tuple[Condition, ...]:
    """What is heard makes a difference: a transcript may tell that a sentence is not over."""
    return (Condition("one fixed sentence, whatever is said", ENGINES),)


async def _measured(condition: Condition, chosen: Sequence[Prompt]) -> Outcome:
    wanted = scripts(chosen)
    with appliance(condition.settings) as running_one:
        progress(f"{condition.name}: {len(wanted.all)} calls at once, {len(chosen)} prompts")
        calls, cpu_s = await _held(running_one, wanted.all)
        progress("one call alone")
        _, cpu_s_alone = await _held(running_one, _alone(chosen).plain[:1])
        traced = await traces(running_one, len(wanted.all) + 1)
    return Outcome(condition, calls[: len(wanted.plain)], calls[len(wanted.plain) :], tuple(traced), cpu_s, cpu_s_alone)


def _alone(chosen: Sequence[Prompt]) -> Scripts:
    # Every other prompt is in the first call.
    return scripts(chosen[: 2 * _ALONE_PROMPTS])


async def _held(running_one: Appliance, steps: Sequence[tuple[Step, ...]]) -> tuple[tuple[CallResult, ...], float]:
    """The calls, and the appliance's CPU seconds for a minute of one of them."""
    uri = f"ws://127.0.0.1:{running_one.web_port}/media-stream"
    plan = CallerPlan(tuple(CallPlan(uri, script, max_s=_CALL_LIMIT_S) for script in steps))
    pids = [running_one.process.pid, *processes.below(running_one.process.pid)]
    before = processes.cpu_seconds(pids)
    result = await run_caller_process(plan, media_stream_caller.MODULE)
    used = processes.cpu_seconds(pids) - before
    check_answered(result.calls)
    return result.calls, used * 60 / sum(call.duration_s for call in result.calls)


def report(outcomes: Sequence[Outcome], prompts_count: int, part: Part) -> Report:
    """What was measured here beside what others measured elsewhere."""
    late = max(call.sent.late_p99_ms for o in outcomes for call in (*o.plain, *o.paused) if call.sent is not None)
    return Report(
        how=f"Through the media websocket, {prompts_count} sentences of the Debian package {SPEECH_PACKAGE} (a woman's "
        f"voice, 8 kHz; part `{part}`). Speech to text, language model and text to speech are simulated: final words "
        "100 ms after they are asked for, first word of the reply 100 ms later and then one every 20 ms (24 words, the "
        "first clause of 6), first audio of a clause after 80 ms; Silero and Smart Turn are real. Four calls at once: "
        "in two each prompt is said plainly and once more 1.2 s into the agent's speech, in two with a pause of "
        f"{PAUSE_S:g} s where its middle is softest. CPU is that of the whole process tree of the appliance, from "
        "/proc, over those four calls and over one call alone, from before they begin until after they end. The "
        "caller is a process of its own, and its CPU is not counted.",
        figures=tuple(figure for outcome in outcomes for figure in _figures(outcome)),
        tables=(
            _beside_others(outcomes),
            *(
                stages_table(
                    [turn for call in outcome.plain for turn in best_match(call, outcome.traced)],
                    f"{outcome.condition.name}, turns without a pause",
                )
                for outcome in outcomes
            ),
            *(
                stages_table(
                    [turn for call in outcome.paused for turn in best_match(call, outcome.traced)],
                    f"{outcome.condition.name}, turns with a pause",
                )
                for outcome in outcomes
            ),
        ),
        remarks=(
            "*Answered into* means that the agent began to speak between the caller's first and last sound. Silence "
            "counts from the first clearly audible sound of the caller (10 ms above -38 dBFS) to the agent's last. "
            f"The caller's messages left at most {late:.1f} ms late (p99). "
            "The rows measured elsewhere were not measured by this project and not on this machine.",
        ),
    )


def _figures(outcome: Outcome) -> tuple[Figure, ...]:
    matched = [turn for call in outcome.plain for turn in best_match(call, outcome.traced)]
    name = outcome.condition.name
    cost = "CPU of a call-minute"
    return (
        *(
            Figure(f"{name}: {figure.name}", figure.value, figure.unit, figure.limit, figure.of, figure.digits)
            for figure in (
                *latency_figures(matched, RESPONSE_LIMITS_MS, SILENCE_LIMITS_MS),
                answered_into(outcome.paused, ANSWERED_INTO_LIMIT),
                Figure(f"{cost}, 1 call", outcome.cpu_s_alone, "s", CPU_LIMIT_S, None, 2),
                Figure(f"{cost}, 4 calls", outcome.cpu_s, "s", CPU_LIMIT_S, None, 2),
            )
        ),
    )


def _beside_others(outcomes: Sequence[Outcome]) -> Table:
    return Table(
        "Beside others",
        (
            "",
            "response p50 / p95",
            "silence after barge-in p50 / p95",
            "answered into a mid-thought pause",
            "CPU s per call-minute",
        ),
        (
            *(_row(outcome) for outcome in outcomes),
            *MEASURED_ELSEWHERE,
        ),
    )


def _row(outcome: Outcome) -> tuple[str, ...]:
    turns = [turn for call in outcome.plain for turn in call.turns]
    into = answered_into(outcome.paused)
    return (
        f"**this appliance**, measured here: {outcome.condition.name}",
        f"{_pair(responses(turns))} ms",
        f"{_pair(silences(turns))} ms",
        f"{number(into.value)} %",
        f"{number(outcome.cpu_s_alone, 1)} (1 call), {number(outcome.cpu_s, 1)} (4 calls)",
    )


def _pair(values: Sequence[float]) -> str:
    return f"{number(percentile(values, 50))} / {number(percentile(values, 95))}"
