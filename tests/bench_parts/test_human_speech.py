from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sip.caller.script import Play, PlayOver
from tests.bench.human import PAUSE_S, scripts
from tests.bench.human_speech import Prompt, softest_place_s, trimmed

RATE = 8000


def tone(seconds: float, peak: int = 8000) -> NDArray[np.int16]:
    return (peak * np.sin(2 * np.pi * 400 * np.arange(round(seconds * RATE)) / RATE)).astype(np.int16)


def quiet(seconds: float) -> NDArray[np.int16]:
    return np.zeros(round(seconds * RATE), np.int16)


def test_silence_around_speech_is_trimmed_to_20_ms() -> None:
    samples = trimmed(np.concatenate([quiet(0.5), tone(1.0), quiet(0.5)]))
    assert samples.size == round(1.04 * RATE)
    assert trimmed(quiet(1.0)).size == RATE


def test_a_pause_is_put_where_the_middle_is_softest() -> None:
    speech = np.concatenate([quiet(0.1), tone(0.9), tone(0.05, 100), tone(0.95), quiet(0.1)])
    assert 1.0 < softest_place_s(speech) < 1.05


def test_every_prompt_is_said_plainly_over_the_agent_and_with_a_pause() -> None:
    prompts = [Prompt(Path(f"{number}.wav"), 0.5) for number in range(6)]
    wanted = scripts(prompts)
    plain = [step.file for steps in wanted.plain for step in steps if isinstance(step, Play)]
    over = [step.file for steps in wanted.plain for step in steps if isinstance(step, PlayOver)]
    paused = [step for steps in wanted.paused for step in steps if isinstance(step, Play)]
    everything = {prompt.file for prompt in prompts}
    assert set(plain) == set(over) == {step.file for step in paused} == everything
    assert {pause.for_s for step in paused for pause in step.pauses} == {PAUSE_S}
    assert all(step.pauses for step in paused)
