"""Frames for the line, when the line has room for them; holding, going on, and what was heard. No clock, no I/O."""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from appliance.audio import FRAME_MS, pcm_of, samples_of
from appliance.speaking.speech import Speech

MOST_OUTSTANDING: Final = 3
# A flushed line may play one more frame, and its report may already be on the way.
_REPORTS_TO_SETTLE: Final = 2
_FADE_IN_MS: Final = 5


@dataclass(frozen=True, slots=True)
class Heard:
    """What the caller heard of an utterance; `cut` when there was more."""

    text: str
    cut: bool


@dataclass(frozen=True, slots=True)
class _Sent:
    speech: Speech
    number: int
    pcm: bytes


class Playout:
    """The agent's side of one line, with at most one utterance audible.

    For every frame the line receives: `acknowledge` its report of what was played, then play what `frames_due` gives.
    `frames_due` may also be asked at once after `play` and `resume`. After `hold`, and after a `stop` that cuts the
    utterance short, flush the line. Dropped frames are sent again after `resume`, none is heard twice: nothing is due
    after a flush until two reports have told what was still played.
    """

    def __init__(self, most_outstanding: int = MOST_OUTSTANDING) -> None:
        self._most_outstanding = most_outstanding
        self._speech: Speech | None = None
        self._held = False
        self._fade_in = False
        self._next = 0
        self._outstanding: deque[_Sent] = deque()
        self._unsettled_reports = 0
        self._line_played = 0

    @property
    def speech(self) -> Speech | None:
        """The utterance on the line, held or not."""
        return self._speech

    @property
    def audible(self) -> bool:
        """An utterance is on the line, not held and not played to its end."""
        return self._speech is not None and not self._held and not self.finished

    @property
    def finished(self) -> bool:
        """The last frame of the utterance has left for the caller."""
        return self._speech is not None and self._speech.ended and self._speech.played == len(self._speech.frames)

    @property
    def starving(self) -> bool:
        """The line has run dry in the middle of the utterance: its audio is not made fast enough."""
        return (
            self.audible
            and self._speech is not None
            and self._speech.played == len(self._speech.frames) > 0
            and not self._outstanding
        )

    def play(self, speech: Speech) -> None:
        """Make `speech` the utterance on the line. Raises `RuntimeError` while another is there, held or not."""
        if self._speech is not None and not self.finished:
            raise RuntimeError("an utterance is still on the line: stop it first")
        self._speech = speech
        self._held = self._fade_in = False
        self._next = speech.played

    def hold(self) -> None:
        """Fall silent, ready to go on. Flush the line."""
        if self._speech is not None and not self._held:
            self._held = True
            self._expect_flush()

    def resume(self) -> None:
        """Go on with the frame after the last one played, faded in over 5 ms."""
        if self._held:
            self._held = False
            self._fade_in = True

    def stop(self) -> Heard:
        """End the utterance, wherever it is, and tell what was heard. Flush the line unless it was `finished`."""
        if self._speech is None:
            return Heard("", cut=False)
        speech, self._speech = self._speech, None
        if not self._held:
            self._expect_flush()
        self._held = False
        return Heard(speech.heard_text, cut=not speech.ended or len(speech.heard_text) < len(speech.text))

    def acknowledge(self, played: int) -> list[bytes]:
        """Take the line's cumulative count of played frames; gives the frames that have left since, for a recording."""
        count = min(max(0, played - self._line_played), len(self._outstanding))
        self._line_played = max(self._line_played, played)
        left = [self._outstanding.popleft() for _ in range(count)]
        for sent in left:
            sent.speech.play_up_to(sent.number + 1)
        if self._unsettled_reports:
            self._unsettled_reports -= 1
            if not self._unsettled_reports:
                self._outstanding.clear()
                self._next = self._speech.played if self._speech else 0
        return [sent.pcm for sent in left]

    def frames_due(self) -> list[bytes]:
        """The frames to play now: as many as keep `most_outstanding` on the line, none while held or settling."""
        frames: list[bytes] = []
        if self._speech is None or self._held or self._unsettled_reports:
            return frames
        while len(self._outstanding) < self._most_outstanding and self._next < len(self._speech.frames):
            pcm = self._speech.frames[self._next]
            if self._fade_in:
                self._fade_in = False
                pcm = _faded_in(pcm) if self._next else pcm
            self._outstanding.append(_Sent(self._speech, self._next, pcm))
            self._next += 1
            frames.append(pcm)
        return frames

    def _expect_flush(self) -> None:
        if self._outstanding:
            self._unsettled_reports = _REPORTS_TO_SETTLE


def _faded_in(pcm: bytes) -> bytes:
    samples = samples_of(pcm).copy()
    count = samples.size * _FADE_IN_MS // FRAME_MS
    ramp = np.arange(1, count + 1, dtype=np.float32) / count
    samples[:count] = np.rint(samples[:count] * ramp)
    return pcm_of(samples)
