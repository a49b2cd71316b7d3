"""From VAD probabilities to the bounds of speech."""

from dataclasses import dataclass

import numpy as np

from appliance.audio import Samples
from models.vad import VadStream

# Against the first and last sample above -38 dBFS, Silero at 8 kHz finds speech 46 ms after the first sound with one
# window over .5 or two over .35 (p95 105 ms; .7 or .4: 56 and 120; two over .5: 72 and 170), and its first window under
# .5 ends 82 ms after the last one: medians over 150 to 200 human prompts. White noise, hum, clicks, tones and a crying
# baby stayed under .38, with no two windows over .35. A single window of silence ends speech: waiting for a second
# brings 6 % fewer soft ends in mid-speech, 32 ms later.
_FOUND_AFTER_MS = 45
_MISSED_AFTER_MS = 82

# Most of a call the caller listens. A run of Silero after 20 ms of other work, which empties the processor's caches,
# costs ten times what it does straight after another (570 and 56 us): so silence in silence waits for sound, or for
# half a second of it. No longer, or what waits would hold up the other calls. On 180 human prompts as they are, 10 and
# 20 dB softer, each without noise and over -72 dBFS of it, with pauses of 0.2 to 5 s, all 2126 bounds of speech came in
# the same frame as without. (What waits cannot be left out: the network's memory changes for seconds in silence.)
_MOST_WAITING = 16
_CALM_PROBABILITY = 0.1


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """Speech begins with one window at `sure_probability` or more, or `start_windows` at `start_probability` or more;
    it pauses after `pause_windows` under `pause_probability`."""

    sure_probability: float = 0.5
    start_probability: float = 0.35
    start_windows: int = 2
    pause_probability: float = 0.5
    pause_windows: int = 1


@dataclass(frozen=True, slots=True)
class VoiceBegan:
    """Speech was found at `at`; its first sound was about `began` (ms of line audio)."""

    at: int
    began: int


@dataclass(frozen=True, slots=True)
class VoicePaused:
    """Silence was found at `at`; the last sound was about `ended` (ms of line audio)."""

    at: int
    ended: int


class VoiceTracker:
    """Follows one caller's voice. Not thread-safe.

    Windows that cannot begin speech by the stream's `silence_peak` are judged together, half a second of them or less.
    """

    def __init__(self, stream: VadStream, window_samples: int, sample_rate: int, settings: VoiceSettings) -> None:
        self._stream = stream
        self._silence_peak = stream.silence_peak
        self._window_samples = window_samples
        self._sample_rate = sample_rate
        self._settings = settings
        self._pending: Samples = np.zeros(0, np.int16)
        self._waiting: list[Samples] = []
        self._cut_samples = 0
        self._judged_samples = 0
        self._last = 0.0
        self._run = 0
        self._first_silent_end_ms = 0
        self.speaking = False

    def hear(self, samples: Samples) -> list[VoiceBegan | VoicePaused]:
        """Take in audio of any length and give what it changes."""
        self._pending = np.concatenate((self._pending, samples))
        changes: list[VoiceBegan | VoicePaused] = []
        while self._pending.size >= self._window_samples:
            window, self._pending = self._pending[: self._window_samples], self._pending[self._window_samples :]
            self._cut_samples += self._window_samples
            self._waiting.append(window)
            if not self._may_wait(window):
                changes += self._judge_what_waits()
        return changes

    def _may_wait(self, window: Samples) -> bool:
        """Whether what this window holds can be told later: only silence in silence."""
        if self.speaking or self._last > _CALM_PROBABILITY or len(self._waiting) >= _MOST_WAITING:
            return False
        peak = self._silence_peak
        return peak >= 0 and bool(window.max() <= peak and window.min() >= -peak)

    def _judge_what_waits(self) -> list[VoiceBegan | VoicePaused]:
        waiting, self._waiting = self._waiting, []
        changes = (self._judge(self._stream.probability(window)) for window in waiting)
        return [change for change in changes if change is not None]

    def _judge(self, probability: float) -> VoiceBegan | VoicePaused | None:
        self._judged_samples += self._window_samples
        self._last = probability
        ends = self._judged_samples * 1000 // self._sample_rate
        now = self._cut_samples * 1000 // self._sample_rate
        rules = self._settings
        if not self.speaking:
            self._run = self._run + 1 if probability >= rules.start_probability else 0
            if self._run < rules.start_windows and probability < rules.sure_probability:
                return None
            self.speaking, self._run = True, 0
            return VoiceBegan(now, max(0, ends - _FOUND_AFTER_MS))
        if probability >= rules.pause_probability:
            self._run = 0
            return None
        self._run += 1
        if self._run == 1:
            self._first_silent_end_ms = ends
        if self._run < rules.pause_windows:
            return None
        self.speaking, self._run = False, 0
        return VoicePaused(now, max(0, self._first_silent_end_ms - _MISSED_AFTER_MS))
