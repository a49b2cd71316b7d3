"""The voice activity detector tells speech from noise and silence, and each stream has its own memory."""

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.errors import EngineError
from models.silero import SileroStream, SileroVad
from models.vad import VoiceActivityDetector
from tests.models.audio import noise, recording


def probabilities(stream: SileroStream, samples: NDArray[np.int16], window: int) -> NDArray[np.float64]:
    whole = samples[: samples.size // window * window].reshape(-1, window)
    return np.array([stream.probability(part) for part in whole])


@pytest.mark.parametrize("sample_rate", [8000, 16000])
def test_it_hears_speech_and_not_noise(sample_rate: int) -> None:
    vad = SileroVad(sample_rate)
    speech = probabilities(vad.new_stream(), recording("name", sample_rate), vad.window_samples)
    steady = probabilities(vad.new_stream(), noise(2, sample_rate), vad.window_samples)
    assert np.mean(speech > 0.5) > 0.5
    assert speech[:8].max() < 0.5, "the 300 ms before the speech are quiet"
    assert steady.max() < 0.5


@pytest.mark.parametrize("offset", [0, 80, 170])
def test_it_hears_a_hum_wherever_it_falls_in_a_window(offset: int) -> None:
    vad = SileroVad(8000)
    call = np.concatenate((noise(1, 8000, rms=6)[:offset], noise(1, 8000, rms=6), recording("mm_hm", 8000) // 2))
    hum = probabilities(vad.new_stream(), call, vad.window_samples) > 0.5
    assert np.any(hum[1:] & hum[:-1])


def test_streams_do_not_share_memory() -> None:
    vad: VoiceActivityDetector = SileroVad()
    alone, beside = vad.new_stream(), vad.new_stream()
    other = vad.new_stream()
    for part in recording("yes", 8000)[:5120].reshape(-1, 256):
        expected = alone.probability(part)
        other.probability(noise(0.032, 8000))
        assert beside.probability(part) == expected


@pytest.mark.parametrize("length", [0, 255, 257, 512])
def test_a_window_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="256"):
        SileroVad().new_stream().probability(np.zeros(length, np.int16))


def test_another_sample_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="44100"):
        SileroVad(44100)


def test_a_missing_model_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"nowhere\.onnx is missing"):
        SileroVad(model_file=tmp_path / "nowhere.onnx")


def test_a_damaged_model_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "damaged.onnx").write_bytes(b"not a model")
    with pytest.raises(EngineError, match=r"damaged\.onnx cannot be loaded"):
        SileroVad(model_file=tmp_path / "damaged.onnx")


async def test_no_model_carrier_is_imported() -> None:
    await SileroVad().warm_up()
    assert not {"silero_vad", "pipecat", "torch"} & sys.modules.keys()
