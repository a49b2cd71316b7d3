"""The graph in an ONNX file: read, and written back with nodes left out, inputs renamed and constants replaced.

ONNX files are protocol buffers (onnx.proto): ModelProto.graph (7); GraphProto.node (1), initializer (5), input (11) and
value_info (13); NodeProto.input (1), output (2) and op_type (4); TensorProto.dims (1), data_type (2), float_data (4),
int64_data (7), name (8) and raw_data (9); ValueInfoProto.type (2), TypeProto.tensor_type (1), its shape (2), dim (1),
dim_value (1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.onnx_tensor import KINDS, tensor_values
from models.protocol_buffers import encoded, fields, parts

_GRAPH: Final = 7
_NODE, _INITIALIZER, _INPUT, _VALUE_INFO = 1, 5, 11, 13
_INPUT_OF_NODE: Final = 1
_NAME_OF_TENSOR: Final = 8
# ValueInfoProto, TypeProto, Tensor, TensorShapeProto, Dimension: the field in each that leads to a length.
_TO_A_LENGTH: Final = (2, 1, 2, 1, 1)


@dataclass(frozen=True, slots=True)
class Node:
    """One operation, by the names of its inputs and outputs."""

    operation: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different: nodes left out by their first output, inputs of the others by another name, constants
    replaced, and lengths of the graph's own inputs replaced."""

    left_out: frozenset[str] = frozenset()
    renamed: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)
    input_lengths: Mapping[int, int] = field(default_factory=dict)


class OnnxGraph:
    """A model's graph. Raises `ValueError` for what is no ONNX model."""

    def __init__(self, model: bytes) -> None:
        self._model = memoryview(model)
        graph = next((value for number, value in fields(self._model) if number == _GRAPH), None)
        if not isinstance(graph, memoryview):
            raise ValueError("no ONNX model")
        self._graph = graph
        messages = [(number, value) for number, value in fields(graph) if isinstance(value, memoryview)]
        self.nodes: Sequence[Node] = [_node(value) for number, value in messages if number == _NODE]
        self._constants = {_text(value, _NAME_OF_TENSOR): value for number, value in messages if number == _INITIALIZER}

    @property
    def constant_names(self) -> Sequence[str]:
        """The names of all constants."""
        return list(self._constants)

    def constant(self, name: str) -> NDArray[np.generic] | None:
        """A constant of 32-bit floats or 64-bit integers; None for one of another kind, or where there is none."""
        return tensor_values(self._constants[name]) if name in self._constants else None

    def changed(self, change: Change) -> bytes:
        """The model with that change; what is known about results in between is left out, since it may not hold."""
        graph = b"".join(
            encoded(number, _changed_part(number, value, change)) if isinstance(value, memoryview) else bytes(raw)
            for number, value, raw in parts(self._graph)
            if not _is_left_out(number, value, change)
        )
        return b"".join(
            encoded(number, graph) if number == _GRAPH else bytes(raw) for number, _, raw in parts(self._model)
        )


def _is_left_out(number: int, value: int | memoryview, change: Change) -> bool:
    if number == _NODE and isinstance(value, memoryview):
        return _node(value).outputs[0] in change.left_out
    return number == _VALUE_INFO


def _changed_part(number: int, value: memoryview, change: Change) -> bytes:
    if number == _NODE:
        return b"".join(
            encoded(field, change.renamed.get(name, name).encode())
            if field == _INPUT_OF_NODE and isinstance(part, memoryview) and (name := bytes(part).decode())
            else bytes(raw)
            for field, part, raw in parts(value)
        )
    if number == _INITIALIZER and (name := _text(value, _NAME_OF_TENSOR)) in change.constants:
        return _tensor(name, change.constants[name])
    if number == _INPUT:
        return _with_lengths(value, _TO_A_LENGTH, change.input_lengths)
    return bytes(value)


def _with_lengths(message: memoryview, path: Sequence[int], lengths: Mapping[int, int]) -> bytes:
    """`message` with the numbers that `path` leads to replaced."""

    def part(number: int, value: int | memoryview, raw: memoryview) -> bytes:
        if number != path[0]:
            return bytes(raw)
        if isinstance(value, memoryview):
            return encoded(number, _with_lengths(value, path[1:], lengths))
        return encoded(number, lengths.get(value, value))

    return b"".join(part(*found) for found in parts(message))


def _node(message: memoryview) -> Node:
    inputs, outputs, operation = [], [], ""
    for number, value in fields(message):
        if isinstance(value, memoryview) and number in (1, 2, 4):
            text = bytes(value).decode()
            if number == _INPUT_OF_NODE:
                inputs.append(text)
            elif number == 2:
                outputs.append(text)
            else:
                operation = text
    return Node(operation, tuple(inputs), tuple(outputs) or ("",))


def _text(message: memoryview, field_number: int) -> str:
    return next(
        (bytes(value).decode() for n, value in fields(message) if n == field_number and not isinstance(value, int)), ""
    )


def _tensor(name: str, values: NDArray[np.generic]) -> bytes:
    kind = next(kind for kind, kept in KINDS.items() if values.dtype == kept)
    dims = b"".join(encoded(1, length) for length in values.shape)
    little_endian = values.astype(values.dtype.newbyteorder("<"))
    return dims + encoded(2, kind) + encoded(_NAME_OF_TENSOR, name.encode()) + encoded(9, little_endian.tobytes())
