"""The orchestrator's end of a call's socket, against a worker played by the test."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sip.link import CallLink, LinkListener
from sip.messages import Answered, CallerAudio, Ended, EndReason, IncomingCall
from sip.packets import encode

FRAME = b"\0" * 320


@asynccontextmanager
async def one_call() -> AsyncIterator[tuple[socket.socket, CallLink]]:
    calls: asyncio.Queue[CallLink] = asyncio.Queue()
    async with LinkListener(lambda _: None, calls.put_nowait, lambda _: None) as listener:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as worker:
            worker.connect(listener.path)
            worker.send(encode(IncomingCall("0123456789abcdef", 0, "a", "b", "127.0.0.1:5060")))
            async with asyncio.timeout(30):
                yield worker, await calls.get()


@pytest.mark.parametrize("unread", [0, 3], ids=["all read", "frames unread"])
async def test_the_end_of_a_call_is_heard_although_audio_was_sent_after_it(unread: int) -> None:
    """The agent goes on speaking until it knows: the frame that finds nobody there must not hide why."""
    async with one_call() as (worker, link):
        for _ in range(unread):
            link.send_audio(FRAME)
        worker.send(encode(Answered(8000, "PCMU")))
        worker.send(encode(CallerAudio(0, 0, FRAME)))
        worker.send(encode(Ended(EndReason.CALLER_HUNG_UP, 200)))
        worker.close()
        # The loop has not read yet: the peer's end shows in sending first.
        for _ in range(3):
            link.send_audio(FRAME)
        assert [type(await link.receive()) for _ in range(2)] == [Answered, CallerAudio]
        assert await link.receive() == Ended(EndReason.CALLER_HUNG_UP, 200)


async def test_a_worker_that_goes_without_a_word_is_a_line_that_failed() -> None:
    async with one_call() as (worker, link):
        link.send_audio(FRAME)
        worker.close()
        link.send_audio(FRAME)
        assert await link.receive() == Ended(EndReason.LINE_FAILED)
