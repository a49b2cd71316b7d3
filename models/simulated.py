"""Engines with fixed delays and canned answers, for tests and benchmarks of everything around the engines.

All delays are `asyncio.sleep` on the running loop, so that a loop with a virtual clock makes them exact.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.errors import EngineError
from models.llm import LanguagePiece, Message, TextPiece, ToolSchema
from models.stt import PartialHandler, Transcript
from models.tts import SpeechChunk, WordStart

SPEECH_RATE: Final = 16000
# The level from which on it is sound that somebody makes: -38 dBFS, as the benchmarks measure.
AUDIBLE_RMS: Final = 10 ** (-38 / 20) * 32768
TONE_HZ: Final = 400.0
TONE_PEAK: Final = 8000
TONE_FADE_MS: Final = 5
CHUNK_MS: Final = 100


class SimulatedEndOfTurn:
    """Gives every turn the same `score` (0..1), `delay_ms` after it was asked."""

    description = "simulated, for tests alone"

    def __init__(self, score: float = 0.97, delay_ms: float = 0.0) -> None:
        self._score = score
        self._delay_ms = delay_ms

    @property
    def sample_rate(self) -> int:
        """Hz of the audio it would score."""
        return SPEECH_RATE

    @property
    def context_seconds(self) -> float:
        """As Smart Turn."""
        return 4.4

    async def score(self, speech: NDArray[np.int16]) -> float:
        """The fixed score, whatever the audio."""
        await asyncio.sleep(self._delay_ms / 1000)
        return self._score

    async def warm_up(self) -> None:
        """Nothing to warm."""

    def close(self) -> None:
        """Nothing to stop."""


class SimulatedSpeechToText:
    """Hears the next of `transcripts` in every turn of a call, from the first again after the last.

    A final takes `stt_delay_ms`. Partials follow the sound by `stt_partial_delay_ms`: from the first sound on a word
    every `stt_word_ms`, and all of the transcript once it has been quiet for that delay, since every word said was said
    by then; when the sound goes on, they are back at the words that its length has room for. So a partial is whole
    before its final, as with an engine that decodes while it hears, and no sooner than the caller stops (or has spoken
    as long as the words take). A turn is what is fed between two resets; a reset with nothing fed since the last one
    moves on to no other transcript. An empty transcript is given as rejected: "no_speech". Raises `EngineError` when
    `transcripts` is empty.
    """

    description = "simulated, for tests alone"

    def __init__(
        self,
        stt_delay_ms: float = 100.0,
        transcripts: Sequence[str] = ("hello",),
        *,
        stt_word_ms: float = 300.0,
        stt_partial_delay_ms: float = 80.0,
    ) -> None:
        if not transcripts:
            raise EngineError("the simulated speech-to-text has nothing to hear", "give it at least one transcript")
        self._delay_ms = stt_delay_ms
        self._transcripts = tuple(transcripts)
        self._partials = _PartialTiming(stt_word_ms, stt_partial_delay_ms)

    @property
    def sample_rate(self) -> int:
        """Hz of the audio it is fed."""
        return SPEECH_RATE

    def open_stream(self, on_partial: PartialHandler) -> "SimulatedTranscriptStream":
        """A stream that begins with the first transcript."""
        return SimulatedTranscriptStream(self._transcripts, self._delay_ms, self._partials, on_partial)

    async def warm_up(self) -> None:
        """Nothing to warm."""

    def close(self) -> None:
        """Nothing to stop."""


@dataclass(frozen=True, slots=True)
class _PartialTiming:
    word_ms: float
    delay_ms: float


class SimulatedTranscriptStream:
    """The ear of one call, which hears what it is told to."""

    def __init__(
        self, transcripts: tuple[str, ...], delay_ms: float, partials: _PartialTiming, on_partial: PartialHandler
    ) -> None:
        self._transcripts = transcripts
        self._delay_ms = delay_ms
        self._partials = partials
        self._on_partial = on_partial
        self._turn = 0
        self._fed_samples = 0
        self._since_first_sound = 0
        self._quiet_samples = 0
        self._partial_words = 0
        self._resets = 0

    def feed(self, samples: NDArray[np.int16]) -> None:
        """Take in the audio, in pieces of some 20 ms, and give a partial when other words are due."""
        self._fed_samples += samples.size
        wide = samples.astype(np.float32)
        audible = float(wide @ wide) > AUDIBLE_RMS**2 * samples.size
        self._quiet_samples = 0 if audible else self._quiet_samples + samples.size
        if audible or self._since_first_sound:
            self._since_first_sound += samples.size
        words = self._transcripts[self._turn].split()
        due = min(len(words), self._words_due(len(words)))
        if due != self._partial_words:
            self._partial_words = due
            self._on_partial(Transcript(" ".join(words[:due])))

    def _words_due(self, all_words: int) -> int:
        if not self._since_first_sound:
            return 0
        if _ms(self._quiet_samples) >= self._partials.delay_ms:
            return all_words
        heard_ms = _ms(self._since_first_sound) - self._partials.delay_ms
        return max(0, int(heard_ms // self._partials.word_ms))

    async def finalise(self) -> Transcript:
        """This turn's whole transcript, after the delay."""
        text, resets = self._transcripts[self._turn] if self._fed_samples else "", self._resets
        await asyncio.sleep(self._delay_ms / 1000)
        if resets != self._resets:
            return Transcript("", confidence=0.0, rejected="superseded")
        return Transcript(text) if text else Transcript("", confidence=0.0, rejected="no_speech")

    def reset(self) -> None:
        """Move on to the next transcript if anything was fed."""
        self._resets += 1
        if self._fed_samples:
            self._turn = (self._turn + 1) % len(self._transcripts)
        self._fed_samples = self._since_first_sound = self._quiet_samples = 0
        self._partial_words = 0

    async def aclose(self) -> None:
        """Nothing to stop."""


