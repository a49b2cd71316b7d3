"""The network that is asked is the one in the package: exact where it was coarse, and without its first places."""

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from models.onnx import file_in_package, one_thread
from models.onnx_graph import Change, OnnxGraph
from models.smart_turn import FRAMES, LogMel
from models.smart_turn_network import network_for_calls
from tests.models.audio import recording

MODEL = file_in_package("pipecat", "audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx", "pipecat-ai").read_bytes()
WHOLE = 800


def score(model: bytes, features: NDArray[np.float32]) -> float:
    session = onnxruntime.InferenceSession(model, sess_options=one_thread(), providers=["CPUExecutionProvider"])
    return float(session.run(None, {"input_features": features})[0][0, 0])


def entirely_exact(model: bytes) -> bytes:
    """Every result in floats; only the weights stay in 8 bits."""
    graph = OnnxGraph(model)
    exact = {node.outputs[0]: node.inputs[0] for node in graph.nodes if node.operation == "QuantizeLinear"}
    restored = {node.outputs[0]: exact[node.inputs[0]] for node in graph.nodes if node.inputs[0] in exact}
    return graph.changed(Change(left_out=frozenset({*exact, *restored}), renamed=restored))


@pytest.mark.parametrize("name", ["name", "birth_date"])
def test_its_scores_are_those_of_the_network_in_floats(name: str) -> None:
    features = LogMel(8 * 16000).features(np.tile(recording(name, 16000), 5))
    assert score(network_for_calls(MODEL, WHOLE), features) == pytest.approx(
        score(entirely_exact(MODEL), features), abs=0.05
    )


def test_only_what_linear_layers_weigh_stays_in_eight_bits_and_only_in_fine_steps() -> None:
    graph = OnnxGraph(network_for_calls(MODEL, FRAMES))
    quantise = [node for node in graph.nodes if node.operation == "QuantizeLinear"]
    assert 10 < len(quantise) < 25
    for node in quantise:
        step = graph.constant(node.inputs[1])
        assert step is not None
        assert step.max() < 0.3
        restored = {user.outputs[0] for user in graph.nodes if node.outputs[0] in user.inputs}
        users = {user.operation for user in graph.nodes if restored.intersection(user.inputs)}
        assert users <= {"MatMul", "Gemm"}


def test_it_takes_the_last_frames_only() -> None:
    session = onnxruntime.InferenceSession(
        network_for_calls(MODEL, FRAMES), sess_options=one_thread(), providers=["CPUExecutionProvider"]
    )
    assert session.get_inputs()[0].shape[1:] == [80, FRAMES]
    before = OnnxGraph(MODEL).constant("inner.encoder.embed_positions.weight")
    after = OnnxGraph(network_for_calls(MODEL, FRAMES)).constant("inner.encoder.embed_positions.weight")
    assert before is not None
    assert after is not None
    np.testing.assert_array_equal(after, before[-FRAMES // 2 :])


def test_nothing_changed_gives_the_same_scores() -> None:
    features = LogMel(8 * 16000).features(recording("name", 16000))
    assert score(OnnxGraph(MODEL).changed(Change()), features) == score(MODEL, features)


def test_a_network_that_hears_less_is_refused() -> None:
    with pytest.raises(ValueError, match="without 500 places"):
        network_for_calls(MODEL, 1000)
