"""Packets to messages and back; the format is described in `sip.messages`."""

import json
import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from enum import IntEnum
from typing import Any, Final, get_type_hints

from sip.messages import (
    DIGITS,
    FRAME_BYTES,
    MAX_DIGITS,
    MAX_HEADERS,
    MAX_PACKET,
    MAX_TEXT,
    AgentAudio,
    Answer,
    Answered,
    CallerAudio,
    DigitReceived,
    Drain,
    Ended,
    Flush,
    HangUp,
    HoldChanged,
    IncomingCall,
    Message,
    MessageError,
    Redirect,
    Reject,
    SendDigits,
    Statistics,
    Stop,
    Transfer,
    TransferFailed,
    TransferProgress,
    WorkerFailed,
    WorkerReady,
    WorkerStarted,
    WorkerStatus,
    is_sip_uri,
    is_transfer_target,
)

_MAX_NUMBER: Final = 2**53
_WRAP: Final = 2**32
_CALLER_HEADER: Final = struct.Struct("<BII")
_AGENT_HEADER: Final = struct.Struct("<BI")


class PacketType(IntEnum):
    """The first byte of a packet."""

    CALLER_AUDIO = 0x01
    AGENT_AUDIO = 0x02
    INCOMING_CALL = 0x10
    ANSWERED = 0x11
    DIGIT_RECEIVED = 0x12
    HOLD_CHANGED = 0x13
    STATISTICS = 0x14
    TRANSFER_PROGRESS = 0x15
    TRANSFER_FAILED = 0x16
    ENDED = 0x17
    ANSWER = 0x20
    REJECT = 0x21
    REDIRECT = 0x22
    FLUSH = 0x23
    SEND_DIGITS = 0x24
    TRANSFER = 0x25
    HANG_UP = 0x26
    WORKER_STARTED = 0x30
    WORKER_READY = 0x31
    WORKER_FAILED = 0x32
    WORKER_STATUS = 0x33
    DRAIN = 0x40
    STOP = 0x41


_CONTROL_TYPES: Final[Mapping[PacketType, type[Any]]] = {
    PacketType.INCOMING_CALL: IncomingCall,
    PacketType.ANSWERED: Answered,
    PacketType.DIGIT_RECEIVED: DigitReceived,
    PacketType.HOLD_CHANGED: HoldChanged,
    PacketType.STATISTICS: Statistics,
    PacketType.TRANSFER_PROGRESS: TransferProgress,
    PacketType.TRANSFER_FAILED: TransferFailed,
    PacketType.ENDED: Ended,
    PacketType.ANSWER: Answer,
    PacketType.REJECT: Reject,
    PacketType.REDIRECT: Redirect,
    PacketType.FLUSH: Flush,
    PacketType.SEND_DIGITS: SendDigits,
    PacketType.TRANSFER: Transfer,
    PacketType.HANG_UP: HangUp,
    PacketType.WORKER_STARTED: WorkerStarted,
    PacketType.WORKER_READY: WorkerReady,
    PacketType.WORKER_FAILED: WorkerFailed,
    PacketType.WORKER_STATUS: WorkerStatus,
    PacketType.DRAIN: Drain,
    PacketType.STOP: Stop,
}
_PACKET_TYPE_OF: Final = {cls: int(number) for number, cls in _CONTROL_TYPES.items()}
_HINTS: Final = {cls: get_type_hints(cls) for cls in _CONTROL_TYPES.values()}


def encode(message: Message) -> bytes:
    """One packet. Raises `MessageError` for a message that `decode` would refuse."""
    if isinstance(message, CallerAudio):
        return _CALLER_HEADER.pack(1, message.sequence % _WRAP, message.played % _WRAP) + message.pcm
    if isinstance(message, AgentAudio):
        _check(len(message.pcm) in FRAME_BYTES, "a frame is not 20 ms")
        return _AGENT_HEADER.pack(2, message.sequence % _WRAP) + message.pcm
    values = {wanted.name: getattr(message, wanted.name) for wanted in fields(message)}
    _build(type(message), values)
    packet = bytes((_PACKET_TYPE_OF[type(message)],)) + json.dumps(values).encode()
    _check(len(packet) <= MAX_PACKET, "too long")
    return packet


