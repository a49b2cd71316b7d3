"""Health, metrics and calls over HTTP, for this machine only."""

import dataclasses
import re

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from appliance.metrics import Metrics
from appliance.web.directory import CallDirectory

_OWN_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
_CALL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def create_app(directory: CallDirectory, metrics: Metrics, *more: BaseRoute) -> Starlette:
    """The HTTP side of one appliance; its pages fetch nothing from elsewhere.

    ``GET /healthz`` is 200 while calls are accepted and 503 otherwise, with the reasons; ``GET /metrics`` is for
    Prometheus; ``GET /api/calls`` lists active and recent calls, ``GET /api/calls/{id}`` gives turns and trace.
    `more` routes are served under the same protection.
    """
    return Starlette(
        routes=[*_Routes(directory, metrics).table(), *more],
        middleware=[Middleware(OwnNamesOnly), Middleware(NeverCached)],
        exception_handlers={HTTPException: _refusal},
    )


class _Routes:
    def __init__(self, directory: CallDirectory, metrics: Metrics) -> None:
        self._directory = directory
        self._metrics = metrics

    def table(self) -> list[Route]:
        return [
            Route("/healthz", self.health),
            Route("/metrics", self.prometheus),
            Route("/api/calls", self.calls),
            Route("/api/calls/{call_id}", self.call),
        ]

    async def health(self, _: Request) -> Response:
        state = self._directory.state()
        body = {
            "accepting_calls": state.accepting,
            "reasons": list(state.reasons),
            "active_calls": state.active_calls,
            "max_calls": state.max_calls,
        }
        return JSONResponse(body, status_code=200 if state.accepting else 503)

    async def prometheus(self, _: Request) -> Response:
        return Response(self._metrics.exposition(), headers={"content-type": CONTENT_TYPE_LATEST})

    async def calls(self, _: Request) -> Response:
        return JSONResponse({"calls": [dataclasses.asdict(call) for call in self._directory.calls()]})

    async def call(self, request: Request) -> Response:
        call_id = request.path_params["call_id"]
        trace = await self._directory.call(call_id) if _CALL_ID.fullmatch(call_id) else None
        if trace is None:
            raise HTTPException(404, "there is no such call")
        return JSONResponse(dict(trace))


async def _refusal(_: Request, error: Exception) -> Response:
    status, detail = (error.status_code, error.detail) if isinstance(error, HTTPException) else (500, "")
    return JSONResponse({"detail": detail}, status)


class OwnNamesOnly:
    """Middleware that refuses requests whose Host is not a name of the loopback interface.

    Otherwise a web site open in a browser on this machine could reach in under its own name (DNS rebinding).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 421."""
        host = next((value.decode("latin-1") for name, value in scope.get("headers", ()) if name == b"host"), "")
        name = host if host.endswith("]") else host.rsplit(":", 1)[0]
        if name in _OWN_NAMES:
            await self._app(scope, receive, send)
        else:
            await JSONResponse({"detail": "ask for 127.0.0.1 or localhost"}, 421)(scope, receive, send)


class NeverCached:
    """Middleware that keeps answers, which may hold what was said, out of caches."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and mark its answer."""

        async def mark(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"cache-control", b"no-store")]
            await send(message)

        await self._app(scope, receive, mark)
