"""A SIP call behaves as a `Line`: a real call through a real worker."""

import asyncio

import pytest

from appliance import sip_line
from appliance.line import (
    CallInfo,
    DigitReceived,
    FrameReceived,
    HangUpReason,
    HoldChanged,
    HungUp,
    Line,
    LineEvent,
    MediaStatistics,
    TransferFailed,
)
from sip.messages import EndReason, MessageError
from tests.sip.desk import TONE, open_desk
from tests.sip.user_agent import UserAgent

pytestmark = pytest.mark.wire


async def test_a_call_as_a_line() -> None:
    async with open_desk(statistics_interval_s=0.2) as desk, UserAgent(desk.port) as caller:
        await caller.invite(extra="X-Ward: 7\r\n")
        link = await desk.next_call()
        answering = asyncio.create_task(sip_line.answer(link))
        assert (await caller.response()).code == 200
        answered = await answering
        assert answered
        line: Line = answered
        assert line.info == CallInfo(link.call_id, "+15550100", "clinic", 8000, "PCMU", {"X-Ward": "7"})
        events = line.events()

        async def next_of(kind: type[LineEvent]) -> LineEvent:
            async with asyncio.timeout(10):
                return await anext(event async for event in events if isinstance(event, kind))

        line.play(TONE)
        while True:
            frame = await next_of(FrameReceived)
            assert isinstance(frame, FrameReceived)
            if frame.played == 1:
                break
        caller.rtp.send_digit(caller.media, 5)
        assert await next_of(DigitReceived) == DigitReceived("5")
        statistics = await next_of(MediaStatistics)
        assert isinstance(statistics, MediaStatistics)
        assert statistics.codec == "PCMU"
        line.transfer("200")
        await caller.wait_for("REFER", 404)
        assert await next_of(TransferFailed) == TransferFailed(404)
        await caller.invite(direction="sendonly")
        await caller.response()
        assert await next_of(HoldChanged) == HoldChanged(held=True)
        line.send_digits("1" * 40)
        line.flush()
        line.hang_up(HangUpReason.DRAINED)
        await caller.wait_for("BYE")
        rest = [event async for event in events]
        assert rest[-1] == HungUp(HangUpReason.DRAINED)
        line.play(TONE)
        line.hang_up()


async def test_a_caller_who_gives_up_first_is_no_line() -> None:
    async with open_desk() as desk, UserAgent(desk.port) as caller:
        await caller.invite()
        link = await desk.next_call()
        await caller.request("CANCEL")
        await caller.response()
        assert await sip_line.answer(link) is None


async def test_a_transfer_target_that_is_no_number_is_an_error_here() -> None:
    async with open_desk() as desk, UserAgent(desk.port) as caller:
        await caller.invite()
        answering = asyncio.create_task(sip_line.answer(await desk.next_call()))
        await caller.response()
        line = await answering
        assert line
        with pytest.raises(MessageError):
            line.transfer("the nice nurse")


def test_a_line_ends_for_the_same_reasons_as_a_call() -> None:
    assert {reason.value for reason in HangUpReason} == {reason.value for reason in EndReason}
