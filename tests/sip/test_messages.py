"""The wire format between worker and orchestrator: everything round-trips, and no bytes break the decoder."""

import json
import struct
from dataclasses import fields
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.messages import (
    DIGITS,
    MAX_DIGITS,
    MAX_HEADERS,
    MAX_PACKET,
    MAX_TEXT,
    AgentAudio,
    Answered,
    CallerAudio,
    DigitReceived,
    Ended,
    EndReason,
    HangUp,
    IncomingCall,
    Message,
    MessageError,
    Redirect,
    Reject,
    SendDigits,
    Statistics,
    Transfer,
    is_sip_uri,
)
from sip.packets import PacketType, decode, encode

FRAMES = st.binary(min_size=320, max_size=320) | st.binary(min_size=640, max_size=640)
COUNTS = st.integers(0, 2**32 - 1)
TEXT = st.text(max_size=40)
CODES = st.integers(400, 699)
URIS = st.text("abcxyz0123@.:;=+", min_size=1, max_size=30).map("sip:".__add__)
SPECIAL = {
    CallerAudio: st.builds(CallerAudio, COUNTS, COUNTS, FRAMES | st.just(b"")),
    AgentAudio: st.builds(AgentAudio, COUNTS, FRAMES),
    IncomingCall: st.builds(
        IncomingCall,
        TEXT,
        st.integers(0, 99),
        TEXT,
        TEXT,
        TEXT,
        TEXT,
        st.dictionaries(TEXT, TEXT, max_size=MAX_HEADERS),
    ),
    DigitReceived: st.builds(DigitReceived, st.sampled_from(sorted(DIGITS))),
    Statistics: st.builds(
        Statistics, COUNTS, COUNTS, st.floats(0, 1e6, allow_nan=False), st.floats(0, 1e6, allow_nan=False), TEXT
    ),
    SendDigits: st.builds(SendDigits, st.text(sorted(DIGITS), min_size=1, max_size=MAX_DIGITS)),
    Reject: st.builds(Reject, CODES, COUNTS),
    HangUp: st.builds(HangUp, st.sampled_from(EndReason), CODES),
    Redirect: st.builds(Redirect, URIS),
    Transfer: st.builds(Transfer, URIS | st.text("0123456789*#+", min_size=1, max_size=20)),
}


def messages_of(cls: type[Any]) -> st.SearchStrategy[Any]:
    """Generated instances of one message class."""
    if cls in SPECIAL:
        return SPECIAL[cls]
    by_type: dict[Any, st.SearchStrategy[Any]] = {int: COUNTS, str: TEXT, bool: st.booleans()}
    hints = get_type_hints(cls)
    by_type |= {hint: st.sampled_from(hint) for hint in hints.values() if hint not in by_type}
    return st.builds(cls, **{f.name: by_type[hints[f.name]] for f in fields(cls)})


ALL_CLASSES = get_args(Message)
ANY_MESSAGE = st.one_of([messages_of(cls) for cls in ALL_CLASSES])
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def test_every_packet_type_has_a_message_and_every_message_a_packet_type() -> None:
    assert len(ALL_CLASSES) == len(PacketType)


@given(ANY_MESSAGE)
def test_what_is_encoded_decodes_to_the_same(message: Message) -> None:
    packet = encode(message)
    assert len(packet) <= MAX_PACKET
    assert decode(packet) == message


@given(st.binary(max_size=1000))
def test_any_bytes_give_a_message_or_an_error(packet: bytes) -> None:
    try:
        message = decode(packet)
    except MessageError:
        return
    assert decode(encode(message)) == message


@given(st.sampled_from(PacketType), JSON_VALUES)
def test_any_json_behind_any_type_gives_a_message_or_an_error(kind: PacketType, value: object) -> None:
    try:
        decode(bytes([kind]) + json.dumps(value).encode())
    except MessageError:
        return


