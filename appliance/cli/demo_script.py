"""What the demo's caller does: book an appointment, hesitate, say "mm-hm", ask for the hours, interrupt, hang up."""

from importlib.resources import files
from pathlib import Path

from sip.caller.script import HangUp, Play, PlayOver, Purpose, Step, Wait, WaitForAgentSilence

PATIENT = {"name": "Anna Miller", "birth_date": "1980-03-05"}
"""Who the appointment is to be booked for, as the appointment book is asked."""

_HESITATION_S = 0.7
# Longer than the agent holds for a backchannel: a held agent has not finished.
_AGENT_DONE_MS = 900
_PATIENCE_S = 12.0

SAID = {
    "book_1": "I'd like to book an appointment with",
    "book_2": "doctor Patel, please",
    "name": "My name is Anna Miller",
    "birth_date": "March the fifth, nineteen eighty",
    "day_and_time": "Tuesday at ten in the morning",
    "mm_hm": "mm-hm",
    "yes": "Yes, please",
    "hours": "What are your opening hours?",
    "interrupt": "Sorry, can you repeat that?",
    "goodbye": "No thank you, goodbye",
}
"""The caller's words by the name of their sound file in `demo_voice`."""


def voice(name: str) -> Path:
    """The sound file of one of the caller's utterances."""
    return Path(str(files("appliance.cli") / "demo_voice" / f"{name}.wav"))


def demo_steps() -> tuple[Step, ...]:
    """The caller's script. It waits for the agent, never for a word of it."""
    agent_done = WaitForAgentSilence(_AGENT_DONE_MS, _PATIENCE_S)

    def over(name: str, after_s: float, purpose: Purpose) -> PlayOver:
        return PlayOver(voice(name), after_s, purpose, _PATIENCE_S)

    return (
        agent_done,
        Play(voice("book_1")),
        Wait(_HESITATION_S),
        Play(voice("book_2")),
        agent_done,
        Play(voice("name")),
        agent_done,
        Play(voice("birth_date")),
        agent_done,
        Play(voice("day_and_time")),
        over("mm_hm", 1.2, Purpose.BACKCHANNEL),
        agent_done,
        Play(voice("yes")),
        agent_done,
        Play(voice("hours")),
        over("interrupt", 2.0, Purpose.INTERRUPT),
        agent_done,
        Play(voice("goodbye")),
        agent_done,
        HangUp(),
    )
