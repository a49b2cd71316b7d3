"""What a media stream comes over, in virtual time: messages that may wait for each other do, as the system has them."""

import asyncio
from collections.abc import Callable

from appliance.web.media_stream.line import MediaStreamLine
from appliance.web.media_stream.protocol import Media, Message

_MEDIA_BYTES = 291
_OTHER_BYTES = 90


class PeerConnection:
    """Tells `sent` each text for the peer, and `line` what the peer says."""

    def __init__(self, sent: Callable[[str], None]) -> None:
        self.line: MediaStreamLine
        self.send_text = sent
        self.unsent_bytes = 0
        self.together = 1
        self._unread: list[Message] = []
        self._lowest = 1

    def deliver_together(self, texts: int) -> None:
        self.together = texts
        self._lowest = (texts - 1) * _MEDIA_BYTES + 1
        if self._unread:
            asyncio.get_running_loop().call_soon(self._read)

    def say(self, message: Message) -> None:
        """The peer sends a message."""
        self._unread.append(message)
        self._read()

    def _read(self) -> None:
        if sum(_MEDIA_BYTES if isinstance(message, Media) else _OTHER_BYTES for message in self._unread) < self._lowest:
            return
        unread, self._unread = self._unread, []
        for message in unread:
            self.line.take(message)
