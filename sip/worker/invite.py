"""What an INVITE says about itself, and whether its source may call at all."""

import ipaddress
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from sip.messages import MAX_HEADERS, MAX_TEXT

_WANTED = frozenset(
    {"p-asserted-identity", "remote-party-id", "privacy", "diversion", "history-info", "referred-by"},
)
_MAX_USER = 128
_MAX_HEADERS_ENCODED = 8_192
"""Of JSON, where one character may take twelve: the announcement of a call has to fit into a packet."""
_USER = re.compile(r"(?:sips?|tel):([^@;>\s]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Invite:
    """User parts of From and of the request URI, the transport it came by, and the headers of interest."""

    caller: str
    called: str
    transport: str
    headers: dict[str, str]


class AllowList:
    """The IP networks that calls may come from."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = [ipaddress.ip_network(network, strict=False) for network in networks]

    def allows(self, source: str) -> bool:
        """Whether ``ip:port`` or ``[ip6]:port`` lies in one of them."""
        host = source.rsplit(":", 1)[0].strip("[]")
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self._networks)


def read_invite(message: str) -> Invite:
    """Read a SIP request; what it lacks is left empty. `message` has passed pjsip's own parser."""
    head = message.replace("\r\n", "\n").split("\n\n", 1)[0]
    request, *lines = re.sub(r"\n[ \t]+", " ", head).split("\n")
    first: dict[str, str] = {}
    headers: dict[str, str] = {}
    room = _MAX_HEADERS_ENCODED
    for line in lines:
        name, _, value = line.partition(":")
        name, value = name.strip(), value.strip()[:MAX_TEXT]
        first.setdefault(name.lower(), value)
        wanted = name.lower() in _WANTED or name.lower().startswith("x-")
        if wanted and name not in headers and len(headers) < MAX_HEADERS and len(name) <= MAX_TEXT:
            room -= len(json.dumps([name, value]))
            if room >= 0:
                headers[name] = value
    via = first.get("via", first.get("v", ""))
    return Invite(
        caller=_user(first.get("from", first.get("f", ""))),
        called=_user(request),
        transport="tcp" if "/TCP" in via.upper()[:16] else "udp",
        headers=headers,
    )


def _user(text: str) -> str:
    found = _USER.search(text)
    return found.group(1)[:_MAX_USER] if found else ""
