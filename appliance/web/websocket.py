"""uvicorn's side of a websocket, for streams of many small messages."""

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
        """What is one whole text, between two messages, goes to the handler past a parser that is ready for anything.

        That parser takes a third of the time of reading a message of 20 ms.
        """
        if self._text_handler is not None and self._is_between_messages() and self.queue.empty():
            text = _whole_text(data)
            if text is not None:
                self._text_handler(text)
                return
        super().data_received(data)

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


def _whole_text(data: bytes) -> str | None:
    """The text of a single unfragmented masked frame without extensions (RFC 6455, section 5.2); None for all else."""
    if len(data) < _SHORT_HEADER or data[0] != _FINAL_TEXT:
        return None
    begin, length = _SHORT_HEADER, data[1] ^ _MASKED
    if length == _LENGTH_FOLLOWS:
        begin, length = _LONG_HEADER, int.from_bytes(data[2:4])
    if len(data) != begin + length:
        return None
    try:
        mask = data[begin - 4 : begin] * (length // 4 + 1)
        masked = int.from_bytes(data[begin:]) ^ int.from_bytes(mask[:length])
        return masked.to_bytes(length).decode()
    except UnicodeDecodeError:
        return None


def stream_of(scope: Mapping[str, Any]) -> StreamProtocol:
    """The protocol of an accepted websocket, by its ASGI scope."""
    protocol: StreamProtocol = scope["extensions"][_EXTENSION]
    return protocol
