"""What is sudden on a line, and what is its noise or the agent's echo."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from appliance.listening.sudden_sound import SuddenSound

RATE = 8000
FRAME = 160
RANDOM = np.random.default_rng(7)
NOISE = RANDOM.standard_normal(60 * RATE)

Samples = NDArray[np.int16]


def noise(dbfs: float, ms: int) -> Samples:
    samples = NOISE[: ms * RATE // 1000] * 32768 * 10 ** (dbfs / 20)
    return np.clip(samples, -32768, 32767).astype(np.int16)


def silence(ms: int) -> Samples:
    return np.zeros(ms * RATE // 1000, np.int16)


def frames(*parts: Samples) -> list[Samples]:
    whole = np.concatenate(parts)
    return [whole[at : at + FRAME] for at in range(0, whole.size, FRAME)]


def sudden_at_ms(*parts: Samples) -> list[int]:
    """When each sudden sound was told; none of them turns out to be a voice."""
    listener = SuddenSound(RATE)
    told = []
    for number, frame in enumerate(frames(*parts)):
        if listener.hear(frame):
            told.append((number + 1) * 20)
            listener.no_voice()
    return told


def test_a_loud_sound_is_told_in_the_frame_in_which_20_ms_of_it_are_over() -> None:
    assert sudden_at_ms(silence(1000), noise(-25, 100), silence(500))[:1] == [1020]
    assert sudden_at_ms(silence(1010), noise(-25, 100), silence(490))[:1] == [1040]


def test_what_is_no_louder_than_the_measure_of_all_latencies_is_not_told() -> None:
    assert sudden_at_ms(silence(1000), noise(-40, 2000)) == []


def test_a_click_is_not_sudden_enough() -> None:
    assert sudden_at_ms(silence(1000), noise(-10, 10), silence(990)) == []


@pytest.mark.parametrize("dbfs", [-37.0, -30.0, -20.0])
def test_noise_that_was_there_before_is_usual(dbfs: float) -> None:
    assert sudden_at_ms(noise(dbfs, 10_000)) == []
    assert sudden_at_ms(noise(dbfs, 2000), noise(dbfs + 12, 100))[:1] == [2020]


def test_noise_that_begins_is_told_once() -> None:
    assert sudden_at_ms(silence(1000), noise(-25, 8000)) == [1020]


def test_a_knock_like_the_one_before_is_told_again_only_after_a_while() -> None:
    knock = noise(-25, 60)
    assert len(sudden_at_ms(silence(1000), knock, silence(1940), knock, silence(1940), knock, silence(1000))) == 1
    assert len(sudden_at_ms(silence(1000), knock, silence(29_940), knock, silence(1000))) == 2


def test_a_voice_leaves_nothing_behind_that_would_hide_the_next() -> None:
    listener = SuddenSound(RATE)
    for frame in frames(silence(1000), noise(-20, 80)):
        listener.hear(frame)
    listener.voice()
    assert [listener.hear(frame) for frame in frames(silence(400), noise(-30, 20))][-1]


def test_nothing_is_sudden_on_a_line_that_is_not_known_yet() -> None:
    assert sudden_at_ms(silence(200), noise(-20, 60), silence(1000)) == []


@given(st.lists(st.sampled_from([-100.0, -45.0, -36.0, -28.0, -20.0, -12.0]), max_size=100))
def test_however_levels_change_it_is_seldom_told(levels: list[float]) -> None:
    """Each time that no voice is found, the next must be twice as loud, as long as half a minute has not passed."""
    told = sudden_at_ms(silence(1000), *(noise(dbfs, 20) for dbfs in levels))
    assert len(told) <= 4
