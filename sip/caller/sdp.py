"""Session descriptions (RFC 4566, RFC 3264): our offer of G.711 with telephone-event, and what a peer answered."""

from dataclasses import dataclass
from enum import StrEnum

from sip.errors import SipError
from sip.g711 import Companding

STATIC_PAYLOAD_TYPES = {Companding.ULAW: 0, Companding.ALAW: 8}
TELEPHONE_EVENT_PAYLOAD_TYPE = 101


class Direction(StrEnum):
    """Which way media flows, seen from the side that wrote the description."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True)
class AudioDescription:
    """The audio line of a description: where it is received and how it is coded.

    `codecs` maps G.711 laws to payload types in the writer's order of preference; `events` is the payload type of
    telephone-event, None when the peer takes no RFC 4733 digits.
    """

    host: str
    port: int
    codecs: tuple[tuple[Companding, int], ...]
    events: int | None
    direction: Direction = Direction.SENDRECV


def describe(audio: AudioDescription, *, session_id: int, version: int) -> bytes:
    """The description as an SDP body; `version` must rise with every change (RFC 3264 section 8)."""
    family = "IP6" if ":" in audio.host else "IP4"
    types = [str(payload_type) for _, payload_type in audio.codecs]
    attributes = [f"a=rtpmap:{payload_type} {law}/8000" for law, payload_type in audio.codecs]
    if audio.events is not None:
        types.append(str(audio.events))
        attributes += [f"a=rtpmap:{audio.events} telephone-event/8000", f"a=fmtp:{audio.events} 0-15"]
    lines = [
        "v=0",
        f"o=- {session_id} {version} IN {family} {audio.host}",
        "s=call",
        f"c=IN {family} {audio.host}",
        "t=0 0",
        f"m=audio {audio.port} RTP/AVP {' '.join(types)}",
        *attributes,
        "a=ptime:20",
        f"a={audio.direction}",
    ]
    return ("\r\n".join(lines) + "\r\n").encode()


def parse_description(body: bytes) -> AudioDescription:
    """The first audio line of an SDP body.

    Raises SipError when there is none, it is refused (port 0), or it shares no G.711 law with us.
    """
    session_host, lines = _audio_section(body)
    media = lines[0].split()
    if len(media) < 4 or not media[1].partition("/")[0].isdigit():
        raise _not_understood("its audio line is damaged")
    port = int(media[1].partition("/")[0])
    host = next((_connection_host(line) for line in lines if line.startswith("c=")), session_host)
    if not 0 < port < 65536 or not host:
        raise _not_understood("it refuses the audio")
    names = _payload_names(lines)
    offered = [int(number) for number in media[3:] if number.isdigit() and int(number) < 128]
    codecs = tuple((law, number) for number in offered for law in Companding if names.get(number) == law)
    if not codecs:
        raise _not_understood("it has neither PCMU nor PCMA")
    events = next((number for number in offered if names.get(number) == "TELEPHONE-EVENT"), None)
    direction = next((d for d in Direction if f"a={d}" in lines), Direction.SENDRECV)
    return AudioDescription(host, port, codecs, events, direction)


def _not_understood(reason: str) -> SipError:
    return SipError(f"the other side's media description cannot be used: {reason}", "let it offer PCMU or PCMA")


def _audio_section(body: bytes) -> tuple[str, list[str]]:
    session_host, section = "", "session"
    audio: list[str] = []
    for line in body.decode("utf-8", errors="replace").splitlines():
        stripped = line.strip()
        if stripped.startswith("m="):
            section = "audio" if stripped.startswith("m=audio ") and not audio else "other"
        elif section == "session" and stripped.startswith("c="):
            session_host = _connection_host(stripped)
        if section == "audio":
            audio.append(stripped)
    if not audio:
        raise _not_understood("it has no audio line")
    return session_host, audio


def _connection_host(line: str) -> str:
    parts = line[2:].split()
    return parts[2].partition("/")[0] if len(parts) == 3 else ""


def _payload_names(lines: list[str]) -> dict[int, str]:
    names: dict[int, str] = {number: str(law) for law, number in STATIC_PAYLOAD_TYPES.items()}
    for line in lines:
        number, _, encoding = line.removeprefix("a=rtpmap:").partition(" ")
        if line.startswith("a=rtpmap:") and number.isascii() and number.isdigit():
            name, _, rate = encoding.partition("/")
            names[int(number)] = name.strip().upper() if rate.partition("/")[0].strip() == "8000" else ""
    return names
