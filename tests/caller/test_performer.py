"""The caller's behaviour, in virtual time."""

from pathlib import Path

import numpy as np
import pytest

from sip.caller.activity import Heard, Sound
from sip.caller.performer import ChangeHold, Command, EndCall, Performer, SendInfoDigit, splice_pauses
from sip.caller.plan import CallerPlan, CallPlan, plan_from_json, plan_to_json
from sip.caller.rtp import TelephoneEvent
from sip.caller.script import (
    Background,
    DigitMethod,
    HangUp,
    Hold,
    Pause,
    Play,
    PlayNoise,
    PlayOver,
    Purpose,
    Resume,
    SendDigits,
    Step,
    Vanish,
    Wait,
    WaitForAgentSilence,
)
from sip.caller.sdp import Direction
from sip.errors import SipError
from tests.caller.packets import MS, sound_at

WORDS = Path("words.wav")
SOUNDS = {WORDS: sound_at([(100, 300)], 500)}


class Rehearsal:
    """Runs steps against an agent who sounds in the given spans (ms); records what happened in each tick."""

    def __init__(self, *steps: Step, agent: list[tuple[int, int]], background: Background = Background.SILENCE) -> None:
        self.performer = Performer(steps, SOUNDS, background)
        self.loud_ms: list[int] = []
        self.silent_ticks = 0
        self.keys: list[TelephoneEvent] = []
        self.commands: list[tuple[int, Command]] = []
        for now_ms in range(0, 20_000, 20):
            self._tick(now_ms, agent)
            if self.commands and isinstance(self.commands[-1][1], EndCall):
                break

    def _tick(self, now_ms: int, agent: list[tuple[int, int]]) -> None:
        begun = [(start, min(end, now_ms)) for start, end in agent if start < now_ms]
        heard = Heard(Sound(begun[-1][0] * MS, begun[-1][1] * MS)) if begun else Heard()
        tick = self.performer.tick(now_ms * MS, heard)
        match tick.outgoing:
            case TelephoneEvent():
                self.keys.append(tick.outgoing)
            case None:
                self.silent_ticks += 1
            case samples if np.abs(samples.astype(np.int32)).max() > 412:
                self.loud_ms.append(now_ms)
        for command in tick.commands:
            self.commands.append((now_ms, command))
            if not isinstance(command, EndCall):
                self.performer.signalled()


def test_words_wait_for_the_agent_to_have_spoken_and_fallen_silent() -> None:
    rehearsal = Rehearsal(WaitForAgentSilence(500), Play(WORDS), agent=[(1000, 2000)])
    assert rehearsal.loud_ms[0] == 2000 + 500 + 100


def test_the_agent_must_speak_again_before_the_next_words() -> None:
    rehearsal = Rehearsal(
        WaitForAgentSilence(500), Play(WORDS), WaitForAgentSilence(500), Play(WORDS), agent=[(0, 1000), (4000, 5000)]
    )
    assert rehearsal.loud_ms[0] == 1600
    assert rehearsal.loud_ms[-1] == 5000 + 500 + 280


def test_patience_runs_out_and_is_reported() -> None:
    rehearsal = Rehearsal(WaitForAgentSilence(500, patience_s=2.0), Play(WORDS), agent=[])
    assert rehearsal.performer.performed[0].gave_up
    assert rehearsal.loud_ms[0] == 2100


def test_an_interruption_comes_so_long_after_the_agent_began() -> None:
    rehearsal = Rehearsal(PlayOver(WORDS, 1.5), agent=[(1000, 4000)])
    assert rehearsal.loud_ms[0] == 1000 + 1500 + 100


def test_an_interruption_of_what_the_agent_is_already_saying_counts_from_its_beginning() -> None:
    rehearsal = Rehearsal(Wait(2.0), PlayOver(WORDS, 1.5), agent=[(1000, 4000)])
    assert rehearsal.loud_ms[0] == 2600


