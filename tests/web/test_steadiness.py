"""Which of the caller's audio only goes on with what has been."""

from hypothesis import given
from hypothesis import strategies as st

from appliance.web.media_stream.steadiness import Steadiness, is_quiet

QUIET, LOUD = b"\xff", b"\x10"
FRAME = 160


def verdicts(*parts: tuple[bytes, int]) -> list[int]:
    steadiness = Steadiness()
    return [steadiness.frames_together(code * FRAME) for code, frames in parts for _ in range(frames)]


def test_a_second_of_quiet_goes_on() -> None:
    assert verdicts((LOUD, 1), (QUIET, 60))[1:] == [1] * 49 + [3] * 11


def test_sound_goes_on_once_it_has_lasted_for_longer_than_it_takes_to_find_a_voice() -> None:
    assert verdicts((QUIET, 60), (LOUD, 20))[60:] == [1] * 14 + [3] * 6


def test_sound_after_a_gap_in_speech_is_new_for_one_frame() -> None:
    assert verdicts((QUIET, 60), (LOUD, 20), (QUIET, 5), (LOUD, 3))[80:] == [1] * 6 + [3] * 2


def test_after_half_a_second_of_quiet_speech_begins_anew() -> None:
    assert verdicts((QUIET, 60), (LOUD, 20), (QUIET, 25), (LOUD, 16))[105:] == [1] * 14 + [3] * 2


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 80)), max_size=20))
def test_no_change_ever_goes_on(parts: list[tuple[bool, int]]) -> None:
    sounds = [loud for loud, frames in parts for _ in range(frames)]
    steadiness, last = Steadiness(), False
    for loud in sounds:
        together = steadiness.frames_together((LOUD if loud else QUIET) * FRAME)
        assert together == 1 or loud is last
        last = loud


def test_a_soft_line_is_quiet_and_a_soft_voice_is_not() -> None:
    assert is_quiet(bytes([0xFF, 0x7F, 0xE0, 0x60]))
    assert not is_quiet(bytes([0xFF, 0xB0]))
