"""Recordings are heard for their words, as far as they have been said."""

import asyncio
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.errors import EngineError
from models.simulated_recordings import RECORDING_RATE, SPEECH_RATE, KnownRecordings, RecordingsSpeechToText

WORDS = {"first": "one two three four five six seven eight", "second": "alpha bravo charlie delta echo foxtrot"}
SECONDS = 2.0
FRAME = SPEECH_RATE // 50
PAUSE = np.zeros(round(0.7 * SPEECH_RATE), np.int16)


def wide(seed: int) -> NDArray[np.int16]:
    """Noise below 1 kHz at 16 kHz: no two stretches of it are alike."""
    noise = np.random.default_rng(seed).normal(0, 1, round(SECONDS * 2000))
    samples = np.interp(np.arange(round(SECONDS * SPEECH_RATE)) / 8, np.arange(noise.size), noise)
    return (3000 * samples).astype(np.int16)


def write(file: Path, samples: NDArray[np.int16], rate: int = RECORDING_RATE) -> None:
    with wave.open(str(file), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(samples.astype("<i2").tobytes())


@pytest.fixture
def known(tmp_path: Path) -> KnownRecordings:
    for seed, (name, words) in enumerate(WORDS.items()):
        write(tmp_path / f"{name}.wav", wide(seed)[::2])
        (tmp_path / f"{name}.txt").write_text(words)
    return KnownRecordings(tmp_path)


def heard(known: KnownRecordings, *turns: NDArray[np.int16]) -> tuple[list[str], list[str]]:
    """The finals of turns that follow each other, and every partial."""
    partials: list[str] = []

    async def listen() -> list[str]:
        stream = RecordingsSpeechToText(0.0, known).open_stream(lambda partial: partials.append(partial.text))
        finals = []
        for samples in turns:
            for start in range(0, samples.size, FRAME):
                stream.feed(samples[start : start + FRAME])
            finals.append((await stream.finalise()).text)
            stream.reset()
        return finals

    return asyncio.run(listen()), partials


def test_a_recording_is_heard_for_its_words_and_partials_grow(known: KnownRecordings) -> None:
    (final,), partials = heard(known, np.concatenate([PAUSE[:1234], wide(0), PAUSE]))
    assert final == WORDS["first"]
    assert len(partials) > 3
    assert all(final.startswith(partial) for partial in partials)
    assert partials == sorted(partials, key=len)


def test_half_a_recording_is_half_of_its_words_and_a_pause_adds_none(known: KnownRecordings) -> None:
    half = wide(1)[: wide(1).size // 2]
    (final,), _ = heard(known, np.concatenate([half, PAUSE]))
    assert final in {"alpha bravo", "alpha bravo charlie"}


def test_a_pause_inside_is_no_word_and_the_rest_is_heard_after_it(known: KnownRecordings) -> None:
    samples = wide(0)
    (final,), _ = heard(known, np.concatenate([samples[: samples.size // 2], PAUSE, samples[samples.size // 2 :]]))
    assert final == WORDS["first"]


def test_a_turn_that_was_taken_in_the_middle_goes_on_with_the_rest(known: KnownRecordings) -> None:
    samples = wide(0)
    cut = samples.size // 2
    (before, after), _ = heard(known, np.concatenate([samples[:cut], PAUSE]), samples[cut:])
    assert f"{before} {after}" == WORDS["first"]


def test_two_recordings_in_one_turn_are_heard_one_after_the_other(known: KnownRecordings) -> None:
    (final,), _ = heard(known, np.concatenate([wide(1), PAUSE, wide(0), PAUSE]))
    assert final == f"{WORDS['second']} {WORDS['first']}"


def test_other_sounds_and_silence_are_no_speech(known: KnownRecordings) -> None:
    finals, partials = heard(known, wide(7), PAUSE)
    assert finals == ["", ""]
    assert partials == []


def test_a_folder_that_will_not_do_is_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no recordings"):
        KnownRecordings(tmp_path)
    write(tmp_path / "a.wav", wide(0)[::2])
    with pytest.raises(EngineError, match="no words"):
        KnownRecordings(tmp_path)
    (tmp_path / "a.txt").write_text("a word")
    write(tmp_path / "a.wav", wide(0), SPEECH_RATE)
    with pytest.raises(EngineError, match="not 16-bit mono at 8 kHz"):
        KnownRecordings(tmp_path)
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    with pytest.raises(EngineError, match="cannot be read"):
        KnownRecordings(tmp_path)