def test_nothing_is_said_over_an_agent_that_never_speaks() -> None:
    rehearsal = Rehearsal(PlayOver(WORDS, 0.5, patience_s=1.0), agent=[])
    assert rehearsal.performer.performed[0].gave_up
    assert rehearsal.loud_ms == []


@pytest.mark.parametrize(("purpose", "waits"), [(Purpose.INTERRUPT, True), (Purpose.BACKCHANNEL, False)])
def test_only_an_interruption_asks_for_an_answer(purpose: Purpose, waits: bool) -> None:
    rehearsal = Rehearsal(PlayOver(WORDS, 0.2, purpose), WaitForAgentSilence(500, patience_s=3.0), agent=[(1000, 1400)])
    assert rehearsal.performer.performed[1].gave_up is waits


def test_a_pause_is_spliced_into_the_words() -> None:
    samples = splice_pauses(SOUNDS[WORDS], [Pause(0.2, 0.6)])
    assert samples.size == SOUNDS[WORDS].size + 4800
    rehearsal = Rehearsal(Play(WORDS, (Pause(0.2, 0.6),)), agent=[])
    assert rehearsal.loud_ms == [*range(100, 200, 20), *range(800, 900, 20)]


def test_keys_are_events_that_grow_and_end_three_times() -> None:
    rehearsal = Rehearsal(SendDigits("5#", tone_ms=60), agent=[])
    assert [(key.digit, key.duration, key.ended) for key in rehearsal.keys[:6]] == [
        ("5", 160, False), ("5", 320, False), ("5", 480, False), ("5", 480, True), ("5", 480, True), ("5", 480, True),
    ]  # fmt: skip
    assert rehearsal.keys[-1].digit == "#"


def test_signalling_steps_become_commands_in_order() -> None:
    rehearsal = Rehearsal(
        SendDigits("1", DigitMethod.INFO), Hold(Direction.INACTIVE), Wait(1.0), Resume(), HangUp(), agent=[]
    )
    assert [command for _, command in rehearsal.commands] == [
        SendInfoDigit("1", 100),
        ChangeHold(Direction.INACTIVE),
        ChangeHold(Direction.SENDRECV),
        EndCall(),
    ]
    assert rehearsal.silent_ticks >= 50


def test_a_script_ends_politely_unless_it_vanishes() -> None:
    assert Rehearsal(agent=[]).commands == [(0, EndCall())]
    assert Rehearsal(Vanish(), Play(WORDS), agent=[]).commands == [(0, EndCall(vanish=True))]


def test_a_caller_may_send_nothing_or_noise() -> None:
    assert Rehearsal(Wait(1.0), agent=[], background=Background.NOTHING).silent_ticks == 51
    assert len(Rehearsal(PlayNoise(1.0, -30.0), agent=[]).loud_ms) == 50


def test_every_step_survives_json() -> None:
    steps: tuple[Step, ...] = (
        WaitForAgentSilence(), Play(WORDS, (Pause(1, 2),)), PlayOver(WORDS, 1, Purpose.BACKCHANNEL), PlayNoise(1),
        SendDigits("1"), Wait(1), Hold(), Resume(), HangUp(), Vanish(),
    )  # fmt: skip
    plan = CallerPlan((CallPlan("sip:a@h", steps, background=Background.NOISE),), at_once=3)
    assert plan_from_json(plan_to_json(plan)) == plan


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"calls": 1}', '{"calls": [{"to": "sip:a@h", "stepz": []}]}',
     '{"calls": [{"to": "sip:a@h", "steps": [{"step": "sing"}]}]}',
     '{"calls": [{"to": "sip:a@h", "steps": [{"step": "play", "file": "a", "volume": 3}]}]}',
     '{"calls": [{"to": "sip:a@h", "steps": [{"step": "send_digits", "digits": "1x"}]}]}'],
)  # fmt: skip
def test_a_wrong_plan_names_the_place(text: str) -> None:
    with pytest.raises(SipError, match="plan is wrong at"):
        plan_from_json(text)
