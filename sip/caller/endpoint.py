"""SIP over one UDP socket: client and server transactions (RFC 3261 section 17) and nothing above them."""

import asyncio
import contextlib
import logging
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from sip.caller.message import MalformedMessageError, Message, Request, Response, parse_message, parse_parameters
from sip.errors import SipError

logger = logging.getLogger(__name__)

SocketAddress = tuple[str, int]
RequestHandler = Callable[[Request, SocketAddress], None]

_MAGIC_COOKIE = "z9hG4bK"


@dataclass(frozen=True, slots=True)
class Timers:
    """RFC 3261 timers in seconds. A transaction without an answer ends after 64 `t1`."""

    t1: float = 0.5
    t2: float = 4.0

    @property
    def transaction_s(self) -> float:
        """Timers B and F."""
        return 64 * self.t1


class NoResponseError(SipError):
    """The other side did not answer a request in time."""

    def __init__(self, method: str, address: SocketAddress) -> None:
        super().__init__(
            f"no answer to {method} from {address[0]}:{address[1]} over UDP",
            "check that the appliance runs there and that no firewall is between",
        )


class ClientTransaction:
    """One request until its final response, sent again as section 17.1 says."""

    def __init__(self, request: Request, send: Callable[[bytes], None], timers: Timers) -> None:
        self.request = request
        self._send_acknowledgement: Callable[[], None] | None = None
        self._send = send
        self._timers = timers
        self._responses: asyncio.Queue[Response | None] = asyncio.Queue()

    def received(self, response: Response) -> None:
        """Take a response; one that repeats a final response is acknowledged again."""
        if self._send_acknowledgement is not None and response.status >= 200:
            self._send_acknowledgement()
        else:
            self._responses.put_nowait(response)

    def acknowledge(self, send: Callable[[], None]) -> None:
        """Send the ACK of an INVITE, now and whenever its final response comes again."""
        self._send_acknowledgement = send
        send()

    def give_up(self) -> None:
        """Wait no longer: `final_response` returns None."""
        self._responses.put_nowait(None)

    async def final_response(self, on_provisional: Callable[[Response], None]) -> Response | None:
        """Send the request and return its final response; None when none came in 64 T1 (INVITE: none of any kind)."""
        loop = asyncio.get_running_loop()
        invite = self.request.method == "INVITE"
        deadline: float | None = loop.time() + self._timers.transaction_s
        interval = self._timers.t1
        resend_at: float | None = loop.time() + interval
        self._send(self.request.encode())
        while True:
            wake_at = min((moment for moment in (deadline, resend_at) if moment is not None), default=None)
            try:
                async with asyncio.timeout_at(wake_at):
                    response = await self._responses.get()
            except TimeoutError:
                if deadline is not None and loop.time() >= deadline:
                    return None
                self._send(self.request.encode())
                interval = interval * 2 if invite else min(interval * 2, self._timers.t2)
                resend_at = loop.time() + interval
                continue
            if response is None or response.status >= 200:
                return response
            on_provisional(response)
            if invite:
                deadline = resend_at = None
            else:
                interval = self._timers.t2


