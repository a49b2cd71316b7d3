"""Reading an INVITE, the allow-list, and the fast way to a frame's bytes."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sip.messages import MAX_HEADERS, MAX_TEXT, IncomingCall
from sip.packets import decode, encode
from sip.worker.invite import AllowList, read_invite

INVITE = (
    "INVITE sip:100@clinic SIP/2.0\r\nv: SIP/2.0/TCP 192.0.2.7\r\nf: <sip:+15550100;ext=7@pbx>;tag=1\r\n"
    "X-Long: first\r\n second\r\nX-Long: again\r\nSubject: no\r\nDiversion: <sip:200@pbx>\r\n\r\nX-Body: no\r\n"
)


def test_short_names_folded_lines_and_the_body_are_understood() -> None:
    invite = read_invite(INVITE)
    assert (invite.caller, invite.called, invite.transport) == ("+15550100", "100", "tcp")
    assert invite.headers == {"X-Long": "first second", "Diversion": "<sip:200@pbx>"}


@given(st.text(max_size=300) | st.just("x: " * 900) | st.just("".join(f"\nX-{n}: {n}" for n in range(99))))
@example("INVITE sip:" + "\U0001f600" * 2000 + "".join(f"\nX-{n}: " + "\udc80\U0001f600" * 2000 for n in range(20)))
def test_whatever_comes_can_be_announced(text: str) -> None:
    invite = read_invite(text)
    assert len(invite.headers) <= MAX_HEADERS
    assert all(len(value) <= MAX_TEXT for value in (invite.caller, invite.called, *invite.headers.values()))
    incoming = IncomingCall("c", 0, invite.caller, invite.called, "127.0.0.1:5060", invite.transport, invite.headers)
    assert decode(encode(incoming)) == incoming


@pytest.mark.parametrize(
    ("source", "allowed"),
    [
        ("192.0.2.7:5060", True),
        ("192.0.3.7:5060", False),
        ("198.51.100.1:5060", True),
        ("[2001:db8::1]:5060", False),
        ("pbx.example:5060", False),
        ("", False),
    ],
)
def test_a_source_is_allowed_by_its_network(source: str, *, allowed: bool) -> None:
    assert AllowList(["192.0.2.0/24", "198.51.100.1"]).allows(source) is allowed


@given(st.text(max_size=30))
def test_a_source_that_is_no_address_is_not_allowed(source: str) -> None:
    assert not AllowList(["192.0.2.0/24"]).allows("x" + source)


def test_the_fast_reader_agrees_with_the_slow_one() -> None:
    pj = pytest.importorskip("pjsua2")
    from sip.worker import vector_memory

    reader = vector_memory.choose_reader()
    vector = pj.ByteVector(list(range(200)))
    assert reader(vector) == vector_memory.read_slowly(vector) == bytes(range(200))
    assert reader(pj.ByteVector()) == b""
