"""A voice that can hardly be heard over the agent may be the agent's own echo."""

from collections.abc import Sequence

import pytest

from appliance.simulator.line import Sound
from models.simulated_vad import SimulatedVad
from tests.session.conversations import Outcome, Plan, saying

ANSWER = "The clinic is open from eight until six on weekdays, and on Saturdays from nine until noon, as always."
QUESTION = Sound(1500, 2500)
"""It is answered from about 2.7 to 8.7 s."""
FAINT_PEAK = 200
"""-47 dBFS."""


def call(
    *sounds: Sound, transcripts: Sequence[str] = (), stt_delay_ms: float = 50, stt_partial_delay_ms: float = 80
) -> Outcome:
    return Plan(
        stt_delay_ms=stt_delay_ms,
        stt_partial_delay_ms=stt_partial_delay_ms,
        sounds=(QUESTION, *sounds),
        transcripts=("when are you open", *transcripts),
        drafter=saying(ANSWER),
        ends_ms=14_000,
        vad=SimulatedVad(audible_peak=100),
    ).run()


def flushes(outcome: Outcome) -> list[int]:
    return [at for at, what in outcome.line.control if what == "flush"]


UNDISTURBED = call()


def test_an_echo_of_the_agent_never_holds_it() -> None:
    outcome = call(*(Sound(at, at + 700, FAINT_PEAK) for at in range(3000, 8000, 1000)), Sound(8500, 8900, FAINT_PEAK))
    assert flushes(outcome) == flushes(UNDISTURBED)
    assert outcome.line.played == UNDISTURBED.line.played
    assert [turn.text for turn in outcome.trace.turns] == ["when are you open"]


def test_a_faint_voice_that_becomes_audible_interrupts_then() -> None:
    words = "no I meant the pharmacy"
    outcome = call(Sound(4600, 5100, FAINT_PEAK), Sound(5100, 6100), transcripts=(words,))
    assert 5100 <= flushes(outcome)[0] <= 5160
    assert [turn.text for turn in outcome.trace.turns] == ["when are you open", words]


@pytest.mark.parametrize("begins_ms", [8500, 8800, 9500])
def test_a_faint_caller_who_speaks_on_when_the_agent_does_not_is_heard(begins_ms: int) -> None:
    outcome = call(Sound(begins_ms, 10_500, FAINT_PEAK), transcripts=("thank you very much",))
    assert [turn.text for turn in outcome.trace.turns][-1] == "thank you very much"


def test_an_echo_while_the_words_of_an_interruption_are_worked_out_does_not_lose_them() -> None:
    words = "wait a minute please"
    echo = [Sound(at, at + 300, FAINT_PEAK) for at in (5500, 6000, 6500)]
    outcome = call(Sound(4600, 5100), *echo, transcripts=(words,), stt_delay_ms=800, stt_partial_delay_ms=5000)
    assert words in [turn.text for turn in outcome.trace.turns]
