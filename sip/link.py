"""The orchestrator's end of the sockets to its SIP workers (format: `sip.messages`). All on one event loop."""

import asyncio
import contextlib
import logging
import os
import socket
import tempfile
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final

from sip.messages import (
    MAX_PACKET,
    AgentAudio,
    Answer,
    CallerAudio,
    Ended,
    EndReason,
    FromWorkerCall,
    FromWorkerControl,
    IncomingCall,
    Message,
    MessageError,
    Redirect,
    Reject,
    ToWorkerCall,
    ToWorkerControl,
    WorkerStarted,
)
from sip.packets import decode, encode

_log = logging.getLogger(__name__)
_MAX_PENDING: Final = 1_000
_MAX_WAITING_AUDIO: Final = 250
_READS_AT_ONCE: Final = 32


class PacketSocket:
    """A non-blocking SEQPACKET socket on the running loop.

    `received` gets each message, `lost` is called once when the peer has gone, after all that it had sent. A full
    socket drops audio; other messages wait in order until there is room. A peer that leaves too many of them waiting is
    given up as lost.
    """

    def __init__(
        self, connection: socket.socket, received: Callable[[Message], None], lost: Callable[[], None]
    ) -> None:
        self._socket = connection
        self._received = received
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._pending: deque[bytes] = deque()
        self._open = True
        self._deaf_peer = False
        connection.setblocking(False)  # noqa: FBT003
        self._loop.add_reader(connection, self._read)

    @property
    def is_open(self) -> bool:
        """Whether the peer can still be reached."""
        return self._open

    def send(self, message: Message) -> None:
        """Never blocks; nothing happens once closed."""
        if not self._open or self._deaf_peer:
            return
        packet = encode(message)
        if self._pending:
            if not isinstance(message, AgentAudio):
                self._wait(packet)
            return
        try:
            self._socket.send(packet)
        except (BlockingIOError, InterruptedError):
            if not isinstance(message, AgentAudio):
                self._wait(packet)
        except OSError:
            self._give_up_sending()

    def close(self) -> None:
        """Close without `lost`; messages still waiting are dropped."""
        if self._open:
            self._open = False
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._socket.close()

    def _wait(self, packet: bytes) -> None:
        if not self._pending:
            self._loop.add_writer(self._socket, self._write)
        self._pending.append(packet)
        if len(self._pending) > _MAX_PENDING:
            self._fail()

    def _write(self) -> None:
        try:
            while self._pending:
                self._socket.send(self._pending[0])
                self._pending.popleft()
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._give_up_sending()
            return
        self._loop.remove_writer(self._socket)

    def _give_up_sending(self) -> None:
        """The peer has closed, but what it sent before may still wait here to be read; after it comes the end."""
        self._deaf_peer = True
        self._pending.clear()
        self._loop.remove_writer(self._socket)

    def _read(self) -> None:
        for _ in range(_READS_AT_ONCE):
            try:
                packet = self._socket.recv(MAX_PACKET + 1)
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionResetError:
                # Reported once, ahead of what is left to read, by a peer that closed with packets of ours unread.
                self._give_up_sending()
                continue
            except OSError:
                packet = b""
            if not packet:
                self._fail()
                return
            try:
                message = decode(packet)
            except MessageError as error:
                _log.warning("a worker sent no message: %s", error)
                continue
            self._received(message)
            if not self._open:
                return

    def _fail(self) -> None:
        if self._open:
            self.close()
            self._lost()


