"""The ear hears a caller's phrases, withholds what it cannot trust, and keeps a turn open after a final."""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.dialogue.phrase_lists import EMERGENCIES, HOUR_QUESTIONS
from models.errors import EngineError
from models.phrase_decoder import LONGEST_UTTERANCE_SAMPLES
from models.pocketsphinx import Pocketsphinx, PocketsphinxStream
from models.pocketsphinx_library import Decoder
from models.stt import Transcript
from tests.models.audio import noise, recording

PHRASES = [
    "i'd like to book an appointment with doctor patel please",
    "i'd like to book an appointment",
    "doctor patel please",
    "my name is anna miller",
    "tuesday at ten in the morning",
    "what are your opening hours",
    "yes please",
    "yes",
    "no",
    "march the fifth nineteen eighty",
    "mm-hm",
]
FRAME = 320


@pytest.fixture(scope="module")
def engine() -> Iterator[Pocketsphinx]:
    engine = Pocketsphinx(PHRASES, {"patel": ("P AH T EH L",), "mm-hm": ("M HH M", "AH M HH AH M")})
    yield engine
    engine.close()


@pytest_asyncio.fixture
async def ear(engine: Pocketsphinx) -> AsyncIterator[PocketsphinxStream]:
    stream = engine.open_stream(lambda _: None)
    yield stream
    await stream.aclose()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("name", "my name is anna miller"),
        ("day_and_time", "tuesday at ten in the morning"),
        ("hours", "what are your opening hours"),
        ("just_yes", "yes"),
        ("birth_date", "march the fifth nineteen eighty"),
        ("mm_hm", "mm-hm"),
    ],
)
async def test_it_hears_the_callers_phrases(ear: PocketsphinxStream, name: str, text: str) -> None:
    ear.feed(recording(name, 16000))
    transcript = await ear.finalise()
    assert (transcript.text, transcript.rejected) == (text, None)
    assert 0.3 <= transcript.confidence <= 1.0


async def test_it_tells_how_likely_callers_stop_after_such_words(ear: PocketsphinxStream) -> None:
    ear.feed(recording("book_1", 16000))
    await ear.finalise()
    ear.feed(np.zeros(8000, np.int16))
    ear.feed(recording("book_2", 16000))
    whole = await ear.finalise()
    assert whole.text.endswith("patel please")
    assert whole.end_probability is not None
    assert whole.end_probability > 0.6


async def test_a_turn_stays_open_after_a_final(ear: PocketsphinxStream) -> None:
    ear.feed(recording("book_1", 16000))
    assert (await ear.finalise()).text.startswith("i'd like to book an appointment")
    ear.feed(np.zeros(8000, np.int16))
    ear.feed(recording("book_2", 16000))
    assert (await ear.finalise()).text == "i'd like to book an appointment with doctor patel please"


async def test_silence_after_a_final_changes_nothing(ear: PocketsphinxStream) -> None:
    ear.feed(recording("name", 16000))
    first = await ear.finalise()
    ear.feed(noise(0.5, 16000, rms=6))
    assert await ear.finalise() == first


