"""Speech to text with pocketsphinx 5 and a language model of what callers are expected to say.

English, limited phrases, no weights to fetch. What does not sound like the phrases is rejected rather than bent into
them. Each call has its own decoder; decoding goes on in worker threads while the caller speaks.
"""

import asyncio
import logging
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from models.errors import EngineError
from models.phrase_confidence import PhraseConfidence
from models.phrase_decoder import NO_SPEECH, SAMPLE_RATE, PhraseDecoder
from models.phrase_language_model import Phrase, PhraseLanguageModel
from models.pocketsphinx_library import Decoder
from models.pronunciation import acoustic_model, pronunciations_of
from models.stt import PartialHandler, Transcript

_LOG = logging.getLogger(__name__)

# Smaller steps cost more thread switches, larger ones leave more to decode when the caller stops.
STEP_SAMPLES: Final = SAMPLE_RATE * 40 // 1000

LANGUAGE_WEIGHT: Final = 7.5

_Result = TypeVar("_Result")


class Pocketsphinx:
    """One vocabulary and language model, shared by all calls.

    `phrases` are what callers may say (`models.phrase_language_model.Phrase`: a text, or a text and its weight);
    `pronunciations` gives words all their ARPAbet variants where the CMU dictionary is wrong or silent. `threads`
    bounds how many calls are decoded at once. Transcripts below `min_confidence` (0..1) are rejected.

    Raises `EngineError` when the package is damaged, a phrase holds digits, or a pronunciation is not ARPAbet.
    """

    def __init__(
        self,
        phrases: Sequence[Phrase],
        pronunciations: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
        *,
        threads: int = 2,
        min_confidence: float = 0.3,
    ) -> None:
        try:
            language_model = PhraseLanguageModel(phrases)
        except ValueError as error:
            raise EngineError(f"the language model cannot be built: {error}", "correct the list of phrases") from error
        self.description = f"pocketsphinx with {len(phrases)} phrases on the CPU"
        spoken = pronunciations_of(language_model.words, pronunciations)
        self._min_confidence = min_confidence
        self._confidence = PhraseConfidence(language_model, spoken)
        self._files = tempfile.TemporaryDirectory(prefix="phrases-")
        self._settings = _write_settings(Path(self._files.name), language_model, spoken)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="pocketsphinx")

    @property
    def sample_rate(self) -> int:
        """Hz of the audio it is fed."""
        return SAMPLE_RATE

    def open_stream(self, on_partial: PartialHandler) -> "PocketsphinxStream":
        """A stream for one call, with a decoder of its own (see the evaluation for its memory).

        `on_partial` gets each new partial that is trusted; call this on the event loop.
        """
        return PocketsphinxStream(self._pool, self.new_decoder, on_partial)

    def new_decoder(self) -> PhraseDecoder:
        """Load a decoder. Takes about 50 ms: do it in a worker thread."""
        return PhraseDecoder(Decoder(self._settings), self._confidence, self._min_confidence)

    async def warm_up(self) -> None:
        """Load a decoder and decode a second of noise. Raises `EngineError` when that fails."""
        stream = self.open_stream(lambda _: None)
        try:
            stream.feed(np.random.default_rng(0).integers(-500, 500, SAMPLE_RATE, np.int16))
            await stream.finalise()
        finally:
            await stream.aclose()

    def close(self) -> None:
        """Stop the worker threads and remove the language model's files; queued audio is dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._files.cleanup()


def _write_settings(
    directory: Path, language_model: PhraseLanguageModel, spoken: Mapping[str, Sequence[str]]
) -> dict[str, str | float | bool]:
    model_file, dictionary_file = directory / "phrases.arpa", directory / "phrases.dict"
    model_file.write_text("\n".join(language_model.arpa()) + "\n", encoding="ascii")
    with dictionary_file.open("w", encoding="ascii") as lines:
        for word, variants in spoken.items():
            for number, phones in enumerate(variants, start=1):
                lines.write(f"{word if number == 1 else f'{word}({number})'} {phones}\n")
    return {
        "hmm": str(acoustic_model()),
        "lm": str(model_file),
        "dict": str(dictionary_file),
        "samprate": SAMPLE_RATE,
        "lw": LANGUAGE_WEIGHT,
        # The first pass keeps one history a word and loses "no thank you" to "november you"; a second over the words it
        # found takes 25 ms for a second of speech, at the final only. No lattice after that
        "fwdflat": True,
        "bestpath": False,
        "loglevel": "FATAL",
    }


@dataclass(slots=True)
class _Work:
    """What is queued for the decoder: forget the turn, then hear this audio, then give these finals."""

    new_turn: bool = False
    audio: list[NDArray[np.int16]] = field(default_factory=list)
    finals: list[asyncio.Future[Transcript]] = field(default_factory=list)

    @property
    def due(self) -> bool:
        return bool(self.finals) or sum(piece.size for piece in self.audio) >= STEP_SAMPLES

    def fail(self, error: EngineError) -> None:
        for final in self.finals:
            if not final.done():
                final.set_exception(error)
        self.finals.clear()

    def give(self, transcript: Transcript) -> None:
        for final in self.finals:
            if not final.done():
                final.set_result(transcript)
        self.finals.clear()


class PocketsphinxStream:
    """The ear of one call. One batch of its work at a time is in a worker thread; the rest is queued."""

    def __init__(
        self, pool: ThreadPoolExecutor, new_decoder: Callable[[], PhraseDecoder], on_partial: PartialHandler
    ) -> None:
        self._pool = pool
        self._new_decoder = new_decoder
        self._on_partial = on_partial
        self._queued = _Work()
        self._wake = asyncio.Event()
        self._turn = 0
        self._last_partial = ""
        self._failure: EngineError | None = None
        self._task = asyncio.get_running_loop().create_task(self._serve(), name="pocketsphinx-stream")

    def feed(self, samples: NDArray[np.int16]) -> None:
        """Add audio (mono, 16 kHz) to the turn."""
        if samples.size and self._failure is None:
            self._queued.audio.append(samples.copy())
            self._wake.set()

    async def finalise(self) -> Transcript:
        """The transcript of everything fed since the last `reset`, with what was too unsure to trust withheld.

        `rejected` is "no_speech", "low_confidence", or "superseded" when `reset` came first. Raises `EngineError` when
        the engine failed or is closed.
        """
        if self._failure is not None:
            raise self._failure
        final: asyncio.Future[Transcript] = asyncio.get_running_loop().create_future()
        self._queued.finals.append(final)
        self._wake.set()
        return await final

    def reset(self) -> None:
        """Forget the turn: the next audio fed starts another."""
        self._queued.give(Transcript("", 0.0, "superseded"))
        self._queued = _Work(new_turn=True)
        self._turn += 1
        self._last_partial = ""

    async def aclose(self) -> None:
        """End the stream; its queued work is dropped, and its decoder freed when the running step is done."""
        self._task.cancel()
        await asyncio.wait([self._task])
        self._fail(EngineError("the stream is closed", "open another"))

    async def _serve(self) -> None:
        try:
            decoder = await self._in_worker(self._new_decoder)
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._queued.due:
                    await self._carry_out(decoder)
        except EngineError as error:
            _LOG.error("speech-to-text failed: %s", error.message)
            self._fail(error)

    async def _carry_out(self, decoder: PhraseDecoder) -> None:
        work, self._queued = self._queued, _Work()
        turn = self._turn
        try:
            transcript = await self._in_worker(lambda: _decode(decoder, work))
        except BaseException:
            self._queued.finals[:0] = work.finals
            raise
        if work.finals:
            work.give(transcript)
        elif turn == self._turn and transcript.text and transcript.text != self._last_partial:
            self._last_partial = transcript.text
            self._on_partial(transcript)

    async def _in_worker(self, function: Callable[[], _Result]) -> _Result:
        try:
            running = asyncio.get_running_loop().run_in_executor(self._pool, function)
        except RuntimeError as error:
            raise EngineError("speech-to-text is closed", "restart the appliance") from error
        return await running

    def _fail(self, error: EngineError) -> None:
        self._failure = error
        self._queued.fail(error)
        self._queued = _Work()


def _decode(decoder: PhraseDecoder, work: _Work) -> Transcript:
    if work.new_turn:
        decoder.new_turn()
    heard = decoder.hear(np.concatenate(work.audio)) if work.audio else None
    return decoder.final() if work.finals else heard or NO_SPEECH
