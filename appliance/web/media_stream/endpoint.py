"""`/media-stream`: websocket connections become lines; bad ones are closed with a reason, the others never notice."""

import asyncio
import logging
import secrets
from dataclasses import dataclass
from typing import Any, Final, Protocol

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from appliance.line import HangUpReason, Line
from appliance.web.media_stream.line import MediaStreamLine
from appliance.web.media_stream.protocol import (
    CloseCode,
    Connected,
    Fault,
    MediaStreamError,
    Message,
    OtherEvent,
    Start,
    parse,
)
from appliance.web.websocket import stream_of

logger = logging.getLogger(__name__)

PATH: Final = "/media-stream"
START_WITHIN_S: Final = 5.0
_MOST_CONNECTIONS_WITHOUT_CALL = 8
_MOST_MESSAGES_BEFORE_START = 4
_MOST_MESSAGES_A_SECOND = 500
_CLOSE_FRAME_S = 1.0
_CLOSE_S = 3.0


class Reception(Protocol):
    """Who takes calls."""

    def refusal(self, media_streams: int) -> str:
        """Why another call cannot be taken beside so many over media streams; empty when it can."""
        ...

    async def take(self, line: Line) -> HangUpReason:
        """Hold the call on `line`; returns why it ended."""
        ...


@dataclass(frozen=True, slots=True)
class Close:
    """How a connection ends."""

    code: CloseCode
    reason: str

    @classmethod
    def because_of(cls, fault: Fault) -> "Close":
        """The end of a connection that a message ended."""
        return cls(fault.close_code, fault.reason)


class MediaStreams:
    """All connections. `timeout_s`: a call on which no message comes for so long has ended."""

    def __init__(self, reception: Reception, timeout_s: float) -> None:
        self._reception = reception
        self._timeout_s = timeout_s
        self._lines: set[MediaStreamLine] = set()
        self._starting = 0
        self._nobody = asyncio.Event()
        self._nobody.set()
        self._closing = False
        self.route = WebSocketRoute(PATH, self._serve)

    @property
    def active_calls(self) -> int:
        """How many calls go on here."""
        return len(self._lines)

    async def close(self) -> None:
        """Take no more calls, end those that go on, and wait until their sessions have ended (3 s at most)."""
        self._closing = True
        for line in list(self._lines):
            line.end(HangUpReason.DRAINED)
        try:
            async with asyncio.timeout(_CLOSE_S):
                await self._nobody.wait()
        except TimeoutError:
            logger.warning("%d media streams did not end in time", len(self._lines))

    async def _serve(self, websocket: WebSocket) -> None:
        if not is_from_here(websocket.headers):
            logger.warning("refused a media stream from a page of another origin")
            await websocket.send_denial_response(JSONResponse({"detail": "not from another origin"}, 403))
            return
        await websocket.accept()
        try:
            close = await self._serve_call(websocket)
        except WebSocketDisconnect:
            return
        try:
            async with asyncio.timeout(_CLOSE_FRAME_S):
                await websocket.close(close.code, close.reason)
        except (WebSocketDisconnect, RuntimeError, TimeoutError):
            # Gone by itself meanwhile, or not reading; the server drops the connection when this returns.
            return

    async def _serve_call(self, websocket: WebSocket) -> Close:
        if refusal := self._refusal() or ("too many connections" * (self._starting >= _MOST_CONNECTIONS_WITHOUT_CALL)):
            return _refused(refusal)
        self._starting += 1
        try:
            async with asyncio.timeout(START_WITHIN_S):
                start = await _started(websocket)
        except TimeoutError:
            return Close.because_of(Fault.NO_START)
        except MediaStreamError as error:
            logger.warning("refused a media stream: %s", error.fault.reason)
            return Close.because_of(error.fault)
        finally:
            self._starting -= 1
        # Asked again, since others may have started meanwhile; nothing else runs between this and the entry.
        if refusal := self._refusal():
            return _refused(refusal)
        return await self._hold(websocket, start)

    def _refusal(self) -> str:
        return "stopping" if self._closing else self._reception.refusal(len(self._lines))

    async def _hold(self, websocket: WebSocket, start: Start) -> Close:
        line = MediaStreamLine(secrets.token_hex(8), start, stream_of(websocket.scope), self._timeout_s)
        self._lines.add(line)
        self._nobody.clear()
        try:
            async with asyncio.TaskGroup() as tasks:
                reading = tasks.create_task(_read(websocket, line))
                # In a task of its own: each frame would resume the whole chain of the web side's coroutines.
                reason = await tasks.create_task(self._reception.take(line))
                line.end(reason)
                reading.cancel()
        finally:
            self._lines.discard(line)
            if not self._lines:
                self._nobody.set()
        fault = None if reading.cancelled() else reading.result()
        if fault is not None:
            logger.warning("closed a media stream: %s", fault.reason, extra={"call_id": line.info.call_id})
            return Close.because_of(fault)
        failed = reason is HangUpReason.LINE_FAILED
        return Close(CloseCode.INTERNAL_ERROR if failed else CloseCode.NORMAL, str(reason).replace("_", " "))


