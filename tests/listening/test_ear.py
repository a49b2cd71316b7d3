"""The ear gives the end-of-turn model the caller's speech, this turn's last, and nothing of the silence in between."""

import asyncio

import numpy as np
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


def audible_s(samples: NDArray[np.int16]) -> float:
    return float((np.abs(samples.reshape(-1, 160)).max(axis=1) > 1000).sum()) / 100


def test_a_turn_is_scored_after_the_one_before_it() -> None:
    scorer = Scorer()
    ear = Ear(RATE, SimulatedVad(), SimulatedSpeechToText(), scorer, lambda partial: None, VoiceSettings())

    def hear(seconds: float, *, speech: bool) -> None:
        samples = tone(round(seconds * RATE)) if speech else np.zeros(round(seconds * RATE), np.int16)
        for begin in range(0, samples.size, FRAME):
            ear.hear(samples[begin : begin + FRAME].astype("<i2").tobytes())

    async def call() -> None:
        hear(0.5, speech=False)
        hear(1.0, speech=True)
        hear(0.2, speech=False)
        await ear.score()
        hear(2.0, speech=False)
        ear.forget()
        hear(5.0, speech=False)
        hear(1.0, speech=True)
        hear(0.2, speech=False)
        await ear.score()

    asyncio.run(call())
    first, second = scorer.heard
    assert 0.9 <= audible_s(first[first.size % 160 :]) <= 1.1
    assert 1.8 <= audible_s(second[second.size % 160 :]) <= 2.2
    assert second.size / 16000 < 3.5, "the seconds between the turns are not kept"
