"""How busy the decoder is, and how often a caller's speech is therefore transcribed while it goes on."""

from typing import Final

SHORTEST_MS: Final = 300
LONGEST_MS: Final = 500
# About the time over which load is judged: a few passes, well under a turn.
_WINDOW_S: Final = 2.0
_RELAXED: Final = 0.5


class Load:
    """The share of time in which the decoder worked, lately. Times are seconds of any one clock."""

    def __init__(self) -> None:
        self._busy = 0.0
        self._until = 0.0

    def worked(self, began: float, ended: float) -> None:
        """The decoder was busy from `began` to `ended`, later than all before."""
        self._decay(began, busy=0.0)
        self._decay(ended, busy=1.0)

    def at(self, now: float) -> float:
        """The share, 0..1."""
        return self._busy * self._kept(now)

    def _decay(self, now: float, busy: float) -> None:
        kept = self._kept(now)
        self._busy = self._busy * kept + busy * (1 - kept)
        self._until = max(now, self._until)

    def _kept(self, now: float) -> float:
        passed: float = max(0.0, now - self._until)
        return float(2.0 ** (-passed / _WINDOW_S))


def partial_interval_ms(load: float) -> float:
    """Audio between two partials of a call, ms: 300 up to half the decoder's time, 500 when it has none left."""
    strain = min(max((load - _RELAXED) / (1 - _RELAXED), 0.0), 1.0)
    return SHORTEST_MS + (LONGEST_MS - SHORTEST_MS) * strain
