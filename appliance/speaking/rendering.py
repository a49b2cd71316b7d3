"""One clause into frames for the line."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from appliance.audio import FrameCutter, Samples, StreamResampler
from appliance.speaking.clauses import count_words
from appliance.speaking.normalise.alignment import Spoken, as_written
from appliance.speaking.normalise.rules import Normaliser
from appliance.speaking.onset import Onset
from appliance.speaking.word_timing import WordTime
from models.tts import TextToSpeech, WordStart

_Item = TypeVar("_Item")

# Resampling this much takes half a millisecond; other calls have their turn in between.
_SLICE_MS = 200


@dataclass(frozen=True, slots=True)
class RenderedFrames:
    """The next 20 ms `frames` of a clause, and all word times known so far."""

    frames: tuple[bytes, ...]
    times: tuple[WordTime, ...]


@asynccontextmanager
async def closing(iterator: AsyncIterator[_Item]) -> AsyncIterator[AsyncIterator[_Item]]:
    """Close `iterator` at the end of the block, whatever ends it; one without `aclose` is left alone."""
    try:
        yield iterator
    finally:
        if (close := getattr(iterator, "aclose", None)) is not None:
            await close()


async def render(
    text: str, tts: TextToSpeech, sample_rate: int, normaliser: Normaliser | None = None
) -> AsyncIterator[RenderedFrames]:
    """Synthesise the clause `text` and give it as frames at `sample_rate` Hz as they are made.

    The engine is given what `normaliser` makes of the text; word times are those of the text itself. It begins with
    what can be heard (`Onset`); the last frame is padded with silence. Raises what the engine raises.
    """
    spoken = normaliser.normalise(text) if normaliser else as_written(text)
    if not count_words(spoken.text):
        yield RenderedFrames((), ())
        return
    resampler = StreamResampler(tts.sample_rate, sample_rate)
    onset = Onset(sample_rate)
    cutter = FrameCutter(sample_rate)
    words: tuple[WordStart, ...] = ()
    times: tuple[WordTime, ...] = ()
    async with closing(tts.synthesise(spoken.text)) as chunks:
        async for chunk in chunks:
            if len(chunk.words) > len(words):
                words = chunk.words
                times = _times(words, spoken, tts.sample_rate)
            for samples in _slices(chunk.samples, tts.sample_rate * _SLICE_MS // 1000):
                frames = tuple(cutter.push(onset.push(resampler.push(samples))))
                yield RenderedFrames(frames, _earlier(times, onset.left_out_ms))
    rest = [*cutter.push(onset.push(resampler.flush())), *cutter.push(onset.flush())]
    if (last := cutter.flush()) is not None:
        rest.append(last)
    yield RenderedFrames(tuple(rest), _earlier(times, onset.left_out_ms))


def _times(words: tuple[WordStart, ...], spoken: Spoken, sample_rate: int) -> tuple[WordTime, ...]:
    """When what is read sounds: a word of the text when the first spoken word for it does."""
    starts: dict[int, float] = {}
    for word in words:
        starts.setdefault(spoken.readable_offset(word.text_offset), 1000 * word.sample / sample_rate)
    return tuple(WordTime(offset, ms) for offset, ms in starts.items())


def _earlier(times: tuple[WordTime, ...], ms: float) -> tuple[WordTime, ...]:
    return tuple(replace(time, ms=max(0.0, time.ms - ms)) for time in times) if ms else times


def _slices(samples: Samples, size: int) -> list[Samples]:
    return [samples[start : start + size] for start in range(0, samples.size, size)]
