"""A real worker process, called by a user agent that is not pjsip. Most tests share one worker."""

import asyncio
import itertools
import logging
import math
import os
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sip.messages import (
    Answered,
    CallerAudio,
    DigitMethod,
    DigitReceived,
    Ended,
    EndReason,
    Flush,
    HangUp,
    HoldChanged,
    SendDigits,
    Statistics,
    Transfer,
    TransferFailed,
    TransferProgress,
)
from tests.sip.desk import SILENCE_ON_WIRE, TONE, TONE_ON_WIRE, Desk, audio, expect, open_desk, settle, until
from tests.sip.user_agent import UserAgent

pytestmark = [pytest.mark.wire, pytest.mark.asyncio(loop_scope="module")]
EVENTS = "101 telephone-event/8000"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def desk() -> AsyncIterator[Desk]:
    async with open_desk(statistics_interval_s=0.5, allow=("127.0.0.1/32",)) as desk:
        yield desk


async def test_an_incoming_call_says_who_calls_whom(desk: Desk) -> None:
    async with UserAgent(desk.port) as caller:
        await caller.invite(
            extra="P-Asserted-Identity: <sip:+15550142@pbx>\r\nX-Ward: 7\r\n"
            "Diversion: <sip:200@pbx>;reason=no-answer\r\n"
        )
        link = await desk.next_call()
        incoming = link.incoming
        assert (incoming.caller, incoming.called, incoming.transport) == ("+15550100", "clinic", "udp")
        assert incoming.source_address.startswith("127.0.0.1:")
        assert incoming.headers == {
            "P-Asserted-Identity": "<sip:+15550142@pbx>",
            "X-Ward": "7",
            "Diversion": "<sip:200@pbx>;reason=no-answer",
        }
        link.reject(480)
        assert (await caller.response()).code == 480
        assert (await settle(link))[-1] == Ended(EndReason.REJECTED, 480)


async def test_sound_goes_both_ways_and_played_counts_what_was_pulled(desk: Desk) -> None:
    async with desk.answered() as (caller, link, answered):
        assert answered == Answered(8000, "PCMU")
        speaking = asyncio.create_task(caller.speak(TONE_ON_WIRE, 60))
        frames: list[CallerAudio] = []
        for _ in range(50):
            frames.append(await expect(link, CallerAudio))
            link.send_audio(TONE)
        await speaking
        assert [frame.sequence for frame in frames] == list(range(50))
        heard = [frame for frame in frames if frame.pcm == struct.pack("<h", 4092) * 160]
        assert len(heard) >= 30
        last = (await audio(link, 5))[-1]
        assert last.played >= 45
        await until(lambda: last.played == sum(packet.payload == TONE_ON_WIRE for packet in caller.rtp.received))


async def test_rtp_flows_without_gaps_even_when_there_is_nothing_to_say(desk: Desk) -> None:
    async with desk.answered() as (caller, link, _):
        await audio(link, 30)
        packets = caller.rtp.received
        assert len(packets) >= 25
        assert {packet.payload for packet in packets} == {SILENCE_ON_WIRE}
        steps = {(after.timestamp - before.timestamp) % 2**32 for before, after in itertools.pairwise(packets)}
        assert steps == {160}


@pytest.mark.parametrize(
    ("codecs", "chosen", "payload_type"),
    [
        (("0 PCMU/8000", EVENTS), "PCMU", 0),
        (("8 PCMA/8000", EVENTS), "PCMA", 8),
        (("9 G722/8000", EVENTS), "G722", 9),
        (("18 G729/8000", "8 PCMA/8000", "0 PCMU/8000", EVENTS), "PCMA", 8),
    ],
)
async def test_the_callers_first_codec_that_we_speak_is_used(
    desk: Desk, codecs: tuple[str, ...], chosen: str, payload_type: int
) -> None:
    async with desk.answered(codecs) as (caller, link, answered):
        assert answered.codec == chosen
        speaking = asyncio.create_task(caller.speak(b"\x55" * 160, 20, payload_type))
        frames = await audio(link, 20)
        await speaking
        assert any(frame.pcm for frame in frames)
        assert {packet.payload_type for packet in caller.rtp.received} == {payload_type}


