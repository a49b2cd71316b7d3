"""Response and interruption on the wire with the embedded engines."""

import itertools
from collections.abc import Callable, Sequence
from typing import Final

from appliance.cli.demo_script import voice
from appliance.trace import CallTrace, Stage
from sip.caller.analysis import Kind, Turn
from sip.caller.plan import CallerPlan, CallPlan, CallResult
from sip.caller.process import run_caller_process
from sip.caller.script import HangUp, Pause, Play, PlayOver, Purpose, Step, WaitForAgentSilence
from tests.bench import media_stream_caller
from tests.bench.bench import EMBEDDED, appliance, check_answered, progress, traces
from tests.bench.matching import MatchedTurn, match, outside_the_session, stage_durations, survived, understood
from tests.bench.report import Figure, Report, Table, number, p50_and_p95, percentile, share
from tests.voices.make_voices import TEXTS
from tests.wire.running import Appliance

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
_CALLS: Final = 3
_INTERRUPT_AFTER_S: Final = 1.5
_BACKCHANNEL_AFTER_S: Final = 1.0
_PATIENCE_S: Final = 10.0
_CALL_LIMIT_S: Final = 200.0
# Where people hesitate in these sentences, seconds from their beginning: between words, as near as flite leaves it.
_HESITATES_AT_S: Final = {
    "hours": 0.86,
    "book": 0.77,
    "name": 0.78,
    "birth_date": 0.91,
    "day_and_time": 0.74,
    "goodbye": 0.69,
}
_PAUSES_S: Final = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def script(number: int) -> tuple[Step, ...]:
    """A booking with questions, pauses within the caller's sentences, interruptions and backchannels: 14 turns.

    Two sentences of three have a pause; which ones and how long depends on the call's number.
    """
    agent_done = WaitForAgentSilence(900, _PATIENCE_S)
    pauses = itertools.cycle(_PAUSES_S[number % len(_PAUSES_S) :] + _PAUSES_S[: number % len(_PAUSES_S)])
    hesitates = itertools.cycle([(place + number) % 3 != 0 for place in range(3)])

    def say(name: str) -> Play:
        at_s = _HESITATES_AT_S.get(name)
        if at_s is None or not next(hesitates):
            return Play(voice(name))
        return Play(voice(name), (Pause(at_s, next(pauses)),))

    def interrupt(name: str) -> PlayOver:
        return PlayOver(voice(name), _INTERRUPT_AFTER_S, patience_s=_PATIENCE_S)

    def backchannel(name: str) -> PlayOver:
        return PlayOver(voice(name), _BACKCHANNEL_AFTER_S, Purpose.BACKCHANNEL, _PATIENCE_S)

    steps: list[Step] = [backchannel("mm_hm"), agent_done]
    steps += [say("hours"), backchannel("okay"), agent_done]
    steps += [say("interrupt"), backchannel("right"), agent_done]
    for name in ("book", "name", "birth_date"):
        steps += [say(name), agent_done]
    steps += [say("day_and_time"), interrupt("interrupt"), agent_done]
    steps += [say("yes"), interrupt("hours"), interrupt("stop"), agent_done]
    steps += [say("hours"), interrupt("interrupt"), interrupt("wait"), agent_done]
    return (*steps, say("goodbye"), agent_done, HangUp())


async def measure() -> Report:
    """Over SIP."""
    return await _measured("by SIP, one SIP worker", lambda one: one.uri, "sip.caller")


async def measure_media_stream() -> Report:
    """The same calls over the media websocket."""
    return await _measured("through the media websocket", lambda one: one.media_stream_uri, media_stream_caller.MODULE)


async def _measured(way: str, uri: Callable[[Appliance], str], caller: str) -> Report:
    settings = {**EMBEDDED, "clinic": {"extra_names": ["Anna Miller"]}}
    with appliance(settings) as running_one:
        progress(f"{_CALLS} calls of {_turns_in(script(0))} turns at once, {way}")
        plans = tuple(CallPlan(uri(running_one), script(number), max_s=_CALL_LIMIT_S) for number in range(_CALLS))
        result = await run_caller_process(CallerPlan(plans), caller)
        check_answered(result.calls)
        traced = await traces(running_one, _CALLS)
    matched = [turn for call in result.calls for turn in best_match(call, traced)]
    hesitating = [turn for call, plan in zip(result.calls, plans, strict=True) for turn in hesitating_turns(call, plan)]
    late = max(call.sent.late_p99_ms for call in result.calls if call.sent is not None)
    return Report(
        how="One appliance with Silero, Smart Turn, pocketsphinx, the scripted dialogue and espeak-ng; "
        f"{_CALLS} calls at once, {way}, of a caller who asks for the hours, books an appointment, hesitates for "
        f"{_PAUSES_S[0]:g}-{_PAUSES_S[-1]:g} s within two sentences of three, interrupts {_INTERRUPT_AFTER_S:g} s and "
        f'says "mm-hm", "okay" or "right" {_BACKCHANNEL_AFTER_S:g} s into the agent\'s speech, with the committed '
        "voice files.",
        figures=(
            *latency_figures(matched),
            share(
                "pauses that the agent answered into",
                sum(turn.cut_in_ms is not None for turn in hesitating),
                len(hesitating),
            ),
            _lost_backchannels(result.calls, traced),
            decided_unscored(matched),
            _understood_figure(matched),
        ),
        tables=(stages_table(matched, "all turns"), _by_utterance(matched)),
        remarks=(
            "*Answered into* means that the agent began to speak between the caller's first and last sound; a "
            "backchannel *survived* when what the agent was saying was heard to its end. A silence of under 300 ms "
            "counts as part of what the agent says, but for one of 120 ms or more that begins during an interruption "
            "and ends, with the answer, after it. "
            f"The caller's audio left at most {late:.1f} ms late (p99).",
        ),
    )


def _turns_in(steps: Sequence[Step]) -> int:
    return sum(isinstance(step, Play | PlayOver) and not _is_backchannel(step) for step in steps)


def _is_backchannel(step: Step) -> bool:
    return isinstance(step, PlayOver) and step.purpose is Purpose.BACKCHANNEL


def hesitating_turns(call: CallResult, plan: CallPlan) -> list[Turn]:
    """The turns with a pause in them."""
    said = [
        plan.steps[done.index]
        for done in call.steps
        if isinstance(plan.steps[done.index], Play | PlayOver) and not done.gave_up
    ]
    return [turn for step, turn in zip(said, call.turns, strict=False) if isinstance(step, Play) and step.pauses]


def _lost_backchannels(calls: Sequence[CallResult], traced: Sequence[CallTrace]) -> Figure:
    fates = [
        survived(turn, best_trace(call, traced))
        for call in calls
        for turn in call.turns
        if turn.kind is Kind.BACKCHANNEL
    ]
    over = [fate for fate in fates if fate is not None]
    return Figure("backchannels after which the agent did not finish", over.count(False), "backchannels", 0, len(over))


def best_match(call: CallResult, traced: Sequence[CallTrace]) -> list[MatchedTurn]:
    """A call's turns with those of its trace."""
    return match(call.turns, best_trace(call, traced).turns)


def best_trace(call: CallResult, traced: Sequence[CallTrace]) -> CallTrace:
    """Of calls at the same time, the one that fits most turns is its own."""

    def fit(trace: CallTrace) -> tuple[int, float]:
        off = [
            abs(turn.trace.at_ms[Stage.SPEECH_ENDED] - turn.wire.end_ms)
            for turn in match(call.turns, trace.turns)
            if turn.trace is not None
        ]
        return len(off), -sum(off)

    return max(traced, key=fit)


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
