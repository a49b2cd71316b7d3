import dataclasses
from pathlib import Path

from appliance.trace import CallTrace, Stage, TurnTrace
from sip.caller.analysis import Kind, Turn
from sip.caller.plan import CallResult, Punctuality
from sip.caller.plan import Outcome as CallOutcome
from tests.bench.elsewhere import COLUMNS, MEASURED_ELSEWHERE
from tests.bench.human_speech import Prompt
from tests.bench.options import Part
from tests.bench.report import as_markdown
from tests.bench.side_by_side import Condition, Outcome, report

PROMPTS = [Prompt(Path("full.wav"), "That conference is full.", 0.5)]


def call(response_ms: float, *, cut_in_ms: float | None = None, silence_ms: float | None = None) -> CallResult:
    turn = Turn(
        kind=Kind.SPEECH if silence_ms is None else Kind.INTERRUPT,
        name="full.wav",
        start_ms=1000.0,
        end_ms=2000.0,
        response_latency_ms=response_ms,
        agent_was_speaking=silence_ms is not None,
        time_to_silence_ms=silence_ms,
        agent_silent_for_ms=None,
        cut_in_ms=cut_in_ms,
    )
    return CallResult(CallOutcome.COMPLETED, turns=(turn,), sent=Punctuality(10, 0.1, 0.4, 0.5, realtime=True))


TRACE = CallTrace("id", "", "PCMU", turns=(TurnTrace(1, at_ms={Stage.SPEECH_ENDED: 1990.0}, text="conference"),))
TRUE = Outcome(
    Condition("the words", {}),
    plain=(call(300.0), call(400.0, silence_ms=80.0)),
    paused=(call(950.0, cut_in_ms=100.0), call(500.0)),
    traced=(TRACE,),
    cpu_s=1.5,
    cpu_s_alone=2.5,
)


def test_every_condition_has_its_figures_against_the_targets() -> None:
    text = as_markdown(report([TRUE], PROMPTS, Part.EVALUATE))
    assert "| the words: response, all turns, p50 | 350 ms | ≤ 430 ms | met | n = 2 |" in text
    assert "| the words: silence after an interruption, p50 | 80 ms | ≤ 130 ms | met | n = 1 |" in text
    assert "| the words: pauses of 0.7 s that the agent answered into | 50 % | ≤ 25 % | **missed** | n = 2 |" in text
    assert "| the words: CPU of a call-minute, 1 call | 2.50 s | ≤ 2 s | **missed** |" in text
    assert "| the words | 350 / 395 ms | 80 / 80 ms | 50 % | 2.5 (1 call), 1.5 (4 calls) |" in text
    assert "| That conference is full. | conference | – | 950 |" in text


def test_without_a_call_alone_its_cost_is_not_claimed() -> None:
    text = as_markdown(report([dataclasses.replace(TRUE, cpu_s_alone=None)], PROMPTS, Part.EVALUATE))
    assert "of a call-minute, 1 call" not in text
    assert "| 1.5 (4 calls) |" in text


def test_what_was_measured_elsewhere_stands_in_a_table_of_its_own() -> None:
    tables = {table.title: table for table in report([TRUE], PROMPTS, Part.EVALUATE).tables}
    elsewhere = tables["Public frameworks, measured elsewhere under the same conditions"]
    here = tables["This appliance, measured here"]
    assert elsewhere.rows == MEASURED_ELSEWHERE
    assert all(len(row) == len(COLUMNS) for row in (*elsewhere.rows, *here.rows))
    assert not set(elsewhere.rows) & set(here.rows)
