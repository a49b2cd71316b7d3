import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.caller.digest import Credentials, answer_challenge
from sip.caller.message import MalformedMessageError, Request, Response, parse_address, parse_message, split_list
from sip.caller.rtp import RtpPacket, decode_event, decode_rtp
from sip.caller.sdp import AudioDescription, Direction, describe, parse_description
from sip.caller.uri import parse_uri
from sip.errors import SipError
from sip.g711 import Companding

INVITE = (
    b"INVITE sip:desk@127.0.0.1 SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1, SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK2\r\n"
    b'f: "Smith, \\"J\\"" <sip:j@10.0.0.1>;tag=a\r\n'
    b"To: sip:desk@127.0.0.1;tag=b\r\n"
    b"i: 1@here\r\n"
    b"CSeq: 7 INVITE\r\n"
    b"Subject: one\r\n  folded line\r\n"
    b"l: 3\r\n\r\nabcdef"
)
PIECES = st.lists(
    st.sampled_from(
        [b"INVITE ", b"SIP/2.0", b" ", b"200 OK", b"\r\n", b"\r\n\r\n", b"Via: ", b"CSeq: 1 BYE", b";branch=",
         b"Content-Length: 3", b"l:", b"99999999999", b"<", b'"', b",", b"\xff", b"\0", b":", b"\t"]
    ),
    max_size=30,
).map(b"".join)  # fmt: skip


def test_compact_folded_and_listed_headers_are_understood() -> None:
    message = parse_message(INVITE)
    assert isinstance(message, Request)
    assert message.method == "INVITE"
    assert len(message.values("Via")) == 2
    assert message.cseq == (7, "INVITE")
    assert message.header("subject") == "one folded line"
    assert message.body == b"abc"
    sender = parse_address(message.required("From"))
    assert (sender.uri, sender.parameters) == ("sip:j@10.0.0.1", {"tag": "a"})
    assert parse_address(message.required("to")).parameters == {"tag": "b"}


@given(st.one_of(st.binary(max_size=300), PIECES))
def test_any_bytes_are_a_message_or_malformed(data: bytes) -> None:
    try:
        message = parse_message(data)
    except MalformedMessageError:
        return
    with contextlib.suppress(MalformedMessageError):
        message.cseq  # noqa: B018
    for name, value in message.headers:
        message.values(name)
        parse_address(value)


@given(st.integers(100, 699), st.text("abc <>", max_size=9), st.binary(max_size=50))
def test_a_response_survives_the_wire(status: int, subject: str, body: bytes) -> None:
    sent = Response(status=status, reason="Why Not", headers=(("Subject", subject.strip()),), body=body)
    received = parse_message(sent.encode())
    assert isinstance(received, Response)
    assert (received.status, received.reason, received.body) == (status, "Why Not", body)
    assert received.header("subject") == subject.strip()


def test_commas_in_quotes_and_brackets_split_nothing() -> None:
    assert split_list('"a, b" <sip:x,y@h>, <sip:z@h>') == ['"a, b" <sip:x,y@h>', "<sip:z@h>"]


@given(st.binary(max_size=200))
def test_any_bytes_are_a_packet_or_none(data: bytes) -> None:
    packet = decode_rtp(data, 1)
    assert packet is None or len(packet.payload) <= len(data) - 12
    decode_event(data)


def test_an_rtp_packet_survives_the_wire_and_its_extension_is_skipped() -> None:
    packet = RtpPacket(5, 8, 65535, 2**32 - 1, 7, b"sound", marker=True)
    assert decode_rtp(packet.encode(), 5) == packet
    plain = packet.encode()
    extended = bytes([plain[0] | 0x10]) + plain[1:12] + b"\xbe\xde\x00\x01abcd" + plain[12:]
    assert decode_rtp(extended, 5) == packet


DESCRIPTION = AudioDescription("127.0.0.1", 4000, ((Companding.ALAW, 8), (Companding.ULAW, 0)), 101, Direction.SENDONLY)


def test_a_description_survives_the_wire() -> None:
    assert parse_description(describe(DESCRIPTION, session_id=1, version=2)) == DESCRIPTION


def test_static_payload_types_need_no_rtpmap_and_media_may_have_its_own_address() -> None:
    body = b"v=0\nc=IN IP4 10.0.0.1\nm=audio 4000 RTP/AVP 18 8\nc=IN IP4 10.0.0.2\nm=video 1 RTP/AVP 0\n"
    assert parse_description(body) == AudioDescription("10.0.0.2", 4000, ((Companding.ALAW, 8),), None)


@pytest.mark.parametrize(
    "body",
    [b"", b"v=0\r\n", b"m=audio 0 RTP/AVP 0\r\nc=IN IP4 1.1.1.1", b"m=audio 9 RTP/AVP 18\r\nc=IN IP4 1.1.1.1",
     b"m=audio x RTP/AVP 0", b"m=audio 9 RTP/AVP 0"],
)  # fmt: skip
def test_a_description_that_cannot_be_used_is_an_error_of_ours(body: bytes) -> None:
    with pytest.raises(SipError):
        parse_description(body)


@given(
    st.lists(st.sampled_from(["m=audio 9 RTP/AVP 0 x", "c=IN IP4 h", "a=rtpmap:0 PCMU/8000", "a=", "m=", "c=", "\0"]))
)
def test_any_description_is_read_or_refused(lines: list[str]) -> None:
    with contextlib.suppress(SipError):
        parse_description("\r\n".join(lines).encode())


def test_addresses_that_can_be_called_and_that_cannot() -> None:
    assert (parse_uri("sip:a@[::1]:5070;x=1").host, parse_uri("sip:a@[::1]:5070;x=1").port) == ("::1", 5070)
    assert parse_uri("sip:desk@clinic.example").port == 5060
    for text in ("tel:112", "sips:a@h", "sip:a@h:99999", "sip:a@h;transport=tcp", "127.0.0.1", "sip:@", "sip:a@h:x"):
        with pytest.raises(SipError):
            parse_uri(text)


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_digest_of_rfc_7616(algorithm: str, response: str) -> None:
    challenge = (
        'Digest realm="http-auth@example.org", qop="auth, auth-int", '
        f'algorithm={algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
        'opaque="FQhe/qaU925kfnzjCev0ciny7Q"'
    )
    answer = answer_challenge(
        challenge,
        Credentials("Mufasa", "Circle of Life"),
        method="GET",
        uri="/dir/index.html",
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    assert f'response="{response}"' in answer
    assert 'opaque="FQhe/qaU925kfnzjCev0ciny7Q"' in answer


def test_an_unknown_authentication_is_refused() -> None:
    with pytest.raises(SipError):
        answer_challenge('Basic realm="x"', Credentials("a", "b"), method="INVITE", uri="sip:h")
