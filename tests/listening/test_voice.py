"""The bounds of speech are the same whether quiet windows are judged at once or wait for the first that is not."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from appliance.listening.voice import VoiceBegan, VoicePaused, VoiceSettings, VoiceTracker
from models.silero import SileroVad
from models.vad import VadStream
from tests.models.audio import recording

WINDOW = 256
FRAME = 160
SETTINGS = VoiceSettings()
Heard = list[tuple[int, VoiceBegan | VoicePaused]]


class ToldStream:
    """Gives the probabilities it was told, window by window, and counts them."""

    def __init__(self, probabilities: Sequence[float], silence_peak: int = 32) -> None:
        self.silence_peak = silence_peak
        self._probabilities = probabilities
        self.judged = 0

    def probability(self, window: NDArray[np.int16]) -> float:
        self.judged += 1
        return self._probabilities[self.judged - 1]


class Impatient:
    """A stream of which no window may wait."""

    silence_peak = -1

    def __init__(self, stream: VadStream) -> None:
        self.probability = stream.probability


def changes(stream: VadStream, samples: NDArray[np.int16]) -> Heard:
    """Every change with the number of the frame that brought it."""
    tracker = VoiceTracker(stream, WINDOW, 8000, SETTINGS)
    frames = samples[: samples.size // FRAME * FRAME].reshape(-1, FRAME)
    return [(number, change) for number, frame in enumerate(frames) for change in tracker.hear(frame)]


def windows_of(levels: Sequence[int]) -> NDArray[np.int16]:
    return np.repeat(np.array(levels, np.int16), WINDOW)


LOUD = st.tuples(st.just(1000), st.floats(0, 1))
QUIET = st.tuples(st.sampled_from([0, 8, -32, 32]), st.floats(0, SETTINGS.start_probability, exclude_max=True))


@given(st.lists(st.one_of(LOUD, QUIET), max_size=60))
def test_waiting_changes_nothing_where_silence_is_no_speech(windows: list[tuple[int, float]]) -> None:
    samples = windows_of([level for level, _ in windows])
    probabilities = [probability for _, probability in windows]
    assert changes(ToldStream(probabilities), samples) == changes(Impatient(ToldStream(probabilities)), samples)


@given(st.lists(st.tuples(st.sampled_from([0, 32, 1000]), st.floats(0, 1)), max_size=60))
def test_windows_are_judged_in_order_and_soon_whatever_they_hold(windows: list[tuple[int, float]]) -> None:
    stream = ToldStream([probability for _, probability in windows])
    tracker = VoiceTracker(stream, WINDOW, 8000, SETTINGS)
    now = 0
    for number, (level, _) in enumerate(windows, 1):
        for change in tracker.hear(windows_of([level])):
            assert now <= change.at == number * 32
            now = change.at
        assert number - 16 < stream.judged <= number


@pytest.mark.parametrize("hiss", [0.0, 3.0, 10.0, 30.0])
@pytest.mark.parametrize("gain", [1.0, 0.3])
def test_speech_on_a_quiet_line_is_heard_in_the_same_frame(hiss: float, gain: float) -> None:
    vad = SileroVad(8000)
    said = [recording(name, 8000, lead_ms=900, trail_ms=1500) for name in ("hours", "mm_hm", "name", "interrupt")]
    speech = np.concatenate(said).astype(np.float64) * gain
    samples = (speech + np.random.default_rng(2).normal(0, hiss, speech.size)).astype(np.int16)
    at_once = changes(Impatient(vad.new_stream()), samples)
    assert len(at_once) >= 2 * len(said)
    assert changes(vad.new_stream(), samples) == at_once
