"""Playout: whatever is held, flushed and resumed, every frame is played once, in order; heard is what was played."""

from collections import deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.audio import pcm_of, samples_of
from appliance.speaking.playout import MOST_OUTSTANDING, Heard, Playout
from appliance.speaking.speech import Speech

WORDS_PER_CLAUSE = 4


def frame(number: int) -> bytes:
    return pcm_of(np.full(160, number + 1000, np.int16))


def number_of(pcm: bytes) -> int:
    """The end of a frame is outside the fade."""
    return int(samples_of(pcm)[-1]) - 1000


def grow(speech: Speech, frames: int) -> None:
    """Another clause of that many frames."""
    text = f"{' ' * bool(speech.text)}word word word word."
    speech.add_text(text)
    speech.begin_clause(text)
    for _ in range(frames):
        speech.add_frame(frame(len(speech.frames)))
    speech.end_clause()


def finished_speech(frames: int) -> Speech:
    speech = Speech()
    grow(speech, frames)
    speech.end(whole=True)
    return speech


class LoopbackLine:
    """A line that pulls a frame each 20 ms; what it was sent in the last moment it may see one frame later."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.outstanding = 0
        self._messages: deque[bytes | None] = deque()
        self._queue: deque[bytes] = deque()
        self._was_late = False

    def play(self, frames: list[bytes]) -> None:
        self._messages.extend(frames)

    def flush(self) -> None:
        self._messages.append(None)

    def tick(self, late: bool) -> int:
        """20 ms pass; gives the cumulative count of played frames."""
        self._was_late = late and not self._was_late
        while self._messages and not self._was_late:
            if (message := self._messages.popleft()) is None:
                self._queue.clear()
            else:
                self._queue.append(message)
        if self._queue:
            self.heard.append(self._queue.popleft())
        return len(self.heard)


operations = st.lists(
    st.one_of(
        st.tuples(st.just("tick"), st.booleans()),
        st.tuples(st.sampled_from(["hold", "resume", "ask"]), st.none()),
        st.tuples(st.just("grow"), st.integers(0, 9)),
    ),
    max_size=80,
)


def carry_out(playout: Playout, line: LoopbackLine, speech: Speech, operation: tuple[str, int | bool | None]) -> None:
    name, value = operation
    if name == "tick":
        playout.acknowledge(line.tick(bool(value)))
        line.play(playout.frames_due())
    elif name == "hold":
        playout.hold()
        line.flush()
    elif name == "resume":
        playout.resume()
    elif name == "ask":
        line.play(playout.frames_due())
    elif name == "grow" and not speech.ended:
        grow(speech, int(value or 0))


@given(operations)
def test_whatever_is_held_and_resumed_every_frame_is_heard_once_and_in_order(
    script: list[tuple[str, int | bool | None]],
) -> None:
    playout, line, speech = Playout(), LoopbackLine(), Speech()
    playout.play(speech)
    heard_text = ""
    for operation in script:
        carry_out(playout, line, speech, operation)
        numbers = [number_of(pcm) for pcm in line.heard]
        assert numbers == list(range(len(numbers)))
        assert speech.played <= len(numbers)
        assert speech.text.startswith(speech.heard_text)
        assert speech.heard_text.startswith(heard_text)
        heard_text = speech.heard_text
    speech.end(whole=True)
    playout.resume()
    for _ in range(len(speech.frames) + 4):
        carry_out(playout, line, speech, ("tick", False))
    assert playout.finished
    assert [number_of(pcm) for pcm in line.heard] == list(range(len(speech.frames)))
    if speech.frames:
        assert playout.stop() == Heard(speech.text, cut=False)


@given(operations, st.integers(0, 30), st.lists(st.booleans(), max_size=4))
def test_an_utterance_after_a_stopped_one_is_counted_from_its_own_first_frame(
    script: list[tuple[str, int | bool | None]], frames: int, lateness: list[bool]
) -> None:
    playout, line, first = Playout(), LoopbackLine(), Speech()
    playout.play(first)
    for operation in script:
        carry_out(playout, line, first, operation)
    playout.stop()
    line.flush()
    heard_of_first = len(line.heard)
    second = finished_speech(frames)
    playout.play(second)
    line.play(playout.frames_due())
    for late in lateness + [False] * (frames + 4):
        playout.acknowledge(line.tick(late))
        line.play(playout.frames_due())
    assert playout.finished
    after = [number_of(pcm) for pcm in line.heard[heard_of_first:]]
    assert after[len(after) - frames :] == list(range(frames))
    assert len(after) - frames <= 1
    assert len(line.heard) == first.played + second.played


def test_never_more_than_two_frames_are_on_the_line() -> None:
    playout, speech = Playout(), finished_speech(10)
    playout.play(speech)
    assert len(playout.frames_due()) == MOST_OUTSTANDING
    assert playout.frames_due() == []
    playout.acknowledge(1)
    assert len(playout.frames_due()) == 1


def test_a_hold_goes_on_with_the_frame_after_the_last_played_faded_in() -> None:
    playout, speech = Playout(), finished_speech(10)
    playout.play(speech)
    playout.frames_due()
    playout.acknowledge(1)
    playout.hold()
    assert playout.frames_due() == []
    playout.acknowledge(1)
    playout.acknowledge(1)
    playout.resume()
    again = playout.frames_due()
    assert [number_of(pcm) for pcm in again] == [1, 2, 3]
    fade = samples_of(again[0])[:40].astype(int)
    assert (np.diff(fade) > 0).all()
    assert fade[0] < 30
    assert again[1] == speech.frames[2]


def test_a_frame_that_slipped_out_after_the_hold_is_not_said_again() -> None:
    playout = Playout()
    playout.play(finished_speech(10))
    playout.frames_due()
    playout.hold()
    playout.resume()
    assert playout.frames_due() == []
    assert playout.acknowledge(1)
    assert playout.frames_due() == []
    playout.acknowledge(1)
    assert [number_of(pcm) for pcm in playout.frames_due()] == [1, 2, 3]


def test_the_frames_that_left_are_told_as_they_sounded() -> None:
    playout = Playout()
    playout.play(finished_speech(5))
    sent = playout.frames_due()
    assert playout.acknowledge(0) == []
    assert playout.acknowledge(3) == sent
    assert playout.acknowledge(3) == []


def test_frames_played_before_the_utterance_are_not_its_own() -> None:
    playout = Playout()
    playout.acknowledge(500)
    playout.play(finished_speech(3))
    playout.frames_due()
    playout.acknowledge(501)
    assert playout.speech is not None
    assert playout.speech.played == 1


def test_the_line_starves_when_the_audio_stops_in_the_middle() -> None:
    playout, speech = Playout(), Speech()
    playout.play(speech)
    assert not playout.starving
    grow(speech, 2)
    playout.frames_due()
    playout.acknowledge(1)
    assert not playout.starving
    playout.acknowledge(2)
    assert playout.starving
    grow(speech, 1)
    playout.frames_due()
    assert not playout.starving
    speech.end(whole=True)
    playout.acknowledge(3)
    assert playout.finished
    assert not playout.starving


def test_an_utterance_cut_short_tells_the_words_heard() -> None:
    playout, speech = Playout(), finished_speech(20)
    playout.play(speech)
    for played in range(12):
        playout.acknowledge(played)
        playout.frames_due()
    assert speech.remaining_ms == 180
    assert playout.stop() == Heard("word word", cut=True)
    assert playout.speech is None
    assert playout.frames_due() == []
    assert playout.stop() == Heard("", cut=False)


def test_a_second_utterance_needs_the_first_to_end() -> None:
    playout = Playout()
    playout.play(finished_speech(3))
    with pytest.raises(RuntimeError):
        playout.play(finished_speech(3))
    playout.stop()
    playout.play(finished_speech(3))


def test_an_utterance_without_audio_is_finished_at_once() -> None:
    playout, speech = Playout(), Speech()
    playout.play(speech)
    assert not playout.finished
    speech.end(whole=True)
    assert playout.finished