async def test_flush_lets_at_most_one_more_old_frame_out(desk: Desk) -> None:
    async with desk.answered() as (caller, link, _):
        for _ in range(5):
            await audio(link, 2)
            before = len(caller.rtp.received)
            played = (await expect(link, CallerAudio)).played
            for _ in range(3):
                link.send_audio(TONE)
            link.send(Flush())
            frames = await audio(link, 6)
            old = [packet for packet in caller.rtp.received[before:] if packet.payload == TONE_ON_WIRE]
            assert len(old) <= 1
            assert frames[-1].played == played + len(old)


async def test_the_playout_queue_holds_three_frames_and_drops_what_is_too_much(desk: Desk) -> None:
    async with desk.answered() as (caller, link, _):
        await audio(link, 2)
        for _ in range(20):
            link.send_audio(TONE)
        frames = await audio(link, 15)
        assert 3 <= frames[-1].played <= 4
        assert len([p for p in caller.rtp.received if p.payload == TONE_ON_WIRE]) == frames[-1].played


async def test_a_frame_of_another_sample_rate_is_dropped(desk: Desk) -> None:
    async with desk.answered() as (_, link, _):
        link.send_audio(TONE + TONE)
        assert (await audio(link, 5))[-1].played == 0


async def test_keys_arrive_by_rfc4733(desk: Desk) -> None:
    async with desk.answered() as (caller, link, _):
        for event in (1, 11, 10):
            caller.rtp.send_digit(caller.media, event)
            await caller.speak(SILENCE_ON_WIRE, 5)
        assert [(await expect(link, DigitReceived)) for _ in range(3)] == [
            DigitReceived(digit, DigitMethod.RFC4733) for digit in "1#*"
        ]


async def test_keys_arrive_by_info(desk: Desk) -> None:
    async with desk.answered() as (caller, link, _):
        await caller.request("INFO", body="Signal=5\r\nDuration=160\r\n", content_type="application/dtmf-relay")
        assert (await caller.response()).code == 200
        assert await expect(link, DigitReceived) == DigitReceived("5", DigitMethod.INFO)


async def test_keys_are_sent_by_rfc4733_where_the_caller_takes_it(desk: Desk) -> None:
    async with desk.answered() as (caller, link, _):
        link.send(SendDigits("4#"))
        await audio(link, 60)
        events = {packet.payload[0] for packet in caller.rtp.received if packet.payload_type == 101}
        assert events == {4, 11}


async def test_keys_are_sent_by_info_otherwise(desk: Desk) -> None:
    async with desk.answered(("0 PCMU/8000",)) as (caller, link, _):
        link.send(SendDigits("7"))
        request = await caller.wait_for("INFO")
        assert "Signal=7" in request.body.replace(" ", "")


@pytest.mark.parametrize("direction", ["sendonly", "inactive"])
async def test_hold_and_resume(desk: Desk, direction: str) -> None:
    async with desk.answered() as (caller, link, _):
        await caller.invite(direction=direction)
        assert (await caller.response()).code == 200
        assert (await expect(link, HoldChanged)).held
        await asyncio.sleep(0.1)
        caller.rtp.received.clear()
        held = (await expect(link, CallerAudio)).played
        link.send_audio(TONE)
        frames = await audio(link, 10)
        assert frames[-1].played == held
        assert TONE_ON_WIRE not in [packet.payload for packet in caller.rtp.received]
        link.send(Flush())
        await caller.invite()
        assert (await caller.response()).code == 200
        assert not (await expect(link, HoldChanged)).held
        speaking = asyncio.create_task(caller.speak(TONE_ON_WIRE, 30))
        link.send_audio(TONE)
        frames = await audio(link, 30)
        await speaking
        assert frames[-1].played == held + 1
        assert any(frame.pcm for frame in frames)


