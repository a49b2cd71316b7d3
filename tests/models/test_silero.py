"""The voice activity detector tells speech from noise and silence, and each stream has its own memory."""

import contextlib
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.errors import EngineError
from models.onnx import file_in_package, open_session
from models.onnx_weights import float_constants
from models.silero import SileroStream, SileroVad
from models.silero_network import CONTEXT_SAMPLES
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


@pytest.mark.parametrize("sample_rate", [8000, 16000])
def test_its_probabilities_are_those_of_its_onnx_file(sample_rate: int) -> None:
    vad, context = SileroVad(sample_rate), CONTEXT_SAMPLES[sample_rate]
    session = open_session(file_in_package("silero_vad", "data/silero_vad.onnx", distribution="silero-vad"))
    said = [recording(name, sample_rate) for name in ("hours", "mm_hm", "name", "interrupt")]
    call = np.concatenate((*said, noise(1, sample_rate), np.full(sample_rate, -32768, np.int16), said[0] // 8))
    windows = call[: call.size // vad.window_samples * vad.window_samples].reshape(-1, vad.window_samples)
    fed = np.concatenate((np.zeros(context), windows.ravel() / 32768)).astype(np.float32)
    state, expected = np.zeros((2, 1, 128), np.float32), []
    for first in range(0, windows.size, vad.window_samples):
        part = fed[None, first : first + context + vad.window_samples]
        feed = {"input": part, "state": state, "sr": np.array(sample_rate, np.int64)}
        probability, state = session.run(None, feed)
        expected.append(probability[0, 0])
    stream = vad.new_stream()
    assert np.abs(np.array([stream.probability(window) for window in windows]) - expected).max() < 1e-4
    assert np.ptp(expected) > 0.9


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


def test_another_network_is_refused() -> None:
    other = file_in_package("silero_vad", "data/silero_vad_16k_op15.onnx", distribution="silero-vad")
    with pytest.raises(EngineError, match="another version"):
        SileroVad(model_file=other)


@given(st.binary(max_size=200))
def test_what_is_no_model_has_no_weights(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert all(tensor.dtype == np.float32 for tensor in float_constants(data).values())


@given(st.integers(0, 3_000_000))
def test_a_model_file_that_is_cut_short_is_refused(length: int) -> None:
    whole = file_in_package("silero_vad", "data/silero_vad.onnx", distribution="silero-vad").read_bytes()
    if length < len(whole) - 1000:
        with pytest.raises(ValueError, match="cut short"):
            float_constants(whole[:length] if length else b"\x3a")


async def test_no_model_carrier_is_imported() -> None:
    await SileroVad().warm_up()
    assert not {"silero_vad", "pipecat", "torch"} & sys.modules.keys()
