"""Silence for a sudden sound over the agent, until the voice detector can tell whether it is the caller's voice.

A voice is found 50 to 100 ms after its first sound, and the caller hears the agent talk on for so long. Silence at the
sound itself costs little when it was a door: the agent goes on from the very next word's sound. The turn core is not
told: it hears of voices.
"""

from collections.abc import Callable

from appliance.audio import samples_of
from appliance.listening.sudden_sound import SuddenSound
from appliance.speaking.playout import Playout


class Hush:
    """Holds and resumes the playout of one call by itself, for `longest_ms` at most; 0: never."""

    def __init__(self, playout: Playout, flush_line: Callable[[], None], longest_ms: int, sample_rate: int) -> None:
        self._playout = playout
        self._flush_line = flush_line
        self._longest_ms = longest_ms
        self._sound = SuddenSound(sample_rate)
        self._until: int | None = None

    @property
    def active(self) -> bool:
        """Whether the agent is silent for a sound of which nobody knows yet what it is."""
        return self._until is not None

    def hear(self, pcm: bytes, now: int, *, voice: bool, may_be_interrupted: Callable[[], bool]) -> None:
        """Take in a line frame (empty: silence) at `now` ms of the line, in which a `voice` was found or none."""
        if voice:
            self._sound.voice()
        elif self.active or self._playout.audible:
            sudden = self._sound.hear(samples_of(pcm))
            if sudden and not self.active and self._longest_ms and may_be_interrupted():
                self._until = now + self._longest_ms
                self._playout.hold()
                self._flush_line()
        if self._until is not None and now >= self._until:
            self._until = None
            self._sound.no_voice()
            self._playout.resume()

    def over(self) -> None:
        """The turn core has decided what becomes of the agent's words."""
        self._until = None
