"""Windows cover a sentence once, in order, the first of them short."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from models.piper.windows import windows


@given(frames=st.integers(0, 3000), first=st.integers(1, 60), times=st.integers(1, 8))
def test_every_frame_is_in_one_window(frames: int, first: int, times: int) -> None:
    longest = first * times
    cut = list(windows(frames, first, longest))
    assert [frame for start, end in cut for frame in range(start, end)] == list(range(frames))
    assert all(end - start <= longest + longest // 2 for start, end in cut)
    if cut:
        assert cut[0][1] <= first + first // 2


@given(frames=st.integers(0, 3000), first=st.integers(1, 60), times=st.integers(1, 8))
def test_a_window_is_at_most_twice_as_long_as_what_plays_meanwhile(frames: int, first: int, times: int) -> None:
    lengths = [end - start for start, end in windows(frames, first, first * times)]
    for number, (before, after) in enumerate(itertools.pairwise(lengths)):
        rest = number == len(lengths) - 2
        assert after <= (3 * before if rest else 2 * before)
        assert rest or after >= min(before, first * times)