async def test_a_transfer_that_the_target_takes_ends_the_call_as_transferred(desk: Desk) -> None:
    async with desk.answered() as (caller, link, _):
        link.send(Transfer("200"))
        refer = await caller.wait_for("REFER", 202)
        assert refer.headers["refer-to"].strip("<>").startswith("sip:200@127.0.0.1")
        await notify(caller, "SIP/2.0 180 Ringing", "active;expires=60")
        assert await expect(link, TransferProgress, code=180)
        await notify(caller, "SIP/2.0 200 OK", "terminated;reason=noresource")
        await caller.wait_for("BYE")
        assert (await settle(link))[-1].reason is EndReason.TRANSFERRED  # type: ignore[union-attr]


async def test_a_transfer_whose_target_is_busy_fails_and_the_caller_is_still_there(desk: Desk) -> None:
    async with desk.answered() as (caller, link, _):
        link.send(Transfer("sip:200@127.0.0.1:9"))
        await caller.wait_for("REFER", 202)
        await notify(caller, "SIP/2.0 486 Busy Here", "terminated;reason=noresource")
        assert await expect(link, TransferFailed) == TransferFailed(486)
        link.send_audio(TONE)
        assert (await audio(link, 5))[-1].played == 1


async def test_a_transfer_that_the_peer_refuses_fails(desk: Desk) -> None:
    async with desk.answered() as (caller, link, _):
        link.send(Transfer("sip:200@127.0.0.1:9"))
        await caller.wait_for("REFER", 603)
        assert await expect(link, TransferFailed) == TransferFailed(603)


async def test_a_caller_who_hangs_up_during_a_transfer_was_transferred(desk: Desk) -> None:
    async with desk.answered() as (caller, link, _):
        link.send(Transfer("200"))
        await caller.wait_for("REFER", 202)
        await caller.hang_up()
        assert (await settle(link))[-1] == Ended(EndReason.TRANSFERRED, 200)


async def test_a_caller_cannot_make_the_line_call_somebody_else(desk: Desk) -> None:
    async with desk.answered() as (caller, link, _):
        await caller.request("REFER", extra="Refer-To: <sip:+1900555@127.0.0.1:9>\r\n")
        assert (await caller.response()).code == 603
        assert await audio(link, 2)


async def notify(caller: UserAgent, body: str, state: str) -> None:
    extra = f"Event: refer\r\nSubscription-State: {state}\r\n"
    await caller.request("NOTIFY", extra=extra, body=body + "\r\n", content_type="message/sipfrag;version=2.0")
    assert (await caller.response()).code == 200


async def test_the_caller_hangs_up(desk: Desk) -> None:
    async with desk.answered() as (caller, link, _):
        await caller.speak(SILENCE_ON_WIRE, 20)
        await audio(link, 5)  # so that the last packet has been read before the BYE is
        assert (await caller.hang_up()).code == 200
        *_, statistics, ended = await settle(link)
        assert ended == Ended(EndReason.CALLER_HUNG_UP, 200)
        assert isinstance(statistics, Statistics)
        assert (statistics.packets_received, statistics.packets_lost, statistics.codec) == (20, 0, "PCMU")


async def test_the_agent_hangs_up_after_its_last_words(desk: Desk) -> None:
    async with desk.answered() as (caller, link, _):
        await audio(link, 3)
        for _ in range(3):
            link.send_audio(TONE)
        link.send(HangUp())
        await caller.wait_for("BYE")
        assert [p.payload for p in caller.rtp.received].count(TONE_ON_WIRE) == 3
        assert (await settle(link))[-1] == Ended(EndReason.AGENT_HUNG_UP, 200)


