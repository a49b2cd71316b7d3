"""What the orchestrator itself adds to a response: everything but the engines' own time."""

from collections.abc import Sequence
from typing import Final

from appliance.cli.demo_script import voice
from appliance.trace import CallTrace, Stage
from sip.caller.plan import CallerPlan, CallPlan
from sip.caller.process import run_caller_process
from sip.caller.script import HangUp, Play, Step, WaitForAgentSilence
from tests.bench.bench import appliance, check_answered, progress, traces
from tests.bench.human import ENGINES
from tests.bench.report import Figure, percentile
from tests.wire.running import Settings

CALLS: Final = 8
_TURNS: Final = 8
_APART_S: Final = 0.37
_CALL_LIMIT_S: Final = 90.0
_P50_LIMIT_MS: Final = 15.0
_P99_LIMIT_MS: Final = 40.0
HOW: Final = (
    f"The orchestrator's own share: {CALLS} calls at once over SIP, simulated engines that take no time at all (the "
    "end-of-turn model too, and it is always sure; Silero is real), from the soft end of a turn to the first frame of "
    "the answer, by the traces."
)


def settings() -> Settings:
    """Engines without a delay, so that all the time there is, is the orchestrator's."""
    return {
        **ENGINES,
        "engines": {**ENGINES["engines"], "end_of_turn": "simulated"},
        "engines.simulated": {
            **ENGINES["engines.simulated"],
            "stt_delay_ms": 0.0,
            "llm_ttft_ms": 0.0,
            "llm_token_ms": 0.0,
            "tts_ttfb_ms": 0.0,
            "end_of_turn_score": 0.95,
        },
        "sip": {"max_calls": CALLS},
    }


async def measured_ms() -> list[float]:
    """Of every turn of every call."""
    progress(f"the orchestrator's own share, {CALLS} calls at once")
    agent_done = WaitForAgentSilence(600, 10.0)
    turns: tuple[Step, ...] = (Play(voice("hours")), agent_done) * _TURNS
    with appliance(settings()) as running_one:
        plans = tuple(
            CallPlan(
                running_one.uri, (agent_done, *turns, HangUp()), max_s=_CALL_LIMIT_S, start_after_s=number * _APART_S
            )
            for number in range(CALLS)
        )
        result = await run_caller_process(CallerPlan(plans))
        check_answered(result.calls)
        return added_ms(await traces(running_one, CALLS))


def added_ms(traced: Sequence[CallTrace]) -> list[float]:
    """From the soft end to the first frame, ms, of every turn that has both."""
    reached = [turn.at_ms for trace in traced for turn in trace.turns]
    return [
        at_ms[Stage.FIRST_PACKET] - at_ms[Stage.SOFT_END]
        for at_ms in reached
        if Stage.FIRST_PACKET in at_ms and Stage.SOFT_END in at_ms
    ]


def figures(added: Sequence[float]) -> tuple[Figure, Figure]:
    """The median and the worst but one percent."""
    name = f"the orchestrator's own share of a response, {CALLS} calls"
    return (
        Figure(f"{name}, p50", percentile(added, 50), "ms", _P50_LIMIT_MS, len(added), 1),
        Figure(f"{name}, p99", percentile(added, 99), "ms", _P99_LIMIT_MS, len(added), 1),
    )
