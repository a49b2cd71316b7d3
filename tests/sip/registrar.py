"""A PBX that wants to be registered with: REGISTER with digest authentication (RFC 2617, MD5)."""

import asyncio
import hashlib
import re

from tests.sip.user_agent import SipMessage, parse

NONCE = "8c1f0d7a"


class Registrar(asyncio.DatagramProtocol):
    """Counts what it is asked; `accepted` and `released` become set with the first good (un)registration."""

    def __init__(self, username: str, password: str) -> None:
        self._username = username
        self._password = password
        self._transport: asyncio.DatagramTransport | None = None
        self.refusals = 0
        self.contact = ""
        self.accepted = asyncio.Event()
        self.released = asyncio.Event()

    async def open(self) -> int:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        return int(self._transport.get_extra_info("sockname")[1])

    def close(self) -> None:
        assert self._transport
        self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        if not data.strip(b"\r\n\x00"):
            return
        request = parse(data)
        if request.method != "REGISTER":
            return
        if not self._authorised(request):
            self.refusals += 1
            challenge = f'WWW-Authenticate: Digest realm="pbx", nonce="{NONCE}", algorithm=MD5\r\n'
            self._reply(request, "401 Unauthorized", challenge, addr)
            return
        expires = request.headers.get("expires", "")
        contact = request.headers["contact"]
        if expires == "0" or "expires=0" in contact:
            self.released.set()
            self._reply(request, "200 OK", "", addr)
            return
        self.contact = contact
        self.accepted.set()
        self._reply(request, "200 OK", f"Contact: {contact};expires=300\r\n", addr)

    def _authorised(self, request: SipMessage) -> bool:
        values = dict(re.findall(r'(\w+)="?([^",]+)"?', request.headers.get("authorization", "")))
        ours = ":".join((_md5(f"{self._username}:pbx:{self._password}"), NONCE, _md5(f"REGISTER:{values.get('uri')}")))
        return values.get("response") == _md5(ours)

    def _reply(self, request: SipMessage, status: str, extra: str, addr: tuple[str | object, int]) -> None:
        lines = [f"SIP/2.0 {status}", f"Via: {request.headers['via']}", f"From: {request.headers['from']}"]
        lines += [f"To: {request.headers['to']};tag=pbx", f"Call-ID: {request.headers['call-id']}"]
        lines += [f"CSeq: {request.headers['cseq']}"]
        assert self._transport
        self._transport.sendto(("\r\n".join(lines) + "\r\n" + extra + "Content-Length: 0\r\n\r\n").encode(), addr)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()
