"""Which of the caller's audio only goes on with what has been."""

from hypothesis import given
from hypothesis import strategies as st

from appliance.web.media_stream.steadiness import Steadiness, is_quiet

QUIET, LOUD = b"\xff", b"\x10"
FRAME = 160


def together(*parts: tuple[bytes, int], agent_speaking: bool = False) -> list[int]:
    """How many frames may come at once after each."""
    steadiness, told = Steadiness(), []
    for code, frames in parts:
        for _ in range(frames):
            steadiness.hear(code * FRAME)
            told.append(steadiness.frames_together(agent_speaking=agent_speaking))
    return told


def test_quiet_goes_on_once_an_end_has_been_found() -> None:
    assert together((LOUD, 1), (QUIET, 60))[1:] == [1] * 8 + [3] * 52


def test_under_the_agent_quiet_goes_on_after_200_ms() -> None:
    assert together((LOUD, 1), (QUIET, 20), agent_speaking=True)[1:] == [1] * 9 + [3] * 11


def test_under_the_agent_sound_goes_on_once_it_has_lasted_for_longer_than_it_takes_to_find_a_voice() -> None:
    assert together((QUIET, 60), (LOUD, 20), agent_speaking=True)[60:] == [1] * 9 + [3] * 11


def test_sound_goes_on_at_once_while_the_agent_is_silent() -> None:
    assert together((QUIET, 60), (LOUD, 20))[60:] == [3] * 20
    assert together((QUIET, 60), (LOUD, 20), (QUIET, 5), (LOUD, 8))[85:] == [3] * 8


def test_gaps_in_speech_are_told_before_its_end_can_be_found() -> None:
    assert together((QUIET, 60), (LOUD, 20), (QUIET, 1), (LOUD, 3))[80:] == [2, 3, 3, 3]
    assert together((QUIET, 60), (LOUD, 20), (QUIET, 5))[80:] == [2, 1, 1, 1, 1]


def test_under_the_agent_sound_after_a_pause_is_told_at_once_until_a_voice_is_found() -> None:
    parts = ((QUIET, 60), (LOUD, 20), (QUIET, 5), (LOUD, 8))
    assert together(*parts, agent_speaking=True)[85:] == [1] * 5 + [3] * 3


def test_under_the_agent_speech_begins_anew_after_half_a_second_of_quiet() -> None:
    parts = ((QUIET, 60), (LOUD, 20), (QUIET, 25), (LOUD, 16))
    assert together(*parts, agent_speaking=True)[105:] == [1] * 9 + [3] * 7


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 80)), max_size=20), st.booleans())
def test_what_follows_a_change_is_told_within_60_ms(parts: list[tuple[bool, int]], agent_speaking: bool) -> None:
    told = together(*((LOUD if loud else QUIET, frames) for loud, frames in parts), agent_speaking=agent_speaking)
    assert set(told) <= {1, 2, 3}
    sounds = [loud for loud, frames in parts for _ in range(frames)]
    for at in range(2, len(sounds)):
        if not any(sounds[at - 1 : at + 1]) and sounds[at - 2]:
            assert told[at] == 1


def test_a_soft_line_is_quiet_and_a_soft_voice_is_not() -> None:
    assert is_quiet(bytes([0xFF, 0x7F, 0xE0, 0x60]))
    assert not is_quiet(bytes([0xFF, 0xB0]))
