"""The SIP URIs that a test caller can call."""

import re
from dataclasses import dataclass

from sip.errors import SipError

_URI = re.compile(
    r"^sip:(?:(?P<user>[^@;?]*)@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.\-]+)(?::(?P<port>\d{1,5}))?(?P<rest>[;?].*)?$"
)


@dataclass(frozen=True, slots=True)
class SipUri:
    """Where to send a request; `text` is the URI as it was given."""

    user: str
    host: str
    port: int
    text: str


def parse_uri(text: str) -> SipUri:
    """A `sip:` URI. Raises SipError where it is none or asks for another transport than UDP."""
    match = _URI.match(text.strip())
    if match is None or not 0 < int(match["port"] or 5060) < 65536:
        raise SipError(f"{text.strip()!r} is not a SIP address", "write it as sip:user@host:port")
    transport = re.search(r";transport=([A-Za-z]+)", match["rest"] or "", re.IGNORECASE)
    if transport and transport[1].lower() != "udp":
        raise SipError(f"the address asks for {transport[1].upper()}", "the test caller speaks UDP: give a UDP address")
    return SipUri(match["user"] or "", match["host"].strip("[]"), int(match["port"] or 5060), text.strip())
