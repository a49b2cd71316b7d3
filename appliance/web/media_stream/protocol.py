"""The messages of Twilio Media Streams (bidirectional), read and written. Pure; `docs/media-stream.md` describes them.

From the peer: `connected`, `start`, `media`, `dtmf`, `mark`, `stop`. To the peer: `media`, `mark`, `clear`.
Fields that we do not use (`sequenceNumber`, `chunk`, `timestamp`, `accountSid` and the like) may be there or not.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any, Literal, TypeGuard

import msgspec

SAMPLE_RATE = 8000
LONGEST_MEDIA_MS = 1000
_LONGEST_MEDIA = SAMPLE_RATE * LONGEST_MEDIA_MS // 1000
_LONGEST_BASE64 = -(-_LONGEST_MEDIA // 3) * 4
_MOST_PARAMETERS = 32
_LONGEST_TEXT = 256
_IDENTIFIER = re.compile(r"[\x21-\x7e]{1,128}")
_DIGITS = frozenset("0123456789*#ABCD")


class CloseCode(IntEnum):
    """Why we close a connection (RFC 6455, section 7.4.1, and the IANA registry for 1013)."""

    NORMAL = 1000
    UNACCEPTABLE = 1003
    INVALID = 1007
    POLICY = 1008
    INTERNAL_ERROR = 1011
    TRY_AGAIN_LATER = 1013


class Fault(Enum):
    """What is wrong with a message: the close code and the reason that the peer is told."""

    BINARY = (CloseCode.UNACCEPTABLE, "binary message: send JSON text")
    NOT_JSON = (CloseCode.INVALID, "not JSON")
    NOT_AN_OBJECT = (CloseCode.INVALID, "not a JSON object")
    NO_EVENT = (CloseCode.INVALID, "no event")
    BAD_START = (CloseCode.INVALID, "start: streamSid is missing or not an identifier")
    BAD_CALL = (CloseCode.INVALID, "start: callSid is not an identifier")
    BAD_PARAMETERS = (CloseCode.INVALID, "start: customParameters are not up to 32 short texts")
    BAD_TRACKS = (CloseCode.UNACCEPTABLE, "start: tracks must hold inbound")
    BAD_FORMAT = (CloseCode.UNACCEPTABLE, "start: mediaFormat must be audio/x-mulaw, 8000 Hz, 1 channel")
    BAD_MEDIA = (CloseCode.INVALID, "media: payload is not base64")
    LONG_MEDIA = (CloseCode.POLICY, "media: more than 1000 ms in one message")
    BAD_TRACK = (CloseCode.INVALID, "media: track is neither inbound nor outbound")
    BAD_DIGIT = (CloseCode.INVALID, "dtmf: digit is not one of 0-9, *, #, A-D")
    BAD_MARK = (CloseCode.INVALID, "mark: name is missing or too long")
    OTHER_STREAM = (CloseCode.POLICY, "streamSid is not that of start")
    NOT_STARTED = (CloseCode.POLICY, "start must come first")
    STARTED_TWICE = (CloseCode.POLICY, "start came twice")
    NO_START = (CloseCode.POLICY, "no start within 5 s")
    TOO_MANY = (CloseCode.POLICY, "too many messages")

    @property
    def close_code(self) -> CloseCode:
        """The websocket close code."""
        code: CloseCode = self.value[0]
        return code

    @property
    def reason(self) -> str:
        """A fixed text without content, short enough for a close frame (123 bytes)."""
        text: str = self.value[1]
        return text


class MediaStreamError(Exception):
    """A message that ends the connection it came on."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Connected:
    """The peer speaks the protocol."""


@dataclass(frozen=True, slots=True)
class Start:
    """A call begins. `parameters` are the peer's own names and values."""

    stream_sid: str
    call_sid: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Media:
    """µ-law `codes` at 8000 Hz, of any number up to a second; what the caller said unless not `from_caller`."""

    stream_sid: str
    codes: bytes
    from_caller: bool


@dataclass(frozen=True, slots=True)
class Digit:
    """The caller pressed a key: one of 0-9, *, #, A-D."""

    stream_sid: str
    digit: str


@dataclass(frozen=True, slots=True)
class Mark:
    """The peer has played, or cleared, everything that was sent before the mark of this name."""

    stream_sid: str
    name: str


@dataclass(frozen=True, slots=True)
class Stop:
    """The call is over."""

    stream_sid: str


@dataclass(frozen=True, slots=True)
class OtherEvent:
    """Something that other versions of the protocol have. It is passed over, as fields that are not known are."""


Message = Connected | Start | Media | Digit | Mark | Stop | OtherEvent


class _UsualPart(msgspec.Struct):
    payload: bytes
    track: Literal["inbound", "outbound"] = "inbound"


class _UsualMedia(msgspec.Struct):
    event: Literal["media"]
    media: _UsualPart
    streamSid: str = ""  # noqa: N815


_usual_media = msgspec.json.Decoder(_UsualMedia)


def parse(text: str) -> Message:
    """The message in `text`. Raises `MediaStreamError`, and nothing else, for what is none."""
    # Fifty of these come a second; what is wrong with any other is for the slow way to say.
    try:
        usual = _usual_media.decode(text)
    except (ValueError, RecursionError):
        return _parse_slowly(text)
    codes, stream_sid = usual.media.payload, usual.streamSid
    if len(codes) > _LONGEST_MEDIA or (stream_sid and not _is_identifier(stream_sid)):
        return _parse_slowly(text)
    return Media(stream_sid, codes, from_caller=usual.media.track == "inbound")


