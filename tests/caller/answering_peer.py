"""A phone that answers, for tests: `python -m tests.caller.answering_peer '{"behaviour": "answer", ...}'`.

Prints its port as the first line, "established" when it is in a call, and what it saw as JSON when its standard input
closes. Its SIP side is written
here, by hand; only message syntax and RTP are shared with the caller.
"""

import asyncio
import json
import sys
from dataclasses import asdict, dataclass, field

from pydantic import TypeAdapter

from sip.caller.analysis import digits_in, sounds
from sip.caller.dialog import answer
from sip.caller.endpoint import Endpoint, SocketAddress, Timers, host_port
from sip.caller.media import MediaEngine, MediaPath, RtpStream
from sip.caller.message import Request, parse_address
from sip.caller.performer import Command, Performer
from sip.caller.script import Background, Play, PlayOver, Step
from sip.caller.sdp import AudioDescription, Direction, describe, parse_description
from sip.g711 import Companding
from sip.wav import read_speech


@dataclass(frozen=True, slots=True)
class PeerSettings:
    """`behaviour`: answer, busy, unavailable, redirect, ring, challenge, silent, deaf_at_first or no_common_codec."""

    behaviour: str = "answer"
    steps: tuple[Step, ...] = ()
    redirect_to: str = ""
    law: Companding = Companding.ULAW
    refer_to: str = ""
    send_info_digit: str = ""
    hold_with: Direction | None = None


@dataclass(slots=True)
class Seen:
    """What the peer observed."""

    methods: list[str] = field(default_factory=list)
    directions: list[str] = field(default_factory=list)
    info_digits: str = ""
    digits: str = ""
    notified: list[str] = field(default_factory=list)
    own_sounds_ns: list[tuple[int, int]] = field(default_factory=list)
    heard_sounds_ns: list[tuple[int, int]] = field(default_factory=list)
    answered: list[tuple[str, int]] = field(default_factory=list)
    packets: int = 0
    moved_packets: int = 0


