"""Many messages: all of them arrive in order, and a peer that sends faster than they are taken has to wait."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from types import SimpleNamespace

import uvloop
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect
from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.uri import parse_uri

from appliance.web.server import WebServer
from appliance.web.websocket import StreamProtocol, stream_of

MESSAGES = 1000
LONG = "x" * 60_000


@asynccontextmanager
async def serving(take: Callable[[WebSocket], Awaitable[None]]) -> AsyncIterator[int]:
    """A server whose connections go to `take`; gives its port."""
    server = WebServer(Starlette(routes=[WebSocketRoute("/", take)]), "127.0.0.1", 0)
    running = asyncio.create_task(server.run())
    try:
        yield server.port
    finally:
        running.cancel()
        await asyncio.wait([running])


@asynccontextmanager
async def raw_peer(port: int) -> AsyncIterator[tuple[ClientProtocol, asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection on which each byte can be sent when it should be."""
    client = ClientProtocol(parse_uri(f"ws://127.0.0.1:{port}/"))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    client.send_request(client.connect())
    writer.write(b"".join(client.data_to_send()))
    client.receive_data(await reader.readuntil(b"\r\n\r\n"))
    try:
        yield client, reader, writer
    finally:
        writer.close()


async def test_texts_come_in_order_however_their_frames_are_cut() -> None:
    rng, taken, last = random.Random(3), list[str](), asyncio.Event()

    async def take(websocket: WebSocket) -> None:
        await websocket.accept()
        stream_of(websocket.scope).take_texts(taken.append)
        while (received := await websocket.receive())["type"] == "websocket.receive":
            taken.append(received["text"])
        last.set()

    async with serving(take) as port, raw_peer(port) as (client, _reader, writer):
        said = [rng.choice("aé😀") * rng.choice([0, 1, 125, 126, 200, 4000]) for _ in range(300)]
        for text in said:
            half = rng.randrange(len(text.encode()) + 1)
            match rng.randrange(4):
                case 0:
                    client.send_text(text.encode()[:half], fin=False)
                    client.send_ping(b"between")
                    client.send_continuation(text.encode()[half:], fin=True)
                case _:
                    client.send_text(text.encode())
            data = b"".join(client.data_to_send())
            cuts = sorted(rng.randrange(len(data)) for _ in range(rng.choice([0, 0, 0, 1, 2])))
            for begin, end in pairwise((0, *cuts, len(data))):
                writer.write(data[begin:end])
                await asyncio.sleep(rng.choice([0, 0.001]))
        client.send_close()
        writer.write(b"".join(client.data_to_send()))
        async with asyncio.timeout(10):
            await last.wait()
        assert taken == said


async def test_texts_of_one_moment_are_written_together_and_before_whatever_comes_next() -> None:
    writes: list[bytes] = []

    async def take(websocket: WebSocket) -> None:
        await websocket.accept()
        stream = stream_of(websocket.scope)
        write = stream.transport.write

        def counted(data: bytes) -> None:
            writes.append(bytes(data))
            write(data)

        # uvloop's transports cannot be given another method.
        stream.transport = SimpleNamespace(  # type: ignore[assignment]
            write=counted,
            is_closing=stream.transport.is_closing,
            close=stream.transport.close,
        )
        for number in range(3):
            stream.send_text(f"{number}")
        await asyncio.sleep(0.05)
        assert len(writes) == 1
        stream.send_text("last")
        await websocket.close()

    async with serving(take) as port, raw_peer(port) as (client, reader, writer):
        while client.close_rcvd is None:
            client.receive_data(await reader.read(1 << 16))
        writer.write(b"".join(client.data_to_send()))
        texts = [bytes(event.data) for event in client.events_received() if isinstance(event, Frame)]
    assert texts[:4] == [b"0", b"1", b"2", b"last"]
    assert client.close_rcvd.code == 1000
    assert len(writes) == 2, "the last text goes with the close"


async def test_a_peer_that_is_too_fast_waits_until_its_messages_are_taken() -> None:
    may_take, taken = asyncio.Event(), list[str]()

    async def take(websocket: WebSocket) -> None:
        await websocket.accept()
        await may_take.wait()
        for _ in range(MESSAGES):
            taken.append((await websocket.receive_text())[:4])
        await websocket.close()

    async def send_all() -> None:
        for number in range(MESSAGES):
            await peer.send(f"{number:04}{LONG}")

    async with serving(take) as port, connect(f"ws://127.0.0.1:{port}", compression=None) as peer:
        sending = asyncio.create_task(send_all())
        await asyncio.wait([sending], timeout=0.5)
        assert not sending.done(), "60 MB fit nowhere on the way"
        may_take.set()
        await sending
        await peer.wait_closed()
    assert taken == [f"{number:04}" for number in range(MESSAGES)]


