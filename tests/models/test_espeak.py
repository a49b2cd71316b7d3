"""espeak-ng speaks at once, says where its words are, and stops when nobody listens any more."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from models.errors import EngineError
from models.espeak import AUDIBLE_PEAK, EspeakNg
from models.tts import SpeechChunk


@pytest.fixture
def engine() -> Iterator[EspeakNg]:
    engine = EspeakNg()
    yield engine
    engine.close()


async def spoken(engine: EspeakNg, text: str) -> list[SpeechChunk]:
    return [chunk async for chunk in engine.synthesise(text)]


def joined(chunks: list[SpeechChunk]) -> NDArray[np.int16]:
    return np.concatenate([chunk.samples for chunk in chunks])


async def test_the_first_sound_comes_at_once(engine: EspeakNg) -> None:
    samples = joined(await spoken(engine, "Yes, of course."))
    first = int(np.flatnonzero(np.abs(samples.astype(np.int32)) > AUDIBLE_PEAK)[0])
    assert first <= engine.sample_rate * 6 // 1000
    assert samples.size > engine.sample_rate // 2


async def test_words_start_where_they_stand_in_the_text(engine: EspeakNg) -> None:
    text = "Dr. Müller is here – on Tuesday"
    chunks = await spoken(engine, text)
    words = chunks[-1].words
    heard = [text[word.text_offset :].split()[0] for word in words]
    assert heard == ["Dr.", "Müller", "is", "here", "on", "Tuesday"]
    assert [word.sample for word in words] == sorted(word.sample for word in words)
    assert all(0 <= word.sample < joined(chunks).size for word in words)


async def test_every_chunk_knows_the_words_before_it(engine: EspeakNg) -> None:
    chunks = await spoken(engine, "We are open from eight to five")
    for earlier, later in itertools.pairwise(chunks):
        assert later.words[: len(earlier.words)] == earlier.words


async def test_a_text_without_words_is_silent(engine: EspeakNg) -> None:
    assert await spoken(engine, "") == []
    assert await spoken(engine, "...") == []


async def test_closing_the_iterator_stops_the_work(engine: EspeakNg) -> None:
    sentences = "This sentence takes a while to say. " * 2000
    speech = engine.synthesise(sentences)
    assert isinstance(speech, AsyncGenerator)
    await anext(speech)
    await speech.aclose()
    after = await asyncio.wait_for(spoken(engine, "And the next one is not kept waiting"), timeout=2)
    assert after


async def test_cancelling_a_listener_leaves_the_engine_usable(engine: EspeakNg) -> None:
    listener = asyncio.create_task(spoken(engine, "Some words. " * 500))
    await asyncio.sleep(0)
    listener.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listener
    assert await spoken(engine, "still here")


async def test_two_voices_do_not_mix() -> None:
    slow, fast = EspeakNg("en", rate=100), EspeakNg("en-us", rate=300)
    text = "one two three four five six"
    both = await asyncio.gather(*(spoken(engine, text) for engine in (slow, fast, slow, fast)))
    lengths = [joined(chunks).size for chunks in both]
    assert lengths[0] == pytest.approx(lengths[2], rel=0.02)
    assert lengths[1] == pytest.approx(lengths[3], rel=0.02)
    assert lengths[0] > 1.8 * lengths[1]
    slow.close()
    fast.close()


async def test_a_closed_engine_says_so() -> None:
    engine = EspeakNg()
    engine.close()
    with pytest.raises(EngineError, match="closed"):
        await spoken(engine, "anybody there")


def test_an_unknown_voice_is_named() -> None:
    with pytest.raises(EngineError, match="klingon-opera"):
        EspeakNg("klingon-opera")


@pytest.mark.parametrize(("rate", "pitch"), [(20, 50), (600, 50), (165, -1), (165, 200)])
def test_impossible_parameters_are_refused(rate: int, pitch: int) -> None:
    with pytest.raises(EngineError, match="rate"):
        EspeakNg("en-us", rate, pitch)
