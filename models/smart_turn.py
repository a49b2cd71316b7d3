"""End-of-turn detection with Smart Turn v3.2 (BSD-2-Clause), whose ONNX file lies inside the pipecat-ai package.

The network is a Whisper encoder with a small head: it wants Whisper's log-mel features. What is changed in it says
`models.smart_turn_network`.
"""

import asyncio
import contextlib
import math
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.about import packaged_model
from models.errors import EngineError
from models.onnx import file_in_package, open_session
from models.smart_turn_network import network_for_calls

SAMPLE_RATE = 16000
CONTEXT_SECONDS = 4
CONTEXT_SAMPLES = SAMPLE_RATE * CONTEXT_SECONDS

# Whisper's front end (transformers.WhisperFeatureExtractor, feature_extraction_whisper.py).
FFT_SAMPLES = 400
HOP_SAMPLES = 160
MEL_BINS = 80
FRAMES = CONTEXT_SAMPLES // HOP_SAMPLES
# The network is surer of phone audio that is played a tenth faster: AUC of true ends against pauses .954 instead of
# .942 on an English announcer, .833 (.827), .823 (.809), .929 (.932) and .854 (.884) on a Spanish, a French, an Italian
# and a Russian one, after an earlier sentence of each (174-422 ends, docs/tuning.md).
PHONE_SPEED = 1.1
# What there is of a caller's first words is heard again and again, with such gaps, instead of the silence before them:
# AUC .906 instead of .894 (English), .800 (.741), and scores on the scale of later turns.
REPEATED_AFTER_SAMPLES = 300 * SAMPLE_RATE // 1000
# After other speech the network holds the end of a turn for less likely than it is. Its odds to this power and so many
# times over: from .9 on are 60 % of the English ends and 3 % of the pauses (75 and 15 % of the Spanish), up to .4 2 and
# 33 % (0 and 4 %).
ODDS_POWER, ODDS = 0.79, 35.6
VARIANCE_FLOOR = np.float32(1e-7)
MEL_FLOOR = np.float32(1e-10)
LOG_RANGE = np.float32(8.0)
_NICENESS = 5


