import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench_gpu.service_times import along, service_times
from tests.bench_gpu_parts.samples import RESULT, TIMES


def test_between_points_lies_the_straight_line() -> None:
    points = [(1.0, 10.0), (4.0, 16.0), (16.0, 64.0)]
    assert [along(points, x) for x in (0.0, 1.0, 2.0, 4.0, 10.0, 16.0)] == [10.0, 10.0, 12.0, 16.0, 40.0, 64.0]


def test_beyond_the_last_point_the_last_slope_goes_on_but_never_down() -> None:
    assert along([(1.0, 10.0), (2.0, 12.0)], 4.0) == 16.0
    assert along([(1.0, 12.0), (2.0, 10.0)], 4.0) == 10.0


def test_one_point_grows_in_proportion() -> None:
    assert along([(4.0, 8.0)], 8.0) == 16.0


@given(st.lists(st.floats(0.1, 1e3), min_size=1, max_size=6), st.floats(0, 100))
def test_rising_measurements_give_rising_times(rises: list[float], x: float) -> None:
    points = [(float(index + 1), sum(rises[: index + 1])) for index in range(len(rises))]
    assert along(points, x) <= along(points, x + 0.5) + 1e-9


def test_whisper_times_go_by_audio_and_by_batch() -> None:
    assert TIMES.whisper_ms(1, 1) == 10.0
    assert TIMES.whisper_ms(1, 4) == 22.0
    assert TIMES.whisper_ms(1, 2) == pytest.approx(14.0)
    assert TIMES.whisper_ms(4.5, 1) == pytest.approx(24.0)


def test_a_stack_is_named_by_its_engines_and_takes_the_medians() -> None:
    times = service_times(RESULT.final_passes, RESULT.generations, RESULT.speeches[0], None, speech_threads=4)
    assert times.stack == ("whisper-large-v3-turbo (torch), qwen3-8b (torch), piper-medium on the CPU (onnxruntime)")
    assert times.whisper_ms(1, 16) == 160.0
    assert (times.first_token_ms(1), times.per_token_ms(32)) == (13.0, 7.0)
    assert times.speech_ms_per_s == pytest.approx(30.0)
    assert times.slowed == 2.0, "not measured: two engines halve the GPU"


def test_measured_sharing_counts_by_its_worse_side() -> None:
    times = service_times(RESULT.final_passes, RESULT.generations, RESULT.speeches[0], RESULT.sharing[0], 4)
    assert times.slowed == 1.8