def _ms(samples: int) -> float:
    return samples * 1000 / SPEECH_RATE


class SimulatedLanguageModel:
    """Replies with the same text every time, a word and its space at a time.

    The first word comes `llm_ttft_ms` after the call, each further one `llm_token_ms` later.
    """

    description = "simulated, for tests alone"

    def __init__(
        self, llm_ttft_ms: float = 100.0, llm_token_ms: float = 20.0, reply: str = "Thank you. Is there anything else?"
    ) -> None:
        self._ttft_ms = llm_ttft_ms
        self._token_ms = llm_token_ms
        self._tokens = tuple(re.findall(r"\S+\s*", reply))

    @property
    def available(self) -> bool:
        """Always."""
        return True

    async def reply(
        self, messages: Sequence[Message], tools: Sequence[ToolSchema] = ()
    ) -> AsyncIterator[LanguagePiece]:
        """Stream the text."""
        delay_ms = self._ttft_ms
        for token in self._tokens:
            await asyncio.sleep(delay_ms / 1000)
            yield TextPiece(token)
            delay_ms = self._token_ms

    def prefill(self, messages: Sequence[Message], tools: Sequence[ToolSchema] = ()) -> None:
        """Nothing to read ahead of time."""

    async def warm_up(self) -> None:
        """Nothing to warm."""

    def close(self) -> None:
        """Nothing to stop."""


class SimulatedTextToSpeech:
    """Speaks every character of the text for `tts_ms_per_char`: a 400 Hz tone through each word, silence between words.

    The first chunk comes `tts_ttfb_ms` after the call and the rest at once after it, in chunks of 100 ms.
    """

    description = "simulated, for tests alone"

    def __init__(self, tts_ttfb_ms: float = 50.0, tts_ms_per_char: float = 60.0) -> None:
        self._ttfb_ms = tts_ttfb_ms
        self._samples_per_char = tts_ms_per_char * SPEECH_RATE / 1000

    @property
    def sample_rate(self) -> int:
        """Hz of the audio it makes (16000)."""
        return SPEECH_RATE

    async def synthesise(self, text: str) -> AsyncIterator[SpeechChunk]:
        """Tone bursts with the exact start of every word."""
        await asyncio.sleep(self._ttfb_ms / 1000)
        samples, words = self._render(text)
        step = SPEECH_RATE * CHUNK_MS // 1000
        for start in range(0, samples.size, step):
            yield SpeechChunk(samples[start : start + step], words)

    def _render(self, text: str) -> tuple[NDArray[np.int16], tuple[WordStart, ...]]:
        text = text.rstrip()
        samples = np.zeros(round(len(text) * self._samples_per_char), np.int16)
        words: list[WordStart] = []
        for match in re.finditer(r"\S+", text):
            start, end = (round(position * self._samples_per_char) for position in match.span())
            words.append(WordStart(match.start(), start))
            samples[start:end] = tone(end - start)
        return samples, tuple(words)

    async def warm_up(self) -> None:
        """Nothing to warm."""

    def close(self) -> None:
        """Nothing to stop."""


def tone(length: int) -> NDArray[np.int16]:
    """`length` samples of a 400 Hz tone at -12 dBFS, faded in and out over 5 ms so that it does not click."""
    time = np.arange(length)
    fade_samples = SPEECH_RATE * TONE_FADE_MS / 1000
    fade = np.minimum(1.0, np.minimum(time + 1, length - time) / fade_samples)
    burst: NDArray[np.int16] = (TONE_PEAK * fade * np.sin(2 * np.pi * TONE_HZ * time / SPEECH_RATE)).astype(np.int16)
    return burst
