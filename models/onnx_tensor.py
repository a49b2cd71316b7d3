"""The numbers in a tensor of an ONNX file.

TensorProto has dims (1), data_type (2), float_data (4), int64_data (7) and raw_data (9).
"""

import math
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.protocol_buffers import fields, varints

KINDS: Final[Mapping[int, type[np.generic]]] = {1: np.float32, 7: np.int64}
"""What is read, by its number in TensorProto.DataType."""


def tensor_values(tensor: memoryview) -> NDArray[np.generic] | None:
    """The array that a TensorProto holds; None for another kind of number, or where the numbers are in another file.

    Raises `ValueError` for what is no tensor.
    """
    shape: list[int] = []
    kind, raw = 0, memoryview(b"")
    for number, value in fields(tensor):
        if number == 1:
            shape += [value] if isinstance(value, int) else list(varints(value))
        elif number == 2 and isinstance(value, int):
            kind = value
        elif number in (4, 9) and isinstance(value, memoryview):
            # Floats stand as 32-bit numbers in either field.
            raw = value
        elif number == 7 and isinstance(value, memoryview):
            raw = memoryview(np.fromiter(varints(value), np.uint64).astype("<u8").tobytes())
    kept = KINDS.get(kind)
    if kept is None or (not raw and 0 not in shape):
        return None
    values = np.frombuffer(raw, np.dtype(kept).newbyteorder("<")).astype(kept)
    if math.prod(shape) != values.size:
        raise ValueError("a tensor of another size than its shape")
    return values.reshape(shape)