async def test_texts_wait_for_each_other_where_they_may_and_a_lost_connection_for_nothing() -> None:
    taken, streams = list[tuple[float, str]](), list[StreamProtocol]()
    loop = asyncio.get_running_loop()
    began, ended = asyncio.Event(), asyncio.Event()

    async def take(websocket: WebSocket) -> None:
        await websocket.accept()
        streams.append(stream_of(websocket.scope))
        streams[0].take_texts(lambda text: taken.append((loop.time(), text)))
        began.set()
        while (await websocket.receive())["type"] == "websocket.receive":
            pass
        ended.set()

    async def say(count: int) -> None:
        for _ in range(count):
            await peer.send("x" * 200)
            await asyncio.sleep(0.05)

    async with asyncio.timeout(10), serving(take) as port, connect(f"ws://127.0.0.1:{port}", compression=None) as peer:
        await began.wait()
        await say(1)
        assert len(taken) == 1
        streams[0].deliver_together(3)
        await say(2)
        assert len(taken) == 1, "they wait for a third"
        await say(1)
        assert len(taken) == 4
        assert taken[3][0] - taken[1][0] < 0.04, "and come at once"
        await say(2)
        streams[0].deliver_together(1)
        await asyncio.sleep(0.05)
        assert len(taken) == 6, "what waits is read as soon as it may not"
        streams[0].deliver_together(3)
        await say(1)
        assert len(taken) == 6
        peer.transport.abort()
        await ended.wait()


async def test_a_frame_whose_header_comes_alone_is_read_as_it_was_sent() -> None:
    taken, last = list[str](), asyncio.Event()

    async def take(websocket: WebSocket) -> None:
        await websocket.accept()
        stream_of(websocket.scope).take_texts(taken.append)
        while (await websocket.receive())["type"] == "websocket.receive":
            pass
        last.set()

    async with serving(take) as port, raw_peer(port) as (client, _reader, writer):
        # Masked so that the payload looks like the beginning of a short text.
        text = "x" * 200
        mask = bytes([ord("x") ^ 0x81, ord("x") ^ 0x94, 1, 2])
        masked = bytes(code ^ mask[at % 4] for at, code in enumerate(text.encode()))
        for pieces in ([2, 4, 8], [8], [1], [4], [9], []):
            frame = bytes([0x81, 0x80 | 126, 0, 200]) + mask + masked
            for begin, end in pairwise((0, *pieces, len(frame))):
                writer.write(frame[begin:end])
                await asyncio.sleep(0.02)
        writer.write(frame + bytes([0x89, 0x80]) + mask)
        client.send_close()
        writer.write(b"".join(client.data_to_send()))
        async with asyncio.timeout(10):
            await last.wait()
        assert taken == [text] * 7


def test_a_connection_that_is_gone_has_nothing_that_waits() -> None:
    async def converse() -> None:
        streams, ended = list[StreamProtocol](), asyncio.Event()

        async def take(websocket: WebSocket) -> None:
            await websocket.accept()
            streams.append(stream_of(websocket.scope))
            streams[0].take_texts(lambda text: None)
            while (await websocket.receive())["type"] == "websocket.receive":
                pass
            ended.set()

        async with (
            asyncio.timeout(10),
            serving(take) as port,
            connect(f"ws://127.0.0.1:{port}", compression=None) as peer,
        ):
            await peer.send("x" * 200)
            await asyncio.sleep(0.1)
            streams[0].deliver_together(3)
            peer.transport.abort()
            await ended.wait()
            streams[0].deliver_together(1)

    uvloop.run(converse())


async def test_what_was_never_read_does_not_hold_up_a_close() -> None:
    may_close = asyncio.Event()

    async def take(websocket: WebSocket) -> None:
        await websocket.accept()
        await may_close.wait()
        await websocket.close()

    async with serving(take) as port, raw_peer(port) as (client, reader, writer):
        for _ in range(80):
            client.send_text(b"x" * 1000)
            writer.write(b"".join(client.data_to_send()))
            await asyncio.sleep(0.001)
        may_close.set()
        client.receive_data(await reader.read(100))
        # Its answer comes after everything else has been read.
        await asyncio.sleep(0.1)
        writer.write(b"".join(client.data_to_send()))
        async with asyncio.timeout(3):
            assert await reader.read() == b""
