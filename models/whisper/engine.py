"""Speech to text with Whisper: one loaded network, shared by all calls."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np

from models.errors import EngineError
from models.stt import PartialHandler
from models.whisper.batching import Urgency
from models.whisper.decode_threads import DecodeThreads
from models.whisper.guards import judge
from models.whisper.language import CallLanguage
from models.whisper.log_mel import LogMel
from models.whisper.measurements import Measurements
from models.whisper.parts import Heard
from models.whisper.recogniser import CTranslate2Recogniser
from models.whisper.rolling_audio import LONGEST_SAMPLES, Samples
from models.whisper.segment import Recogniser, Segment
from models.whisper.settings import WhisperSettings
from models.whisper.stream import WhisperStream
from models.whisper.windows import SAMPLE_RATE, window_frames

# Features are computed beside the network, not before it: a few ms a segment, mostly without the interpreter's lock.
_FEATURE_THREADS: Final = 2


class Whisper:
    """The engine. `recogniser` may be shared by no other; `settings` are those it was loaded with.

    `description` says what it is, for people.
    """

    def __init__(self, recogniser: Recogniser, settings: WhisperSettings, name: str = "Whisper") -> None:
        self.description = f"{name} on {recogniser.device}"
        self.measurements = Measurements()
        self._settings = settings
        self._log_mel = LogMel(recogniser.mels)
        self._features = ThreadPoolExecutor(_FEATURE_THREADS, thread_name_prefix="log-mel")
        self._threads = DecodeThreads(recogniser, settings.batch, self.measurements, settings.workers)

    @classmethod
    def load(cls, directory: Path, settings: WhisperSettings, name: str = "Whisper") -> "Whisper":
        """Load a model from a local directory. Takes seconds. Raises `EngineError`."""
        return cls(CTranslate2Recogniser(directory, settings), settings, name)

    @property
    def sample_rate(self) -> int:
        """Hz of the audio it is fed."""
        return SAMPLE_RATE

    def open_stream(self, on_partial: PartialHandler) -> WhisperStream:
        """A stream for one call; call it on the event loop. `on_partial` gets the stable beginning as it grows."""
        return WhisperStream(self.hear, self._threads.load, self._settings.languages, on_partial)

    async def hear(self, samples: Samples, urgency: Urgency, language: CallLanguage) -> Heard:
        """What the network makes of some audio (16 kHz, at most 30 s), and whether it is to be believed.

        Cancelling drops what has not begun. Raises `EngineError` when the engine fails or is closed.
        """
        frames = window_frames(samples.size, padded=self._settings.padded)
        try:
            computing = asyncio.get_running_loop().run_in_executor(
                self._features, self._log_mel.features, samples, frames
            )
        except RuntimeError as error:
            raise EngineError("speech-to-text is closed", "restart the appliance") from error
        segment = Segment(await computing, samples.size, urgency, language)
        hypothesis = await self._threads.decode(segment)
        rejection = judge(hypothesis, segment.seconds, self._settings.guards)
        if rejection is not None:
            self.measurements.rejected(rejection, urgency)
        return Heard(hypothesis, rejection)

    async def warm_up(self) -> None:
        """Run the shortest and the longest segment. Raises `EngineError` when that fails."""
        noise = np.random.default_rng(0).integers(-500, 500, LONGEST_SAMPLES, np.int16)
        language = CallLanguage(self._settings.languages)
        for urgency, samples in ((Urgency.PARTIAL, noise[:SAMPLE_RATE]), (Urgency.FINAL, noise)):
            frames = window_frames(samples.size, padded=self._settings.padded)
            features = self._log_mel.features(samples, frames)
            await self._threads.decode(Segment(features, samples.size, urgency, language))

    def close(self) -> None:
        """Stop the threads; queued work fails with `EngineError`."""
        self._features.shutdown(wait=False, cancel_futures=True)
        self._threads.close()
