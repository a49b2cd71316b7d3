"""How evenly a peer's messages come. Pure."""

from typing import Final

_EVEN_MESSAGES: Final = 50
# Reading several takes its time; no peer sends messages of less.
_AT_ONCE_S: Final = 0.005


class Arrivals:
    """Counts messages of audio. Those that come at once, or were held back for each other, are one arrival."""

    def __init__(self) -> None:
        self.messages = 0
        self.jitter_ms = 0.0
        self._at_s = self._length_s = 0.0
        self._before_s: float | None = None
        self._at_once = self._held_back = 0
        self._since_uneven = 0

    @property
    def even(self) -> bool:
        """Whether so many have come, and none of the last at once without having been held back for each other."""
        return self._since_uneven >= _EVEN_MESSAGES

    def media(self, now_s: float, length_s: float, held_back: int) -> None:
        """A message has come; so many were held back to come together.

        `jitter_ms` is a mean of how far arrivals are from where the one before puts them (RFC 3550's 1/16).
        """
        self.messages += 1
        if self.messages > 1 and now_s - self._at_s < _AT_ONCE_S:
            self._at_once += 1
        else:
            self._arrived()
            self._before_s, self._at_s = (self._at_s if self.messages > 1 else None), now_s
            self._length_s, self._at_once, self._held_back = 0.0, 1, held_back
        self._length_s += length_s
        self._since_uneven = 0 if self._at_once > self._held_back else self._since_uneven + 1

    def _arrived(self) -> None:
        """No more belongs to the last arrival."""
        if self._before_s is not None:
            off_s = abs(self._at_s - self._before_s - self._length_s)
            self.jitter_ms += (off_s * 1000 - self.jitter_ms) / 16
