"""What is told of the times at which a peer's messages come."""

from appliance.web.media_stream.arrivals import Arrivals


def arrivals(times_s: list[float], held_back: int = 1) -> Arrivals:
    told = Arrivals()
    for time_s in times_s:
        told.media(time_s, 0.02, held_back)
    return told


def test_messages_every_20_ms_have_no_jitter_one_by_one_and_three_at_once() -> None:
    one_by_one = arrivals([0.02 * number for number in range(1, 300)])
    at_once = arrivals([0.06 * number for number in range(1, 100) for _ in range(3)], held_back=3)
    assert one_by_one.jitter_ms < 0.001
    assert at_once.jitter_ms < 0.001
    assert one_by_one.even
    assert at_once.even
    assert at_once.messages == 297


def test_messages_that_are_12_ms_off_have_that_jitter() -> None:
    told = arrivals([0.02 * number + 0.012 * (number % 2) for number in range(1, 300)])
    assert 11 < told.jitter_ms < 12.1


def test_messages_that_come_at_once_by_themselves_are_uneven_for_a_second() -> None:
    times = [0.02 * number for number in range(1, 10)]
    told = arrivals([*times, times[-1]])
    for number in range(50):
        assert not told.even
        told.media(1 + 0.02 * number, 0.02, 1)
    assert told.even


def test_more_than_were_held_back_are_uneven() -> None:
    told = arrivals([0.06 * number for number in range(1, 100) for _ in range(3)], held_back=2)
    assert not told.even
