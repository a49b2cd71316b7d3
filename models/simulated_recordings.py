"""A simulated speech-to-text that hears recordings it knows, for benchmarks with human speech.

Real engines' errors and delays are not what such a benchmark is about, but *what has been said so far* is: a caller
who pauses in the middle of a sentence has said half of it. Recordings are found again by normalised cross-correlation
of what is heard with all of them, at 4 kHz; how far a word reaches into one is estimated from its letters.
"""

import asyncio
import wave
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.errors import EngineError
from models.stt import PartialHandler, Transcript

SPEECH_RATE: Final = 16000
RECORDING_RATE: Final = 8000
_MATCH_RATE: Final = 4000
_BLOCK: Final = _MATCH_RATE // 100
_AUDIBLE_RMS: Final = 32768 * 10 ** (-45 / 20)
_LEAST_WINDOW: Final = round(0.25 * _MATCH_RATE)
_MOST_WINDOW: Final = round(0.6 * _MATCH_RATE)
_LOOK_EVERY: Final = round(0.2 * _MATCH_RATE)
_QUIET_BLOCKS: Final = 15
_LEAST_LIKENESS: Final = 0.75
_DRIFT: Final = round(0.15 * _MATCH_RATE)
_WORD_MARGIN_S: Final = 0.12

_Audio = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Stretch:
    """From where to where a recording was heard, in seconds of it."""

    recording: int
    start_s: float
    end_s: float


class KnownRecordings:
    """The recordings of a folder: 16-bit mono WAV files at 8 kHz, each with its words in a `.txt` of the same name.

    Raises `EngineError` when there is none, or one without words or in another format.
    """

    def __init__(self, directory: Path) -> None:
        files = sorted(directory.glob("*.wav"))
        if not files:
            raise EngineError(f"{directory} has no recordings", "put WAV files there, each with a .txt of its words")
        audio = [_read(file) for file in files]
        self._words = [_read_words(file.with_suffix(".txt")) for file in files]
        self._seconds = [samples.size / _MATCH_RATE for samples in audio]
        gap = np.zeros(_MOST_WINDOW, np.float32)
        self._all = np.concatenate([part for samples in audio for part in (samples, gap)])
        self._begins = np.cumsum([0, *(samples.size + gap.size for samples in audio)])[:-1]
        self._energy = np.concatenate([[0.0], np.cumsum(self._all.astype(np.float64) ** 2)])
        self._size = 1 << (self._all.size + _MOST_WINDOW).bit_length()
        self._spectrum = np.fft.rfft(self._all, self._size)

    def find(self, heard: _Audio, near: Sequence[Stretch] = ()) -> Stretch | None:
        """Where `heard` (4 kHz) is from, looked for at the end of `near` first; None when in no recording."""
        for stretch in near:
            end = self._begins[stretch.recording] + round(stretch.end_s * _MATCH_RATE)
            found = self._best(heard, max(0, end - heard.size - _DRIFT), end + _DRIFT)
            if found is not None:
                return found
        products = np.fft.irfft(self._spectrum * np.conj(np.fft.rfft(heard, self._size)), self._size)
        return self._chosen(products[: self._all.size - heard.size + 1], heard, 0)

    def text(self, stretch: Stretch) -> str:
        """The words that are said in a stretch."""
        words = self._words[stretch.recording]
        seconds = self._seconds[stretch.recording]
        ends = np.cumsum([len(word) + 1 for word in words]) * seconds / sum(len(word) + 1 for word in words)
        begins = [0.0, *ends[:-1]]
        return " ".join(
            word
            for word, begin, end in zip(words, begins, ends, strict=True)
            if begin >= stretch.start_s - 2 * _WORD_MARGIN_S
            and (end <= stretch.end_s + _WORD_MARGIN_S or stretch.end_s >= seconds - 2 * _WORD_MARGIN_S)
        )

    def _best(self, heard: _Audio, first: int, last: int) -> Stretch | None:
        part = self._all[first:last]
        return self._chosen(np.correlate(part, heard), heard, first) if part.size >= heard.size else None

    def _chosen(self, products: NDArray[np.floating], heard: _Audio, first: int) -> Stretch | None:
        own = float(heard.astype(np.float64) @ heard)
        at = np.arange(first, first + products.size)
        energy = self._energy[at + heard.size] - self._energy[at]
        # A twentieth of the energy keeps near-silence from resembling everything.
        likeness = products / np.sqrt(own * (energy + own / 20) + 1.0)
        best = int(np.argmax(likeness))
        if likeness[best] < _LEAST_LIKENESS:
            return None
        start = first + best
        recording = int(np.searchsorted(self._begins, start, side="right")) - 1
        start_s = (start - int(self._begins[recording])) / _MATCH_RATE
        end_s = min(start_s + heard.size / _MATCH_RATE, self._seconds[recording])
        return Stretch(recording, start_s, end_s)


def _read(file: Path) -> _Audio:
    try:
        with wave.open(str(file)) as reader:
            fits = (reader.getnchannels(), reader.getsampwidth(), reader.getframerate()) == (1, 2, RECORDING_RATE)
            content = reader.readframes(reader.getnframes())
    except (OSError, wave.Error, EOFError):
        raise EngineError(f"{file} cannot be read", "give a WAV file of 16-bit mono at 8 kHz") from None
    if not fits:
        raise EngineError(f"{file} is not 16-bit mono at 8 kHz", "convert it with: sox FILE -b 16 -c 1 -r 8000 out.wav")
    return _decimated(np.frombuffer(content, "<i2"), RECORDING_RATE)


