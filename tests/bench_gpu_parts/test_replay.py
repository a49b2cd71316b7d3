from dataclasses import replace

from tests.bench_gpu.replay import load
from tests.bench_gpu_parts.samples import TIMES

BATCH = 8


def test_the_same_seed_gives_the_same_load() -> None:
    assert load(TIMES, BATCH, 4, seed=5) == load(TIMES, BATCH, 4, seed=5)


def test_one_caller_waits_for_nothing_but_the_stages() -> None:
    found = load(TIMES, BATCH, 1)
    # Soft end 97 to 127 ms, features 5, a pass of 10 to 38, first token 14 and 7 more tokens of 7 ms, first audio 40,
    # out 10 to 30; beside a pass under way or a prefix being warmed some of it takes longer.
    assert 97 + 5 + 10 + 14 + 7 * 7 + 40 + 10 < found.p50_ms < 127 + 5 + 38 + 14 + 7 * 7 + 40 + 30
    assert found.largest_stack == 1
    assert found.turns > 500


def test_more_calls_wait_longer_and_are_stacked() -> None:
    few, many = load(TIMES, BATCH, 4), load(TIMES, BATCH, 48)
    assert few.p95_ms < many.p95_ms
    assert few.gpu_busy < many.gpu_busy <= 1.0
    assert many.largest_stack > 1
    assert many.most_generating > 1
    assert 0.9 * 48 < many.busy_lines <= 48


def test_a_slow_voice_is_felt_where_it_is_made() -> None:
    slow = replace(TIMES, first_audio_ms=200.0)
    assert load(slow, BATCH, 2).first_audio_p95_ms >= 200.0
    on_gpu = replace(TIMES, speech_on_gpu=True)
    assert load(on_gpu, BATCH, 48).p95_ms > load(TIMES, BATCH, 48).p95_ms


def test_passes_of_one_stretch_each_wait_for_each_other() -> None:
    flat = [(1.0, 150.0), (8.0, 150.0)]
    as_cheap_together = replace(TIMES, final_pass={1: flat, BATCH: flat}, slowed=1.0)
    alone, together = load(as_cheap_together, 1, 64), load(as_cheap_together, BATCH, 64)
    assert alone.largest_stack == 1 < together.largest_stack <= BATCH
    assert alone.final_p95_ms > 1.2 * together.final_p95_ms


def test_partials_do_not_hold_up_finals() -> None:
    slow_partials = replace(TIMES, final_pass={1: [(1.0, 60.0), (8.0, 60.0)]})
    # A final waits for the pass in hand at most, twice as long beside the language model, and for finals before it.
    assert load(slow_partials, BATCH, 8).final_p95_ms < 2 * (60 + 60) + slow_partials.features_ms + 60
