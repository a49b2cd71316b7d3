"""The last seconds of what a caller said, in this turn and before it: what the end-of-turn model goes by."""

from collections import deque
from typing import Final

import numpy as np

from appliance.audio import Samples

# What stands for the time between two turns, however long it was.
_GAP_MS: Final = 300


class RecentSpeech:
    """Keeps the last `samples` at `rate` Hz, over turns: how a caller ends a sentence shows beside the one before.

    (As high as 80 % of the ends score 12 % of the pauses where a turn is heard alone, and 4 % after an earlier one:
    human English sentences, docs/tuning.md.)
    """

    def __init__(self, samples: int, rate: int) -> None:
        self._most = samples
        self._gap = np.zeros(_GAP_MS * rate // 1000, np.int16)
        self._pieces: deque[Samples] = deque()
        self._kept = 0
        self._of_this_turn = 0

    def add(self, piece: Samples) -> None:
        """Take in what comes next."""
        self._pieces.append(piece)
        self._kept += piece.size
        self._of_this_turn += piece.size
        while self._kept - self._pieces[0].size >= self._most:
            self._kept -= self._pieces.popleft().size

    def end_turn(self, silent_samples: int) -> None:
        """What comes next belongs to another turn; of this one the last `silent_samples` were silence."""
        if not self._of_this_turn:
            return
        turn = self.latest()
        kept = turn[: turn.size - min(silent_samples, self._of_this_turn, turn.size)]
        self._pieces, self._kept = deque((kept,)), kept.size
        self.add(self._gap)
        self._of_this_turn = 0

    def drop_turn(self) -> None:
        """What came since the last turn was none."""
        if self._of_this_turn:
            earlier = self.latest()
            earlier = earlier[: max(0, earlier.size - self._of_this_turn)]
            self._pieces, self._kept = deque((earlier,)), earlier.size
            self._of_this_turn = 0

    def latest(self) -> Samples:
        """All that is kept, as one."""
        return np.concatenate(self._pieces) if self._pieces else np.zeros(0, np.int16)
