"""The audio of one caller turn that has not been settled yet, never much more than the encoder's window for it."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.whisper.windows import SAMPLE_RATE

Samples = NDArray[np.int16]

LONGEST_SAMPLES: Final = 8 * SAMPLE_RATE
_EARLIEST_CUT: Final = 4 * SAMPLE_RATE
_STEP: Final = SAMPLE_RATE * 20 // 1000
_PAUSE_STEPS: Final = 10
# Below -55 dBFS nobody speaks; a line's comfort noise is at -60 and less.
_AUDIBLE_RMS: Final = 32768 * 10 ** (-55 / 20)
# Speech moves within 30 dB; what is further below its loudest part is the line between the words.
_SPEECH_RANGE: Final = 10 ** (-30 / 20)


class RollingAudio:
    """At most 8 s are transcribed at once. Whoever fills it settles the `head` and drops it."""

    def __init__(self) -> None:
        self._pieces: list[Samples] = []
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def overfull(self) -> bool:
        """More than 8 s: the head is to be settled."""
        return self._size > LONGEST_SAMPLES

    def append(self, samples: Samples) -> None:
        """Add audio (copied)."""
        self._pieces.append(samples.copy())
        self._size += samples.size

    def samples(self) -> Samples:
        """All of it. Not to be written to."""
        if len(self._pieces) != 1:
            self._pieces = [np.concatenate(self._pieces)] if self._pieces else [np.zeros(0, np.int16)]
        return self._pieces[0]

    def head(self) -> Samples:
        """The beginning, up to the quietest 200 ms between its 5th and 8th second: where a word is least likely cut."""
        whole = self.samples()[:LONGEST_SAMPLES]
        loudness = _loudness(whole[_EARLIEST_CUT:])
        if loudness.size < _PAUSE_STEPS:
            return whole
        pauses = np.convolve(loudness**2, np.ones(_PAUSE_STEPS), mode="valid")
        middle = (int(np.argmin(pauses)) + _PAUSE_STEPS // 2) * _STEP
        return whole[: _EARLIEST_CUT + middle]

    def drop(self, samples: int) -> None:
        """Forget the first so many samples."""
        self._pieces = [self.samples()[samples:]]
        self._size = self._pieces[0].size

    def clear(self) -> None:
        """Forget everything."""
        self._pieces.clear()
        self._size = 0


def is_audible(samples: Samples) -> bool:
    """Whether any 20 ms are louder than -55 dBFS."""
    return bool((_loudness(samples) > _AUDIBLE_RMS).any())


def speaks_since(samples: Samples, start: int) -> bool:
    """Whether after sample `start` any 20 ms are audible and within 30 dB of the loudest of all."""
    loudness = _loudness(samples)
    threshold = max(_AUDIBLE_RMS, float(loudness.max(initial=0.0)) * _SPEECH_RANGE)
    return bool((loudness[start // _STEP :] > threshold).any())


def _loudness(samples: Samples) -> NDArray[np.float64]:
    """RMS of every whole 20 ms."""
    steps = samples[: samples.size // _STEP * _STEP].reshape(-1, _STEP).astype(np.float64)
    loudness: NDArray[np.float64] = np.sqrt(np.mean(steps**2, axis=1)) if steps.size else np.zeros(0)
    return loudness