class CallLink:
    """One call on a worker. Methods never block; a call that has ended ignores them.

    `receive` gives every message in order and ends with exactly one `Ended`, made here with `LINE_FAILED` when the
    worker goes away. If nobody receives, the oldest unread audio is kept and later audio dropped.
    """

    def __init__(self, incoming: IncomingCall, on_ended: Callable[["CallLink"], None]) -> None:
        self.incoming = incoming
        self._on_ended = on_ended
        self._socket: PacketSocket | None = None
        self._inbox: asyncio.Queue[FromWorkerCall] = asyncio.Queue()
        self._sequence = 0
        self.ended: Ended | None = None

    @property
    def call_id(self) -> str:
        """Ours; safe to log."""
        return self.incoming.call_id

    async def receive(self) -> FromWorkerCall:
        """The next message; after `Ended`, `Ended` again."""
        if self.ended and self._inbox.empty():
            return self.ended
        return await self._inbox.get()

    def send(self, message: ToWorkerCall) -> None:
        """Send a control message."""
        if self._socket and not self.ended:
            self._socket.send(message)

    def send_audio(self, pcm: bytes) -> None:
        """Send one 20 ms frame; dropped when the socket is full. Raises `MessageError` for another length."""
        if self._socket and not self.ended:
            self._socket.send(AgentAudio(self._sequence, pcm))
            self._sequence += 1

    def answer(self) -> None:
        """Accept the call; `Answered` follows."""
        self.send(Answer())

    def reject(self, code: int, retry_after_s: int = 0) -> None:
        """Refuse the call."""
        self.send(Reject(code, retry_after_s))

    def redirect(self, contact: str) -> None:
        """Send the caller elsewhere (302)."""
        self.send(Redirect(contact))

    def attach(self, connection: PacketSocket) -> None:
        """The socket behind the link."""
        self._socket = connection

    def deliver(self, message: Message) -> None:
        """A message came in."""
        if self.ended:
            return
        if isinstance(message, CallerAudio) and self._inbox.qsize() >= _MAX_WAITING_AUDIO:
            return
        if isinstance(message, Ended):
            self._end(message)
        elif isinstance(message, FromWorkerCall):
            self._inbox.put_nowait(message)
        else:
            _log.warning("a worker sent %s on a call", type(message).__name__, extra={"call_id": self.call_id})

    def lose(self) -> None:
        """The worker has gone, or the orchestrator gives the call up."""
        if not self.ended:
            self._end(Ended(EndReason.LINE_FAILED))

    def _end(self, ended: Ended) -> None:
        self.ended = ended
        self._inbox.put_nowait(ended)
        if self._socket:
            self._socket.close()
        self._on_ended(self)


class ControlLink:
    """The control socket of one worker process."""

    def __init__(self, started: WorkerStarted, connection: PacketSocket) -> None:
        self.started = started
        self._socket = connection
        self._inbox: asyncio.Queue[FromWorkerControl | None] = asyncio.Queue()

    async def receive(self) -> FromWorkerControl | None:
        """The next message; None when the worker has gone."""
        return await self._inbox.get()

    def send(self, message: ToWorkerControl) -> None:
        """Never blocks."""
        self._socket.send(message)

    def deliver(self, message: Message) -> None:
        """A message came in."""
        if isinstance(message, FromWorkerControl):
            self._inbox.put_nowait(message)

    def lose(self) -> None:
        """The worker has gone."""
        self._inbox.put_nowait(None)


class LinkListener:
    """Listens for workers on a socket in a private directory (0700), an async context manager.

    `on_control` and `on_call` get each new link; `on_ended` a call link once its call is over.
    """

    def __init__(
        self,
        on_control: Callable[[ControlLink], None],
        on_call: Callable[[CallLink], None],
        on_ended: Callable[[CallLink], None],
    ) -> None:
        self._on_control = on_control
        self._on_call = on_call
        self._on_ended = on_ended
        self._directory: tempfile.TemporaryDirectory[str] | None = None
        self._listening: socket.socket | None = None
        self._connections: set[PacketSocket] = set()

    @property
    def path(self) -> str:
        """Where workers connect."""
        assert self._directory
        return str(Path(self._directory.name) / "workers")

    async def __aenter__(self) -> "LinkListener":
        self._directory = tempfile.TemporaryDirectory(prefix="appliance-sip-")
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listening.setblocking(False)  # noqa: FBT003
        self._listening.bind(self.path)
        os.chmod(self.path, 0o600)  # noqa: PTH101  (a socket, not a file of ours to open)
        self._listening.listen(64)
        asyncio.get_running_loop().add_reader(self._listening, self._accept)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._directory
        assert self._listening
        asyncio.get_running_loop().remove_reader(self._listening)
        self._listening.close()
        for connection in list(self._connections):
            connection.close()
        self._directory.cleanup()

    def _accept(self) -> None:
        assert self._listening
        while True:
            with contextlib.suppress(InterruptedError):
                try:
                    connection, _ = self._listening.accept()
                except OSError:
                    return
                self._connections = {known for known in self._connections if known.is_open}
                self._connections.add(_Introduction(self, connection).socket)

    # used by _Introduction

    def introduce(self, message: Message, connection: PacketSocket) -> CallLink | ControlLink | None:
        """Make the link that a first packet asks for."""
        if isinstance(message, IncomingCall):
            call = CallLink(message, self._on_ended)
            call.attach(connection)
            self._on_call(call)
            return call
        if isinstance(message, WorkerStarted):
            control = ControlLink(message, connection)
            self._on_control(control)
            return control
        connection.close()
        return None


class _Introduction:
    """A connection before and after its first packet."""

    def __init__(self, listener: LinkListener, connection: socket.socket) -> None:
        self._listener = listener
        self._link: CallLink | ControlLink | None = None
        self.socket = PacketSocket(connection, self._received, self._lost)

    def _received(self, message: Message) -> None:
        if self._link:
            self._link.deliver(message)
        else:
            self._link = self._listener.introduce(message, self.socket)

    def _lost(self) -> None:
        if self._link:
            self._link.lose()