def mel_filters() -> NDArray[np.float32]:
    """Triangular filters ``[80, 201]`` on Slaney's mel scale with Slaney's area norm, 0 to 8000 Hz.

    Linear below 1 kHz (200/3 Hz a mel), logarithmic above (27 steps to 6.4 kHz): Slaney, Auditory Toolbox, 1998.
    """
    break_hz, break_mel, log_step = 1000.0, 15.0, np.log(6.4) / 27.0
    top_mel = break_mel + np.log(SAMPLE_RATE / 2 / break_hz) / log_step
    mels = np.linspace(0.0, top_mel, MEL_BINS + 2)
    edges = np.where(mels < break_mel, mels * 200.0 / 3.0, break_hz * np.exp(log_step * (mels - break_mel)))
    bins = np.linspace(0.0, SAMPLE_RATE / 2, FFT_SAMPLES // 2 + 1)
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    triangles = np.maximum(0.0, np.minimum((bins - low) / (centre - low), (high - bins) / (high - centre)))
    filters: NDArray[np.float32] = (triangles * 2.0 / (high - low)).astype(np.float32)
    return filters


class LogMel:
    """Whisper's log-mel features of the last seconds of some speech."""

    def __init__(self, samples: int = CONTEXT_SAMPLES) -> None:
        self._most = samples
        self._filters = mel_filters()
        self._window = np.hanning(FFT_SAMPLES + 1)[:-1].astype(np.float32)

    def features(self, speech: NDArray[np.int16]) -> NDArray[np.float32]:
        """Features ``[1, 80, frames]`` of 16 kHz audio: its last seconds, zeros on the left when there is less.

        They are brought to zero mean and unit variance, zeros included, as the network was trained.
        """
        tail = speech[-self._most :]
        samples = np.zeros(self._most, np.float32)
        if tail.size:
            samples[-tail.size :] = tail
            samples /= 32768
        samples = (samples - samples.mean()) / np.sqrt(samples.var() + VARIANCE_FLOOR)
        padded = np.pad(samples, FFT_SAMPLES // 2, mode="reflect")
        frames = np.lib.stride_tricks.sliding_window_view(padded, FFT_SAMPLES)[::HOP_SAMPLES][
            : self._most // HOP_SAMPLES
        ]
        # Frames before short speech are all alike: the first of them stands for every one.
        alike = max(0, (self._most - tail.size - FFT_SAMPLES // 2) // HOP_SAMPLES)
        spectrum = np.fft.rfft(frames[alike:] * self._window, axis=-1)
        power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
        log_mel = np.log10(np.maximum(self._filters @ power.T, MEL_FLOOR))
        log_mel = np.concatenate((np.repeat(log_mel[:, :1], alike, axis=1), log_mel), axis=1)
        log_mel = np.maximum(log_mel, log_mel.max() - LOG_RANGE)
        features: NDArray[np.float32] = ((log_mel + 4) / 4)[None].astype(np.float32)
        return features


def _faster(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """The same sound in less time and higher; straight lines between the samples are good enough."""
    places = np.arange(0, samples.size - 1, PHONE_SPEED)
    return np.rint(np.interp(places, np.arange(samples.size), samples)).astype(np.int16) if places.size else samples


def _filled(speech: NDArray[np.int16], samples: int) -> NDArray[np.int16]:
    """The last `samples`, of as many repetitions as that takes."""
    tail = speech[-samples:]
    if tail.size in (0, samples):
        return tail.copy()
    again = np.concatenate((np.zeros(REPEATED_AFTER_SAMPLES, np.int16), tail))
    return np.tile(again, -(-samples // again.size))[-samples:]


def _likely(probability: float) -> float:
    if probability >= 1:
        return 1.0
    odds = ODDS * math.pow(probability / (1 - probability), ODDS_POWER)
    return odds / (1 + odds)


def _yield_to_others() -> None:
    """The calling thread stands back where the cores do not suffice.

    A score takes a core for some time from the very moment at which the caller's last words are worked out, which
    are often all that the decision needs. On two cores with another call speaking, words came after 50 ms instead of
    72 (p50), and the score after 87 instead of 80.
    """
    thread = threading.get_native_id()
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + _NICENESS)


class SmartTurn:
    """One loaded Smart Turn network with its own worker threads, shared by all calls.

    `workers` bounds how many scores are computed at once, each on one core. Raises `EngineError` when the model file
    is missing, cannot be loaded, or is another network.
    """

    def __init__(self, workers: int = 1, model_file: Path | None = None) -> None:
        path = model_file or file_in_package(
            "pipecat", "audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx", distribution="pipecat-ai"
        )
        self.description = packaged_model("Smart Turn 3.2", "pipecat-ai", model_file)
        self._session = open_session(path, lambda model: network_for_calls(model, FRAMES))
        self._log_mel = LogMel()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="smart-turn", initializer=_yield_to_others)

    @property
    def sample_rate(self) -> int:
        """Hz of the audio it scores."""
        return SAMPLE_RATE

    @property
    def context_seconds(self) -> float:
        """Only so much of the end counts (4.4 s)."""
        return CONTEXT_SECONDS * PHONE_SPEED

    async def score(self, speech: NDArray[np.int16]) -> float:
        """Probability in 0..1 that the turn at the end of `speech` (16 kHz) is over.

        The network hears it `PHONE_SPEED` times as fast. Cancelling it drops the work if it has not started. Raises
        `EngineError` when the network fails or the engine is closed.
        """
        tail = _filled(speech, round(CONTEXT_SAMPLES * PHONE_SPEED))
        try:
            future = asyncio.get_running_loop().run_in_executor(self._pool, self._score, tail)
        except RuntimeError as error:
            raise EngineError("the end-of-turn model is closed", "restart the appliance") from error
        return await future

    def _score(self, tail: NDArray[np.int16]) -> float:
        try:
            features = self._log_mel.features(_faster(tail))
            (probability,) = self._session.run(None, {"input_features": features})
        except Exception as error:  # onnxruntime's exceptions share no base class of their own
            raise EngineError(
                f"the end-of-turn model failed ({type(error).__name__})", "restart the appliance"
            ) from error
        return _likely(float(probability[0, 0]))

    async def warm_up(self) -> None:
        """Score a second of silence, so that the first call pays for no lazy set-up."""
        await self.score(np.zeros(SAMPLE_RATE, np.int16))

    def close(self) -> None:
        """Stop the worker threads; work that has not started is dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)
