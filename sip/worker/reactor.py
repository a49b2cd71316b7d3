"""The worker's main thread: sockets to the orchestrator, work posted by pjsua's threads, a periodic tick."""

import contextlib
import functools
import logging
import os
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable

from sip.messages import MAX_PACKET, Message, MessageError
from sip.packets import decode, encode

_log = logging.getLogger(__name__)
TICK_S = 0.25
IDLE_TICK_S = 1.0
_MAX_PENDING = 256


class Reactor:
    """Runs callbacks one after another on the thread that calls `run`. Only `post` may be called from other threads."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._posted: deque[Callable[[], None]] = deque()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._selector.register(self._wake, selectors.EVENT_READ, None)
        self._running = True

    def post(self, work: Callable[[], None]) -> None:
        """Have `work` run soon, after what was posted before it."""
        self._posted.append(work)
        os.eventfd_write(self._wake, 1)

    def stop(self) -> None:
        """Return from `run` after the callbacks in progress."""
        self._running = False

    def forget(self) -> None:
        """Drop what was posted and has not run; after `run` has returned."""
        self._posted.clear()

    def watch(self, link: "Link", events: int) -> None:
        """Call the link's handler on these events; 0 to stop."""
        if events == 0:
            self._selector.unregister(link.socket)
        elif link.socket in self._selector.get_map():
            self._selector.modify(link.socket, events, link)
        else:
            self._selector.register(link.socket, events, link)

    def run(self, tick: Callable[[float], None], busy: Callable[[], bool]) -> None:
        """Run until `stop`; `tick` gets the monotonic time in s about every `TICK_S`, `IDLE_TICK_S` unless `busy`."""
        ticked = next_tick = 0.0
        while self._running:
            now = time.monotonic()
            if now >= next_tick:
                _try(functools.partial(tick, now))
                ticked = now
            next_tick = ticked + (TICK_S if busy() else IDLE_TICK_S)
            for key, events in self._selector.select(max(0.0, next_tick - time.monotonic())):
                if key.data is None:
                    os.eventfd_read(self._wake)
                else:
                    _try(functools.partial(key.data.handle, events))
            while self._posted:
                _try(self._posted.popleft())


def _try(work: Callable[[], None]) -> None:
    """What goes wrong with one call must not end the others."""
    try:
        work()
    except Exception:
        _log.exception("a callback failed")


def _ignore(message: Message) -> None: ...


def _nothing() -> None: ...


class Link:
    """One SEQPACKET socket to the orchestrator. `received` gets each message, `lost` is called once when it closes.

    Raises `OSError` when the orchestrator cannot be reached.
    """

    def __init__(
        self, reactor: Reactor, path: str, received: Callable[[Message], None], lost: Callable[[], None]
    ) -> None:
        self._reactor = reactor
        self._received = received
        self._lost = lost
        self._pending: deque[bytes] = deque()
        self._open = True
        self._closing = False
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self.socket.setblocking(False)  # noqa: FBT003
            self.socket.connect(path)
        except OSError:
            self.socket.close()
            raise
        reactor.watch(self, selectors.EVENT_READ)

    def send(self, message: Message) -> None:
        """Send now or when the socket has room, in order."""
        if not self._open or self._closing:
            return
        self._pending.append(encode(message))
        self._flush()

    def close(self) -> None:
        """Close once everything has been sent."""
        self._closing = True
        self._flush()

    def handle(self, events: int) -> None:
        """The reactor's call."""
        if events & selectors.EVENT_WRITE:
            self._flush()
        if events & selectors.EVENT_READ:
            self._read()

    def _read(self) -> None:
        while self._open:
            try:
                packet = self.socket.recv(MAX_PACKET)
            except BlockingIOError:
                return
            except OSError:
                packet = b""
            if not packet:
                self.shut()
                self._lost()
                return
            try:
                message = decode(packet)
            except MessageError:
                continue
            if not self._closing:
                self._received(message)

    def _flush(self) -> None:
        while self._open and self._pending:
            try:
                self.socket.send(self._pending[0], socket.MSG_DONTWAIT)
            except BlockingIOError:
                if len(self._pending) > _MAX_PENDING:
                    self.shut()
                    self._lost()
                    return
                self._reactor.watch(self, selectors.EVENT_READ | selectors.EVENT_WRITE)
                return
            except OSError:
                self._pending.clear()
                return
            self._pending.popleft()
        if self._open:
            if self._closing:
                self.shut()
            else:
                self._reactor.watch(self, selectors.EVENT_READ)

    def shut(self) -> None:
        """Close now."""
        if self._open:
            self._open = False
            self._reactor.watch(self, 0)
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Give the descriptor back; not before the media thread is done with it, for its number may be reused."""
        self.socket.close()
        # No cycle may keep the call alive beyond the moment when it is meant to be destroyed (see EndedCalls).
        self._received = _ignore
        self._lost = _nothing
