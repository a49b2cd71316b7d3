"""What a media stream's peer has played, by its clock and by the marks that it returns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.web.media_stream.peer_playout import FRAME_S, MOST_AT_PEER_S, PeerPlayout


def test_a_peer_that_returns_no_marks_is_taken_at_its_word() -> None:
    peer = PeerPlayout()
    for number in range(10):
        peer.sent(number * FRAME_S)
        peer.mark(number * FRAME_S)
    peer.settle(1.0)
    assert (peer.played, peer.round_trip_ms) == (10, 0)


def test_marks_that_come_late_delay_what_counts_as_heard_from_the_next_utterance_on() -> None:
    peer = PeerPlayout()
    peer.mark_returned(peer.mark(0.0), 0.004)
    assert peer.round_trip_ms == pytest.approx(4)
    peer.sent(1.0)
    peer.mark_returned(peer.mark(1.0), 1.0 + FRAME_S + 0.004 + 0.03)
    peer.sent(2.0)
    peer.settle(2.025)
    assert peer.played == 1
    peer.settle(2.03)
    assert peer.played == 2


def test_a_mark_behind_audio_that_has_ended_says_nothing_about_the_delay() -> None:
    peer = PeerPlayout()
    peer.mark_returned(peer.mark(0.0), 0.004)
    peer.sent(1.0)
    peer.mark_returned(peer.mark(1.0), 1.0 + FRAME_S + 0.004 + 0.03)
    peer.mark_returned(peer.mark(1.5), 1.504)
    peer.sent(2.0)
    peer.settle(2.025)
    assert peer.played == 1


def _at_peer_after_running_dry(stalled_ms: int) -> tuple[float, int]:
    """Seconds buffered at a peer after two, in which it fell silent for so long once; and the frames it got."""
    peer = PeerPlayout()
    peer.mark_returned(peer.mark(0.0), 0.0)
    sent_at: list[float] = []
    marks: list[tuple[float, str]] = []
    for ms in range(0, 2000, 5):
        now, stalled_s = ms / 1000, stalled_ms / 1000 if ms > 500 else 0.0
        peer.settle(now)
        for _, name in [mark for mark in marks if mark[0] <= now]:
            peer.mark_returned(name, now)
        marks = [mark for mark in marks if mark[0] > now]
        if len(sent_at) - peer.played < 2 and peer.has_room(now):
            peer.sent(now)
            sent_at.append(now)
            if len(sent_at) % 10 == 0:
                marks.append((sent_at[0] + FRAME_S * len(sent_at) + stalled_s, peer.mark(now)))
    played_at = sent_at[0] + FRAME_S * len(sent_at) + stalled_ms / 1000
    return played_at - sent_at[-1], len(sent_at)


def test_a_peer_that_has_run_dry_gets_no_more_than_100_ms_again_once_its_marks_tell() -> None:
    buffered_s, frames = _at_peer_after_running_dry(80)
    assert FRAME_S < buffered_s <= MOST_AT_PEER_S
    assert 3 <= _at_peer_after_running_dry(0)[1] - frames <= 5, "80 ms were left out, and no more"


@pytest.mark.parametrize("name", ["played-1", "played-2", "played-0", "mine", ""])
def test_early_repeated_and_foreign_marks_make_nothing_heard(name: str) -> None:
    peer = PeerPlayout()
    peer.mark(0.0)
    peer.sent(1.0)
    peer.sent(1.0)
    peer.sent(1.0)
    peer.mark(1.0)
    for _ in range(3):
        peer.mark_returned(name, 1.001)
    peer.settle(1.001)
    assert peer.played == 1


STEPS = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from(["send", "mark", "return", "clear", "settle"])), max_size=120
)


@given(STEPS)
def test_whatever_the_peer_does_played_only_grows_and_at_most_100_ms_are_there(steps: list[tuple[int, str]]) -> None:
    peer, now, sent, marks = PeerPlayout(), 0.0, 0, [""]
    peer.mark(now)
    for wait_ms, step in steps:
        now += wait_ms / 1000
        before = peer.played
        if step == "send" and peer.has_room(now):
            peer.sent(now)
            sent += 1
            assert peer.buffered_s(now) <= MOST_AT_PEER_S + 1e-6
        elif step == "mark":
            marks.append(peer.mark(now))
        elif step == "return":
            peer.mark_returned(marks.pop() if marks else "", now)
        elif step == "clear":
            peer.cleared(now)
        else:
            peer.settle(now)
        assert before <= peer.played <= sent
    peer.settle(now + 1)
    counted = peer.played
    peer.settle(now + 2)
    assert peer.played == counted
