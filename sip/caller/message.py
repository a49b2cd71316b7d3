"""SIP messages as text (RFC 3261 section 7 and 25): a small total parser and a writer."""

import re
from dataclasses import dataclass, field

Fields = tuple[tuple[str, str], ...]

_COMPACT = {
    "v": "via", "f": "from", "t": "to", "m": "contact", "i": "call-id", "l": "content-length", "c": "content-type",
    "s": "subject", "k": "supported", "e": "content-encoding", "r": "refer-to", "b": "referred-by", "o": "event",
}  # fmt: skip
_TOKEN = re.compile(r"^[A-Za-z0-9\-.!%*_+`'~]+$")
_LIST_HEADERS = {"via", "contact", "route", "record-route"}


class MalformedMessageError(Exception):
    """Bytes that are no SIP message."""


def _canonical(name: str) -> str:
    lowered = name.strip().lower()
    return _COMPACT.get(lowered, lowered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What requests and responses share. Header names compare without case; compact forms count as long ones."""

    headers: Fields = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first value of a header, None when it is absent."""
        return next(iter(self.values(name)), None)

    def required(self, name: str) -> str:
        """The first value of a header. Raises MalformedMessageError when it is absent."""
        value = self.header(name)
        if value is None:
            raise MalformedMessageError(f"no {name} header")
        return value

    def values(self, name: str) -> tuple[str, ...]:
        """Every value of a header in order, comma lists split where the header is a list of addresses or hops."""
        wanted = _canonical(name)
        found = [value for key, value in self.headers if _canonical(key) == wanted]
        return tuple(part for value in found for part in split_list(value)) if wanted in _LIST_HEADERS else tuple(found)

    @property
    def cseq(self) -> tuple[int, str]:
        """The sequence number and the method it belongs to. Raises MalformedMessageError."""
        number, _, method = self.required("cseq").strip().partition(" ")
        if not (number.isascii() and number.isdigit() and len(number) <= 10) or not method.strip():
            raise MalformedMessageError("a CSeq that is not a number and a method")
        return int(number), method.strip()

    def _encode(self, first_line: str) -> bytes:
        lines = [first_line, *(f"{name}: {value}" for name, value in self.headers)]
        lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Message):
    """A request, for example INVITE."""

    method: str
    uri: str

    def encode(self) -> bytes:
        """The datagram to send; Content-Length is added."""
        return self._encode(f"{self.method} {self.uri} SIP/2.0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Response(Message):
    """A response; `status` is 100-699."""

    status: int
    reason: str = ""

    def encode(self) -> bytes:
        """The datagram to send; Content-Length is added."""
        return self._encode(f"SIP/2.0 {self.status} {self.reason}")


def parse_message(data: bytes) -> Request | Response:
    """The message in a datagram. Raises MalformedMessageError, and nothing else, for any bytes that are none."""
    head, separator, body = data.partition(b"\r\n\r\n")
    if not separator:
        raise MalformedMessageError("no empty line after the headers")
    try:
        lines = head.decode("utf-8").lstrip("\r\n").split("\r\n")
    except UnicodeDecodeError:
        raise MalformedMessageError("headers that are not UTF-8") from None
    fields = _parse_fields(lines[1:])
    return _parse_first_line(lines[0], fields, _cut_body(fields, body))


def _parse_fields(lines: list[str]) -> Fields:
    unfolded: list[str] = []
    for line in lines:
        if line[:1] in (" ", "\t") and unfolded:
            unfolded[-1] += " " + line.strip()
        else:
            unfolded.append(line)
    fields: list[tuple[str, str]] = []
    for line in unfolded:
        name, colon, value = line.partition(":")
        if not colon or not _TOKEN.match(name.rstrip()):
            raise MalformedMessageError("a header line without a name")
        fields.append((name.rstrip(), value.strip()))
    return tuple(fields)


def _cut_body(fields: Fields, body: bytes) -> bytes:
    length = next((value for name, value in fields if _canonical(name) == "content-length"), None)
    if length is None:
        return body
    if not (length.isascii() and length.isdigit()) or len(length) > 9 or int(length) > len(body):
        raise MalformedMessageError("a Content-Length that does not fit the datagram")
    return body[: int(length)]


def _parse_first_line(line: str, fields: Fields, body: bytes) -> Request | Response:
    parts = line.split(" ", 2)
    if parts[0] == "SIP/2.0" and len(parts) >= 2:
        status = parts[1]
        if not (status.isascii() and status.isdigit() and len(status) == 3 and 100 <= int(status) < 700):
            raise MalformedMessageError("a status that is not 100-699")
        reason = parts[2] if len(parts) == 3 else ""
        return Response(status=int(status), reason=reason, headers=fields, body=body)
    if len(parts) == 3 and parts[2] == "SIP/2.0" and _TOKEN.match(parts[0]) and parts[1]:
        return Request(method=parts[0], uri=parts[1], headers=fields, body=body)
    raise MalformedMessageError("a first line that is neither a request nor a status")


def split_list(value: str) -> list[str]:
    """The parts of a comma list, commas inside quotes and angle brackets left alone."""
    parts, start, quoted, bracketed, escaped = [], 0, False, False, False
    for position, character in enumerate(value):
        if escaped:
            escaped = False
        elif quoted:
            escaped, quoted = character == "\\", character != '"'
        elif character == '"':
            quoted = True
        elif character in "<>":
            bracketed = character == "<"
        elif character == "," and not bracketed:
            parts.append(value[start:position].strip())
            start = position + 1
    parts.append(value[start:].strip())
    return [part for part in parts if part]


@dataclass(frozen=True, slots=True)
class Address:
    """A From, To, Contact or Refer-To value: the URI and the header parameters (names in lower case)."""

    uri: str
    parameters: dict[str, str] = field(default_factory=dict)


def parse_address(value: str) -> Address:
    """An address with or without display name and brackets."""
    bracketed = re.search(r"<([^>]*)>(.*)$", _without_display_name(value), re.DOTALL)
    if bracketed:
        return Address(bracketed.group(1).strip(), parse_parameters(bracketed.group(2)))
    uri, _, rest = value.strip().partition(";")
    return Address(uri.strip(), parse_parameters(rest))


def _without_display_name(value: str) -> str:
    return re.sub(r'^\s*"(?:\\.|[^"\\])*"', "", value, count=1, flags=re.DOTALL)


def parse_parameters(text: str) -> dict[str, str]:
    """`;name=value;flag` as a mapping, names in lower case, quotes removed."""
    found: dict[str, str] = {}
    for part in text.split(";"):
        name, _, value = part.partition("=")
        if name.strip():
            found[name.strip().lower()] = value.strip().strip('"')
    return found
