"""One outgoing call: the signalling of a phone that calls, is redirected, holds, is transferred and hangs up."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from sip.caller.dialog import ALLOWED_METHODS, Dialog, answer, cancellation, refusal_acknowledgement
from sip.caller.digest import Credentials, answer_challenge
from sip.caller.endpoint import Endpoint, NoResponseError, SocketAddress, Timers, host_port, resolve
from sip.caller.message import Fields, MalformedMessageError, Request, Response, parse_address
from sip.caller.sdp import AudioDescription, Direction, describe, parse_description
from sip.caller.uri import SipUri, parse_uri
from sip.errors import SipError

_MAX_REDIRECTS = 5
_SDP_HEADERS: Fields = (("Content-Type", "application/sdp"), ("Allow", ALLOWED_METHODS))
_MIRRORED = {
    Direction.SENDONLY: Direction.RECVONLY,
    Direction.RECVONLY: Direction.SENDONLY,
    Direction.INACTIVE: Direction.INACTIVE,
    Direction.SENDRECV: Direction.SENDRECV,
}
_RELAYED_DIGIT = re.compile(rb"^\s*Signal\s*=\s*([0-9*#A-Da-d])\s*$", re.MULTILINE)


class CallRefusedError(Exception):
    """The other side did not take the call. `retry_after_s` is its Retry-After, None without."""

    def __init__(self, status: int, reason: str, retry_after_s: int | None) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason
        self.retry_after_s = retry_after_s


class NotAnsweredError(Exception):
    """It rang for as long as the caller was willing to wait; the call was cancelled."""


class CallListener(Protocol):
    """Who is told what the other side does. Called on the event loop; must not block."""

    def media_changed(self, remote: AudioDescription) -> None:
        """The other side moved its media or changed its direction by re-INVITE."""
        ...

    def ended_by_agent(self) -> None:
        """The other side sent BYE."""
        ...

    def transfer_requested(self, target: str, transfer: Request, address: SocketAddress) -> None:
        """The other side sent REFER; it was answered already."""
        ...

    def digit_by_info(self, digit: str) -> None:
        """The other side sent a key by INFO."""
        ...


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls. `credentials` answer a challenge of the other side; None refuses it."""

    user: str
    credentials: Credentials | None = None


