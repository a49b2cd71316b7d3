"""When somebody is speaking: the ruler that the test caller measures with.

A 10 ms block is *loud* when its level is above -38 dBFS: 20·log10(rms / 32768) > -38, rms > 412.5. Energy is enough
here because the caller hears a clean synthesised voice or silence, and both sides of a measurement use one ruler.
Hysteresis is in time, not in level: two loud blocks in a row (20 ms) begin a *sound*, so that a click begins none;
300 ms without a loud block end it, so that the natural pauses inside an utterance do not. A sound reaches from the
start of its first loud block to the end of its last one: neither edge is moved by the hysteresis.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sip.g711 import Companding, decoding_table

BLOCK_MS = 10
BLOCK_SAMPLES = 80
BLOCK_NS = BLOCK_MS * 1_000_000
LOUD_DBFS = -38.0
ONSET_BLOCKS = 2
PAUSE_MS = 300
PAUSE_NS = PAUSE_MS * 1_000_000

_LOUD_MEAN_SQUARE = (32768.0 * 10 ** (LOUD_DBFS / 20)) ** 2


@cache
def _squares(companding: Companding) -> NDArray[np.float32]:
    return decoding_table(companding).astype(np.float32) ** 2


def loud_blocks(payload: bytes, companding: Companding) -> tuple[bool, ...]:
    """For each 10 ms of a G.711 payload, whether it is above -38 dBFS; a last block of under 10 ms counts as one."""
    energy = _squares(companding)[np.frombuffer(payload, dtype=np.uint8)]
    return tuple(
        bool(energy[start : start + BLOCK_SAMPLES].mean() > _LOUD_MEAN_SQUARE)
        for start in range(0, energy.size, BLOCK_SAMPLES)
    )


@dataclass(frozen=True, slots=True)
class Sound:
    """A stretch of sound on the wire, in ns of CLOCK_MONOTONIC: first loud block's start to last loud block's end."""

    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class Heard:
    """What a detector knows: the latest sound (None before the first), possibly still going on."""

    latest: Sound | None = None

    def speaking(self, now_ns: int) -> bool:
        """Whether a sound is going on: fewer than 300 ms since the last loud block."""
        return self.latest is not None and now_ns - self.latest.end_ns < PAUSE_NS

    def silent_for_ns(self, now_ns: int) -> int | None:
        """How long it has been silent after the latest sound; None when nothing was heard yet."""
        return None if self.latest is None else max(0, now_ns - self.latest.end_ns)


class SoundDetector:
    """Finds sounds in blocks given in order of time; the same rules live and in analysis.

    `pause_ns` without a loud block end a sound.
    """

    def __init__(self, pause_ns: int = PAUSE_NS) -> None:
        self._pause_ns = pause_ns
        self.heard = Heard()
        self.finished: list[Sound] = []
        self._candidate_ns: int | None = None
        self._run = 0

    def block(self, start_ns: int, *, is_loud: bool) -> None:
        """Take the next 10 ms."""
        if not is_loud:
            self._run = 0
            return
        if self._run == 0:
            self._candidate_ns = start_ns
        self._run += 1
        latest = self.heard.latest
        if latest is not None and start_ns - latest.end_ns < self._pause_ns:
            self.heard = Heard(Sound(latest.start_ns, max(latest.end_ns, start_ns + BLOCK_NS)))
        elif self._run >= ONSET_BLOCKS and self._candidate_ns is not None:
            if latest is not None:
                self.finished.append(latest)
            self.heard = Heard(Sound(self._candidate_ns, start_ns + BLOCK_NS))

    def sounds(self) -> list[Sound]:
        """Every sound so far, the latest included."""
        return self.finished if self.heard.latest is None else [*self.finished, self.heard.latest]
