"""Response and interruption on the wire with the embedded engines."""

from collections.abc import Sequence
from typing import Final

from appliance.cli.demo_script import voice
from appliance.trace import CallTrace, Stage
from sip.caller.analysis import Kind, Turn
from sip.caller.plan import CallerPlan, CallPlan, CallResult
from sip.caller.process import run_caller_process
from sip.caller.script import HangUp, Play, PlayOver, Step, WaitForAgentSilence
from tests.bench.bench import EMBEDDED, appliance, check_answered, progress, traces
from tests.bench.matching import MatchedTurn, match, outside_the_session, stage_durations, understood
from tests.bench.report import Figure, Report, Table, number, p50_and_p95, percentile, share
from tests.voices.make_voices import TEXTS

RESPONSE_LIMITS_MS: Final = (300.0, 600.0)
SILENCE_LIMITS_MS: Final = (120.0, 200.0)
STAGE_NAMES: Final = {
    "soft_end": "soft end, after the last sound by the VAD's estimate",
    "transcript_final": "words, after the soft end",
    "decision": "end-of-turn decision, after the soft end",
    "first_token": "first text of the reply, after the words",
    "first_clause": "first clause, after the first text",
    "first_audio": "first audio, after the first clause",
    "first_packet": "first frame to the line, after decision and first audio",
    "response_latency": "all of it, in the session",
    "barge_in_silence": "silence after an interruption, in the session",
}
_CALLS: Final = 4
_AT_ONCE: Final = 2
_INTERRUPT_AFTER_S: Final = 1.5
_PATIENCE_S: Final = 10.0
_CALL_LIMIT_S: Final = 150.0


def script() -> tuple[Step, ...]:
    """A question cut short twice, a booking cut short once, and two more interruptions: 12 turns."""
    agent_done = WaitForAgentSilence(600, _PATIENCE_S)

    def over(name: str) -> PlayOver:
        return PlayOver(voice(name), _INTERRUPT_AFTER_S, patience_s=_PATIENCE_S)

    steps: list[Step] = [agent_done]
    steps += [Play(voice("hours")), over("interrupt"), over("wait"), agent_done]
    for name in ("book", "name", "birth_date"):
        steps += [Play(voice(name)), agent_done]
    steps += [Play(voice("day_and_time")), over("interrupt"), agent_done]
    steps += [Play(voice("yes")), over("hours"), over("stop"), agent_done]
    return (*steps, Play(voice("goodbye")), agent_done, HangUp())


async def measure() -> Report:
    """Place the calls and bring together packets and traces."""
    settings = {**EMBEDDED, "clinic": {"extra_names": ["Anna Miller"]}}
    with appliance(settings) as running_one:
        progress(f"{_CALLS} calls of {_turns_in(script())} turns, {_AT_ONCE} at a time")
        plan = CallPlan(running_one.uri, script(), max_s=_CALL_LIMIT_S)
        result = await run_caller_process(CallerPlan((plan,) * _CALLS, _AT_ONCE))
        check_answered(result.calls)
        traced = await traces(running_one, _CALLS)
    matched = [turn for call in result.calls for turn in best_match(call, traced)]
    late = max(call.sent.late_p99_ms for call in result.calls if call.sent is not None)
    return Report(
        how="One appliance with Silero, Smart Turn, pocketsphinx, the scripted dialogue and espeak-ng, one SIP worker; "
        f"{_CALLS} calls, {_AT_ONCE} at a time, of a caller who asks for the hours, books an appointment, interrupts "
        f"{_INTERRUPT_AFTER_S:g} s into the agent's speech, with the committed voice files.",
        figures=(*latency_figures(matched), decided_unscored(matched), _understood_figure(matched)),
        tables=(stages_table(matched, "all turns"), _by_utterance(matched)),
        remarks=(f"The caller's packets left at most {late:.1f} ms late (p99).",),
    )


def _turns_in(steps: Sequence[Step]) -> int:
    return sum(isinstance(step, Play | PlayOver) for step in steps)


