"""The end-of-turn model tells a finished sentence from one cut short, on the features it was trained with."""

import asyncio
import importlib.util
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray

from models.errors import EngineError
from models.onnx import file_in_package
from models.smart_turn import (
    CONTEXT_SAMPLES,
    PHONE_SPEED,
    REPEATED_AFTER_SAMPLES,
    SAMPLE_RATE,
    LogMel,
    SmartTurn,
)
from tests.models.audio import noise, recording

# What it was made for.
REFERENCE_SAMPLES = 8 * SAMPLE_RATE


@pytest.fixture(scope="module")
def engine() -> Iterator[SmartTurn]:
    engine = SmartTurn()
    yield engine
    engine.close()


async def test_a_sentence_scores_higher_whole_than_cut_short(engine: SmartTurn) -> None:
    whole = recording("birth_date", 16000)
    assert await engine.score(whole) > 0.9
    assert await engine.score(whole[: whole.size // 2]) < 0.6


async def test_the_middle_of_a_sentence_is_surer_to_be_one_beside_an_earlier_sentence(engine: SmartTurn) -> None:
    earlier = np.concatenate((recording("hours", 16000), np.zeros(4800, np.int16)))
    name = recording("name", 16000)
    cut_short = name[: name.size * 2 // 5]
    assert await engine.score(np.concatenate((earlier, cut_short))) < await engine.score(cut_short) - 0.2
    assert await engine.score(np.concatenate((earlier, name))) > 0.95


async def test_a_caller_s_first_words_are_heard_again_and_again_instead_of_silence(engine: SmartTurn) -> None:
    name = recording("name", 16000)
    again = np.concatenate((np.zeros(REPEATED_AFTER_SAMPLES, np.int16), name))
    assert await engine.score(name) == await engine.score(np.tile(again, 4))


async def test_a_score_yields_to_what_makes_the_answer(engine: SmartTurn) -> None:
    await engine.score(np.zeros(0, np.int16))
    scoring = [thread for thread in threading.enumerate() if thread.name.startswith("smart-turn")]
    ours = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert scoring
    assert all(os.getpriority(os.PRIO_PROCESS, thread.native_id or 0) > ours for thread in scoring)


async def test_only_the_context_counts(engine: SmartTurn) -> None:
    tail = np.tile(recording("hours", 16000), 7)[: round(engine.context_seconds * SAMPLE_RATE)]
    assert tail.size == round(CONTEXT_SAMPLES * PHONE_SPEED)
    assert await engine.score(np.concatenate([noise(3, 16000), tail])) == await engine.score(tail)


async def test_a_turn_without_audio_has_a_score(engine: SmartTurn) -> None:
    assert 0.0 <= await engine.score(np.zeros(0, np.int16)) <= 1.0


async def test_a_score_that_has_not_started_can_be_cancelled(engine: SmartTurn) -> None:
    scores = [asyncio.create_task(engine.score(noise(1, 16000))) for _ in range(3)]
    await asyncio.sleep(0)
    scores[-1].cancel()
    results = await asyncio.gather(*scores, return_exceptions=True)
    assert [type(result) for result in results] == [float, float, asyncio.CancelledError]


async def test_a_closed_engine_says_so() -> None:
    engine = SmartTurn()
    engine.close()
    with pytest.raises(EngineError, match="closed"):
        await engine.score(noise(1, 16000))


def test_a_missing_model_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"nowhere\.onnx is missing"):
        SmartTurn(model_file=tmp_path / "nowhere.onnx")


@pytest.mark.parametrize("content", [b"", b"no model", b"\x3a\x02\x0a\x00"])
def test_a_file_that_is_another_network_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other.onnx").write_bytes(content)
    with pytest.raises(EngineError, match=r"other\.onnx is not the expected one"):
        SmartTurn(model_file=tmp_path / "other.onnx")


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    """The port of transformers' WhisperFeatureExtractor that comes with the model (it needs numpy only)."""
    path = file_in_package("pipecat", "audio/turn/smart_turn/_whisper_features.py", "pipecat-ai")
    spec = importlib.util.spec_from_file_location("whisper_features", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "audio", [recording("name", 16000), noise(9, 16000), noise(0.01, 16000), np.zeros(0, np.int16)]
)
def test_features_are_those_of_the_reference(reference: ModuleType, audio: NDArray[np.int16]) -> None:
    tail = audio[-REFERENCE_SAMPLES:].astype(np.float32) / 32768
    expected = reference.compute_whisper_log_mel_features(np.pad(tail, (REFERENCE_SAMPLES - tail.size, 0)))
    np.testing.assert_allclose(LogMel(REFERENCE_SAMPLES).features(audio)[0], expected, atol=1e-4)