class Peer:
    def __init__(self, settings: PeerSettings, media: MediaEngine) -> None:
        self.settings = settings
        self.media = media
        self.seen = Seen()
        self.stream: RtpStream = media.open_stream("127.0.0.1")
        self.second_stream: RtpStream = media.open_stream("127.0.0.1")
        self.endpoint: Endpoint | None = None
        self.invites = 0
        self.established: asyncio.Event = asyncio.Event()
        self.notified_twice: asyncio.Event = asyncio.Event()
        self.invite: tuple[Request, SocketAddress] | None = None

    def received(self, request: Request, address: SocketAddress) -> None:
        self.seen.methods.append(request.method)
        match request.method:
            case "INVITE":
                self.invited(request, address)
            case "ACK":
                if not self.established.is_set():
                    print("established", flush=True)
                self.established.set()
            case "CANCEL":
                self.reply(request, address, 200, "OK")
                assert self.invite is not None
                self.reply(*self.invite, 487, "Request Terminated")
            case "INFO":
                self.seen.info_digits += request.body.decode().partition("=")[2][:1]
                self.reply(request, address, 200, "OK")
            case "NOTIFY":
                self.seen.notified.append(request.body.decode().strip())
                if len(self.seen.notified) == 2:
                    self.notified_twice.set()
                self.reply(request, address, 200, "OK")
            case _:
                self.media.stop_sending(self.stream)
                self.reply(request, address, 200, "OK")

    def invited(self, request: Request, address: SocketAddress) -> None:
        self.invite = (request, address)
        self.invites += 1
        contact = f"<{self.own_uri}>"
        match self.settings.behaviour:
            case "busy":
                self.reply(request, address, 486, "Busy Here", ("Retry-After", "17 (all lines in use)"))
            case "unavailable":
                self.reply(request, address, 503, "Service Unavailable", ("Retry-After", "5"))
            case "redirect":
                self.reply(
                    request, address, 302, "Moved", ("Contact", f"<{self.settings.redirect_to or self.own_uri}>")
                )
            case "ring":
                assert self.endpoint is not None
                self.endpoint.send(answer(request, 180, "Ringing", tag="peer"), address)
            case "challenge" if request.header("authorization") is None:
                self.reply(
                    request, address, 401, "Who", ("WWW-Authenticate", 'Digest realm="r", nonce="n", qop="auth"')
                )
            case "silent":
                pass
            case _:
                self.accept(request, address, contact)

    def accept(self, request: Request, address: SocketAddress, contact: str) -> None:
        assert self.endpoint is not None
        remote = parse_description(request.body)
        self.seen.directions.append(str(remote.direction))
        payload_type = 0 if self.settings.law is Companding.ULAW else 8
        own = AudioDescription("127.0.0.1", self.stream.port, ((self.settings.law, payload_type),), 101)
        body = describe(own, session_id=1, version=self.invites)
        if self.settings.behaviour == "no_common_codec":
            body = b"v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 9 RTP/AVP 18\r\n"
        headers = (("Contact", contact), ("Content-Type", "application/sdp"))
        response = answer(request, 200, "OK", tag="peer", headers=headers, body=body)
        self.endpoint.respond(request, response, address)
        if self.stream.path is None:
            path = MediaPath((remote.host, remote.port), self.settings.law, payload_type, remote.events)
            files = {step.file for step in self.settings.steps if isinstance(step, Play | PlayOver)}
            performer = Performer(
                self.settings.steps, {file: read_speech(file, 8000) for file in files}, Background.SILENCE
            )
            self.stream.begin(path, performer, ignore)
            self.media.start_sending(self.stream)

    def reply(
        self, request: Request, address: SocketAddress, status: int, reason: str, *fields: tuple[str, str]
    ) -> None:
        assert self.endpoint is not None
        self.endpoint.respond(request, answer(request, status, reason, tag="peer", headers=fields), address)

    @property
    def own_uri(self) -> str:
        return f"sip:peer@{host_port(self.own_address)}"

    @property
    def own_address(self) -> SocketAddress:
        assert self.endpoint is not None
        return self.endpoint.address

    async def hold(self, direction: Direction) -> None:
        """Re-INVITE to a new port, as a peer does that also moves its media."""
        own = AudioDescription("127.0.0.1", self.second_stream.port, ((Companding.ULAW, 0),), 101, direction)
        headers = (("Contact", f"<{self.own_uri}>"), ("Content-Type", "application/sdp"))
        await self.own_request(10, "INVITE", headers, describe(own, session_id=1, version=9))

    async def own_request(
        self, number: int, method: str, headers: tuple[tuple[str, str], ...], body: bytes = b""
    ) -> None:
        assert self.endpoint is not None
        assert self.invite is not None
        invite, address = self.invite
        request = Request(
            method=method,
            uri=parse_address(invite.required("contact")).uri,
            headers=(
                ("Via", self.endpoint.via()),
                ("From", f"{invite.required('to')};tag=peer"),
                ("To", invite.required("from")),
                ("Call-ID", invite.required("call-id")),
                ("CSeq", f"{number} {method}"),
                ("Max-Forwards", "70"),
                *headers,
            ),
            body=body,
        )
        response = await self.endpoint.request(request, address)
        self.seen.answered.append((method, response.status))
        if method == "INVITE":
            self.seen.directions.append(str(parse_description(response.body).direction))
            acknowledgement = [
                ("CSeq", f"{number} ACK") if name == "CSeq" else (name, value) for name, value in request.headers
            ]
            self.endpoint.send(Request(method="ACK", uri=request.uri, headers=tuple(acknowledgement)), address)

    async def take_initiative(self) -> None:
        """What the peer does by itself once the call is up."""
        await self.established.wait()
        await self.own_request(1, "OPTIONS", ())
        await self.own_request(2, "MESSAGE", ())
        if self.settings.send_info_digit:
            body = f"Signal={self.settings.send_info_digit}\r\nDuration=100\r\n".encode()
            await self.own_request(3, "INFO", (("Content-Type", "application/dtmf-relay"),), body)
        if self.settings.hold_with is not None:
            await self.hold(self.settings.hold_with)
        if self.settings.refer_to:
            await self.own_request(4, "REFER", (("Refer-To", f"<{self.settings.refer_to}>"),))
            await self.notified_twice.wait()
            await self.own_request(5, "BYE", ())

    def report(self) -> str:
        law, payload_type = self.settings.law, 0 if self.settings.law is Companding.ULAW else 8
        self.seen.packets = len(self.stream.received)
        self.seen.moved_packets = len(self.second_stream.received)
        self.seen.digits = digits_in(self.stream.received, 101)
        for spans, packets in (
            (self.seen.own_sounds_ns, self.stream.sent),
            (self.seen.heard_sounds_ns, self.stream.received),
        ):
            spans += [(sound.start_ns, sound.end_ns) for sound in sounds(packets, law, payload_type)]
        return json.dumps(asdict(self.seen))


def ignore(command: Command) -> None:
    """The caller ends the calls of these tests."""


class LossyEndpoint(Endpoint):
    """Loses the first two datagrams that come in."""

    lost = 0

    def datagram_received(self, data: bytes, addr: SocketAddress) -> None:
        self.lost += 1
        if self.lost > 2:
            super().datagram_received(data, addr)


async def main() -> None:
    settings = TypeAdapter(PeerSettings).validate_json(sys.argv[1])
    with MediaEngine() as media:
        peer = Peer(settings, media)
        kind = LossyEndpoint if settings.behaviour == "deaf_at_first" else Endpoint
        peer.endpoint = await kind.open("127.0.0.1", peer.received, Timers())
        print(peer.own_address[1], flush=True)
        own_part = asyncio.create_task(peer.take_initiative())
        await asyncio.to_thread(sys.stdin.read)
        own_part.cancel()
        await asyncio.gather(own_part, return_exceptions=True)
        media.stop_sending(peer.stream)
        print(peer.report(), flush=True)
        media.close_stream(peer.stream)
        media.close_stream(peer.second_stream)
        peer.endpoint.close()


def steps_json(*steps: Step) -> list[object]:
    """Steps as the peer's settings take them."""
    found: list[object] = json.loads(TypeAdapter(tuple[Step, ...]).dump_json(steps))
    return found


if __name__ == "__main__":
    asyncio.run(main())