async def test_a_noise_before_the_words_does_not_hide_them(ear: PocketsphinxStream) -> None:
    ear.feed(noise(0.6, 16000, rms=6000))
    assert (await ear.finalise()).text == ""
    ear.feed(noise(0.5, 16000, rms=6))
    ear.feed(recording("hours", 16000) // 4)
    assert (await ear.finalise()).rejected != "no_speech"


async def test_a_reset_begins_another_turn(ear: PocketsphinxStream) -> None:
    ear.feed(recording("name", 16000))
    await ear.finalise()
    ear.reset()
    assert await ear.finalise() == Transcript("", 0.0, "no_speech")
    ear.feed(recording("hours", 16000))
    assert (await ear.finalise()).text == "what are your opening hours"


async def test_a_reset_answers_the_final_that_was_waiting(ear: PocketsphinxStream) -> None:
    ear.feed(recording("name", 16000))
    waiting = asyncio.create_task(ear.finalise())
    await asyncio.sleep(0)
    ear.reset()
    assert await waiting == Transcript("", 0.0, "superseded")


async def test_partials_grow_while_the_caller_speaks(engine: Pocketsphinx) -> None:
    partials: list[Transcript] = []
    ear = engine.open_stream(partials.append)
    speech = recording("birth_date", 16000)
    for start in range(0, speech.size, 5 * FRAME):
        ear.feed(speech[start : start + 5 * FRAME])
        await asyncio.sleep(0.01)
    final = await ear.finalise()
    await ear.aclose()
    assert len(partials) >= 2
    assert all(partial.rejected is None and partial.text for partial in partials)
    assert partials[0].text.startswith("march")
    assert final.text.startswith("march the fifth")


@pytest.mark.parametrize("rms", [0.0, 5.0, 500.0, 5000.0])
async def test_noise_and_silence_have_no_words(ear: PocketsphinxStream, rms: float) -> None:
    ear.feed(noise(2, 16000, rms))
    transcript = await ear.finalise()
    assert transcript.text == ""
    assert transcript.rejected in {"no_speech", "low_confidence"}


async def test_what_is_not_among_the_phrases_is_withheld() -> None:
    engine = Pocketsphinx([*EMERGENCIES, *HOUR_QUESTIONS])
    ear = engine.open_stream(lambda _: None)
    ear.feed(recording("birth_date", 16000))
    transcript = await ear.finalise()
    await ear.aclose()
    engine.close()
    assert transcript.text == ""
    assert transcript.rejected == "low_confidence"


async def test_a_cancelled_final_leaves_the_stream_usable(ear: PocketsphinxStream) -> None:
    ear.feed(recording("hours", 16000))
    final = asyncio.create_task(ear.finalise())
    await asyncio.sleep(0)
    final.cancel()
    with pytest.raises(asyncio.CancelledError):
        await final
    assert (await ear.finalise()).text == "what are your opening hours"


async def test_a_turn_longer_than_an_utterance_keeps_its_first_words(ear: PocketsphinxStream) -> None:
    ear.feed(recording("name", 16000))
    silence = noise(1, 16000, rms=6)
    for _ in range(LONGEST_UTTERANCE_SAMPLES // silence.size):
        ear.feed(silence)
        await asyncio.sleep(0.001)
    ear.feed(recording("hours", 16000))
    assert (await ear.finalise()).text == "my name is anna miller what are your opening hours"


async def test_the_loop_goes_on_while_audio_is_decoded(ear: PocketsphinxStream) -> None:
    ear.feed(np.tile(recording("birth_date", 16000), 5))
    final = asyncio.create_task(ear.finalise())
    turns_of_the_loop = 0
    while not final.done():
        turns_of_the_loop += 1
        await asyncio.sleep(0.001)
    assert turns_of_the_loop > 20, "decoding must not hold the interpreter lock"


async def test_a_closed_stream_and_a_closed_engine_say_so() -> None:
    engine = Pocketsphinx(["yes"])
    stream = engine.open_stream(lambda _: None)
    await stream.aclose()
    with pytest.raises(EngineError, match="closed"):
        await stream.finalise()
    engine.close()
    with pytest.raises(EngineError, match="closed"):
        await engine.warm_up()


async def test_it_warms_up(engine: Pocketsphinx) -> None:
    await engine.warm_up()


def test_a_phrase_with_digits_is_refused() -> None:
    with pytest.raises(EngineError, match="digits"):
        Pocketsphinx(["at 10"])


def test_missing_model_files_have_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="reinstall"):
        Decoder({"hmm": str(tmp_path), "lm": "none", "dict": "none", "loglevel": "FATAL"})


@pytest.fixture(scope="module")
def surrounded(engine: Pocketsphinx) -> Callable[[str, int, int], Transcript]:
    """The final of one recording with so many ms of line noise before and after it, as a new call's first turn."""

    @functools.cache
    def hear(name: str, lead_ms: int, trail_ms: int) -> Transcript:
        decoder = engine.new_decoder()
        decoder.hear(recording(name, 16000, lead_ms, trail_ms))
        return decoder.final()

    return hear


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["hours", "just_yes", "name"]),
    lead_ms=st.sampled_from([0, 100, 200, 300, 600]),
    trail_ms=st.sampled_from([100, 200, 400, 600]),
)
def test_silence_around_the_words_does_not_change_their_confidence(
    surrounded: Callable[[str, int, int], Transcript], name: str, lead_ms: int, trail_ms: int
) -> None:
    usual, other = surrounded(name, 300, 100), surrounded(name, lead_ms, trail_ms)
    assert other.confidence == pytest.approx(usual.confidence, abs=0.05)
    # Without a moment of silence before it the first word may be misheard; the ear keeps 300 ms.
    assert other.text == usual.text or not lead_ms