def _read_words(file: Path) -> tuple[str, ...]:
    try:
        words = tuple(file.read_text(encoding="utf-8").split())
    except OSError:
        words = ()
    if not words:
        raise EngineError(f"{file} has no words", "write what is said in the recording")
    return words


def _decimated(samples: NDArray[np.int16], rate: int) -> _Audio:
    step = rate // _MATCH_RATE
    whole = samples[: samples.size - samples.size % step].astype(np.float32)
    narrow: _Audio = whole.reshape(-1, step).mean(axis=1)
    return narrow


class RecordingsSpeechToText:
    """Hears known recordings for their words, as far as they have been said; anything else is no speech.

    A final takes `stt_delay_ms` and has what had been fed when it was asked for; partials grow as words are heard.
    """

    def __init__(self, stt_delay_ms: float, known: KnownRecordings) -> None:
        self._delay_ms = stt_delay_ms
        self._known = known

    @property
    def sample_rate(self) -> int:
        """Hz of the audio it is fed."""
        return SPEECH_RATE

    def open_stream(self, on_partial: PartialHandler) -> "RecordingsStream":
        """A stream for one call."""
        return RecordingsStream(self._known, self._delay_ms, on_partial)

    async def warm_up(self) -> None:
        """Nothing to warm."""

    def close(self) -> None:
        """Nothing to stop."""


class RecordingsStream:
    """The ear of one call."""

    def __init__(self, known: KnownRecordings, delay_ms: float, on_partial: PartialHandler) -> None:
        self._known = known
        self._delay_ms = delay_ms
        self._on_partial = on_partial
        self._last: Stretch | None = None
        self._pending = np.zeros(0, np.int16)
        self._clear()

    def _clear(self) -> None:
        self._recent = np.zeros(0, np.float32)
        self._fed = 0
        self._looked_at = 0
        self._matched_at = 0
        self._stretches: list[Stretch] = []
        self._partial = ""

    def feed(self, samples: NDArray[np.int16]) -> None:
        """Listen, and give a partial when there are more words."""
        pending = np.concatenate((self._pending, samples))
        whole = pending.size - pending.size % (SPEECH_RATE // _MATCH_RATE)
        heard, self._pending = _decimated(pending[:whole], SPEECH_RATE), pending[whole:]
        self._fed += heard.size
        self._recent = np.concatenate((self._recent, heard))[-2 * _MOST_WINDOW :]
        if self._fed - self._looked_at >= _LOOK_EVERY:
            self._look()
            text = self._text()
            if text != self._partial:
                self._partial = text
                self._on_partial(Transcript(text))

    async def finalise(self) -> Transcript:
        """The words of this turn so far, after the delay."""
        self._look()
        text = self._text()
        await asyncio.sleep(self._delay_ms / 1000)
        return Transcript(text) if text else Transcript("", confidence=0.0, rejected="no_speech")

    def reset(self) -> None:
        """Begin another turn; a recording that goes on is heard from where it was."""
        self._clear()

    async def aclose(self) -> None:
        """Nothing to stop."""

    def _text(self) -> str:
        return " ".join(filter(None, (self._known.text(stretch) for stretch in self._stretches)))

    def _look(self) -> None:
        self._looked_at = self._fed
        first, last = _last_sound(self._recent)
        end = self._fed - (self._recent.size - last)
        if last - first < _LEAST_WINDOW or end <= self._matched_at:
            return
        heard = self._recent[first:last]
        found = self._known.find(heard, self._expected(end - self._matched_at, heard.size))
        if found is not None:
            self._matched_at = end
            self._note(found)

    def _expected(self, elapsed: int, size: int) -> list[Stretch]:
        """Where it should be now: on by the time that has passed, or after a pause on by what has been said since."""
        last = self._last
        if last is None:
            return []
        return [replace(last, end_s=last.end_s + samples / _MATCH_RATE) for samples in (elapsed, size)]

    def _note(self, found: Stretch) -> None:
        latest = self._stretches[-1] if self._stretches else None
        if latest is not None and latest.recording == found.recording and found.end_s >= latest.end_s - 0.1:
            self._stretches[-1] = replace(latest, end_s=max(latest.end_s, found.end_s))
        else:
            self._stretches.append(found)
        self._last = found


def _last_sound(recent: _Audio) -> tuple[int, int]:
    """Bounds of the last audible piece without 150 ms of silence in it, as far back as the longest window."""
    blocks = recent[recent.size % _BLOCK :].reshape(-1, _BLOCK)
    offset = recent.size % _BLOCK
    audible = np.flatnonzero(np.sqrt((blocks**2).mean(axis=1)) > _AUDIBLE_RMS)
    if not audible.size:
        return 0, 0
    pauses = np.flatnonzero(np.diff(audible) > _QUIET_BLOCKS)
    begin = int(audible[pauses[-1] + 1]) if pauses.size else int(audible[0])
    last = offset + (int(audible[-1]) + 1) * _BLOCK
    return max(offset + begin * _BLOCK, last - _MOST_WINDOW), last
