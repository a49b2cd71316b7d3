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

TextHandler = Callable[[str], None]


class StreamProtocol(WebSocketsSansIOProtocol):
    """A websocket whose application may take and send texts itself: `stream_of` finds it.

    On the usual way each message passes a queue and wakes a task, and reading stops and starts again, which are two
    system calls. uvicorn stops for each message until it is taken; here only where many wait.
    """

    _text_handler: TextHandler | None = None
    _text_bytes = 0
    _reading = False
    _lowest = _lowest_now = 1

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
        """Whole texts, between two messages, go to the handler past a parser that is ready for anything.

        That parser takes a third of the time of reading a message of 20 ms.
        """
        self._reading = True
        try:
            data = self._read_whole_texts(data)
            if data:
                super().data_received(data)
        finally:
            self._reading = False
            self._wait_for_texts()

    def _read_whole_texts(self, data: bytes) -> bytes:
        begin = 0
        while self._text_handler is not None and self._is_between_messages() and self.queue.empty():
            text, end = _whole_text(data, begin)
            if text is None:
                break
            self._text_bytes, begin = end - begin, end
            self._text_handler(text)
        return data[begin:]

    def deliver_together(self, texts: int) -> None:
        """From now on a text may wait until so many have come, by the length of the last one; 1: none waits.

        The system wakes this process when there is that much to read (`SO_RCVLOWAT`), or the peer has closed.
        """
        self._lowest = (texts - 1) * self._text_bytes + 1
        if not self._reading:
            self._wait_for_texts()

    def _wait_for_texts(self) -> None:
        if self._lowest == self._lowest_now:
            return
        self._lowest_now = self._lowest
        # Where the connection is gone there is nothing to wait for.
        with contextlib.suppress(OSError):
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, self._lowest)

    def _is_between_messages(self) -> bool:
        conn = self.conn
        return (
            conn.state is State.OPEN
            and not conn.reader.buffer
            and not conn.expect_continuation_frame
            and not self.close_sent
        )

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
        """Write a text at once; nothing where the connection is closing."""
        if self.conn.state is State.OPEN and not self.close_sent and not self.transport.is_closing():
            self.conn.send_text(text.encode())
            self.transport.write(b"".join(self.conn.data_to_send()))

    @property
    def unsent_bytes(self) -> int:
        """What the connection has not taken yet."""
        return self.transport.get_write_buffer_size()

    def send_receive_event_to_app(self) -> None:
        """Queue a message. `receive` starts reading again once the application has taken all of them."""
        stopped, self.read_paused = self.read_paused, True
        super().send_receive_event_to_app()
        self.read_paused = stopped
        if not stopped and self.queue.qsize() >= _MOST_UNREAD:
            self.read_paused = True
            self.transport.pause_reading()


def _whole_text(data: bytes, begin: int) -> tuple[str | None, int]:
    """The text of the unfragmented masked frame without extensions at `begin` (RFC 6455, section 5.2), and its end.

    None for all else.
    """
    if len(data) - begin < _SHORT_HEADER or data[begin] != _FINAL_TEXT:
        return None, begin
    text, length = begin + _SHORT_HEADER, data[begin + 1] ^ _MASKED
    if length > _LENGTH_FOLLOWS:
        return None, begin
    if length == _LENGTH_FOLLOWS:
        text, length = begin + _LONG_HEADER, int.from_bytes(data[begin + 2 : begin + 4])
    if len(data) < text + length:
        return None, begin
    try:
        mask = data[text - 4 : text] * (length // 4 + 1)
        masked = int.from_bytes(data[text : text + length]) ^ int.from_bytes(mask[:length])
        return masked.to_bytes(length).decode(), text + length
    except UnicodeDecodeError:
        return None, begin


def stream_of(scope: Mapping[str, Any]) -> StreamProtocol:
    """The protocol of an accepted websocket, by its ASGI scope."""
    protocol: StreamProtocol = scope["extensions"][_EXTENSION]
    return protocol
