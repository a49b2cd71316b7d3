"""The ear gives the end-of-turn model the caller's speech, this turn's last, and nothing of the silence in between."""

import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.listening.ear import Ear
from appliance.listening.voice import VoiceSettings
from models.simulated import SimulatedSpeechToText, tone
from models.simulated_vad import SimulatedVad

RATE = 8000
FRAME = RATE // 50


class Scorer:
    """Keeps what it is asked about."""

    description = "for a test"
    sample_rate = 16000
    context_seconds = 4.0

    def __init__(self) -> None:
        self.heard: list[NDArray[np.int16]] = []

    async def score(self, speech: NDArray[np.int16]) -> float:
        self.heard.append(speech)
        return 0.5

    async def warm_up(self) -> None:
        pass

    def close(self) -> None:
        pass


class Caller:
    """An ear, and what it is made to hear: whether there is speech, for so many seconds."""

    def __init__(self) -> None:
        self.scorer = Scorer()
        self.ear = Ear(
            RATE, SimulatedVad(), SimulatedSpeechToText(), self.scorer, lambda partial: None, VoiceSettings()
        )

    def sounds(self, seconds: float, *, speech: bool = True) -> None:
        samples = tone(round(seconds * RATE)) if speech else np.zeros(round(seconds * RATE), np.int16)
        for begin in range(0, samples.size, FRAME):
            self.ear.hear(samples[begin : begin + FRAME].astype("<i2").tobytes())

    def is_silent(self, seconds: float) -> None:
        self.sounds(seconds, speech=False)


def audible_s(samples: NDArray[np.int16]) -> float:
    return float((np.abs(samples.reshape(-1, 160)).max(axis=1) > 1000).sum()) / 100


async def test_a_turn_is_scored_after_the_one_before_it() -> None:
    caller = Caller()
    caller.is_silent(0.5)
    caller.sounds(1.0)
    caller.is_silent(0.2)
    await caller.ear.score()
    caller.is_silent(2.0)
    caller.ear.forget(was_a_turn=True)
    caller.is_silent(5.0)
    caller.sounds(1.0)
    caller.is_silent(0.2)
    await caller.ear.score()
    first, second = caller.scorer.heard
    assert 0.9 <= audible_s(first[first.size % 160 :]) <= 1.1
    assert 1.8 <= audible_s(second[second.size % 160 :]) <= 2.2
    assert second.size / 16000 < 3.5, "the seconds between the turns are not kept"


async def test_a_noise_is_not_what_the_caller_said_before() -> None:
    caller = Caller()
    caller.is_silent(0.5)
    caller.sounds(0.6)
    caller.is_silent(0.5)
    caller.ear.forget(was_a_turn=False)
    caller.is_silent(1.0)
    caller.sounds(1.0)
    caller.is_silent(0.2)
    await caller.ear.score()
    (heard,) = caller.scorer.heard
    assert 0.9 <= audible_s(heard[heard.size % 160 :]) <= 1.1


@pytest.mark.parametrize("silent_s", [0.02, 0.06, 0.1, 0.3])
async def test_who_goes_on_soon_after_a_turn_is_not_heard_twice(silent_s: float) -> None:
    caller = Caller()
    caller.is_silent(0.5)
    caller.sounds(1.0)
    caller.is_silent(0.12)
    caller.ear.forget(was_a_turn=True)
    caller.is_silent(silent_s)
    caller.sounds(1.0)
    caller.is_silent(0.2)
    await caller.ear.score()
    (heard,) = caller.scorer.heard
    assert 1.9 <= audible_s(heard[heard.size % 160 :]) <= 2.05
