"""What two user agents agree on for one call (RFC 3261 section 12), and the requests made from it."""

import secrets
from dataclasses import dataclass, field, replace

from sip.caller.message import Fields, Request, Response, parse_address
from sip.caller.uri import SipUri, parse_uri

USER_AGENT = "clinic-voice-appliance test caller"
ALLOWED_METHODS = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, REFER"
MAX_FORWARDS = "70"


def _token() -> str:
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class Dialog:
    """One side's view. `target` is where requests are addressed, `route` the proxies on the way there."""

    local_uri: str
    remote_uri: str
    target: str
    contact: str
    call_id: str = field(default_factory=_token)
    local_tag: str = field(default_factory=_token)
    remote_tag: str = ""
    route: tuple[str, ...] = ()
    cseq: int = 0

    def next_hop(self) -> SipUri:
        """Where the next request goes: the first proxy of the route, or else the target. Raises SipError."""
        return parse_uri(parse_address(self.route[0]).uri if self.route else self.target)

    def advanced(self) -> "Dialog":
        """The dialog for its next request."""
        return replace(self, cseq=self.cseq + 1)

    def established(self, response: Response) -> "Dialog":
        """The dialog once an INVITE was answered with 2xx; also takes a new target from a re-INVITE."""
        contact = response.header("contact")
        return replace(
            self,
            remote_tag=parse_address(response.header("to") or "").parameters.get("tag", ""),
            target=parse_address(contact).uri if contact else self.target,
            route=tuple(reversed(response.values("record-route"))) if not self.remote_tag else self.route,
        )

    def request(self, method: str, via: str, headers: Fields = (), body: bytes = b"") -> Request:
        """A request within the dialog (or the one that begins it), with the current sequence number."""
        remote = f"<{self.remote_uri}>" + (f";tag={self.remote_tag}" if self.remote_tag else "")
        return Request(
            method=method,
            uri=self.target,
            headers=(
                ("Via", via),
                ("Max-Forwards", MAX_FORWARDS),
                *(("Route", hop) for hop in self.route),
                ("From", f"<{self.local_uri}>;tag={self.local_tag}"),
                ("To", remote),
                ("Call-ID", self.call_id),
                ("CSeq", f"{self.cseq} {method}"),
                ("Contact", self.contact),
                ("User-Agent", USER_AGENT),
                *headers,
            ),
            body=body,
        )

    def owns(self, request: Request) -> bool:
        """Whether a request that came in belongs to this dialog."""
        own_tag = parse_address(request.required("to")).parameters.get("tag")
        return request.required("call-id") == self.call_id and own_tag == self.local_tag


def refusal_acknowledgement(invite: Request, response: Response) -> Request:
    """The ACK of an INVITE that was not accepted: same branch, the response's To (section 17.1.1.3)."""
    number, _ = invite.cseq
    return Request(
        method="ACK",
        uri=invite.uri,
        headers=(
            ("Via", invite.values("via")[0]),
            ("Max-Forwards", MAX_FORWARDS),
            *(("Route", hop) for hop in invite.values("route")),
            ("From", invite.required("from")),
            ("To", response.required("to")),
            ("Call-ID", invite.required("call-id")),
            ("CSeq", f"{number} ACK"),
        ),
    )


def cancellation(invite: Request) -> Request:
    """The CANCEL of an INVITE (section 9.1)."""
    number, _ = invite.cseq
    return Request(
        method="CANCEL",
        uri=invite.uri,
        headers=(
            ("Via", invite.values("via")[0]),
            ("Max-Forwards", MAX_FORWARDS),
            *(("Route", hop) for hop in invite.values("route")),
            ("From", invite.required("from")),
            ("To", invite.required("to")),
            ("Call-ID", invite.required("call-id")),
            ("CSeq", f"{number} CANCEL"),
        ),
    )


def answer(
    request: Request, status: int, reason: str, *, tag: str = "", headers: Fields = (), body: bytes = b""
) -> Response:
    """A response to a request that came in; `tag` is put on To where it has none."""
    to = request.required("to")
    if tag and "tag" not in parse_address(to).parameters:
        to = f"{to};tag={tag}"
    return Response(
        status=status,
        reason=reason,
        headers=(
            *(("Via", via) for via in request.values("via")),
            ("From", request.required("from")),
            ("To", to),
            ("Call-ID", request.required("call-id")),
            ("CSeq", request.required("cseq")),
            *(("Record-Route", hop) for hop in request.values("record-route")),
            ("User-Agent", USER_AGENT),
            *headers,
        ),
        body=body,
    )
