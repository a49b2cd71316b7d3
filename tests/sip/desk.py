"""The other end of a line under test: takes the calls that a pool hands over and says what comes in."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from sip.link import CallLink
from sip.messages import Answered, CallerAudio, FromWorkerCall
from sip.pool import WorkerPool
from sip.settings import SipSettings
from tests.sip.user_agent import DEFAULT_CODECS, UserAgent

T = TypeVar("T", bound=FromWorkerCall)
TONE = b"\x00\x10" * 160
"""One frame of a constant 4096, which is 0xAF in µ-law."""
TONE_ON_WIRE = b"\xaf" * 160
SILENCE_ON_WIRE = b"\xff" * 160


def free_port(count: int = 1) -> int:
    """A port that was free, with the following ones, over UDP and TCP a moment ago."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            first = int(probe.getsockname()[1])
        try:
            for port in range(first, first + count):
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    with socket.socket(socket.AF_INET, kind) as probe:
                        probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            continue
        return first


@dataclass
class Desk:
    """A pool and the calls it has handed over."""

    pool: WorkerPool
    port: int
    calls: asyncio.Queue[CallLink]

    async def next_call(self) -> CallLink:
        async with asyncio.timeout(30):
            return await self.calls.get()

    @asynccontextmanager
    async def answered(
        self, codecs: tuple[str, ...] = DEFAULT_CODECS, transport: str = "udp"
    ) -> AsyncIterator[tuple[UserAgent, CallLink, Answered]]:
        """A caller whose call has been answered; hangs up afterwards where nobody did."""
        async with UserAgent(self.port, transport=transport) as caller:
            await caller.invite(codecs)
            link = await self.next_call()
            link.answer()
            assert (await caller.response()).code == 200
            try:
                yield caller, link, await expect(link, Answered)
            finally:
                if not link.ended:
                    await caller.request("BYE")
                await settle(link)


async def expect(link: CallLink, cls: type[T], **values: Any) -> T:
    """The next message of this class with these values; others before it are skipped."""
    async with asyncio.timeout(30):
        while True:
            message = await link.receive()
            if isinstance(message, cls) and all(getattr(message, key) == value for key, value in values.items()):
                return message
            assert link.ended is not message, f"the call ended: {message}"


async def until(holds: Callable[[], bool]) -> None:
    """Wait for a state that nobody announces."""
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def settle(link: CallLink) -> list[FromWorkerCall]:
    """Everything until the end."""
    messages: list[FromWorkerCall] = []
    async with asyncio.timeout(30):
        while not messages or messages[-1] is not link.ended:
            messages.append(await link.receive())
    return messages


async def audio(link: CallLink, frames: int) -> list[CallerAudio]:
    """The next so many frames from the caller."""
    return [await expect(link, CallerAudio) for _ in range(frames)]


@asynccontextmanager
async def open_desk(**settings: Any) -> AsyncIterator[Desk]:
    """A line on loopback."""
    calls: asyncio.Queue[CallLink] = asyncio.Queue()

    async def take(link: CallLink) -> None:
        calls.put_nowait(link)
        while not link.ended:  # noqa: ASYNC110  (the test is the one who receives)
            await asyncio.sleep(0.02)

    port = settings.pop("port", None) or free_port(4)
    async with WorkerPool(SipSettings(port=port, **settings), take) as pool:
        yield Desk(pool, port, calls)
