"""uvicorn's side of a websocket, for streams of many small messages."""

import contextlib
import socket
from collections.abc import Callable, Mapping
from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import State

_EXTENSION: Final = "appliance.stream"
# A second of audio, as a peer that sends 20 ms at a time does; messages are up to 64 KiB.
_MOST_UNREAD: Final = 50

_FINAL_TEXT: Final = 0x81
_MASKED: Final = 0x80
_LENGTH_FOLLOWS: Final = 126
_SHORT_HEADER: Final = 6
_LONG_HEADER: Final = 8
_LONGEST_HEADER: Final = 14
_MASK_BYTES: Final = 4

TextHandler = Callable[[str], None]


class StreamProtocol(WebSocketsSansIOProtocol):
    """A websocket whose application may take and send texts itself: `stream_of` finds it.

    On the usual way each message passes a queue and wakes a task, and reading stops and starts again, which are two
    system calls. uvicorn stops for each message until it is taken; here only where many wait.
    """

    _text_handler: TextHandler | None = None
    _text_bytes = 0
    _in_frames = False
    _unread = b""
    _reading = _writing_soon = False
    _lowest = _lowest_now = 1
    _socket: socket.socket | None = None

    def handle_connect(self, event: Request) -> None:
        """The application can find this protocol in its scope."""
        super().handle_connect(event)
        if self.handshake_initiated and not self.handshake_complete:
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[_EXTENSION] = self

    def take_texts(self, handler: TextHandler) -> None:
        """From now on have `handler` called with each text as it is read; it must not raise.

        `receive` has what waits already, binary messages, texts in several frames, and the end: nothing overtakes them.
        """
        self._text_handler = handler

    def data_received(self, data: bytes) -> None:
        """Whole texts go to the handler past a parser that is ready for anything, which gets all other frames whole.

        That parser takes a third of the time of reading a message of 20 ms; and where in a frame it is, nobody can ask.
        """
        if self.conn.state is State.CONNECTING:
            # Whatever a client sent right behind its request is the parser's, and so is all after it.
            self._in_frames = data.endswith(b"\r\n\r\n")
        if self.conn.state is State.CONNECTING or not self._in_frames:
            super().data_received(data)
            return
        self._reading = True
        try:
            self._read_frames(self._unread + data)
        finally:
            self._reading = False
            self._wait_for_texts()

    def _read_frames(self, data: bytes) -> None:
        begin, size = 0, len(data)
        while begin < size:
            length, payload = _payload(data, begin)
            end = payload + length
            if length > self.config.ws_max_size:
                self._in_frames = False
                super().data_received(data[begin:])
                begin = size
            elif end > size or payload > size:
                break
            else:
                self._read_frame(data[begin:end], payload - begin)
                begin = end
        self._unread = data[begin:]

    def _read_frame(self, frame: bytes, payload: int) -> None:
        if self._text_handler is not None and frame[0] == _FINAL_TEXT and self._may_be_handled():
            text = _unmasked(frame, payload)
            if text is not None:
                self._text_bytes = len(frame)
                self._text_handler(text)
                return
        super().data_received(frame)

    def deliver_together(self, texts: int) -> None:
        """From now on a text may wait until so many have come, by the length of the last one; 1: none waits.

        The system wakes this process when there is that much to read (`SO_RCVLOWAT`), or the peer has closed.
        """
        # A message is a few bytes longer than the one before now and then.
        self._lowest = (texts - 1) * self._text_bytes + self._text_bytes // 2 if texts > 1 else 1
        if not self._reading:
            self._wait_for_texts()

    def _wait_for_texts(self) -> None:
        if self._lowest == self._lowest_now:
            return
        self._lowest_now = self._lowest
        # Where the connection is gone there is nothing to wait for (uvloop: ValueError).
        with contextlib.suppress(OSError, ValueError):
            if self._socket is None:
                # Asking for it is a system call of its own.
                self._socket = self.transport.get_extra_info("socket")
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, self._lowest)

    def _may_be_handled(self) -> bool:
        """Whether a text is no part of a longer one, nothing waits before it, and the connection is not closing."""
        conn = self.conn
        open_and_whole = conn.state is State.OPEN and not conn.expect_continuation_frame
        return open_and_whole and not self.close_sent and self.queue.empty()

    def handle_text(self, event: Frame) -> None:
        """A text in one frame goes to the handler if there is one, after all that waits."""
        if self._text_handler is None or not event.fin or self.close_sent or not self.queue.empty():
            super().handle_text(event)
            return
        try:
            text = bytes(event.data).decode()
        except UnicodeDecodeError:
            super().handle_text(event)
            return
        self._text_handler(text)

    def send_text(self, text: str) -> None:
        """Write a text at once, together with others of this moment; nothing where the connection is closing."""
        if self.conn.state is State.OPEN and not self.close_sent and not self.transport.is_closing():
            self.conn.send_text(text.encode())
            if not self._writing_soon:
                self._writing_soon = True
                self.loop.call_soon(self._write)

    def _write(self) -> None:
        """Each write is a system call, which costs as much as making the text."""
        self._writing_soon = False
        unwritten = self.conn.data_to_send()
        # A close, a ping or a pong has taken them along where there are none.
        if unwritten and not self.transport.is_closing():
            self.transport.write(b"".join(unwritten))

    @property
    def unsent_bytes(self) -> int:
        """What the connection has not taken yet."""
        return self.transport.get_write_buffer_size()

    def send_receive_event_to_app(self) -> None:
        """Queue a message. `receive` starts reading again once the application has taken all of them."""
        stopped, self.read_paused = self.read_paused, True
        super().send_receive_event_to_app()
        self.read_paused = stopped
        if not stopped and not self.close_sent and self.queue.qsize() >= _MOST_UNREAD:
            self.read_paused = True
            self.transport.pause_reading()


def _payload(data: bytes, begin: int) -> tuple[int, int]:
    """The length of the payload of the frame at `begin`, and where it begins (RFC 6455, section 5.2).

    What is not there yet of the header counts as zeros; the payload begins behind the data then.
    """
    head = data[begin : begin + _LONGEST_HEADER].ljust(2, b"\0")
    length, header = head[1] & ~_MASKED, _SHORT_HEADER
    if length >= _LENGTH_FOLLOWS:
        header = _LONG_HEADER if length == _LENGTH_FOLLOWS else _LONGEST_HEADER
        length = int.from_bytes(head[2 : header - _MASK_BYTES])
    if not head[1] & _MASKED:
        header -= _MASK_BYTES
    return length, begin + header


def _unmasked(frame: bytes, payload: int) -> str | None:
    """The text of a masked frame; None where it is none, or not masked, for the parser to say so."""
    if not frame[1] & _MASKED:
        return None
    length = len(frame) - payload
    mask = frame[payload - _MASK_BYTES : payload] * (length // _MASK_BYTES + 1)
    masked = int.from_bytes(frame[payload:]) ^ int.from_bytes(mask[:length])
    try:
        return masked.to_bytes(length).decode()
    except UnicodeDecodeError:
        return None


def stream_of(scope: Mapping[str, Any]) -> StreamProtocol:
    """The protocol of an accepted websocket, by its ASGI scope."""
    protocol: StreamProtocol = scope["extensions"][_EXTENSION]
    return protocol
