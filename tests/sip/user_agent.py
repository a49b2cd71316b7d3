"""A tiny SIP user agent on its own sockets, so that the worker is tested against something that is not pjsip."""

import asyncio
import itertools
import re
import socket
import struct
import time
from dataclasses import dataclass, field

_numbers = itertools.count(1)
HOST = "127.0.0.1"


@dataclass(frozen=True)
class SipMessage:
    """Start line, headers (names in lower case; the first of each) and body."""

    start: str
    headers: dict[str, str]
    body: str
    all_headers: tuple[tuple[str, str], ...] = ()

    @property
    def code(self) -> int:
        """Status of a response, 0 for a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0") else 0

    @property
    def method(self) -> str:
        return "" if self.code else self.start.split()[0]

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.all_headers if key == name]


def parse(data: bytes) -> SipMessage:
    head, _, body = data.decode().partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    pairs = tuple((name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines))
    headers: dict[str, str] = {}
    for name, value in pairs:
        headers.setdefault(name, value)
    return SipMessage(start, headers, body, pairs)


@dataclass(frozen=True)
class RtpPacket:
    at: float
    payload_type: int
    sequence: int
    timestamp: int
    payload: bytes


class RtpSocket(asyncio.DatagramProtocol):
    """Sends 20 ms packets and keeps those it receives, with their time of arrival."""

    def __init__(self) -> None:
        self.received: list[RtpPacket] = []
        self._sequence = 100
        self._timestamp = 0
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(HOST, 0))

    @property
    def port(self) -> int:
        assert self._transport
        return int(self._transport.get_extra_info("sockname")[1])

    def datagram_received(self, data: bytes, addr: object) -> None:
        _, kind, sequence, timestamp, _ = struct.unpack_from("!BBHII", data)
        self.received.append(RtpPacket(time.monotonic(), kind & 0x7F, sequence, timestamp, data[12:]))

    def send(self, to: tuple[str, int], payload: bytes, payload_type: int = 0, *, marker: bool = False) -> None:
        self._sequence += 1
        self._timestamp += 160
        self.send_raw(to, payload, payload_type, self._timestamp, marker=marker)

    def send_raw(
        self, to: tuple[str, int], payload: bytes, payload_type: int, timestamp: int, *, marker: bool = False
    ) -> None:
        header = struct.pack("!BBHII", 0x80, payload_type | marker << 7, self._sequence & 0xFFFF, timestamp, 0x1234)
        if self._transport and not self._transport.is_closing():
            self._transport.sendto(header + payload, to)

    def send_digit(self, to: tuple[str, int], event: int, payload_type: int = 101) -> None:
        """An RFC 4733 telephone-event of 100 ms: updates, then the end three times."""
        timestamp = self._timestamp
        for number in range(1, 6):
            self._sequence += 1
            payload = struct.pack("!BBH", event, 10, 160 * number)
            self.send_raw(to, payload, payload_type, timestamp, marker=number == 1)
        for _ in range(3):
            self._sequence += 1
            self.send_raw(to, struct.pack("!BBH", event, 0x8A, 800), payload_type, timestamp)

    def close(self) -> None:
        if self._transport:
            self._transport.close()


DEFAULT_CODECS = ("0 PCMU/8000", "101 telephone-event/8000")


@dataclass
class UserAgent:
    """One call at a time, over UDP or TCP. `target` is the worker's SIP port."""

    target: int
    transport: str = "udp"
    local_host: str = HOST
    messages: "asyncio.Queue[SipMessage]" = field(default_factory=asyncio.Queue)
    rtp: RtpSocket = field(default_factory=RtpSocket)

    async def __aenter__(self) -> "UserAgent":
        await self.rtp.open()
        loop = asyncio.get_running_loop()
        kind = socket.SOCK_STREAM if self.transport == "tcp" else socket.SOCK_DGRAM
        self._socket = socket.socket(socket.AF_INET, kind)
        self._socket.setblocking(False)
        self._socket.bind((self.local_host, 0))
        if self.transport == "tcp":
            await loop.sock_connect(self._socket, (HOST, self.target))
        self._port = self._socket.getsockname()[1]
        self._call_id = f"test-{next(_numbers)}-{time.monotonic_ns()}"
        self._tag = f"t{next(_numbers)}"
        self._cseq = 0
        self._to_tag = ""
        self._branch = ""
        self._remote_target = f"sip:clinic@{HOST}:{self.target}"
        self._media: tuple[str, int] | None = None
        self._reader = asyncio.create_task(self._read())
        self._answering = True
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reader.cancel()
        await asyncio.wait({self._reader})
        self._socket.close()
        self.rtp.close()

    # sending

    async def invite(
        self, codecs: tuple[str, ...] | None = DEFAULT_CODECS, extra: str = "", direction: str = ""
    ) -> None:
        """Start a call, or change a running one."""
        await self.request("INVITE", extra=extra, body=self.sdp(codecs, direction) if codecs else "")

    def sdp(self, codecs: tuple[str, ...], direction: str = "") -> str:
        types = " ".join(codec.split()[0] for codec in codecs)
        lines = ["v=0", f"o=- 1 {self._cseq + 1} IN IP4 {HOST}", "s=-", f"c=IN IP4 {HOST}", "t=0 0"]
        lines += [f"m=audio {self.rtp.port} RTP/AVP {types}"]
        lines += [f"a=rtpmap:{codec}" for codec in codecs]
        lines += [f"a={direction or 'sendrecv'}"]
        return "\r\n".join(lines) + "\r\n"

    async def request(
        self, method: str, extra: str = "", body: str = "", content_type: str = "application/sdp"
    ) -> None:
        if method not in {"ACK", "CANCEL"}:
            self._cseq += 1
            self._branch = f"z9hG4bK{next(_numbers)}{time.monotonic_ns()}"
        to_tag = f";tag={self._to_tag}" if self._to_tag and method != "CANCEL" else ""
        lines = [
            f"{method} {self._remote_target} SIP/2.0",
            f"Via: SIP/2.0/{self.transport.upper()} {self.local_host}:{self._port};branch={self._branch};rport",
            "Max-Forwards: 70",
            f'From: "A Patient" <sip:+15550100@{self.local_host}:{self._port}>;tag={self._tag}',
            f"To: <sip:clinic@{HOST}:{self.target}>{to_tag}",
            f"Call-ID: {self._call_id}",
            f"CSeq: {self._cseq} {method}",
            f"Contact: <{self.contact}>",
        ]
        if body:
            lines.append(f"Content-Type: {content_type}")
        text = "\r\n".join(lines) + "\r\n" + extra + f"Content-Length: {len(body)}\r\n\r\n" + body
        await self.send(text.encode())

    @property
    def contact(self) -> str:
        suffix = ";transport=tcp" if self.transport == "tcp" else ""
        return f"sip:+15550100@{self.local_host}:{self._port}{suffix}"

    async def send(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        if self.transport == "tcp":
            await loop.sock_sendall(self._socket, data)
        else:
            await loop.sock_sendto(self._socket, data, (HOST, self.target))

    async def reply(self, request: SipMessage, code: int, extra: str = "", body: str = "") -> None:
        lines = [f"SIP/2.0 {code} Something"]
        lines += [f"Via: {via}" for via in request.values("via")]
        to = request.headers["to"] if "tag=" in request.headers["to"] else f"{request.headers['to']};tag={self._tag}"
        lines += [f"From: {request.headers['from']}", f"To: {to}"]
        lines += [f"{name}: {request.headers[name.lower()]}" for name in ("Call-ID", "CSeq")]
        lines += [f"Contact: <{self.contact}>"] + (["Content-Type: application/sdp"] if body else [])
        await self.send(("\r\n".join(lines) + "\r\n" + extra + f"Content-Length: {len(body)}\r\n\r\n" + body).encode())

    # receiving

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        buffer = b""
        while True:
            data = await loop.sock_recv(self._socket, 65536)
            if self.transport == "udp":
                self._keep(data)
                continue
            if not data:
                return
            buffer += data
            while (end := buffer.find(b"\r\n\r\n")) >= 0:
                length = re.search(rb"content-length:\s*(\d+)", buffer[:end], re.IGNORECASE)
                size = end + 4 + (int(length.group(1)) if length else 0)
                if len(buffer) < size:
                    break
                self._keep(buffer[:size])
                buffer = buffer[size:]

    def _keep(self, data: bytes) -> None:
        if data.strip(b"\r\n\x00"):
            self.messages.put_nowait(parse(data))

    async def response(self) -> SipMessage:
        """The next final response; that to an INVITE is acknowledged, and what it says about the dialog kept."""
        while True:
            message = await self.next()
            if message.code < 200:
                continue
            if tag := re.search(r";tag=([^;>\s]+)", message.headers["to"]):
                self._to_tag = tag.group(1)
            if "INVITE" in message.headers["cseq"]:
                await self._acknowledge(message)
            return message

    async def next(self) -> SipMessage:
        async with asyncio.timeout(10):
            return await self.messages.get()

    async def wait_for(self, method: str, code: int = 200, extra: str = "") -> SipMessage:
        """The next request of this method, replied to."""
        while True:
            message = await self.next()
            if message.method == method:
                await self.reply(message, code, extra)
                return message

    async def _acknowledge(self, response: SipMessage) -> None:
        if response.code == 200:
            if contact := re.search(r"<([^>]+)>", response.headers.get("contact", "")):
                self._remote_target = contact.group(1)
            if media := re.search(r"m=audio (\d+)", response.body):
                self._media = (HOST, int(media.group(1)))
        answer = ""
        if response.code == 200 and self._needs_answer:
            answer = self.sdp(DEFAULT_CODECS)
        await self.request("ACK", body=answer)

    _needs_answer = False

    async def call(self, codecs: tuple[str, ...] = DEFAULT_CODECS, extra: str = "") -> SipMessage:
        """INVITE, ACK; the final response."""
        await self.invite(codecs, extra)
        return await self.response()

    async def call_without_sdp(self) -> SipMessage:
        """INVITE without an offer; the answer goes with the ACK."""
        self._needs_answer = True
        await self.invite(None)
        return await self.response()

    async def hang_up(self) -> SipMessage:
        await self.request("BYE")
        return await self.response()

    # audio

    @property
    def media(self) -> tuple[str, int]:
        assert self._media
        return self._media

    async def speak(self, payload: bytes, frames: int, payload_type: int = 0) -> None:
        """Send the same 20 ms payload so many times, on the clock."""
        start = time.monotonic()
        for number in range(frames):
            await asyncio.sleep(max(0, start + number * 0.02 - time.monotonic()))
            self.rtp.send(self.media, payload, payload_type)
