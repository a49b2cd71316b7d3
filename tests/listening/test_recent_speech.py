"""What a caller said last is kept over turns, without the silence after each, and no more than is wanted."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from appliance.listening.recent_speech import RecentSpeech

RATE = 16000
GAP = 300 * RATE // 1000


def piece(value: int, samples: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return np.full(samples, value, np.int16)


def test_an_earlier_turn_stands_before_this_one_without_its_silence() -> None:
    speech = RecentSpeech(4 * RATE, RATE)
    for number in (1, 0, 0):
        speech.add(piece(number, RATE // 2))
    speech.end_turn(RATE)
    speech.add(piece(2, RATE))
    expected = np.concatenate((piece(1, RATE // 2), piece(0, GAP), piece(2, RATE)))
    np.testing.assert_array_equal(speech.latest(), expected)


def test_a_turn_that_ends_twice_or_had_no_sound_changes_nothing() -> None:
    speech = RecentSpeech(4 * RATE, RATE)
    speech.end_turn(RATE)
    assert speech.latest().size == 0
    speech.add(piece(1, RATE))
    speech.end_turn(0)
    kept = speech.latest()
    speech.end_turn(RATE)
    np.testing.assert_array_equal(speech.latest(), kept)


def test_silence_is_taken_off_this_turn_only() -> None:
    speech = RecentSpeech(4 * RATE, RATE)
    speech.add(piece(1, RATE))
    speech.end_turn(0)
    speech.add(piece(2, 100))
    speech.end_turn(RATE)
    np.testing.assert_array_equal(speech.latest(), np.concatenate((piece(1, RATE), piece(0, GAP), piece(0, GAP))))


def test_what_was_no_turn_leaves_the_turns_before_it() -> None:
    speech = RecentSpeech(4 * RATE, RATE)
    speech.add(piece(1, RATE))
    speech.end_turn(0)
    kept = speech.latest()
    speech.add(piece(2, RATE))
    speech.drop_turn()
    speech.drop_turn()
    np.testing.assert_array_equal(speech.latest(), kept)
    speech.add(piece(2, 9 * RATE))
    speech.drop_turn()
    assert speech.latest().size == 0, "a long noise has pushed it out"


@given(
    st.lists(
        st.one_of(st.tuples(st.just("add"), st.integers(1, 9000)), st.tuples(st.just("end"), st.integers(0, 9000)))
    ),
    st.integers(320, 20000),
)
def test_enough_is_kept_and_not_much_more(steps: list[tuple[str, int]], most: int) -> None:
    speech, said = RecentSpeech(most, RATE), 0
    for what, samples in steps:
        if what == "add":
            speech.add(piece(1, samples))
            said += samples
        else:
            speech.end_turn(samples)
            said = 0
        assert speech.latest().size < most + max(9000, GAP)
        assert speech.latest().size >= min(said, most)
