"""uvicorn in our own loop, on real sockets."""

import asyncio
import signal
import time
from email.utils import parsedate_to_datetime

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from appliance.errors import ApplianceError
from appliance.web.server import WebServer


async def hello(request: Request) -> PlainTextResponse:
    await asyncio.sleep(float(request.query_params.get("wait", "0")))
    return PlainTextResponse("hello")


APP = Starlette(routes=[Route("/", hello)])


async def test_it_serves_until_cancelled_and_frees_the_port() -> None:
    before = signal.getsignal(signal.SIGTERM)
    server = WebServer(APP, "127.0.0.1", 0)
    running = asyncio.create_task(server.run())
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as http:
        response = await http.get("/")
    assert response.text == "hello"
    assert abs(parsedate_to_datetime(response.headers["date"]).timestamp() - time.time()) < 5
    assert signal.getsignal(signal.SIGTERM) is before, "signals are not the web server's"
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    WebServer(APP, "127.0.0.1", server.port).close()


async def test_a_request_under_way_is_answered_before_it_closes() -> None:
    server = WebServer(APP, "127.0.0.1", 0)
    running = asyncio.create_task(server.run())
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as http:
        await http.get("/")
        slow = asyncio.create_task(http.get("/?wait=0.3"))
        await asyncio.sleep(0.1)
        running.cancel()
        assert (await slow).text == "hello"
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_cancelled_at_once_it_still_ends_cleanly() -> None:
    server = WebServer(APP, "127.0.0.1", 0)
    running = asyncio.create_task(server.run())
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    WebServer(APP, "127.0.0.1", server.port).close()


def test_a_port_in_use_is_named_with_what_to_do() -> None:
    server = WebServer(APP, "127.0.0.1", 0)
    with pytest.raises(ApplianceError, match=f"web.port {server.port} on 127.0.0.1 is in use — stop the other program"):
        WebServer(APP, "127.0.0.1", server.port)
    server.close()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
def test_anything_but_loopback_is_refused(host: str) -> None:
    with pytest.raises(ApplianceError, match="is not a loopback address"):
        WebServer(APP, host, 0)
