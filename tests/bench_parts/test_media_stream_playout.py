from tests.wire.media_stream_playout import FRAME_NS, SILENCE, PeerPlayout

FRAME = bytes(160)


def test_what_comes_early_waits_for_what_came_before() -> None:
    playout = PeerPlayout()
    playout.play(0, FRAME)
    playout.play(5_000_000, FRAME)
    playout.play(3 * FRAME_NS, FRAME)
    assert [packet.time_ns for packet in playout.played] == [0, FRAME_NS, 3 * FRAME_NS]
    assert playout.most_buffered_ms == 35.0


def test_clear_drops_what_was_not_played_and_cuts_what_was_being_played() -> None:
    playout = PeerPlayout()
    for _ in range(3):
        playout.play(0, FRAME)
    playout.clear(FRAME_NS + FRAME_NS // 4)
    assert [len(packet.payload) for packet in playout.played] == [160, 40]
    playout.play(2 * FRAME_NS, FRAME)
    assert playout.played[-1].time_ns == 2 * FRAME_NS


def test_marks_return_once_what_came_before_was_played_or_cleared() -> None:
    playout = PeerPlayout()
    playout.mark(0, "first")
    playout.play(0, FRAME)
    playout.mark(1, "played")
    playout.play(2, FRAME)
    playout.mark(3, "cleared")
    assert playout.due_marks(FRAME_NS - 1) == ["first"]
    assert playout.due_marks(FRAME_NS) == ["played"]
    assert playout.due_marks(FRAME_NS) == []
    playout.clear(FRAME_NS + 1)
    assert playout.due_marks(FRAME_NS + 1) == ["cleared"]


def test_the_stream_has_silence_wherever_nothing_was_played() -> None:
    playout = PeerPlayout()
    playout.play(2 * FRAME_NS, FRAME)
    stream = playout.stream(0, 5 * FRAME_NS)
    assert [packet.payload for packet in stream] == [SILENCE, SILENCE, FRAME, SILENCE, SILENCE]
    assert [packet.time_ns for packet in stream] == [number * FRAME_NS for number in range(5)]
