"""Calls that stream into the engine, on the random micro Whisper."""

import asyncio
import itertools
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("faster_whisper", reason="make engines installs it")

from models.errors import EngineError
from models.stt import Transcript
from models.whisper.engine import Whisper
from models.whisper.guards import GuardSettings
from models.whisper.recogniser import CTranslate2Recogniser
from tests.engines.whisper.spoken import NAMES, SETTINGS, of, speak
from tests.models.audio import noise, recording

pytestmark = pytest.mark.engines


async def test_a_call_is_heard(engine: Whisper, recogniser: CTranslate2Recogniser) -> None:
    await engine.warm_up()
    partials, final = await speak(engine, "book_1")
    (expected,) = recogniser.decode([of("book_1")])
    assert final.text == expected.text
    assert final.confidence == pytest.approx(expected.confidence, rel=1e-3)
    assert (final.rejected, final.language) == (None, "en")
    assert all(partial.text and partial.rejected is None for partial in partials)


async def test_partials_come_while_the_caller_speaks_and_only_grow(engine: Whisper) -> None:
    """However slow the machine: turns go on until one has had two partials."""
    ear_has: list[str] = []
    ear = engine.open_stream(lambda partial: ear_has.append(partial.text))
    for name in itertools.cycle(NAMES):
        ear.reset()
        ear_has.clear()
        samples = np.tile(recording(name, 16000), 2)[: 7 * 16000]
        for start in range(0, samples.size, 320):
            ear.feed(samples[start : start + 320])
            await asyncio.sleep(0.005)
        if len(ear_has) >= 2:
            break
    await ear.aclose()
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(ear_has))


async def test_eight_calls_at_once_hear_what_each_would_alone(engine: Whisper) -> None:
    alone = [(await speak(engine, name))[1].text for name in NAMES]
    together = await asyncio.gather(*(speak(engine, name) for name in NAMES))
    assert [final.text for _, final in together] == alone


async def test_a_turn_longer_than_the_window_is_heard_to_its_end(engine: Whisper) -> None:
    ear = engine.open_stream(lambda _: None)
    speech = np.concatenate([recording(name, 16000) for name in NAMES])
    assert speech.size > 12 * 16000
    ear.feed(speech)
    final = await ear.finalise()
    await ear.aclose()
    assert len(final.text.split()) >= 2


async def test_the_loop_is_never_blocked(engine: Whisper) -> None:
    """Decoding must not hold the interpreter lock, however fast the machine is."""
    ears = [engine.open_stream(lambda _: None) for _ in range(16)]
    for ear in ears:
        ear.feed(np.tile(recording("birth_date", 16000), 3))
    finals = asyncio.gather(*(ear.finalise() for ear in ears))
    turns_of_the_loop = [time.perf_counter()]
    while not finals.done():
        await asyncio.sleep(0.001)
        turns_of_the_loop.append(time.perf_counter())
    longest = max(later - turn for turn, later in itertools.pairwise(turns_of_the_loop))
    assert longest < (turns_of_the_loop[-1] - turns_of_the_loop[0]) / 3
    for ear in ears:
        await ear.aclose()


async def test_a_call_that_ends_leaves_nothing_queued(engine: Whisper) -> None:
    ears = [engine.open_stream(lambda _: None) for _ in range(12)]
    for ear in ears:
        ear.feed(recording("birth_date", 16000))
    finals = [asyncio.create_task(ear.finalise()) for ear in ears]
    await asyncio.sleep(0)
    for final, ear in zip(finals[1:], ears[1:], strict=True):
        final.cancel()
        await ear.aclose()
    assert (await finals[0]).rejected is None
    await asyncio.wait(finals)
    waiting = [
        sample.value
        for metric in engine.measurements.collect()
        for sample in metric.samples
        if sample.name == "appliance_whisper_waiting"
    ]
    assert waiting == [0, 0]
    assert (await speak(engine, "hours"))[1].rejected is None


@pytest.mark.parametrize("rms", [0.0, 5.0])
async def test_silence_has_no_words(engine: Whisper, rms: float) -> None:
    ear = engine.open_stream(lambda _: None)
    ear.feed(noise(2, 16000, rms))
    assert await ear.finalise() == Transcript("", 0.0, "no_speech")
    await ear.aclose()


async def test_a_random_network_is_not_believed(directory: Path) -> None:
    """The guards on what a network without sense makes of speech."""
    engine = Whisper.load(directory, replace(SETTINGS, guards=GuardSettings(min_confidence=0.6)))
    finals = [(await speak(engine, name))[1] for name in NAMES]
    engine.close()
    assert all(final.text == "" and final.rejected for final in finals)
    counted = sum(
        sample.value
        for metric in engine.measurements.collect()
        for sample in metric.samples
        if sample.name == "appliance_whisper_rejected_total" and sample.labels["urgency"] == "final"
    )
    assert counted == len(NAMES)


async def test_a_closed_engine_says_so(directory: Path) -> None:
    engine = Whisper.load(directory, SETTINGS)
    engine.close()
    with pytest.raises(EngineError, match="closed"):
        await engine.warm_up()
    ear = engine.open_stream(lambda _: None)
    ear.feed(recording("hours", 16000))
    with pytest.raises(EngineError, match="closed"):
        await ear.finalise()
    await ear.aclose()
