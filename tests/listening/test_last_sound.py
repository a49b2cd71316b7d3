"""The caller's last sound by its level, and where its level does not tell."""

import numpy as np
import pytest

from appliance.audio import Samples
from appliance.listening.last_sound import is_audible, last_sound_ms

RATE = 8000


def sound(length_ms: int, peak: int = 8000) -> Samples:
    tone: Samples = (peak * np.sin(np.arange(length_ms * 8) * 0.3)).astype(np.int16)
    return tone


@pytest.mark.parametrize("silence_ms", [20, 80, 140])
def test_the_last_sound_ends_where_silence_begins(silence_ms: int) -> None:
    recent = [sound(300), np.zeros(silence_ms * 8, np.int16)]
    assert last_sound_ms(recent, RATE, 5000) == 5000 - silence_ms


def test_faint_sound_is_silence() -> None:
    assert last_sound_ms([sound(200), sound(100, peak=200)], RATE, 5000) == 4900


@pytest.mark.parametrize("after", [sound(100), sound(0)])
def test_noise_as_loud_as_speech_tells_nothing(after: Samples) -> None:
    assert last_sound_ms([sound(200), after], RATE, 5000) is None


def test_a_caller_as_faint_as_silence_tells_nothing() -> None:
    assert last_sound_ms([sound(300, peak=200)], RATE, 5000) is None
    assert last_sound_ms([], RATE, 5000) is None


def test_a_sound_long_ago_is_another() -> None:
    assert last_sound_ms([sound(300), np.zeros(250 * 8, np.int16)], RATE, 5000) is None


@pytest.mark.parametrize(
    ("frame", "audible"),
    [(sound(20), True), (sound(20, peak=200), False), (sound(0), False)]
    + [(np.concatenate(parts), True) for parts in ((sound(10), sound(10, 0)), (sound(10, 0), sound(10)))],
)
def test_sound_in_any_part_of_a_frame_is_sound(frame: Samples, audible: bool) -> None:
    assert is_audible(frame, RATE) is audible
