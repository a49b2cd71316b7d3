"""A clause begins with what can be heard of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.audio import FRAME_MS, Samples, level_dbfs, samples_of
from appliance.speaking.onset import Onset
from appliance.speaking.rendering import render
from models.espeak import EspeakNg

RATE = 8000
BLOCK = RATE // 100


def noise(ms: int, dbfs: float, rate: int = RATE) -> Samples:
    drawn = np.random.default_rng(1).standard_normal(rate * ms // 1000)
    return np.rint(drawn * 10 ** (dbfs / 20) * 32768).clip(-32768, 32767).astype(np.int16)


def through(onset: Onset, samples: Samples, step: int) -> Samples:
    given_out = [onset.push(samples[start : start + step]) for start in range(0, samples.size, step)]
    return np.concatenate([*given_out, onset.flush()])


@given(st.integers(0, 18), st.integers(1, 500), st.sampled_from((8000, 16000)))
def test_only_what_is_too_quiet_before_the_first_sound_goes(blocks: int, step: int, rate: int) -> None:
    quiet, speech = noise(blocks * 10, -56, rate), noise(300, -20, rate)
    onset = Onset(rate)
    samples = np.concatenate((quiet, speech))
    kept = through(onset, samples, step)
    assert np.array_equal(kept, samples[samples.size - kept.size :])
    assert kept.size - speech.size == min(blocks * 10, 20) * rate // 1000
    assert onset.left_out_ms == max(0, blocks * 10 - 20)


@given(st.integers(0, 600), st.integers(1, 500))
def test_a_voice_that_stays_quiet_is_played_whole(ms: int, step: int) -> None:
    onset, samples = Onset(RATE), noise(ms, -60)
    assert np.array_equal(through(onset, samples, step), samples)
    assert onset.left_out_ms == 0


def test_a_quiet_voice_is_not_waited_for_to_its_end() -> None:
    assert Onset(RATE).push(noise(250, -60)).size > 0


def test_pauses_within_a_clause_stay() -> None:
    samples = np.concatenate((noise(100, -20), noise(300, -60), noise(100, -20)))
    assert np.array_equal(through(Onset(RATE), samples, 160), samples)


@pytest.mark.parametrize("text", ["Thank you.", "Theo is here.", "We are open.", "Sorry, we are closed.", "Hello."])
async def test_the_answer_is_heard_with_its_first_frames(text: str) -> None:
    engine = EspeakNg()
    try:
        parts = [part async for part in render(text, engine, RATE)]
    finally:
        engine.close()
    frames = [frame for part in parts for frame in part.frames]
    samples = samples_of(b"".join(frames))
    levels = [level_dbfs(samples[start : start + BLOCK]) for start in range(0, samples.size, BLOCK)]
    assert next(number for number, level in enumerate(levels) if level > -46) * 10 <= 20
    times = parts[-1].times
    assert times[0].ms == 0
    assert all(0 <= time.ms < len(frames) * FRAME_MS for time in times)
