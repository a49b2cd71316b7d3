"""Many messages: all of them arrive in order, and a peer that sends faster than they are taken has to wait."""

import asyncio

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect

from appliance.web.server import WebServer

MESSAGES = 1000
LONG = "x" * 60_000


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

    server = WebServer(Starlette(routes=[WebSocketRoute("/", take)]), "127.0.0.1", 0)
    running = asyncio.create_task(server.run())
    async with connect(f"ws://127.0.0.1:{server.port}", compression=None) as peer:
        sending = asyncio.create_task(send_all())
        await asyncio.wait([sending], timeout=0.5)
        assert not sending.done(), "60 MB fit nowhere on the way"
        may_take.set()
        await sending
        await peer.wait_closed()
    assert taken == [f"{number:04}" for number in range(MESSAGES)]
    running.cancel()
    await asyncio.wait([running])
