"""A sudden sound silences the agent before the voice detector knows what it is."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from appliance.audio import samples_of
from appliance.simulator.line import Sound
from appliance.trace import Stage
from appliance.turn.settings import InterruptionSettings, TurnSettings
from tests.session.conversations import Outcome, Plan, saying

LONG = "The clinic is open from eight until six on weekdays, and on Saturdays from nine until noon, as always."
QUESTION = Sound(1500, 2500)
"""It is answered from about 2.7 s on."""
KNOCK_PEAK = 800
"""Audible (-35 dBFS), but not what the simulated voice detector takes for a voice."""


def call(*sounds: Sound, transcripts: Sequence[str] = (), hush_ms: int | None = None) -> Outcome:
    interruption = InterruptionSettings()
    if hush_ms is not None:
        interruption = replace(interruption, hush_ms=hush_ms)
    return Plan(
        sounds=(QUESTION, *sounds),
        transcripts=("when are you open", *transcripts),
        drafter=saying(LONG),
        ends_ms=20_000,
        settings=TurnSettings(interruption=interruption),
    ).run()


def spoken(outcome: Outcome) -> list[tuple[int, bytes]]:
    """(ms, frame) of all that was played with sound in it, after the greeting."""
    return [
        (number * 20, pcm)
        for number, pcm in enumerate(outcome.line.played)
        if number * 20 > 2500 and pcm and np.abs(samples_of(pcm).astype(np.int32)).max() > 300
    ]


def silent_from(outcome: Outcome, after_ms: int) -> int:
    """When the agent was first silent for 100 ms after that time."""
    times = [at for at, _ in spoken(outcome) if at >= after_ms - 20]
    return next(a + 20 for a, b in zip(times, [*times[1:], 10**9], strict=True) if b - a > 100)


def test_the_agent_is_silent_a_frame_after_an_interruption_began() -> None:
    outcome = call(Sound(4580, 5580), transcripts=("no wait I meant the pharmacy",))
    assert silent_from(outcome, 4580) == 4600
    waits = call(Sound(4580, 5580), transcripts=("no wait I meant the pharmacy",), hush_ms=0)
    assert silent_from(waits, 4580) == 4620
    assert outcome.dialogue.heard[-2][1] is True
    first, second = outcome.trace.turns
    assert second.text == "no wait I meant the pharmacy"
    assert first.durations_ms()["barge_in_silence"] == 37
    assert first.at_ms[Stage.SILENCED] == 4600


@pytest.mark.parametrize("length_ms", [20, 40, 300])
def test_the_agent_goes_on_after_a_sound_that_is_no_voice(length_ms: int) -> None:
    outcome = call(Sound(4600, 4600 + length_ms, KNOCK_PEAK))
    undisturbed = call()
    said, would_say = spoken(outcome), spoken(undisturbed)
    assert len(said) == len(would_say)
    differing = [number for number, (a, b) in enumerate(zip(said, would_say, strict=True)) if a[1] != b[1]]
    assert len(differing) <= 1, "nothing is lost or said twice; one frame is faded in"
    assert 140 <= said[-1][0] - would_say[-1][0] <= 240
    assert outcome.dialogue.heard == undisturbed.dialogue.heard
    assert [turn.text for turn in outcome.trace.turns] == ["when are you open"]


def test_knocking_does_not_chop_up_what_the_agent_says() -> None:
    outcome = call(*(Sound(at, at + 40, KNOCK_PEAK) for at in range(3500, 7500, 400)))
    assert sum(what == "flush" for _, what in outcome.line.control) == 1


def test_a_sound_while_the_agent_is_silent_changes_nothing() -> None:
    outcome = call(Sound(800, 840, KNOCK_PEAK))
    assert spoken(outcome) == spoken(call())
