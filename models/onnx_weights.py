"""The weights in an ONNX file, for a network that is small enough to be computed by numpy.

ONNX files are protocol buffers. Of onnx.proto this reads: ModelProto.graph (7), GraphProto.node (1), NodeProto.output
(2) and attribute (5), AttributeProto.t (5) and g (6), TensorProto.dims (1), data_type (2) and raw_data (9).
"""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5
_FLOAT = 1


def float_constants(model: bytes) -> dict[str, NDArray[np.float32]]:
    """Every 32-bit float tensor that a Constant node of the graph or of a branch in it gives, by the output's name.

    Raises `ValueError` for what is no ONNX model.
    """
    found: dict[str, NDArray[np.float32]] = {}
    for number, graph in _fields(memoryview(model)):
        if number == 7 and isinstance(graph, memoryview):
            _gather(graph, found)
    return found


def _gather(graph: memoryview, found: dict[str, NDArray[np.float32]]) -> None:
    for number, node in _fields(graph):
        if number != 1 or not isinstance(node, memoryview):
            continue
        output = ""
        for field, value in _fields(node):
            if field == 2 and isinstance(value, memoryview):
                output = bytes(value).decode("utf-8", "replace")
            elif field == 5 and isinstance(value, memoryview):
                _gather_attribute(output, value, found)


def _gather_attribute(output: str, attribute: memoryview, found: dict[str, NDArray[np.float32]]) -> None:
    for field, value in _fields(attribute):
        if field == 5 and isinstance(value, memoryview) and (tensor := _tensor(value)) is not None:
            found[output] = tensor
        elif field == 6 and isinstance(value, memoryview):
            _gather(value, found)


def _tensor(data: memoryview) -> NDArray[np.float32] | None:
    shape: list[int] = []
    kind, raw = 0, memoryview(b"")
    for field, value in _fields(data):
        if field == 1:
            shape += [value] if isinstance(value, int) else list(_varints(value))
        elif field == 2 and isinstance(value, int):
            kind = value
        elif field == 9 and isinstance(value, memoryview):
            raw = value
    if kind != _FLOAT or not raw:
        return None
    if math.prod(shape) * 4 != len(raw):
        raise ValueError("a tensor of another size than its shape")
    return np.frombuffer(raw, "<f4").astype(np.float32).reshape(shape)


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Field numbers and values of a message; fixed-size numbers, which nothing here needs, as their bytes."""
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        kind = key & 7
        if kind == _VARINT:
            value, position = _varint(message, position)
            yield key >> 3, value
            continue
        if kind == _LENGTH:
            length, position = _varint(message, position)
        elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
            length = 8 if kind == _EIGHT_BYTES else 4
        else:
            raise ValueError("no protocol buffer")
        if position + length > len(message):
            raise ValueError("cut short")
        yield key >> 3, message[position : position + length]
        position += length


def _varints(packed: memoryview) -> Iterator[int]:
    position = 0
    while position < len(packed):
        value, position = _varint(packed, position)
        yield value


def _varint(data: memoryview, position: int) -> tuple[int, int]:
    value = shift = 0
    while position < len(data) and shift < 70:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
    raise ValueError("cut short")
