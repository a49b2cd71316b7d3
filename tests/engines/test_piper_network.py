"""A Piper voice's graph, cut in two: decoded in windows it gives what the whole graph gives."""

import functools
import logging
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx", reason="make engines installs it")

import onnx
import onnxruntime

from models.errors import EngineError
from models.onnx import one_thread
from models.piper.graph import CannotSplitError, durations_of, split
from models.piper.network import Audio, Network, Passage, Phonemes, Scales, SplitNetwork, WholeNetwork, load_network
from models.piper.windows import windows
from tests.engines.random_piper import random_piper

pytestmark = pytest.mark.engines

SHAPES = ("micro", "micro-16k", "micro-high", "micro-speakers")
REACH = {"micro": 12, "micro-16k": 12, "micro-high": 14, "micro-speakers": 12}
IDS = (1, 0, *(symbol for number in range(60) for symbol in (14 + number % 120, 0)), 2)
QUIET = Scales(0.0, 1.0, 0.0)
LIVELY = Scales(0.667, 1.0, 0.8)


def voice_file(shape: str) -> Path:
    return random_piper(shape) / f"{shape}.onnx"


@functools.cache
def loaded(shape: str) -> Network:
    return load_network(voice_file(shape), Phonemes(IDS, 0))[0]


def whole_audio(path: Path, phonemes: Phonemes) -> Audio:
    """What the voice's own graph says, without any of our code."""
    session = onnxruntime.InferenceSession(str(path), one_thread(), providers=["CPUExecutionProvider"])
    feed = {
        "input": np.array([phonemes.ids]),
        "input_lengths": np.array([len(phonemes.ids)]),
        "scales": np.array([0.0, 1.0, 0.0], np.float32),
        "sid": np.array([phonemes.speaker]),
    }
    names = {value.name for value in session.get_inputs()}
    audio: Audio = session.run(None, {name: value for name, value in feed.items() if name in names})[0]
    return audio.reshape(-1)


def in_windows(passage: Passage, first: int, longest: int) -> Audio:
    return np.concatenate([passage.audio(*window) for window in windows(passage.frames, first, longest)])


def assert_same(one: Audio, other: Audio) -> None:
    assert one.shape == other.shape
    assert np.abs(one - other).max() < 1e-4 * np.abs(other).max()


@pytest.mark.parametrize("shape", SHAPES)
def test_windows_sound_as_the_whole_graph(shape: str, caplog: pytest.LogCaptureFixture) -> None:
    speaker = 2 if shape == "micro-speakers" else 0
    phonemes = Phonemes(IDS, speaker)
    network, probe = load_network(voice_file(shape), phonemes)
    assert network.in_pieces
    assert network.hop == 256
    assert not caplog.records
    expected = whole_audio(voice_file(shape), phonemes)
    assert_same(probe, expected)
    for first, longest in ((1, 1), (5, 20), (21, 84), (1000, 1000)):
        assert_same(in_windows(network.passage(phonemes, QUIET), first, longest), expected)


@pytest.mark.parametrize("shape", SHAPES)
def test_with_noise_the_windows_are_parts_of_one_utterance(shape: str) -> None:
    network = loaded(shape)
    passage = network.passage(Phonemes(IDS, 0), LIVELY)
    at_once = passage.audio(0, passage.frames)
    assert_same(in_windows(passage, 7, 28), at_once)
    another = network.passage(Phonemes(IDS, 0), LIVELY)
    assert another.frames != passage.frames or np.abs(another.audio(0, another.frames) - at_once).max() > 0


@pytest.mark.parametrize("shape", SHAPES)
def test_as_many_frames_are_added_as_the_decoder_sees_and_fewer_would_be_heard(shape: str) -> None:
    graph = split(onnx.load(str(voice_file(shape))))
    assert graph.reach == REACH[shape]
    decoder = onnxruntime.InferenceSession(graph.decoder.SerializeToString(), one_thread())
    random = np.random.default_rng(0)
    channels = 16
    latent = random.standard_normal((1, channels, 80), np.float32)
    sides = {value.name: random.standard_normal((1, 32, 1), np.float32) for value in decoder.get_inputs()[1:]}

    def decoded(part: Audio) -> Audio:
        audio: Audio = decoder.run(None, {graph.latent: part, **sides})[0]
        return audio.reshape(-1)

    whole = decoded(latent)
    middle = slice(40 * graph.hop, 41 * graph.hop)
    differences = []
    for reach in range(graph.reach + 1):
        part = decoded(np.ascontiguousarray(latent[:, :, 40 - reach : 41 + reach]))
        differences.append(np.abs(part[reach * graph.hop : (reach + 1) * graph.hop] - whole[middle]).max())
    assert differences[graph.reach] < 1e-5 * np.abs(whole).max()
    assert max(differences[:6]) > 1e-3 * np.abs(whole).max()


