"""Calls as they arrive at a clinic: Poisson arrivals, turns of speech with pauses, replies. Seeded and pure.

What is assumed, for want of recorded calls: 3 to 9 turns a call; the caller speaks a log-normal time with a median of
2 s (between 0.6 and 8), with words of `callers_words.py` evenly over it, about 2.5 a second; a third of the turns over
2 s has a pause long enough for a draft that is then dropped; a reply has 20 to 50 words at 2.5 words a second (the
range that the prompt asks for); the caller then waits 0.3 to 2 s.
"""

import math
import random
from dataclasses import dataclass
from typing import Final

from tests.bench_gpu.callers_words import words_of

_TURNS: Final = (3, 9)
_SPEECH_MEDIAN_S: Final = 2.0
_SPEECH_SIGMA: Final = 0.55
_SPEECH_S: Final = (0.6, 8.0)
_PAUSED_FROM_S: Final = 2.0
_PAUSED_SHARE: Final = 1 / 3
_PAUSE_S: Final = (0.3, 0.8)
_REPLY_WORDS: Final = (20, 50)
_WAIT_S: Final = (0.3, 2.0)
WORDS_PER_S: Final = 2.5
_OFFERED: Final = 1.5


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence inside a turn, from `at_s` after its beginning."""

    at_s: float
    length_s: float


@dataclass(frozen=True, slots=True)
class Turn:
    """The caller waits, says `words` (pauses included in `speech_s`), and is answered with so many words."""

    wait_s: float
    speech_s: float
    pause: Pause | None
    reply_words: int
    words: tuple[str, ...]

    def said_after(self, seconds: float) -> tuple[str, ...]:
        """The words that are over when so much of `speech_s` is."""
        spoken_s, silent_s = seconds, 0.0
        if self.pause is not None:
            silent_s = self.pause.length_s
            spoken_s -= min(max(seconds - self.pause.at_s, 0.0), silent_s)
        # A word that ends with the speech does so whatever the rounding.
        return self.words[: int(len(self.words) * spoken_s / (self.speech_s - silent_s) + 1e-6)]


@dataclass(frozen=True, slots=True)
class Call:
    """A call that comes in `arrives_s` after the beginning of the trace."""

    arrives_s: float
    turns: tuple[Turn, ...]

    @property
    def length_s(self) -> float:
        """How long it takes when every answer comes at once."""
        return sum(turn.wait_s + turn.speech_s + turn.reply_words / WORDS_PER_S for turn in self.turns)


def calls(lines: int, seconds: float, seed: int) -> tuple[Call, ...]:
    """Arrivals for `seconds` that offer half as many calls again as `lines` can hold, so that nearly all stay busy."""
    chance = random.Random(seed)
    mean_length_s = sum(_call(0.0, chance).length_s for _ in range(200)) / 200
    rate = _OFFERED * lines / mean_length_s
    found = []
    at_s = chance.expovariate(rate)
    while at_s < seconds:
        found.append(_call(at_s, chance))
        at_s += chance.expovariate(rate)
    return tuple(found)


def _call(arrives_s: float, chance: random.Random) -> Call:
    return Call(arrives_s, tuple(_turn(chance) for _ in range(chance.randint(*_TURNS))))


def _turn(chance: random.Random) -> Turn:
    speech_s = min(max(chance.lognormvariate(math.log(_SPEECH_MEDIAN_S), _SPEECH_SIGMA), _SPEECH_S[0]), _SPEECH_S[1])
    pause = None
    if speech_s > _PAUSED_FROM_S and chance.random() < _PAUSED_SHARE:
        length_s = chance.uniform(*_PAUSE_S)
        pause = Pause(chance.uniform(0.3, speech_s - length_s - 0.3), length_s)
    spoken_s = speech_s - (pause.length_s if pause is not None else 0.0)
    words = words_of(spoken_s * WORDS_PER_S, chance)
    return Turn(chance.uniform(*_WAIT_S), speech_s, pause, chance.randint(*_REPLY_WORDS), words)