def _parse_slowly(text: str) -> Message:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise MediaStreamError(Fault.NOT_JSON) from None
    if not isinstance(fields, dict):
        raise MediaStreamError(Fault.NOT_AN_OBJECT)
    event = fields.get("event")
    if not isinstance(event, str):
        raise MediaStreamError(Fault.NO_EVENT)
    reader = _READERS.get(event)
    return OtherEvent() if reader is None else reader(fields)


def media_message(stream_sid: str, codes: bytes) -> str:
    """µ-law audio for the caller."""
    payload = base64.b64encode(codes).decode("ascii")
    return json.dumps({"event": "media", "streamSid": stream_sid, "media": {"payload": payload}})


def mark_message(stream_sid: str, name: str) -> str:
    """Ask to be told when everything sent so far has been played."""
    return json.dumps({"event": "mark", "streamSid": stream_sid, "mark": {"name": name}})


def clear_message(stream_sid: str) -> str:
    """Have the peer drop what it has not played yet."""
    return json.dumps({"event": "clear", "streamSid": stream_sid})


def _connected(_: Mapping[str, Any]) -> Message:
    return Connected()


def _start(fields: Mapping[str, Any]) -> Message:
    start = _part(fields, "start")
    stream_sid = start.get("streamSid", fields.get("streamSid"))
    if not _is_identifier(stream_sid):
        raise MediaStreamError(Fault.BAD_START)
    call_sid = start.get("callSid", "")
    if call_sid != "" and not _is_identifier(call_sid):
        raise MediaStreamError(Fault.BAD_CALL)
    tracks = start.get("tracks", ["inbound"])
    if not isinstance(tracks, list) or "inbound" not in tracks:
        raise MediaStreamError(Fault.BAD_TRACKS)
    _check_format(start.get("mediaFormat", {}))
    return Start(stream_sid, call_sid, _parameters(start.get("customParameters", {})))


def _check_format(layout: Any) -> None:
    expected = {"encoding": "audio/x-mulaw", "sampleRate": SAMPLE_RATE, "channels": 1}
    if not isinstance(layout, dict) or any(layout.get(key, value) != value for key, value in expected.items()):
        raise MediaStreamError(Fault.BAD_FORMAT)


def _parameters(parameters: Any) -> dict[str, str]:
    if not isinstance(parameters, dict) or len(parameters) > _MOST_PARAMETERS:
        raise MediaStreamError(Fault.BAD_PARAMETERS)
    if not all(_is_short_text(text) for item in parameters.items() for text in item):
        raise MediaStreamError(Fault.BAD_PARAMETERS)
    return dict(parameters)


def _media(fields: Mapping[str, Any]) -> Message:
    media = _part(fields, "media")
    track = media.get("track", "inbound")
    if track not in ("inbound", "outbound"):
        raise MediaStreamError(Fault.BAD_TRACK)
    payload = media.get("payload")
    if not isinstance(payload, str):
        raise MediaStreamError(Fault.BAD_MEDIA)
    if len(payload) > _LONGEST_BASE64:
        raise MediaStreamError(Fault.LONG_MEDIA)
    try:
        codes = base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        raise MediaStreamError(Fault.BAD_MEDIA) from None
    if len(codes) > _LONGEST_MEDIA:
        raise MediaStreamError(Fault.LONG_MEDIA)
    return Media(_stream(fields), codes, from_caller=track == "inbound")


def _dtmf(fields: Mapping[str, Any]) -> Message:
    digit = _part(fields, "dtmf").get("digit")
    if not isinstance(digit, str) or digit.upper() not in _DIGITS:
        raise MediaStreamError(Fault.BAD_DIGIT)
    return Digit(_stream(fields), digit.upper())


def _mark(fields: Mapping[str, Any]) -> Message:
    name = _part(fields, "mark").get("name")
    if not _is_short_text(name):
        raise MediaStreamError(Fault.BAD_MARK)
    return Mark(_stream(fields), name)


def _stop(fields: Mapping[str, Any]) -> Message:
    return Stop(_stream(fields))


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Message]] = {
    "connected": _connected,
    "start": _start,
    "media": _media,
    "dtmf": _dtmf,
    "mark": _mark,
    "stop": _stop,
}


def _part(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = fields.get(name)
    return part if isinstance(part, dict) else {}


def _stream(fields: Mapping[str, Any]) -> str:
    """The stream that a message names; empty when it names none, which peers with one stream may do."""
    stream_sid = fields.get("streamSid", "")
    if stream_sid != "" and not _is_identifier(stream_sid):
        raise MediaStreamError(Fault.OTHER_STREAM)
    return str(stream_sid)


def _is_identifier(value: Any) -> bool:
    return isinstance(value, str) and _IDENTIFIER.fullmatch(value) is not None


def _is_short_text(value: Any) -> TypeGuard[str]:
    """Up to 256 characters that can be written in UTF-8, which lone surrogates from JSON escapes cannot."""
    return isinstance(value, str) and len(value) <= _LONGEST_TEXT and not any("\ud800" <= c <= "\udfff" for c in value)
