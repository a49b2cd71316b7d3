"""Connections and their calls, with a reception that only listens."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from appliance.line import FrameReceived, HangUpReason, HungUp, Line
from appliance.web.media_stream.endpoint import MediaStreams, is_from_here
from appliance.web.server import WebServer

START = json.dumps({"event": "start", "start": {"streamSid": "s"}})


@dataclass
class Reception:
    """Listens until the call ends, or fails at once; knows of one other call when `others` says so."""

    limit: int = 4
    fails: bool = False
    frames: int = 0
    reasons: list[HangUpReason] = field(default_factory=list)

    def refusal(self, media_streams: int) -> str:
        return "" if media_streams < self.limit else "every line is busy"

    async def take(self, line: Line) -> HangUpReason:
        if self.fails:
            line.hang_up(HangUpReason.LINE_FAILED)
            return HangUpReason.LINE_FAILED
        async for event in line.events():
            self.frames += isinstance(event, FrameReceived)
            if isinstance(event, HungUp):
                self.reasons.append(event.reason)
        return self.reasons[-1]


@asynccontextmanager
async def serving(reception: Reception) -> AsyncIterator[tuple[MediaStreams, str]]:
    streams = MediaStreams(reception, 30.0)
    server = WebServer(Starlette(routes=[streams.route]), "127.0.0.1", 0)
    running = asyncio.create_task(server.run())
    try:
        yield streams, f"ws://127.0.0.1:{server.port}/media-stream"
    finally:
        await streams.close()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def closed(socket: ClientConnection) -> tuple[int | None, str | None]:
    async with asyncio.timeout(30):
        with contextlib.suppress(ConnectionClosed):
            while True:
                await socket.recv()
    return socket.close_code, socket.close_reason


async def until_active(streams: MediaStreams, count: int) -> None:
    async with asyncio.timeout(30):
        while streams.active_calls != count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_closing_ends_every_call_and_takes_no_more() -> None:
    reception = Reception()
    async with serving(reception) as (streams, url), connect(url) as one, connect(url) as two:
        await one.send(START)
        await two.send(START)
        await until_active(streams, 2)
        await streams.close()
        assert streams.active_calls == 0
        assert await closed(one) == await closed(two) == (1000, "drained")
        async with connect(url) as late:
            assert await closed(late) == (1013, "stopping")
    assert reception.reasons == [HangUpReason.DRAINED] * 2


async def test_a_call_that_fails_closes_its_connection_as_an_internal_error() -> None:
    async with serving(Reception(fails=True)) as (streams, url), connect(url) as socket:
        await socket.send(START)
        assert await closed(socket) == (1011, "line failed")
        await until_active(streams, 0)


async def test_connections_that_start_at_the_same_moment_do_not_pass_the_limit_together() -> None:
    async with serving(Reception(limit=2)) as (streams, url), contextlib.AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(connect(url)) for _ in range(5)]
        await asyncio.gather(*[socket.send(START) for socket in sockets])
        await until_active(streams, 2)
        await asyncio.sleep(0.2)
        assert sorted(socket.close_code or 0 for socket in sockets) == [0, 0, 1013, 1013, 1013]


async def test_only_so_many_connections_may_wait_for_their_start() -> None:
    async with serving(Reception()) as (_, url), contextlib.AsyncExitStack() as stack:
        for _ in range(8):
            await stack.enter_async_context(connect(url))
        async with connect(url) as ninth:
            assert await closed(ninth) == (1013, "too many connections")


async def test_a_connection_that_is_cut_leaves_nothing_behind() -> None:
    reception = Reception()
    async with serving(reception) as (streams, url):
        tasks: list[int] = []
        for _ in range(20):
            async with connect(url) as socket:
                await socket.send(START)
                await until_active(streams, 1)
                socket.transport.abort()
            await until_active(streams, 0)
            await asyncio.sleep(0.05)
            tasks.append(len(asyncio.all_tasks()))
    assert tasks[-1] <= tasks[0]
    assert reception.reasons == [HangUpReason.CALLER_HUNG_UP] * 20


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ([("host", "127.0.0.1:8080")], True),
        ([("host", "127.0.0.1:8080"), ("origin", "http://127.0.0.1:8080")], True),
        ([("host", "clinic"), ("origin", "https://clinic")], True),
        ([("host", "127.0.0.1:8080"), ("origin", "http://127.0.0.1:8081")], False),
        ([("host", "127.0.0.1:8080"), ("origin", "http://127.0.0.1:8080.evil.example")], False),
        ([("host", "127.0.0.1:8080"), ("origin", "null")], False),
        ([("host", "127.0.0.1:8080"), ("origin", "")], False),
        ([("host", "a"), ("origin", "http://a"), ("origin", "http://b")], False),
        ([("origin", "http://")], False),
    ],
)
def test_pages_of_other_origins_are_told_apart(headers: list[tuple[str, str]], allowed: bool) -> None:
    assert is_from_here(Headers(raw=[(name.encode(), value.encode()) for name, value in headers])) is allowed