@given(ANY_MESSAGE, st.data())
def test_a_damaged_packet_gives_a_message_or_an_error(message: Message, data: st.DataObject) -> None:
    packet = bytearray(encode(message))
    packet[data.draw(st.integers(0, len(packet) - 1))] = data.draw(st.integers(0, 255))
    try:
        decode(bytes(packet[: data.draw(st.integers(0, len(packet)))]))
    except MessageError:
        return


@given(st.sampled_from([cls for cls in ALL_CLASSES if cls not in {CallerAudio, AgentAudio}]), st.data())
def test_a_field_of_another_type_is_an_error(cls: type[Any], data: st.DataObject) -> None:
    message = data.draw(messages_of(cls))
    packet = encode(message)
    values = json.loads(packet[1:])
    if not values:
        return
    values[data.draw(st.sampled_from(sorted(values)))] = data.draw(st.sampled_from([None, [], [1], {"a": 1}, -1]))
    with pytest.raises(MessageError):
        decode(packet[:1] + json.dumps(values).encode())


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\x99{}",
        bytes([PacketType.ANSWERED]) + b"{}",
        bytes([PacketType.ANSWER]) + b'{"unknown": 1}',
        bytes([PacketType.ANSWERED]) + b'{"sample_rate": true, "codec": "PCMU"}',
        bytes([PacketType.STATISTICS])
        + b'{"packets_received": 1, "packets_lost": 0, "jitter_ms": NaN, "round_trip_ms": 0, "codec": ""}',
        bytes([PacketType.ANSWERED]) + b'{"sample_rate": ' + b"9" * 5000 + b', "codec": ""}',
        bytes([PacketType.ANSWER]) + b"[" * (MAX_PACKET - 1),
        bytes([PacketType.ANSWER]) + b"\xff\xfe",
        bytes([PacketType.ANSWER]) + b"{}" + b" " * MAX_PACKET,
        struct.pack("<BII", PacketType.CALLER_AUDIO, 1, 1) + b"\0" * 319,
        struct.pack("<BI", PacketType.AGENT_AUDIO, 1),
        b"\x01\x00",
    ],
)
def test_a_bad_packet_is_an_error(packet: bytes) -> None:
    with pytest.raises(MessageError):
        decode(packet)


@pytest.mark.parametrize(
    "message",
    [
        SendDigits(""),
        SendDigits("1" * (MAX_DIGITS + 1)),
        SendDigits("5x"),
        Reject(200),
        Redirect("sip:a@b>\r\nX-Evil: 1"),
        Transfer("sip:a@b\r\nX-Evil: 1"),
        Transfer("7 7"),
        Transfer(""),
        Answered(8000, "x" * (MAX_TEXT + 1)),
        AgentAudio(0, b"\0" * 100),
        IncomingCall("c", 0, "a", "b", "s", "udp", {str(n): "" for n in range(MAX_HEADERS + 1)}),
    ],
)
def test_a_message_that_would_not_be_understood_is_not_sent(message: Message) -> None:
    with pytest.raises(MessageError):
        encode(message)


def test_a_field_with_a_default_may_be_left_out() -> None:
    assert decode(bytes([PacketType.ENDED]) + b'{"reason": "drained"}') == Ended(EndReason.DRAINED)


@given(st.text(max_size=30))
def test_a_sip_uri_cannot_end_a_header(text: str) -> None:
    assert not (is_sip_uri("sip:" + text) and set(text) & set('<>\r\n "'))


def test_errors_and_texts_of_messages_do_not_show_who_calls() -> None:
    call = IncomingCall("c1", 0, "+15550100", "clinic", "192.0.2.7:5060", "udp", {"Diversion": "sip:+15550199@x"})
    shown = (
        repr(call) + repr(Transfer("sip:+15550100@x")) + repr(Redirect("sip:+15550100@x")) + repr(SendDigits("4711"))
    )
    assert not any(secret in shown for secret in ("15550100", "15550199", "192.0.2.7", "4711"))
    with pytest.raises(MessageError) as error:
        decode(bytes([PacketType.TRANSFER]) + b'{"target": "+15550100 x"}')
    assert "15550100" not in str(error.value)