def decode(packet: bytes) -> Message:
    """The message in a packet. Raises `MessageError` for anything else; never another exception."""
    _check(0 < len(packet) <= MAX_PACKET, "empty or too long")
    if packet[0] == PacketType.CALLER_AUDIO:
        return _decode_caller_audio(packet)
    if packet[0] == PacketType.AGENT_AUDIO:
        return _decode_agent_audio(packet)
    try:
        cls = _CONTROL_TYPES[PacketType(packet[0])]
    except ValueError:
        raise MessageError("unknown packet type") from None
    try:
        values = json.loads(packet[1:].decode())
    except (ValueError, RecursionError):
        raise MessageError("no JSON") from None
    _check(isinstance(values, dict), "no JSON object")
    message: Message = _build(cls, values)
    return message


def _decode_caller_audio(packet: bytes) -> CallerAudio:
    _check(len(packet) >= _CALLER_HEADER.size, "a short audio header")
    _, sequence, played = _CALLER_HEADER.unpack_from(packet)
    pcm = packet[_CALLER_HEADER.size :]
    _check(not pcm or len(pcm) in FRAME_BYTES, "a frame is not 20 ms")
    return CallerAudio(sequence, played, pcm)


def _decode_agent_audio(packet: bytes) -> AgentAudio:
    _check(len(packet) - _AGENT_HEADER.size in FRAME_BYTES, "a frame is not 20 ms")
    _, sequence = _AGENT_HEADER.unpack_from(packet)
    return AgentAudio(sequence, packet[_AGENT_HEADER.size :])


def _build(cls: type[Any], values: dict[str, Any]) -> Any:
    hints = _HINTS[cls]
    _check(values.keys() <= hints.keys(), "an unknown field")
    for wanted in fields(cls):
        if wanted.name not in values:
            _check(wanted.default is not MISSING or wanted.default_factory is not MISSING, "a field is missing")
    message = cls(**{name: _value(hints[name], value) for name, value in values.items()})
    rule = _RULES.get(cls)
    _check(rule is None or rule(message), "a value out of range")
    return message


def _value(hint: Any, value: Any) -> Any:
    if hint is float:
        _check(type(value) in {int, float} and 0 <= value <= _MAX_NUMBER and math.isfinite(value), "a bad number")
        return float(value)
    if hint in {int, bool}:
        _check(type(value) is hint and 0 <= value <= _MAX_NUMBER, "a bad number")
        return value
    if hint == Mapping[str, str]:
        _check(isinstance(value, Mapping) and len(value) <= MAX_HEADERS, "bad headers")
        return {_text(key): _text(text) for key, text in value.items()}
    text = _text(value)
    if hint is str:
        return text
    try:
        return hint(text)
    except ValueError:
        raise MessageError("an unknown choice") from None


def _text(value: Any) -> str:
    _check(isinstance(value, str) and len(value) <= MAX_TEXT, "bad text")
    return str(value)


def _check(holds: object, otherwise: str) -> None:
    if not holds:
        raise MessageError(otherwise)


_RULES: Final[Mapping[type[Any], Callable[[Any], bool]]] = {
    DigitReceived: lambda m: m.digit in DIGITS,
    SendDigits: lambda m: 0 < len(m.digits) <= MAX_DIGITS and set(m.digits) <= DIGITS,
    Reject: lambda m: 400 <= m.code <= 699,
    HangUp: lambda m: 400 <= m.code <= 699,
    Redirect: lambda m: is_sip_uri(m.contact),
    Transfer: lambda m: is_transfer_target(m.target),
}
