"""The scenario's engines: words when they are said, finals when they are due, frames that name their clause."""

import asyncio

import numpy as np
import pytest

from appliance.simulator.call_time import CallTime
from appliance.simulator.engines import (
    ClauseAudio,
    Pace,
    ScenarioSpeechToText,
    ScenarioTextToSpeech,
    ScenarioVad,
    SpokenClauses,
    frame_origin,
)
from appliance.simulator.faults import Faults
from appliance.simulator.scenario import Engine, Failure, Fault, LineHold, Scenario, utterance
from appliance.simulator.virtual_loop import run_virtually
from models.errors import EngineError
from models.stt import Transcript

FRAME = np.zeros(160, np.int16)


def found(scenario: Scenario, until_ms: int) -> list[int]:
    """The ends (ms) of the windows with sound."""
    vad = ScenarioVad(scenario)
    stream = vad.new_stream()
    window = np.zeros(vad.window_samples, np.int16)
    return [at + 32 for at in range(0, until_ms, 32) if stream.probability(window) > 0.5]


def test_speech_is_found_and_missed_as_late_as_by_silero() -> None:
    firsts, lasts = [], []
    for at in range(500, 532):
        ends = found(Scenario("x", (utterance(at, at + 1000, "hello"),)), 2000)
        firsts.append(ends[0] - at)
        lasts.append(ends[-1] + 32 - (at + 1000))
    assert sum(firsts) / 32 == pytest.approx(39, abs=1)
    assert sum(lasts) / 32 == pytest.approx(82, abs=1)


def test_nothing_is_heard_on_hold() -> None:
    scenario = Scenario("x", (utterance(500, 1500, "hello"), LineHold(800, 1200)))
    assert not [end for end in found(scenario, 2000) if 832 < end <= 1200]


def heard(scenario: Scenario, since: int, until: int, *failures: Failure) -> tuple[list[str], Transcript, float]:
    """Partials and the final when the ear gathers from `since`, a pre-roll of 300 ms at once, and asks at `until`."""

    async def listen() -> tuple[list[str], Transcript, float]:
        time = CallTime()
        partials: list[str] = []
        stt = ScenarioSpeechToText(scenario, time, Faults(failures, time))
        stream = stt.open_stream(lambda partial: partials.append(partial.text))
        await asyncio.sleep(since / 1000)
        for _ in range(15):
            stream.feed(FRAME)
        while time.now_ms < until:
            stream.feed(FRAME)
            await asyncio.sleep(0.02)
        final = await stream.finalise()
        return partials, final, time.now_ms

    return run_virtually(listen())


def test_partials_grow_by_a_word_and_the_final_comes_after_its_delay() -> None:
    scenario = Scenario("x", (utterance(500, 1500, "one two", transcript_delay=400),))
    partials, final, at = heard(scenario, 580, 1600)
    assert partials == ["one", "one two"]
    assert final.text == "one two"
    assert at == pytest.approx(1900, abs=21)


def test_a_word_from_before_the_vad_noticed_is_heard() -> None:
    scenario = Scenario("x", (utterance(500, 1000, "a b c d e f g h", transcript_delay=0),))
    assert heard(scenario, 600, 1100)[0][-1] == "a b c d e f g h"


def test_what_was_said_before_is_not_heard_again() -> None:
    scenario = Scenario("x", (utterance(500, 1000, "first"), utterance(2000, 2500, "second", transcript_delay=0)))
    assert heard(scenario, 2080, 2600)[1].text == "second"


def test_a_noise_has_no_words() -> None:
    partials, final, _ = heard(Scenario("x", (utterance(500, 1000),)), 580, 1100)
    assert (partials, final.text, final.rejected) == ([], "", "no_speech")


def test_failures_meet_the_requests_they_cover() -> None:
    scenario = Scenario("x", (utterance(500, 1000, "hello"),))
    with pytest.raises(EngineError):
        heard(scenario, 580, 1200, Failure(0, None, Engine.STT, Fault.FAILS))
    assert heard(scenario, 580, 1200, Failure(0, 1000, Engine.STT, Fault.FAILS))[1].text == "hello"
    assert heard(scenario, 580, 1200, Failure(0, None, Engine.STT, Fault.FAILS, after=1))[1].text == "hello"
    assert heard(scenario, 580, 1200, Failure(0, None, Engine.STT, Fault.STALLS, stall=3000))[2] >= 4200


def test_frames_name_their_clause_and_their_place() -> None:
    async def speak() -> SpokenClauses:
        spoken = SpokenClauses()
        spoken.add(ClauseAudio("earlier", 1, ()))
        tts = ScenarioTextToSpeech(spoken, lambda text: Pace(frames=10, first_audio=50))
        (chunk,) = [chunk async for chunk in tts.synthesise("two words")]
        frames = chunk.samples.reshape(10, 160)
        assert [frame_origin(frame.tobytes()) for frame in frames] == [(2, place) for place in range(10)]
        assert [(word.text_offset, word.sample) for word in chunk.words] == [(0, 0), (4, 711)]
        return spoken

    assert run_virtually(speak()).clauses[2].text == "two words"
