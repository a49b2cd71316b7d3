from hypothesis import given
from hypothesis import strategies as st

from tests.bench_gpu.trace import calls


@given(st.integers(1, 64), st.integers(0, 1000))
def test_a_trace_is_the_same_for_the_same_seed_and_every_turn_can_be_spoken(lines: int, seed: int) -> None:
    trace = calls(lines, 120.0, seed)
    assert trace == calls(lines, 120.0, seed)
    arrivals = [call.arrives_s for call in trace]
    assert arrivals == sorted(arrivals)
    for turn in (turn for call in trace for turn in call.turns):
        assert 0.6 <= turn.speech_s <= 8.0
        if turn.pause is not None:
            assert 0 < turn.pause.at_s < turn.pause.at_s + turn.pause.length_s < turn.speech_s


def test_the_calls_offered_are_more_than_the_lines_can_hold() -> None:
    trace = calls(16, 3600.0, seed=3)
    offered = sum(call.length_s for call in trace) / 3600.0
    assert 16 * 1.3 < offered < 16 * 1.7
