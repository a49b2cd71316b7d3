from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sip.caller.script import Play, PlayOver
from tests.bench.human import PAUSE_S, scripts
from tests.bench.human_speech import Prompt, chosen, is_sentence, part_of, qualifies, softest_place_s, trimmed, words_in
from tests.bench.options import Part

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


def test_every_prompt_has_a_pause_and_two_thirds_are_said_plainly_and_over_the_agent() -> None:
    prompts = [Prompt(Path(f"{number}.wav"), "Hello.", 0.5) for number in range(6)]
    wanted = scripts(prompts)
    plain = [step.file for steps in wanted.plain for step in steps if isinstance(step, Play)]
    over = [step.file for steps in wanted.plain for step in steps if isinstance(step, PlayOver)]
    paused = [step for steps in wanted.paused for step in steps if isinstance(step, Play)]
    assert sorted(plain) == sorted(over) == [prompt.file for prompt in prompts[:4]]
    assert {step.file for step in paused} == {prompt.file for prompt in prompts}
    assert {pause.for_s for step in paused for pause in step.pauses} == {PAUSE_S}
    assert all(step.pauses for step in paused)
    assert wanted.all == (*wanted.plain, *wanted.paused)


LISTING = """; Core sounds
conf-full: That conference is full.

beep: [this is a  simple beep tone]
nothing:
conf-thereare: There are currently: two
"""


def test_words_are_read_by_name() -> None:
    words = words_in(LISTING)
    assert words["conf-full"] == "That conference is full."
    assert words["beep"] == "[this is a simple beep tone]"
    assert words["conf-thereare"] == "There are currently: two"
    assert set(words) == {"conf-full", "beep", "conf-thereare"}


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("That conference is full.", True),
        ("press 2 to enter a different number", True),
        ("Which folder should I save the message to?", True),
        ("Activated.", False),
        ("To lock, or unlock the conference...", False),
        ("...to lock, or unlock the conference.", False),
        ("Login incorrect.  Please enter your agent number.", False),
        ("[this is a simple beep tone]", False),
        ("I have a caller waiting, who introduces themselves as:", False),
    ],
)
def test_a_prompt_must_be_one_whole_sentence(text: str, *, whole: bool) -> None:
    assert is_sentence(text) is whole


def test_what_goes_on_in_another_prompt_is_no_sentence() -> None:
    assert qualifies("conf-full", "That conference is full.")
    assert not qualifies("vm-num-i-have", "the number i have is")
    assert not qualifies("activated", "Activated.")


NAMES = [f"prompt-{number}" for number in range(200)]


def test_every_prompt_is_in_one_half_whatever_the_others_are() -> None:
    halves = {part: chosen(NAMES, part, 1000) for part in Part}
    assert set(halves[Part.TUNE]).isdisjoint(halves[Part.EVALUATE])
    assert set(halves[Part.TUNE]) | set(halves[Part.EVALUATE]) == set(halves[Part.ALL]) == set(NAMES)
    assert 60 < len(halves[Part.TUNE]) < 140
    assert all(part_of(name) is Part.TUNE for name in halves[Part.TUNE])


def test_fewer_prompts_are_the_first_of_more() -> None:
    assert chosen(NAMES, Part.EVALUATE, 5) == chosen(NAMES[::-1], Part.EVALUATE, 10)[:5]
