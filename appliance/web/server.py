"""uvicorn as a task of our own event loop."""

import asyncio
import contextlib
import errno
import ipaddress
import socket
from collections.abc import Iterator
from email.utils import formatdate

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from appliance.errors import ApplianceError
from appliance.web.websocket import StreamProtocol

MAX_MESSAGE_BYTES = 1 << 16
"""The longest websocket message; a longer one closes its connection with 1009."""
_SHUTDOWN_S = 2


class WebServer:
    """Serves `app` on a loopback address. The port is bound at once, so that what is wrong with it shows early.

    Port 0 takes any free one; `port` says which. Raises `ApplianceError`: another address than loopback, port in use.
    """

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        self._app = app
        self._socket = _bound(host, port)
        self.port: int = self._socket.getsockname()[1]

    async def run(self) -> None:
        """Serve until cancelled; then answer what is under way for up to two seconds, and close."""
        server = _Server(
            uvicorn.Config(
                _dated(self._app),
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                ws=StreamProtocol,
                ws_max_size=MAX_MESSAGE_BYTES,
                ws_per_message_deflate=False,
                timeout_graceful_shutdown=_SHUTDOWN_S,
            )
        )
        serving = asyncio.create_task(server.serve(sockets=[self._socket]))
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            server.stop()
            await serving
            raise
        finally:
            self.close()

    def close(self) -> None:
        """Release the port, for a server that was never run."""
        self._socket.close()


class _Server(uvicorn.Server):
    """Signals belong to the command, not to the web server, which need not wake up ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Have `serve` return."""
        self.should_exit = True
        self._stopping.set()

    async def main_loop(self) -> None:
        """Return when it is time to stop."""
        await self._stopping.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _dated(app: ASGIApp) -> ASGIApp:
    """`app` with a Date in its responses (RFC 9110, section 6.6.1)."""

    async def dated(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = (b"date", formatdate(usegmt=True).encode())
                message = {**message, "headers": [*message.get("headers", ()), date]}
            await send(message)

        await app(scope, receive, send_dated)

    return dated


def _bound(host: str, port: int) -> socket.socket:
    address = ipaddress.ip_address(host)
    if not address.is_loopback:
        raise ApplianceError(
            f"web.host {host} is not a loopback address",
            'use "127.0.0.1" and reach it through an SSH tunnel or a proxy',
        )
    listener = socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        # Already listening: two appliances with SO_REUSEADDR would both bind, and only here does the second one fail.
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            remedy = f"stop the other program (ss -ltnp 'sport = :{port}' shows it) or set another web.port"
            raise ApplianceError(f"web.port {port} on {host} is in use", remedy) from None
        if error.errno == errno.EACCES:
            raise ApplianceError(f"web.port {port} may not be used by this user", "set web.port above 1023") from None
        raise ApplianceError(f"web.port {port} on {host}: {error.strerror}", "set another web.host or port") from None
    return listener
