"""Tensors are read as they are written; what is not theirs to hold is left out, and what is broken is told."""

import numpy as np
import pytest

from models.onnx_tensor import tensor_values
from models.protocol_buffers import encoded

FLOAT, INT64, DOUBLE = 1, 7, 11


def tensor(shape: tuple[int, ...], kind: int, data: bytes = b"") -> memoryview:
    dims = b"".join(encoded(1, length) for length in shape)
    return memoryview(dims + encoded(2, kind) + (encoded(9, data) if data else b""))


def test_floats_and_whole_numbers_are_read_in_their_shape() -> None:
    floats = np.array([[1.5, -2.0, 0.25]], np.float32)
    read = tensor_values(tensor((1, 3), FLOAT, floats.tobytes()))
    assert read is not None
    assert read.dtype == np.float32
    assert np.array_equal(read, floats)
    whole = tensor_values(tensor((2,), INT64, np.array([3, -1], np.int64).tobytes()))
    assert whole is not None
    assert whole.tolist() == [3, -1]


def test_a_tensor_of_nothing_is_empty() -> None:
    read = tensor_values(tensor((0,), FLOAT))
    assert read is not None
    assert read.size == 0


def test_other_kinds_and_numbers_kept_in_another_file_are_left_out() -> None:
    assert tensor_values(tensor((1,), DOUBLE, bytes(8))) is None
    assert tensor_values(tensor((2, 3), FLOAT)) is None


def test_a_tensor_of_another_size_than_its_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="size"):
        tensor_values(tensor((3,), FLOAT, bytes(8)))
