"""The weights in an ONNX file, for a network that is small enough to be computed by numpy.

ONNX files are protocol buffers. Of onnx.proto this reads: ModelProto.graph (7), GraphProto.node (1), NodeProto.output
(2) and attribute (5), AttributeProto.t (5) and g (6).
"""

import numpy as np
from numpy.typing import NDArray

from models.onnx_tensor import tensor_values
from models.protocol_buffers import fields


def float_constants(model: bytes) -> dict[str, NDArray[np.float32]]:
    """Every 32-bit float tensor that a Constant node of the graph or of a branch in it gives, by the output's name.

    Raises `ValueError` for what is no ONNX model.
    """
    found: dict[str, NDArray[np.float32]] = {}
    for number, graph in fields(memoryview(model)):
        if number == 7 and isinstance(graph, memoryview):
            _gather(graph, found)
    return found


def _gather(graph: memoryview, found: dict[str, NDArray[np.float32]]) -> None:
    for number, node in fields(graph):
        if number != 1 or not isinstance(node, memoryview):
            continue
        output = ""
        for field, value in fields(node):
            if field == 2 and isinstance(value, memoryview):
                output = bytes(value).decode("utf-8", "replace")
            elif field == 5 and isinstance(value, memoryview):
                _gather_attribute(output, value, found)


def _gather_attribute(output: str, attribute: memoryview, found: dict[str, NDArray[np.float32]]) -> None:
    for field, value in fields(attribute):
        if field == 5 and isinstance(value, memoryview):
            values = tensor_values(value)
            if values is not None and values.dtype == np.float32:
                found[output] = values.astype(np.float32)
        elif field == 6 and isinstance(value, memoryview):
            _gather(value, found)