@pytest.mark.parametrize("shape", SHAPES)
def test_durations_add_up_to_the_length(shape: str) -> None:
    network = loaded(shape)
    for scales in (QUIET, LIVELY, Scales(0.667, 1.7, 0.8)):
        passage = network.passage(Phonemes(IDS, 0), scales)
        assert passage.durations is not None
        assert passage.durations.shape == (len(IDS),)
        assert passage.durations.sum() == passage.frames
        assert passage.audio(0, passage.frames).size == passage.frames * network.hop


def test_speakers_differ() -> None:
    network = loaded("micro-speakers")
    one, other = (network.passage(Phonemes(IDS, speaker), QUIET) for speaker in (0, 1))
    assert one.frames != other.frames or np.abs(one.audio(0, 40) - other.audio(0, 40)).max() > 1e-4


def changed(path: Path, directory: Path, wanted: str, replacement: str) -> Path:
    """A voice whose last operation of the kind `wanted` is of another kind."""
    model = onnx.load(str(path))
    last = [node for node in model.graph.node if node.op_type == wanted][-1]
    last.op_type = replacement
    del last.attribute[:]
    onnx.save(model, str(directory / "odd.onnx"))
    return directory / "odd.onnx"


def test_a_voice_that_cannot_be_split_is_run_whole_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    odd = changed(voice_file("micro"), tmp_path, "Tanh", "Softsign")
    with pytest.raises(CannotSplitError, match="Softsign"):
        split(onnx.load(str(odd)))
    with caplog.at_level(logging.WARNING):
        network, _ = load_network(odd, Phonemes(IDS, 0))
    assert isinstance(network, WholeNetwork)
    assert "odd.onnx is synthesised in whole sentences" in caplog.text
    passage = network.passage(Phonemes(IDS, 0), QUIET)
    assert passage.durations is not None
    assert_same(in_windows(passage, 5, 20), whole_audio(odd, Phonemes(IDS, 0)))


def test_a_decoder_that_looks_at_the_whole_sentence_is_not_taken_for_one_that_does_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What the structure does not show, the trial at load does: here the latent crosses the cut a second time."""
    model = onnx.load(str(voice_file("micro")))
    first = next(node for node in model.graph.node if node.op_type == "ConvTranspose")
    index = list(model.graph.node).index(first)
    latent = split(model).latent
    helper = onnx.helper
    axes = helper.make_tensor("axes", onnx.TensorProto.INT64, [2], [1, 2])
    model.graph.initializer.append(axes)
    # The mean of the latent is no function of a window of it; it gets into the decoder as a side input.
    for offset, node in enumerate(
        (
            helper.make_node("Identity", [latent], ["copy"]),
            helper.make_node("ReduceMean", ["copy"], ["level"], axes=[1, 2], keepdims=1),
            helper.make_node("Add", [first.input[0], "level"], ["lifted"]),
        )
    ):
        model.graph.node.insert(index + offset, node)
    first.input[0] = "lifted"
    onnx.save(model, str(tmp_path / "global.onnx"))
    with caplog.at_level(logging.WARNING):
        network, _ = load_network(tmp_path / "global.onnx", Phonemes(IDS, 0))
    assert not isinstance(network, SplitNetwork)
    assert "whole sentences" in caplog.text


def test_a_graph_that_is_no_voice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "torn.onnx").write_bytes(voice_file("micro").read_bytes()[:5000])
    with pytest.raises(EngineError, match=r"torn\.onnx cannot be loaded"):
        load_network(tmp_path / "torn.onnx", Phonemes(IDS, 0))
    helper = onnx.helper
    value = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [value], [
        helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])
    ])  # fmt: skip
    onnx.save(helper.make_model(graph), str(tmp_path / "identity.onnx"))
    assert durations_of(onnx.load(str(tmp_path / "identity.onnx"))) is None
    with pytest.raises(EngineError, match="cannot"):
        load_network(tmp_path / "identity.onnx", Phonemes(IDS, 0))
