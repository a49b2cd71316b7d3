from collections.abc import Sequence
from dataclasses import replace

from tests.bench_gpu.policy import MOST_TOGETHER, FinalsFirst, Segment
from tests.bench_gpu.replay import load
from tests.bench_gpu_parts.samples import TIMES


def segment(number: int, *, final: bool = False, audio_s: int = 2, since_ms: float = 0.0) -> Segment:
    return Segment(number, number, final, audio_s, since_ms)


def test_a_final_goes_before_older_partials_and_takes_its_like_along() -> None:
    waiting = [
        segment(1),
        segment(2, audio_s=4),
        segment(3, final=True, since_ms=9.0),
        segment(4, final=True, audio_s=4),
    ]
    assert [it.number for it in FinalsFirst().next_stack(waiting, 10.0)] == [4, 2]


def test_a_stack_is_of_one_length_and_limited() -> None:
    waiting = [segment(number, audio_s=1 + number % 2) for number in range(50)]
    stack = FinalsFirst().next_stack(waiting, 10.0)
    assert len(stack) == MOST_TOGETHER
    assert {it.audio_s for it in stack} == {1}


def test_the_same_seed_gives_the_same_load() -> None:
    assert load(TIMES, FinalsFirst(), 4, seed=5) == load(TIMES, FinalsFirst(), 4, seed=5)


def test_one_caller_waits_for_nothing_but_the_stages() -> None:
    found = load(TIMES, FinalsFirst(), 1)
    # Soft end 97 to 127 ms, features 5, a pass of 10 to 38, first token 14 and 7 more tokens of 7 ms, first audio 40,
    # out 10 to 30; beside a pass under way or a prefix being warmed some of it takes longer.
    assert 97 + 5 + 10 + 14 + 7 * 7 + 40 + 10 < found.p50_ms < 127 + 5 + 38 + 14 + 7 * 7 + 40 + 30
    assert found.largest_stack == 1
    assert found.turns > 500


def test_more_calls_wait_longer_and_are_stacked() -> None:
    few, many = load(TIMES, FinalsFirst(), 4), load(TIMES, FinalsFirst(), 48)
    assert few.p95_ms < many.p95_ms
    assert few.gpu_busy < many.gpu_busy <= 1.0
    assert many.largest_stack > 1
    assert many.most_generating > 1
    assert 0.9 * 48 < many.busy_lines <= 48


def test_a_slow_voice_is_felt_where_it_is_made() -> None:
    slow = replace(TIMES, first_audio_ms=200.0)
    assert load(slow, FinalsFirst(), 2).first_audio_p95_ms >= 200.0
    on_gpu = replace(TIMES, speech_on_gpu=True)
    assert load(on_gpu, FinalsFirst(), 48).p95_ms > load(TIMES, FinalsFirst(), 48).p95_ms


class PartialsFirst:
    """The worst policy there is."""

    def next_stack(self, waiting: Sequence[Segment], now_ms: float) -> Sequence[Segment]:
        return [max(waiting, key=lambda it: (not it.final, now_ms - it.since_ms))]


def test_the_policy_decides_how_long_a_final_waits() -> None:
    assert load(TIMES, PartialsFirst(), 32).final_p95_ms > 1.2 * load(TIMES, FinalsFirst(), 32).final_p95_ms
