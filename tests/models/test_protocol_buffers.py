"""Fields are read as they were written, and what is no protocol buffer is an error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.protocol_buffers import encoded, fields, parts, varints

VALUES = st.one_of(st.integers(0, 2**63 - 1), st.binary(max_size=300))


@given(st.lists(st.tuples(st.integers(1, 5000), VALUES), max_size=8))
def test_fields_are_read_as_they_were_written(written: list[tuple[int, int | bytes]]) -> None:
    message = b"".join(encoded(number, value) for number, value in written)
    read = [
        (number, value if isinstance(value, int) else bytes(value)) for number, value in fields(memoryview(message))
    ]
    assert read == written
    assert b"".join(bytes(raw) for _, _, raw in parts(memoryview(message))) == message


def test_a_known_message() -> None:
    # protobuf.dev/programming-guides/encoding: a field 1 of 150, a field 2 of "testing"; a packed 3, 270, 86942.
    assert encoded(1, 150) + encoded(2, b"testing") == bytes.fromhex("089601") + b"\x12\x07testing"
    assert list(varints(memoryview(bytes.fromhex("038e029ea705")))) == [3, 270, 86942]


@pytest.mark.parametrize("data", [b"\x0a\x05abc", b"\x0a", b"\x08", b"\x0b\x00", b"\x08" + b"\xff" * 11])
def test_what_is_none_is_an_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"cut short|no protocol buffer"):
        list(fields(memoryview(data)))