class OutgoingCall:
    """`place` it, change it, `hang_up`. Each method returns when the other side has answered. One task at a time."""

    def __init__(
        self,
        target: SipUri,
        identity: Identity,
        media: AudioDescription,
        listener: CallListener,
        *,
        timers: Timers,
        refer_status: int = 202,
    ) -> None:
        self.redirected_to: list[str] = []
        self._target = target
        self._identity = identity
        self._media = media
        self._listener = listener
        self._timers = timers
        self._refer_status = refer_status
        self._description_version = 1
        self._endpoint: Endpoint | None = None
        self._dialog: Dialog | None = None
        self._established = False

    async def place(self, ring_s: float) -> AudioDescription:
        """Call, follow redirects, answer one challenge; returns what the other side wants as media.

        Raises CallRefusedError, NotAnsweredError (after `ring_s` seconds of ringing), NoResponseError, SipError.
        """
        self._endpoint = await Endpoint.open(self._media.host, self._request_received, self._timers)
        contact = f"<sip:{self._identity.user}@{host_port(self._endpoint.address)}>"
        local = f"sip:{self._identity.user}@{host_port(self._endpoint.address)}"
        self._dialog = Dialog(local, self._target.text, self._target.text, contact)
        for _ in range(_MAX_REDIRECTS + 1):
            response = await self._request_authorised("INVITE", _SDP_HEADERS, self._description(), ring_s)
            if response.status < 300:
                return await self._accepted_media(response)
            moved_to = response.header("contact")
            if not 300 <= response.status < 400 or moved_to is None:
                raise CallRefusedError(response.status, response.reason, _retry_after_s(response))
            target = parse_uri(parse_address(moved_to).uri)
            self.redirected_to.append(target.text)
            self._dialog = replace(self._dialog, target=target.text)
        raise CallRefusedError(response.status, "redirected too often", None)

    async def change_direction(self, direction: Direction) -> None:
        """Hold (sendonly, inactive) or resume (sendrecv) by re-INVITE. Raises CallRefusedError, SipError."""
        self._media = replace(self._media, direction=direction)
        self._description_version += 1
        response = await self._request_authorised("INVITE", _SDP_HEADERS, self._description(), None)
        if response.status >= 300:
            raise CallRefusedError(response.status, response.reason, _retry_after_s(response))
        self._listener.media_changed(parse_description(response.body))

    async def send_info_digit(self, digit: str, tone_ms: int) -> None:
        """Press a key by INFO. Raises CallRefusedError, NoResponseError."""
        body = f"Signal={digit}\r\nDuration={tone_ms}\r\n".encode()
        response = await self._request_authorised("INFO", (("Content-Type", "application/dtmf-relay"),), body, None)
        if response.status >= 300:
            raise CallRefusedError(response.status, response.reason, None)

    async def report_transfer(self, transfer: Request, address: SocketAddress, outcome: int) -> None:
        """Tell the transferor how the transfer goes (RFC 3515): 100 at once, then `outcome`."""
        event = f"refer;id={transfer.cseq[0]}"
        for status, state in ((100, "active;expires=60"), (outcome, "terminated;reason=noresource")):
            headers = (
                ("Event", event),
                ("Subscription-State", state),
                ("Content-Type", "message/sipfrag;version=2.0"),
            )
            await self._request_authorised("NOTIFY", headers, f"SIP/2.0 {status} {_phrase(status)}\r\n".encode(), None)

    async def hang_up(self) -> None:
        """End the call. Raises NoResponseError when the other side is gone."""
        if self._established:
            self._established = False
            await self._request_authorised("BYE", (), b"", None)

    async def drop(self) -> None:
        """Send one BYE and do not wait for its answer: for a caller that is itself being stopped."""
        if self._established and self._dialog is not None and self._endpoint is not None:
            self._established = False
            self._dialog = dialog = self._dialog.advanced()
            hop = dialog.next_hop()
            address = await resolve(hop.host, hop.port)
            self._endpoint.send(dialog.request("BYE", self._endpoint.via()), address)

    def close(self) -> None:
        """Give the socket back, without a word to the other side."""
        if self._endpoint is not None:
            self._endpoint.close()

    async def _accepted_media(self, response: Response) -> AudioDescription:
        try:
            return parse_description(response.body)
        except SipError:
            await self.hang_up()
            raise

    def _description(self) -> bytes:
        return describe(self._media, session_id=self._media.port, version=self._description_version)

    async def _request_authorised(self, method: str, headers: Fields, body: bytes, ring_s: float | None) -> Response:
        response = await self._request(method, headers, body, ring_s)
        credentials = self._identity.credentials
        name, reply_name = ("www-authenticate", "Authorization")
        if response.status == 407:
            name, reply_name = ("proxy-authenticate", "Proxy-Authorization")
        challenge = response.header(name)
        if response.status not in (401, 407) or credentials is None or challenge is None:
            return response
        assert self._dialog is not None
        reply = answer_challenge(challenge, credentials, method=method, uri=self._dialog.target)
        return await self._request(method, (*headers, (reply_name, reply)), body, ring_s)

    async def _request(self, method: str, headers: Fields, body: bytes, ring_s: float | None) -> Response:
        assert self._dialog is not None
        assert self._endpoint is not None
        self._dialog = dialog = self._dialog.advanced()
        hop = dialog.next_hop()
        address = await resolve(hop.host, hop.port)
        request = dialog.request(method, self._endpoint.via(), headers, body)
        if method == "INVITE":
            return await self._invite(request, address, ring_s)
        return await self._endpoint.request(request, address)

    async def _invite(self, invite: Request, address: SocketAddress, ring_s: float | None) -> Response:
        endpoint = self._endpoint
        assert endpoint is not None
        assert self._dialog is not None
        transaction = endpoint.begin(invite, address)
        proceeding = asyncio.Event()
        cancelled = asyncio.Event()

        async def cancel_when_unanswered(after_s: float) -> None:
            await asyncio.sleep(after_s)
            await proceeding.wait()
            cancelled.set()
            await endpoint.begin(cancellation(invite), address).final_response(lambda _: None)
            await asyncio.sleep(self._timers.transaction_s)
            transaction.give_up()

        async with asyncio.TaskGroup() as group:
            cancelling = group.create_task(cancel_when_unanswered(ring_s)) if ring_s is not None else None
            response = await transaction.final_response(lambda _: proceeding.set())
            if cancelling is not None:
                cancelling.cancel()
        if response is None:
            raise NotAnsweredError if cancelled.is_set() else NoResponseError("INVITE", address)
        if response.status >= 300:
            refused = refusal_acknowledgement(invite, response)
            transaction.acknowledge(lambda: endpoint.send(refused, address))
            if cancelled.is_set():
                raise NotAnsweredError
            return response
        self._dialog = dialog = self._dialog.established(response)
        self._established = True
        hop = dialog.next_hop()
        accepted = replace(dialog, cseq=invite.cseq[0]).request("ACK", endpoint.via())
        towards = await resolve(hop.host, hop.port)
        transaction.acknowledge(lambda: endpoint.send(accepted, towards))
        if cancelled.is_set():  # it was answered while CANCEL was on its way
            await self.hang_up()
            raise NotAnsweredError
        return response

    def _request_received(self, request: Request, address: SocketAddress) -> None:
        assert self._endpoint is not None
        if request.method == "ACK":
            return
        if request.method == "OPTIONS":
            self._respond(request, address, 200, headers=(("Allow", ALLOWED_METHODS), ("Accept", "application/sdp")))
        elif self._dialog is None or not self._dialog.owns(request):
            self._respond(request, address, 481)
        else:
            handlers: dict[str, Callable[[Request, SocketAddress], None]] = {
                "BYE": self._bye_received,
                "INVITE": self._invite_received,
                "INFO": self._info_received,
                "REFER": self._refer_received,
            }
            handler = handlers.get(request.method)
            if handler is None:
                self._respond(request, address, 405, headers=(("Allow", ALLOWED_METHODS),))
            else:
                handler(request, address)

    def _bye_received(self, request: Request, address: SocketAddress) -> None:
        self._established = False
        self._respond(request, address, 200)
        self._listener.ended_by_agent()

    def _invite_received(self, request: Request, address: SocketAddress) -> None:
        assert self._dialog is not None
        try:
            remote = parse_description(request.body) if request.body else None
        except SipError:
            self._respond(request, address, 488)
            return
        if remote is not None:
            self._media = replace(self._media, direction=_MIRRORED[remote.direction])
            self._listener.media_changed(remote)
        self._description_version += 1
        headers = (*_SDP_HEADERS, ("Contact", self._dialog.contact))
        self._respond(request, address, 200, headers=headers, body=self._description())

    def _info_received(self, request: Request, address: SocketAddress) -> None:
        digit = _RELAYED_DIGIT.search(request.body)
        self._respond(request, address, 200)
        if digit is not None:
            self._listener.digit_by_info(digit[1].decode().upper())

    def _refer_received(self, request: Request, address: SocketAddress) -> None:
        target = request.header("refer-to")
        if target is None:
            raise MalformedMessageError("a REFER without Refer-To")
        self._respond(request, address, self._refer_status)
        if self._refer_status < 300:
            self._listener.transfer_requested(parse_address(target).uri, request, address)

    def _respond(
        self, request: Request, address: SocketAddress, status: int, *, headers: Fields = (), body: bytes = b""
    ) -> None:
        assert self._endpoint is not None
        tag = self._dialog.local_tag if self._dialog is not None else ""
        response = answer(request, status, _phrase(status), tag=tag, headers=headers, body=body)
        self._endpoint.respond(request, response, address)


_PHRASES = {
    100: "Trying",
    200: "OK",
    202: "Accepted",
    405: "Method Not Allowed",
    481: "Call/Transaction Does Not Exist",
    486: "Busy Here",
    488: "Not Acceptable Here",
    503: "Service Unavailable",
    603: "Decline",
}


def _phrase(status: int) -> str:
    return _PHRASES.get(status, "Status")


def _retry_after_s(response: Response) -> int | None:
    match = re.match(r"\s*(\d{1,9})", response.header("retry-after") or "")
    return int(match[1]) if match else None
