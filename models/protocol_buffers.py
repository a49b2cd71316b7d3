"""The wire format of protocol buffers (protobuf.dev/programming-guides/encoding), as far as ONNX files use it."""

from collections.abc import Iterator

_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5
_SEVEN_BITS = 0x7F
_MORE = 0x80


def fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Field numbers and values of a message; fixed-size numbers, which nothing here needs, as their bytes.

    Raises `ValueError` for what is none.
    """
    for number, value, _ in _located(message):
        yield number, value


def parts(message: memoryview) -> Iterator[tuple[int, int | memoryview, memoryview]]:
    """The same with each field as it is encoded: put together, they are the message again."""
    position = 0
    for number, value, end in _located(message):
        yield number, value, message[position:end]
        position = end


def varints(packed: memoryview) -> Iterator[int]:
    """The numbers of a packed field. Raises `ValueError`."""
    position = 0
    while position < len(packed):
        value, position = _varint(packed, position)
        yield value


def encoded(number: int, value: bytes | int) -> bytes:
    """A field: bytes for texts and messages, a number of 0 or more for integers."""
    if isinstance(value, int):
        return _encoded_varint(number << 3 | _VARINT) + _encoded_varint(value)
    return _encoded_varint(number << 3 | _LENGTH) + _encoded_varint(len(value)) + value


def _located(message: memoryview) -> Iterator[tuple[int, int | memoryview, int]]:
    """Number, value and the position behind each field."""
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        kind = key & 7
        if kind == _VARINT:
            value, position = _varint(message, position)
            yield key >> 3, value, position
            continue
        if kind == _LENGTH:
            length, position = _varint(message, position)
        elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
            length = 8 if kind == _EIGHT_BYTES else 4
        else:
            raise ValueError("no protocol buffer")
        if position + length > len(message):
            raise ValueError("cut short")
        yield key >> 3, message[position : position + length], position + length
        position += length


def _varint(data: memoryview, position: int) -> tuple[int, int]:
    value = shift = 0
    while position < len(data) and shift < 70:
        byte = data[position]
        position += 1
        value |= (byte & _SEVEN_BITS) << shift
        if byte < _MORE:
            return value, position
        shift += 7
    raise ValueError("cut short")


def _encoded_varint(value: int) -> bytes:
    encoded = bytearray()
    while value >= _MORE:
        encoded.append(value & _SEVEN_BITS | _MORE)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
