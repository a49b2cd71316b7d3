from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.bench_gpu.capacity import Loads, capacities, most_calls
from tests.bench_gpu.results import Load
from tests.bench_gpu_parts.samples import RESULT


class Machine:
    """Answers in 100 ms, and `slope` ms later for every call more."""

    def __init__(self, slope: float) -> None:
        self.slope = slope
        self.asked: list[int] = []

    def load(self, calls: int) -> Load:
        self.asked.append(calls)
        return replace(RESULT.loads[0], calls=calls, p95_ms=100 + self.slope * calls)


@given(st.floats(0.5, 1000), st.integers(100, 2000), st.integers(1, 300))
def test_the_search_finds_the_last_number_within_the_limit(slope: float, limit_ms: int, most: int) -> None:
    found, at_least = most_calls(Loads(Machine(slope).load), limit_ms, most)
    within = [calls for calls in range(1, most + 1) if 100 + slope * calls <= limit_ms]
    assert found == (within[-1] if within else 0)
    assert at_least == (found == most)


def test_no_number_of_calls_is_replayed_twice() -> None:
    machine = Machine(20.0)
    loads = Loads(machine.load)
    found = capacities(loads, (500, 800), most=256)
    assert [(it.limit_ms, it.calls, it.at_least) for it in found] == [(500, 20, False), (800, 35, False)]
    assert len(machine.asked) == len(set(machine.asked))
    assert [load.calls for load in loads.all()] == sorted(machine.asked)
