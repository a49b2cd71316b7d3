"""The messages of a media stream: those that are read, those that are refused, and anything at all."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.web.media_stream.protocol import (
    CloseCode,
    Connected,
    Digit,
    Fault,
    Mark,
    Media,
    MediaStreamError,
    Message,
    OtherEvent,
    Start,
    Stop,
    clear_message,
    mark_message,
    media_message,
    parse,
)

# As in Twilio's documentation of Media Streams.
START = {
    "event": "start",
    "sequenceNumber": "1",
    "start": {
        "accountSid": "AC1",
        "streamSid": "MZ1",
        "callSid": "CA1",
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"from": "200"},
    },
    "streamSid": "MZ1",
}
SAMPLES: tuple[tuple[dict[str, Any], Message], ...] = (
    ({"event": "connected", "protocol": "Call", "version": "1.0.0"}, Connected()),
    ({"event": "clear"}, OtherEvent()),
    ({"event": "sing", "streamSid": 5, "media": "?"}, OtherEvent()),
    (START, Start("MZ1", "CA1", {"from": "200"})),
    ({"event": "start", "start": {"streamSid": "s"}}, Start("s", "", {})),
    (
        {
            "event": "media",
            "sequenceNumber": "3",
            "media": {"track": "inbound", "chunk": "1", "timestamp": "5", "payload": "/38="},
            "streamSid": "MZ1",
        },
        Media("MZ1", b"\xff\x7f", from_caller=True),
    ),
    ({"event": "media", "media": {"track": "outbound", "payload": ""}}, Media("", b"", from_caller=False)),
    ({"event": "dtmf", "streamSid": "MZ1", "dtmf": {"track": "inbound_track", "digit": "d"}}, Digit("MZ1", "D")),
    ({"event": "mark", "streamSid": "MZ1", "mark": {"name": "played-7"}}, Mark("MZ1", "played-7")),
    ({"event": "stop", "streamSid": "MZ1", "stop": {"callSid": "CA1"}}, Stop("MZ1")),
)


@pytest.mark.parametrize(("fields", "message"), SAMPLES, ids=[type(message).__name__ for _, message in SAMPLES])
def test_what_peers_send_is_understood(fields: dict[str, Any], message: Message) -> None:
    assert parse(json.dumps(fields)) == message


def _start(**changes: object) -> str:
    start = START["start"]
    assert isinstance(start, dict)
    return json.dumps({**START, "start": {**start, **changes}})


def _media(payload: object, **more: object) -> str:
    return json.dumps({"event": "media", "media": {"payload": payload, **more}})


REFUSED = {
    "": Fault.NOT_JSON,
    "{": Fault.NOT_JSON,
    "[" * 60_000: Fault.NOT_JSON,
    "1" * 5000: Fault.NOT_JSON,
    '["media"]': Fault.NOT_AN_OBJECT,
    "{}": Fault.NO_EVENT,
    '{"event": 1}': Fault.NO_EVENT,
    '{"event": "start"}': Fault.BAD_START,
    '{"event": "start", "start": {"streamSid": "a b"}}': Fault.BAD_START,
    _start(callSid=7): Fault.BAD_CALL,
    _start(tracks=["outbound"]): Fault.BAD_TRACKS,
    _start(tracks="inbound"): Fault.BAD_TRACKS,
    _start(mediaFormat={"encoding": "audio/l16"}): Fault.BAD_FORMAT,
    _start(mediaFormat={"encoding": "audio/x-mulaw", "sampleRate": 16000}): Fault.BAD_FORMAT,
    _start(mediaFormat={"channels": 2}): Fault.BAD_FORMAT,
    _start(customParameters={"a": 1}): Fault.BAD_PARAMETERS,
    _start(customParameters={"a": "\ud800"}): Fault.BAD_PARAMETERS,
    _start(customParameters={str(n): "" for n in range(33)}): Fault.BAD_PARAMETERS,
    _media(None): Fault.BAD_MEDIA,
    _media("a"): Fault.BAD_MEDIA,
    _media("/38=\n"): Fault.BAD_MEDIA,
    _media("é"): Fault.BAD_MEDIA,
    _media(base64.b64encode(bytes(8001)).decode()): Fault.LONG_MEDIA,
    _media("/38=", track="both"): Fault.BAD_TRACK,
    '{"event": "media", "media": {"payload": ""}, "streamSid": 5}': Fault.OTHER_STREAM,
    '{"event": "dtmf", "dtmf": {"digit": "12"}}': Fault.BAD_DIGIT,
    '{"event": "dtmf", "dtmf": {"digit": ""}}': Fault.BAD_DIGIT,
    '{"event": "mark", "mark": {}}': Fault.BAD_MARK,
    '{"event": "mark", "mark": "name"}': Fault.BAD_MARK,
}


@pytest.mark.parametrize(
    ("text", "fault"), REFUSED.items(), ids=[f"{f.name}-{n}" for n, f in enumerate(REFUSED.values())]
)
def test_what_is_malformed_has_a_reason(text: str, fault: Fault) -> None:
    with pytest.raises(MediaStreamError) as error:
        parse(text)
    assert error.value.fault is fault


def test_every_reason_fits_a_close_frame() -> None:
    for fault in Fault:
        assert fault.close_code in {CloseCode.UNACCEPTABLE, CloseCode.INVALID, CloseCode.POLICY}
        assert 0 < len(fault.reason.encode()) <= 123


def _is_total(text: str) -> None:
    try:
        message = parse(text)
    except MediaStreamError as error:
        assert error.fault in Fault
    else:
        assert isinstance(message, Message)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    "streamSid callSid tracks mediaFormat customParameters encoding sampleRate channels payload digit name".split()
)
PARTS = st.dictionaries(NAMES, VALUES | st.sampled_from(["inbound", "/38=", "MZ1", "5"]), max_size=5) | VALUES
EVENTS = st.sampled_from("connected start media dtmf mark stop clear".split())


@given(st.text())
def test_any_text_is_a_message_or_an_error(text: str) -> None:
    _is_total(text)


@given(EVENTS, st.dictionaries(EVENTS | NAMES, PARTS, max_size=5))
def test_any_fields_are_a_message_or_an_error(event: str, fields: dict[str, Any]) -> None:
    _is_total(json.dumps({**fields, "event": event}))


@given(st.sampled_from([json.dumps(fields) for fields, _ in SAMPLES]), st.integers(0, 400), st.characters())
def test_a_damaged_message_is_a_message_or_an_error(text: str, place: int, character: str) -> None:
    at = place % len(text)
    _is_total(text[:at] + character + text[at + 1 :])
    _is_total(text[:at])


# Lone surrogates in what is passed over: valid JSON, and read by the way that is ready for anything.
UNUSUAL = {"extra": "\ud800"}
PAYLOADS = st.sampled_from(["", "AA==", "AB==", "AAA", "A A=", "__--", "AA==\n", "é", "AAAA" * 3000, 5, None])
MEDIA_PARTS = st.fixed_dictionaries(
    {}, optional={"payload": PAYLOADS, "track": st.sampled_from(["inbound", "outbound", "both", None])}
)
MEDIA: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "event": st.sampled_from(["media", "mark", None]),
        "media": MEDIA_PARTS | st.sampled_from([None, [], "x"]),
        "streamSid": st.sampled_from(["", "MZ1", "a b", "x" * 129, "é", 5, None]),
    },
)


@given(MEDIA)
def test_usual_media_messages_are_read_faster_but_not_otherwise(fields: dict[str, Any]) -> None:
    def outcome(text: str) -> Message | Fault:
        try:
            return parse(text)
        except MediaStreamError as error:
            return error.fault

    assert outcome(json.dumps(fields)) == outcome(json.dumps(fields | UNUSUAL))


@given(st.binary(max_size=8000))
def test_audio_goes_there_and_back(codes: bytes) -> None:
    sent = json.loads(media_message("MZ1", codes))
    assert (sent["event"], sent["streamSid"]) == ("media", "MZ1")
    assert parse(json.dumps(sent)) == Media("MZ1", codes, from_caller=True)


def test_marks_and_clear_are_written_as_the_protocol_has_them() -> None:
    assert json.loads(mark_message("MZ1", "m")) == {"event": "mark", "streamSid": "MZ1", "mark": {"name": "m"}}
    assert json.loads(clear_message("MZ1")) == {"event": "clear", "streamSid": "MZ1"}