class Endpoint(asyncio.DatagramProtocol):
    """A socket, its running transactions, and the requests that come in.

    `on_request` takes each new request once; a repeated one is answered again with what it was answered before.
    """

    def __init__(self, on_request: RequestHandler, timers: Timers) -> None:
        self._on_request = on_request
        self._timers = timers
        self._transport: asyncio.DatagramTransport | None = None
        self._clients: dict[tuple[str, str], ClientTransaction] = {}
        self._answered: dict[tuple[str, str], tuple[bytes, SocketAddress] | None] = {}
        self.address: SocketAddress = ("", 0)

    @classmethod
    async def open(cls, host: str, on_request: RequestHandler, timers: Timers, *, port: int = 0) -> "Endpoint":
        """Bind a socket on `host`. Raises SipError when it cannot be had."""
        loop = asyncio.get_running_loop()
        try:
            _, endpoint = await loop.create_datagram_endpoint(lambda: cls(on_request, timers), local_addr=(host, port))
        except OSError as error:
            raise SipError(f"no UDP socket on {host}: {error.strerror}", "check the address and free ports") from None
        return endpoint

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the socket (asyncio calls this)."""
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.address = transport.get_extra_info("sockname")[:2]

    def datagram_received(self, data: bytes, addr: SocketAddress) -> None:
        """Take a datagram (asyncio calls this); what is no SIP is dropped."""
        if not data.strip(b"\r\n\0"):
            return  # a keep-alive
        try:
            self._dispatch(parse_message(data), addr[:2])
        except MalformedMessageError as error:
            logger.warning("dropped a malformed SIP message: %s", error)

    def close(self) -> None:
        """Give the socket back."""
        if self._transport is not None:
            self._transport.close()

    def send(self, message: Request | Response, address: SocketAddress) -> None:
        """Send one datagram, outside of any transaction."""
        self._send_bytes(message.encode(), address)

    def respond(self, request: Request, response: Response, address: SocketAddress) -> None:
        """Answer a request; the same answer goes out when the request is repeated."""
        encoded = response.encode()
        self._answered[_server_key(request)] = (encoded, address)
        self._send_bytes(encoded, address)

    def via(self) -> str:
        """A Via value with a fresh branch."""
        return f"SIP/2.0/UDP {host_port(self.address)};rport;branch={_MAGIC_COOKIE}{secrets.token_hex(8)}"

    def begin(self, request: Request, address: SocketAddress) -> ClientTransaction:
        """A new client transaction; await its `final_response`."""
        transaction = ClientTransaction(request, lambda data: self._send_bytes(data, address), self._timers)
        self._clients[_client_key(request)] = transaction
        return transaction

    async def request(self, request: Request, address: SocketAddress) -> Response:
        """Send a request other than INVITE and return its final response. Raises NoResponseError."""
        response = await self.begin(request, address).final_response(lambda _: None)
        if response is None:
            raise NoResponseError(request.method, address)
        return response

    def _send_bytes(self, data: bytes, address: SocketAddress) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, address)

    def _dispatch(self, message: Request | Response, address: SocketAddress) -> None:
        if isinstance(message, Response):
            transaction = self._clients.get(_client_key(message))
            if transaction is not None:
                transaction.received(message)
            return
        key = _server_key(message)
        known = self._answered.get(key)
        if known is not None:
            self._send_bytes(*known)
        if key in self._answered:
            return
        for name in ("call-id", "from", "to"):
            message.required(name)
        if message.method != "ACK":
            self._answered[key] = None
        self._on_request(message, address)


def _client_key(message: Message) -> tuple[str, str]:
    """Branch and method: what a response is matched to its request by (section 17.1.3)."""
    return _branch(message), message.cseq[1]


def _server_key(request: Request) -> tuple[str, str]:
    """Branch and method: what a repeated request is known by (section 17.2.3)."""
    return f"{request.required('call-id')} {_branch(request)}", request.cseq[1]


def _branch(message: Message) -> str:
    _, _, parameters = message.required("via").partition(";")
    return parse_parameters(parameters).get("branch", "")


def host_port(address: SocketAddress) -> str:
    """An address as it is written in SIP."""
    return f"[{address[0]}]:{address[1]}" if ":" in address[0] else f"{address[0]}:{address[1]}"


async def resolve(host: str, port: int) -> SocketAddress:
    """The first address of a host. Raises SipError when it has none."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except OSError:
        raise SipError(f"the host {host} is unknown", "check the name, or give its IP address") from None
    address = found[0][4]
    return str(address[0]), int(address[1])


def own_host_towards(address: SocketAddress) -> str:
    """The local IP address that packets to `address` leave from."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with contextlib.closing(socket.socket(family, socket.SOCK_DGRAM)) as probe:
        try:
            probe.connect(address)
        except OSError as error:
            raise SipError(f"{address[0]} cannot be reached: {error.strerror}", "check the network") from None
        return str(probe.getsockname()[0])