async def test_a_burst_of_very_short_calls_leaves_room_for_the_next(desk: Desk) -> None:
    """More calls than the worker has ports, each over within a few ms of its answer."""
    for _ in range(24):
        async with desk.answered() as (caller, _, _):
            assert (await caller.hang_up()).code == 200


async def test_lost_packets_are_counted(desk: Desk) -> None:
    async with desk.answered() as (caller, link, _):
        for _ in range(4):
            await caller.speak(SILENCE_ON_WIRE, 9)
            caller.rtp._sequence += 1
        await caller.speak(SILENCE_ON_WIRE, 5)
        assert (await expect(link, Statistics, packets_lost=4)).packets_received >= 36


async def test_the_caller_cancels_before_the_answer(desk: Desk) -> None:
    async with UserAgent(desk.port) as caller:
        await caller.invite()
        link = await desk.next_call()
        await caller.request("CANCEL")
        codes = {(await caller.response()).code, (await caller.response()).code}
        assert codes == {200, 487}
        assert (await settle(link))[-1] == Ended(EndReason.CALLER_HUNG_UP, 487)


async def test_an_invite_without_sdp_is_offered_our_codecs_in_our_order(desk: Desk) -> None:
    async with UserAgent(desk.port) as caller:
        caller._needs_answer = True
        await caller.invite(None)
        link = await desk.next_call()
        link.answer()
        response = await caller.response()
        assert "RTP/AVP 0 8 9" in response.body
        await expect(link, Answered, codec="PCMU")
        link.send_audio(TONE)
        assert (await audio(link, 5))[-1].played == 1
        await caller.hang_up()
        await settle(link)


async def test_an_unknown_codec_only_is_refused(desk: Desk) -> None:
    async with UserAgent(desk.port) as caller:
        await caller.invite(("18 G729/8000", EVENTS))
        assert (await caller.response()).code == 488
    assert desk.calls.empty()


@pytest.mark.parametrize(
    "junk",
    [
        b"INVITE sip:clinic@127.0.0.1 SIP/2.0\r\n\r\n",
        b"INVITE sip:clinic@127.0.0.1 SIP/2.0\r\nVia: nonsense\r\nFrom: \xff\xfe\r\nCSeq: x INVITE\r\n\r\n",
        b"INVITE " + b"A" * 3000 + b" SIP/2.0\r\n\r\n",
        os.urandom(500),
        b"\x00" * 1200,
    ],
    ids=["no headers", "bad headers", "long", "noise", "zeros"],
)
async def test_a_malformed_invite_harms_nobody(desk: Desk, junk: bytes) -> None:
    async with UserAgent(desk.port) as attacker:
        await attacker.send(junk)
    async with desk.answered() as (_, link, _):
        assert len(await audio(link, 2)) == 2
    assert desk.pool.status.restarts == 0


async def test_an_invite_with_broken_sdp_is_refused(desk: Desk) -> None:
    async with UserAgent(desk.port) as caller:
        await caller.request("INVITE", body="v=0\r\nm=audio nonsense\r\n")
        assert (await caller.response()).code in {400, 488}


