"""Whisper's front end: log-mel features of just the audio there is.

The same figures as `faster_whisper.feature_extractor`, which computes every padded frame and leaves the matrix product
to as many BLAS threads as there are cores: on busy cores that took 30 ms for a second of audio instead of one.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.whisper.windows import HOP_SAMPLES, SAMPLE_RATE

FFT_SAMPLES: Final = 400
_FLOOR: Final = np.float32(1e-10)
_RANGE: Final = np.float32(8.0)
# Small enough a product for OpenBLAS to compute it on the calling thread.
_FRAMES_AT_ONCE: Final = 64


def mel_filters(mels: int) -> NDArray[np.float32]:
    """Triangular filters ``[mels, 201]`` on Slaney's mel scale with Slaney's area norm, 0 to 8000 Hz.

    Linear below 1 kHz (200/3 Hz a mel), logarithmic above (27 steps to 6.4 kHz): Slaney, Auditory Toolbox, 1998.
    """
    break_hz, break_mel, log_step = 1000.0, 15.0, np.log(6.4) / 27.0
    top_mel = break_mel + np.log(SAMPLE_RATE / 2 / break_hz) / log_step
    points = np.linspace(0.0, top_mel, mels + 2)
    edges = np.where(points < break_mel, points * 200.0 / 3.0, break_hz * np.exp(log_step * (points - break_mel)))
    bins = np.linspace(0.0, SAMPLE_RATE / 2, FFT_SAMPLES // 2 + 1)
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    triangles = np.maximum(0.0, np.minimum((bins - low) / (centre - low), (high - bins) / (high - centre)))
    filters: NDArray[np.float32] = (triangles * 2.0 / (high - low)).astype(np.float32)
    return filters


class LogMel:
    """Log-mel features with `mels` bins (80, or 128 for large-v3 and turbo). Thread-safe."""

    def __init__(self, mels: int) -> None:
        self._filters = mel_filters(mels)
        self._window = np.hanning(FFT_SAMPLES + 1)[:-1].astype(np.float32)

    def features(self, samples: NDArray[np.int16], frames: int) -> NDArray[np.float32]:
        """Features ``[mels, frames]`` of 16 kHz audio, silence after it; what is beyond `frames` is left out."""
        audio = np.zeros(frames * HOP_SAMPLES, np.float32)
        heard = samples[: audio.size]
        audio[: heard.size] = heard
        audio /= 32768
        padded = np.pad(audio, FFT_SAMPLES // 2, mode="reflect")
        sounding = min(frames, -(-(heard.size + FFT_SAMPLES // 2) // HOP_SAMPLES))
        pieces = np.lib.stride_tricks.sliding_window_view(padded, FFT_SAMPLES)[::HOP_SAMPLES][:sounding]
        spectrum = np.fft.rfft(pieces * self._window, axis=-1)
        power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
        log_mel = np.full((self._filters.shape[0], frames), np.log10(_FLOOR), np.float32)
        for start in range(0, sounding, _FRAMES_AT_ONCE):
            some = power[start : start + _FRAMES_AT_ONCE].T
            log_mel[:, start : start + some.shape[1]] = np.log10(np.maximum(self._filters @ some, _FLOOR))
        log_mel = np.maximum(log_mel, log_mel.max() - _RANGE)
        features: NDArray[np.float32] = (log_mel + np.float32(4)) / np.float32(4)
        return features
