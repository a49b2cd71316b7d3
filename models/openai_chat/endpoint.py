"""Where the language model may be: on this machine, or on one that the configuration lists as being on the premises."""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from models.errors import EngineError
from models.openai_chat.failures import ChatError, FailureKind

_UNIX: Final = "unix:"
_PORTS: Final = {"http": 80, "https": 443}
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server that may be asked. `socket_path` is set for a Unix socket; `base_url` then names no real host.

    `host` is set when it is a name that has to be resolved.
    """

    base_url: str
    socket_path: str | None = None
    host: str | None = None
    port: int = 0

    def __str__(self) -> str:
        return f"{_UNIX}{self.socket_path}" if self.socket_path else self.base_url

    @classmethod
    def of(cls, url: str, private_hosts: Sequence[str] = ()) -> "Endpoint":
        """The endpoint of `url`: `http://127.0.0.1:8000/v1`, or `unix:/run/vllm.sock` (API under /v1).

        Anything but loopback, a Unix socket, and the addresses, networks and host names of `private_hosts` is refused.
        Nothing is resolved. Raises `EngineError`.
        """
        if url.startswith(_UNIX):
            return cls._unix(url)
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise _unusable() from None
        if parts.scheme not in _PORTS or not host or parts.username or parts.query or parts.fragment:
            raise _unusable()
        address = _address(host)
        if address is not None and address.is_global:
            raise _public(host)
        if not _on_the_premises(host, address, private_hosts):
            raise EngineError(
                f"the language model's server {host} is neither this machine nor listed as being on the premises",
                "use a loopback address or a Unix socket, or add it to engines.openai.private_hosts if it is in the "
                "building; what callers say must not leave it",
            )
        base_url = url.rstrip("/")
        if address is not None or host == "localhost":
            return cls(base_url)
        return cls(base_url, host=host, port=port or _PORTS[parts.scheme])

    @classmethod
    def _unix(cls, url: str) -> "Endpoint":
        path = url.removeprefix(_UNIX)
        if not path.startswith("/"):
            raise _unusable()
        return cls("http://localhost/v1", path)

    async def check_address(self) -> None:
        """See that a host name does not lead out of the building. Raises `ChatError`."""
        if self.host is None:
            return
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except OSError:
            message = f"the language model's server {self.host} has no address"
            raise ChatError(FailureKind.CONNECTION, message, "add it to /etc/hosts or to the DNS") from None
        for *_, place in found:
            address = _address(str(place[0]).partition("%")[0])
            if address is None or address.is_global:
                raise _public(self.host)


def _public(host: str) -> ChatError:
    message = f"the language model's server {host} has a public address"
    return ChatError(FailureKind.REFUSED, message, "name a server in the building; what callers say must not leave it")


def _unusable() -> EngineError:
    return EngineError(
        "the language model's url is not one that can be used",
        'write it as "http://127.0.0.1:8000/v1" or "unix:/run/vllm/vllm.sock"',
    )


def _address(host: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    # ::ffff:8.8.8.8 leads where 8.8.8.8 does.
    return getattr(address, "ipv4_mapped", None) or address


def _on_the_premises(host: str, address: _Address | None, private_hosts: Sequence[str]) -> bool:
    if address is None:
        return host == "localhost" or host in {name.lower() for name in private_hosts}
    if address.is_loopback:
        return True
    return any(_holds(entry, address) for entry in private_hosts)


def _holds(entry: str, address: _Address) -> bool:
    try:
        return address in ipaddress.ip_network(entry)
    except ValueError:
        return False
