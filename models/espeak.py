"""Text to speech with espeak-ng inside the process: no weights, a robotic voice, audio within a millisecond."""

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from models.errors import EngineError
from models.espeak_library import VoiceSettings, WordEvent, espeak_library
from models.tts import SpeechChunk, WordStart

RATE_RANGE = range(80, 451)
PITCH_RANGE = range(100)
AUDIBLE_PEAK = 328
ONSET_MS = 5


class EspeakNg:
    """One espeak-ng voice, shared by all calls.

    `voice` is an espeak-ng voice name, `rate` words a minute (80-450), `pitch` 0-99. The C library has global state, so
    syntheses run one after another on one worker thread; a clause takes milliseconds. Raises `EngineError` for
    parameters out of range, an unknown voice or a library that cannot be loaded.
    """

    def __init__(self, voice: str = "en-us", rate: int = 165, pitch: int = 50) -> None:
        if rate not in RATE_RANGE or pitch not in PITCH_RANGE:
            raise EngineError(
                f"espeak-ng cannot speak at rate {rate} and pitch {pitch}", "use a rate of 80-450 and a pitch of 0-99"
            )
        self.description = f"espeak-ng {voice} on the CPU"
        self._settings = VoiceSettings(voice, rate, pitch)
        self._library = espeak_library()
        self._library.check(self._settings)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="espeak-ng")

    @property
    def sample_rate(self) -> int:
        """Hz of the audio it makes (22050)."""
        return self._library.sample_rate

    async def synthesise(self, text: str) -> AsyncIterator[SpeechChunk]:
        """Speak `text` in chunks of up to 40 ms, from the first audible sound on.

        Each chunk carries the starts of all words known so far. Closing the iterator stops the work within one chunk.
        Raises `EngineError` when espeak-ng fails or the engine is closed.
        """
        loop = asyncio.get_running_loop()
        chunks: asyncio.Queue[SpeechChunk | None] = asyncio.Queue()
        utterance = _Utterance(self.sample_rate, loop, chunks)
        try:
            future = loop.run_in_executor(self._pool, self._library.speak, text, self._settings, utterance.receive)
        except RuntimeError as error:
            raise EngineError("espeak-ng is closed", "restart the appliance") from error
        # The loop runs what the worker thread has sent in order, so this end mark comes after the last chunk.
        future.add_done_callback(lambda _: chunks.put_nowait(None))
        try:
            while (chunk := await chunks.get()) is not None:
                yield chunk
            if future.cancelled():
                raise EngineError("espeak-ng is closed", "restart the appliance")
            future.result()
        finally:
            utterance.aborted.set()
            future.cancel()

    async def warm_up(self) -> None:
        """Speak a word to nobody: the voice's dictionary is read on first use."""
        async for _ in self.synthesise("ready"):
            pass

    def close(self) -> None:
        """Stop the worker thread; syntheses that have not started are dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class _Utterance:
    """One synthesis on its way from the worker thread to the loop."""

    def __init__(
        self, sample_rate: int, loop: asyncio.AbstractEventLoop, chunks: asyncio.Queue[SpeechChunk | None]
    ) -> None:
        self.aborted = threading.Event()
        self._loop = loop
        self._chunks = chunks
        self._onset = sample_rate * ONSET_MS // 1000
        self._trimmed = 0
        self._audible = False
        self._words: tuple[WordStart, ...] = ()

    def receive(self, samples: NDArray[np.int16], words: list[WordEvent]) -> bool:
        """Pass on what is audible; called on the worker thread. False stops the synthesis."""
        if self.aborted.is_set():
            return False
        samples = self._without_leading_silence(samples)
        self._words += tuple(WordStart(word.text_offset, max(0, word.sample - self._trimmed)) for word in words)
        if samples.size:
            try:
                self._loop.call_soon_threadsafe(self._chunks.put_nowait, SpeechChunk(samples, self._words))
            except RuntimeError:  # the loop has closed: nobody listens
                return False
        return True

    def _without_leading_silence(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        if self._audible:
            return samples
        audible = np.flatnonzero(np.abs(samples.astype(np.int32)) > AUDIBLE_PEAK)
        self._audible = audible.size > 0
        silent = max(0, int(audible[0]) - self._onset) if self._audible else samples.size
        self._trimmed += silent
        return samples[silent:]