def is_from_here(headers: Headers) -> bool:
    """No browser page of another site: without Origin it is no page, and with it the page must be of this very host."""
    origins = headers.getlist("origin")
    host = headers.get("host", "")
    own = (f"http://{host}", f"https://{host}") if host else ()
    return not origins or (len(origins) == 1 and origins[0] in own)


def _refused(reason: str) -> Close:
    logger.info("refused a media stream: %s", reason)
    return Close(CloseCode.TRY_AGAIN_LATER, reason)


async def _receive(websocket: WebSocket) -> Message:
    """The next message. Raises `MediaStreamError`, and `WebSocketDisconnect` when the peer has gone."""
    received = await websocket.receive()
    if received["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(received.get("code", 1006), received.get("reason"))
    text = received.get("text")
    if text is None:
        raise MediaStreamError(Fault.BINARY)
    return parse(text)


async def _started(websocket: WebSocket) -> Start:
    for _ in range(_MOST_MESSAGES_BEFORE_START):
        match await _receive(websocket):
            case Start() as start:
                return start
            case Connected() | OtherEvent():
                continue
            case _:
                raise MediaStreamError(Fault.NOT_STARTED)
    raise MediaStreamError(Fault.TOO_MANY)


class _Incoming:
    """Gives a line its messages until one is malformed or there are too many; `failed` has the fault then."""

    def __init__(self, line: MediaStreamLine) -> None:
        self._line = line
        self._loop = asyncio.get_running_loop()
        self._window_s, self._count = self._loop.time(), 0
        self.failed: asyncio.Future[Fault] = self._loop.create_future()

    def take(self, text: str) -> None:
        """The next message."""
        if self.failed.done():
            return
        try:
            self._line.take(parse(text))
            self._count_messages()
        except MediaStreamError as error:
            self._line.end(HangUpReason.LINE_FAILED)
            self.failed.set_result(error.fault)
        except Exception as error:
            # Raised in the protocol's callback it would only be logged: it belongs to the call.
            self.failed.set_exception(error)

    def _count_messages(self) -> None:
        self._count += 1
        if self._count > _MOST_MESSAGES_A_SECOND:
            now_s = self._loop.time()
            if now_s - self._window_s < 1.0:
                raise MediaStreamError(Fault.TOO_MANY)
            self._window_s, self._count = now_s, 0


async def _read(websocket: WebSocket, line: MediaStreamLine) -> Fault | None:
    """Give the line its messages until one is malformed (which one is returned) or the peer has gone."""
    incoming = _Incoming(line)
    stream_of(websocket.scope).take_texts(incoming.take)
    queued = asyncio.create_task(_read_queued(websocket, line, incoming))
    either: tuple[asyncio.Future[Any], ...] = (queued, incoming.failed)
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    finally:
        queued.cancel()
    if incoming.failed.done():
        return incoming.failed.result()
    queued.result()
    return None


async def _read_queued(websocket: WebSocket, line: MediaStreamLine, incoming: _Incoming) -> None:
    """What came before the handler was there, what is no text, and the end."""
    while not incoming.failed.done():
        received = await websocket.receive()
        if received["type"] == "websocket.disconnect":
            line.end(HangUpReason.CALLER_HUNG_UP)
            return
        text = received.get("text")
        if text is None:
            line.end(HangUpReason.LINE_FAILED)
            incoming.failed.set_result(Fault.BINARY)
        else:
            incoming.take(text)
