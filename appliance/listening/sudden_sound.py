"""A sound over the agent that was not there before, told by its level: in half the time that a voice detector takes."""

from collections import deque
from typing import Final

from appliance.audio import FRAME_MS, Samples, block_levels
from appliance.listening.last_sound import AUDIBLE

_BLOCK_MS: Final = 10
# One is a click, a key of a keyboard or a speck on the line.
_BLOCKS: Final = 2
# By how much it must be louder than what is usual: 6 dB.
_MARGIN: Final = 2.0
# A voice is found within this time, 19 times in 20 (`appliance.listening.voice`); what is not one becomes usual.
_UNCERTAIN_FRAMES: Final = 200 // FRAME_MS
# What is usual sinks by 6 dB in 10 s. Nothing is sudden before the line and its echo have been heard for 0.4 s.
_FORGETTING: Final = 0.5 ** (FRAME_MS / 10_000)
_LEARNING_FRAMES: Final = 400 // FRAME_MS


class SuddenSound:
    """Listens to one caller while the agent is speaking; noise and echo of the agent are learned as usual.

    Not thread-safe. Levels are root mean squares of 10 ms (full scale: 32768).
    """

    def __init__(self, sample_rate: int) -> None:
        self._block = sample_rate * _BLOCK_MS // 1000
        self._usual = 0.0
        self._uncertain: deque[float] = deque()
        self._frames = 0
        self._run = 0

    def hear(self, samples: Samples) -> bool:
        """Take in one line frame in which no voice was found; whether 20 ms of a sudden sound end in it."""
        self._frames += 1
        self._usual *= _FORGETTING
        if len(self._uncertain) == _UNCERTAIN_FRAMES:
            self._usual = max(self._usual, self._uncertain.popleft())
        loud = max(AUDIBLE, _MARGIN * self._usual)
        # No level is higher than the highest sample: most frames are done with here.
        if max(int(samples.max(initial=0)), -int(samples.min(initial=0))) * _MARGIN <= AUDIBLE:
            self._uncertain.append(0.0)
            self._run = 0
            return False
        sudden = False
        levels = block_levels(samples[: samples.size // self._block * self._block], self._block).tolist()
        for level in levels:
            self._run = self._run + 1 if level > loud else 0
            sudden = sudden or self._run >= _BLOCKS
        self._uncertain.append(max(levels, default=0.0))
        return sudden and self._frames > _LEARNING_FRAMES

    def voice(self) -> None:
        """It was a voice: what was heard just now tells nothing about the line."""
        self._uncertain.clear()
        self._run = 0

    def no_voice(self) -> None:
        """It was none: the like of it is usual from now on."""
        self._usual = max(self._usual, *self._uncertain, 0.0)
        self._uncertain.clear()
        self._run = 0
