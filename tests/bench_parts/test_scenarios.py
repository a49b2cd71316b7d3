from collections import Counter

from tests.bench.report import as_markdown
from tests.bench.scenarios import dialogue_cpu_ms, report
from tests.simulator.campaign import Tally


def test_violations_are_counted_by_property_and_missed() -> None:
    tally = Tally(calls=100, call_seconds=6000.0, cpu_seconds=30.0, broken=Counter({"two replies audible": 2, "b": 1}))
    text = as_markdown(report(tally, [30.0, 40.0, 60.0]))
    assert "| violations of a property | 3 violations | ≤ 0 violations | **missed** | n = 100 |" in text
    assert "| two replies audible | 2 |" in text
    assert "| call-minutes per CPU-minute | 200 min |" in text
    assert "| CPU of the dialogue of 30 s, median | 40 ms | ≤ 50 ms | met |" in text


def test_nothing_broken_makes_no_table() -> None:
    assert report(Tally(calls=1, call_seconds=1.0, cpu_seconds=1.0), [1.0]).tables == ()


def test_the_dialogue_runs() -> None:
    assert min(dialogue_cpu_ms()) > 0
