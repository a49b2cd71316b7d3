"""How busy the decoder is, and how often a caller's speech is therefore transcribed while it goes on."""

from typing import Final

SHORTEST_MS: Final = 300
LONGEST_MS: Final = 500
# About the time over which load is judged: a few passes, well under a turn.
_WINDOW_S: Final = 2.0
_RELAXED: Final = 0.5


class Load:
    """The share of time in which the decoder worked, lately. Times are seconds of any one clock.

    Of several `workers` each is so much of it.
    """

    def __init__(self, workers: int = 1) -> None:
        self._share = 1 / workers
        self._busy = 0.0
        self._until = 0.0

    def worked(self, began: float, ended: float) -> None:
        """A worker was busy from `began` to `ended`. Passes are told as they end."""
        self._busy = min(1.0, self.at(ended) + self._share * (1 - _kept(ended - began)))
        self._until = max(ended, self._until)

    def at(self, now: float) -> float:
        """The share, 0..1."""
        return self._busy * _kept(now - self._until)


def _kept(passed: float) -> float:
    return float(2.0 ** (-max(0.0, passed) / _WINDOW_S))


def partial_interval_ms(load: float) -> float:
    """Audio between two partials of a call, ms: 300 up to half the decoder's time, 500 when it has none left."""
    strain = min(max((load - _RELAXED) / (1 - _RELAXED), 0.0), 1.0)
    return SHORTEST_MS + (LONGEST_MS - SHORTEST_MS) * strain