def best_match(call: CallResult, traced: Sequence[CallTrace]) -> list[MatchedTurn]:
    """A call's turns with those of its trace: of calls at the same time, the one that fits most turns is its own."""

    def fit(matched: list[MatchedTurn]) -> tuple[int, float]:
        off = [
            abs(turn.trace.at_ms[Stage.SPEECH_ENDED] - turn.wire.end_ms) for turn in matched if turn.trace is not None
        ]
        return len(off), -sum(off)

    return max((match(call.turns, trace.turns) for trace in traced), key=fit)


def responses(turns: Sequence[Turn]) -> list[float]:
    """Every response latency, ms."""
    return [turn.response_latency_ms for turn in turns if turn.response_latency_ms is not None]


def silences(turns: Sequence[Turn]) -> list[float]:
    """Every time to silence after an interruption, ms."""
    return [
        turn.time_to_silence_ms for turn in turns if turn.kind is Kind.INTERRUPT and turn.time_to_silence_ms is not None
    ]


def latency_figures(
    matched: Sequence[MatchedTurn],
    response_limits_ms: tuple[float, float] = RESPONSE_LIMITS_MS,
    silence_limits_ms: tuple[float, float] = SILENCE_LIMITS_MS,
) -> tuple[Figure, ...]:
    """Response and silence against their targets, and what has no answer."""
    turns = [turn.wire for turn in matched]
    unanswered = sum(turn.response_latency_ms is None for turn in turns)
    over = [turn for turn in turns if turn.kind is Kind.INTERRUPT and turn.agent_was_speaking]
    return (
        *p50_and_p95("response, all turns", responses(turns), response_limits_ms),
        *p50_and_p95("response, turns in the agent's silence", responses([t for t in turns if t not in over])),
        *p50_and_p95("response, after an interruption", responses(over)),
        *p50_and_p95("silence after an interruption", silences(turns), silence_limits_ms),
        Figure("interruptions after which the agent spoke on", len(over) - len(silences(over)), "turns", 0, len(over)),
        Figure("turns without an answer before the next one, or cut into", unanswered, "turns", None, len(turns)),
    )


def decided_unscored(matched: Sequence[MatchedTurn]) -> Figure:
    """Turns that ended while the end-of-turn model was still at work: a sign of a machine that is too busy."""
    decided = [turn.trace for turn in matched if turn.trace is not None and Stage.DECISION in turn.trace.at_ms]
    return share(
        "turns decided before their end-of-turn score came", sum(t.score is None for t in decided), len(decided)
    )


def stages_table(matched: Sequence[MatchedTurn], which: str) -> Table:
    """Where the time goes, by the appliance's own traces."""
    durations = stage_durations([turn.trace for turn in matched if turn.trace is not None])
    rows = [(text, durations[name]) for name, text in STAGE_NAMES.items()]
    rows.append(("on the wire beyond the session's own figure", outside_the_session(matched)))
    return Table(
        f"Stage by stage, {which}, from the traces, ms",
        ("stage", "p50", "p95", "n"),
        tuple(
            (text, number(percentile(values, 50)), number(percentile(values, 95)), str(len(values)))
            for text, values in rows
        ),
    )


def _said(turn: Turn) -> str:
    return TEXTS[turn.name.removesuffix(".wav")]


def _understood_figure(matched: Sequence[MatchedTurn]) -> Figure:
    return share(
        "turns whose words were understood exactly as said",
        sum(understood(turn, _said(turn.wire)) for turn in matched),
        len(matched),
    )


def _by_utterance(matched: Sequence[MatchedTurn]) -> Table:
    rows = []
    for name in sorted({turn.wire.name for turn in matched}):
        these = [turn for turn in matched if turn.wire.name == name]
        latencies = responses([turn.wire for turn in these])
        scores = [turn.trace.score for turn in these if turn.trace is not None and turn.trace.score is not None]
        rows.append(
            (
                _said(these[0].wire),
                str(len(these)),
                str(sum(understood(turn, _said(turn.wire)) for turn in these)),
                number(percentile(latencies, 50)),
                number(max(latencies, default=None)),
                number(percentile(scores, 50), 2),
            )
        )
    return Table(
        "By utterance",
        ("words", "said", "understood", "response p50, ms", "response max, ms", "end-of-turn score p50"),
        tuple(rows),
    )