async def test_a_source_that_is_not_allowed_gets_403_and_leaves_no_name_behind(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with UserAgent(desk.port, local_host="127.0.0.2") as stranger:
        await stranger.invite()
        assert (await stranger.response()).code == 403
    await asyncio.sleep(0.1)
    assert desk.calls.empty()
    assert any("allow" in record.message for record in caplog.records)
    assert not any(secret in caplog.text for secret in ("15550100", "Patient", "127.0.0.2"))


async def test_a_call_leaves_no_name_in_the_log(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with desk.answered() as (caller, link, _):
        await caller.request("INFO", body="Signal=9\r\n", content_type="application/dtmf-relay")
        await expect(link, DigitReceived)
        call_id = link.call_id
    await asyncio.sleep(0.1)
    assert call_id in {getattr(record, "call_id", "") for record in caplog.records}
    assert not any(secret in caplog.text for secret in ("15550100", "Patient", "clinic@"))


async def test_a_call_over_tcp(desk: Desk) -> None:
    async with desk.answered(transport="tcp") as (caller, link, _):
        assert link.incoming.transport == "tcp"
        link.send_audio(TONE)
        assert (await audio(link, 5))[-1].played == 1
        assert (await caller.hang_up()).code == 200


async def test_options_is_answered(desk: Desk) -> None:
    async with UserAgent(desk.port) as pbx:
        await pbx.request("OPTIONS")
        response = await pbx.response()
        assert response.code == 200
        assert "INVITE" in response.headers["allow"]


async def test_the_switchboard_may_redirect(desk: Desk) -> None:
    async with UserAgent(desk.port) as caller:
        await caller.invite()
        link = await desk.next_call()
        link.redirect("sip:night@127.0.0.1:5090")
        response = await caller.response()
        assert (response.code, response.headers["contact"]) == (302, "<sip:night@127.0.0.1:5090>")
        assert (await settle(link))[-1] == Ended(EndReason.REJECTED, 302)


async def test_retry_after_comes_with_a_refusal(desk: Desk) -> None:
    async with UserAgent(desk.port) as caller:
        await caller.invite()
        (await desk.next_call()).reject(503, retry_after_s=12)
        response = await caller.response()
        assert (response.code, response.headers["retry-after"]) == (503, "12")


async def test_many_calls_in_a_row_leave_nothing_behind(desk: Desk) -> None:
    async def one_call() -> None:
        async with UserAgent(desk.port) as caller:
            await caller.invite()
            link = await desk.next_call()
            link.answer()
            assert (await caller.response()).code == 200
            await expect(link, CallerAudio)
            await caller.hang_up()
            await settle(link)

    await one_call()
    await asyncio.sleep(1.5)
    before = len(list(worker_files(desk)))
    for _ in range(2):  # calls that are over are destroyed about a second later, which must not end those of then
        for _ in range(20):
            await one_call()
        await asyncio.sleep(1.2)
    await asyncio.sleep(1)
    assert len(list(worker_files(desk))) <= before + 1
    assert desk.pool.status.active_calls == 0


def worker_files(desk: Desk) -> list[Path]:
    process = desk.pool._workers[0].process
    assert process
    return list(Path(f"/proc/{process._process.pid}/fd").iterdir())


async def test_wideband_lines_run_at_16_khz() -> None:
    async with open_desk(wideband=True) as desk, desk.answered(("9 G722/8000", EVENTS)) as (caller, link, answered):
        assert answered == Answered(16000, "G722")
        tone = b"".join(struct.pack("<h", int(9000 * math.sin(n * 0.4))) for n in range(320))
        for _ in range(10):
            link.send_audio(tone)
            frame = await expect(link, CallerAudio)
        assert frame.played >= 8
        assert len({packet.payload for packet in caller.rtp.received}) > 5


async def test_a_caller_who_vanishes_is_given_up() -> None:
    async with open_desk(rtp_timeout_s=0.5) as desk, desk.answered() as (caller, link, _):
        await caller.speak(SILENCE_ON_WIRE, 10)
        await caller.wait_for("BYE")
        assert (await settle(link))[-1].reason is EndReason.MEDIA_TIMEOUT  # type: ignore[union-attr]


async def test_a_held_call_may_send_nothing_for_longer_but_not_for_ever() -> None:
    async with open_desk(rtp_timeout_s=0.3, hold_timeout_s=1.5) as desk, desk.answered() as (caller, link, _):
        await caller.invite(direction="inactive")
        assert (await caller.response()).code == 200
        assert (await expect(link, HoldChanged)).held
        await asyncio.sleep(0.8)
        assert not link.ended
        assert await expect(link, Ended) == Ended(EndReason.MEDIA_TIMEOUT, 200)
        await caller.wait_for("BYE")
