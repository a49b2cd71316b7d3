"""uvicorn's side of a websocket, for streams of many small messages."""

from typing import Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

# A second of audio, as a peer that sends 20 ms at a time does; messages are up to 64 KiB.
_MOST_UNREAD: Final = 50


class StreamProtocol(WebSocketsSansIOProtocol):
    """Stops reading when many messages wait for the application, where uvicorn stops for each until it is taken.

    A stop and a start are two changes to what the event loop waits for: two system calls and a sixth of what reading a
    message costs.
    """

    def send_receive_event_to_app(self) -> None:
        """Queue a message. `receive` starts reading again once the application has taken all of them."""
        stopped, self.read_paused = self.read_paused, True
        super().send_receive_event_to_app()
        self.read_paused = stopped
        if not stopped and self.queue.qsize() >= _MOST_UNREAD:
            self.read_paused = True
            self.transport.pause_reading()
