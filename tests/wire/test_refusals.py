"""Calls that are not taken, and what is no call at all; the line goes on serving the others."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from sip.caller.plan import Outcome
from tests.sip.user_agent import UserAgent
from tests.wire.running import Appliance, call, calls, running, short_call

pytestmark = pytest.mark.wire

MALFORMED = {
    "noise": bytes(range(256)),
    "one line": b"INVITE sip:clinic@127.0.0.1 SIP/2.0\r\n\r\n",
    "no version": b"INVITE sip:clinic@127.0.0.1\r\nVia: x\r\n\r\n",
    "header without end": b"INVITE sip:clinic@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK"
    + b"a" * 3000,
    "a response to nothing": b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\n\r\n",
    "empty": b"",
    "a lying length": (
        b"INVITE sip:clinic@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKl\r\n"
        b"From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: l\r\nCSeq: 1 INVITE\r\n"
        b"Contact: <sip:a@127.0.0.1:9>\r\nMax-Forwards: 70\r\n"
        b"Content-Type: application/sdp\r\nContent-Length: 99999\r\n\r\nv=0\r\n"
    ),
}
BROKEN_SDP = (
    "v=0",
    "v=0\r\nm=audio\r\n",
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 99999999 RTP/AVP 0\r\n",
)


@pytest.fixture(scope="module")
def appliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    with running(tmp_path_factory.mktemp("refusals")) as appliance:
        yield appliance


async def the_next_call_works(appliance: Appliance) -> None:
    result = await call(appliance.uri, *short_call(appliance.uri, 0.3).steps)
    assert (result.outcome, result.status) == (Outcome.COMPLETED, 200)
    assert result.received is not None
    assert result.received.packets > 5


async def test_an_invite_without_sdp_gets_an_offer(appliance: Appliance) -> None:
    async with UserAgent(appliance.sip_port) as caller:
        response = await caller.call_without_sdp()
        assert response.code == 200
        assert "m=audio" in response.body
        assert (await caller.hang_up()).code == 200
    await the_next_call_works(appliance)


async def test_an_invite_with_unknown_codecs_only_is_not_acceptable(appliance: Appliance) -> None:
    async with UserAgent(appliance.sip_port) as caller:
        assert (await caller.call(("96 opus/48000/2", "97 iLBC/8000"))).code == 488
    await the_next_call_works(appliance)


@pytest.mark.parametrize("packet", MALFORMED.values(), ids=MALFORMED)
async def test_a_malformed_packet_hurts_nobody(appliance: Appliance, packet: bytes) -> None:
    restarted = "restarting" in appliance.log
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(3):
            sender.sendto(packet, ("127.0.0.1", appliance.sip_port))
    async with UserAgent(appliance.sip_port) as caller:
        assert (await caller.call()).code == 200
        await caller.hang_up()
    assert ("restarting" in appliance.log) == restarted


@pytest.mark.parametrize("body", BROKEN_SDP)
async def test_an_invite_with_broken_sdp_is_refused(appliance: Appliance, body: str) -> None:
    async with UserAgent(appliance.sip_port) as caller:
        await caller.request("INVITE", body=body)
        assert (await caller.response()).code in {400, 415, 488}
    await the_next_call_works(appliance)


async def test_callers_who_think_better_of_it_leave_no_call_behind(appliance: Appliance) -> None:
    """INVITE and CANCEL together, INVITE and BYE together, and an INVITE that is never acknowledged."""
    for method in ("CANCEL", "BYE", "CANCEL", "BYE", "CANCEL", "BYE"):
        async with UserAgent(appliance.sip_port) as caller:
            await caller.invite()
            await caller.request(method)
            await asyncio.sleep(0.1)
            if any(message.code == 200 for message in list(caller.messages._queue)):  # type: ignore[attr-defined]
                await caller.response()
                await caller.hang_up()
    await appliance.until("active", 0)
    await the_next_call_works(appliance)


async def test_of_five_calls_at_once_four_are_answered_and_one_is_told_to_wait(appliance: Appliance) -> None:
    results = await calls(*[short_call(appliance.uri, 1.0) for _ in range(5)])
    assert sorted(result.status for result in results) == [200, 200, 200, 200, 486]
    assert [result.outcome for result in results].count(Outcome.COMPLETED) == 4
    await appliance.until("active", 0)
    await the_next_call_works(appliance)


async def test_a_second_appliance_on_the_same_ports_gives_up_and_the_first_is_unharmed(
    appliance: Appliance, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = (appliance.directory / "config.toml").read_text()
    other_web_port = text.replace(f"port = {appliance.web_port}\n", "port = 0\n")
    running_call = asyncio.create_task(call(appliance.uri, *short_call(appliance.uri, 4.0).steps))
    for content, key in ((text, "web.port"), (other_web_port, "port")):
        second = Appliance.start(tmp_path_factory.mktemp("second"), content)
        assert await second.exit_status() == 2
        line = second.log.splitlines()[-1]
        assert key in line
        assert " — " in line
    assert (await running_call).outcome is Outcome.COMPLETED
    assert (await appliance.get("/healthz"))[0] == 200
    await the_next_call_works(appliance)


async def test_a_source_that_is_not_allowed_is_forbidden(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("allow"), {"sip": {"allow": ["10.0.0.0/8"]}}) as guarded:
        result = await call(guarded.uri, caller="+15550199")
        assert (result.outcome, result.status) == (Outcome.REFUSED, 403)
        assert await guarded.calls() == []
        assert "refused a call from a source" in guarded.log
        assert "5550199" not in guarded.log
