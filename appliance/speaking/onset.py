"""Where a clause begins to be heard: the time before it only makes the caller wait. Pure."""

from typing import Final

import numpy as np

from appliance.audio import Samples, block_levels

# 8 dB under the level that counts as sound wherever latency is measured here, 26 dB under the voices' speech. The "th"
# of "thank you" reaches a line at 8 kHz as 80 ms of -53 dBFS, "h" and "s" as -47 and -41.
_AUDIBLE: Final = 10 ** (-46 / 20) * 32768
_BLOCK_MS: Final = 10
_KEPT_MS: Final = 20
# A voice that is as quiet as that all along is not waited for any longer.
_LONGEST_MS: Final = 200


class Onset:
    """Leaves out what of a clause's beginning cannot be heard on the line, but for 20 ms before its first sound.

    `left_out_ms` grows until the first samples have been given.
    """

    def __init__(self, sample_rate: int) -> None:
        self._sample_rate = sample_rate
        self._waiting: Samples | None = np.zeros(0, np.int16)
        self.left_out_ms = 0.0

    def push(self, samples: Samples) -> Samples:
        """What is to be played by now."""
        if self._waiting is None:
            return samples
        self._waiting = np.concatenate((self._waiting, samples))
        block = self._of_ms(_BLOCK_MS)
        whole = self._waiting[: self._waiting.size // block * block]
        audible = np.flatnonzero(block_levels(whole, block) > _AUDIBLE)
        if audible.size:
            return self._begin(int(audible[0]) * block - self._of_ms(_KEPT_MS))
        return self._begin(0) if self._waiting.size >= self._of_ms(_LONGEST_MS) else self._waiting[:0]

    def flush(self) -> Samples:
        """What still waits: a clause that is hardly audible is played as it is."""
        return self._begin(0)

    def _begin(self, at: int) -> Samples:
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            return np.zeros(0, np.int16)
        left_out = max(0, at)
        self.left_out_ms = left_out * 1000 / self._sample_rate
        return waiting[left_out:]

    def _of_ms(self, ms: int) -> int:
        return self._sample_rate * ms // 1000
