"""Server-sent events, as far as the chat completions API uses them: one JSON text a `data:` line."""

from collections.abc import AsyncIterator
from typing import Final

LONGEST_LINE: Final = 1 << 20


class LineTooLong(Exception):  # noqa: N818 - never leaves the package
    """A line of more than a mebibyte is no chat completion chunk."""


class EventStream:
    """The `data:` lines of a response body.

    Lines end at a line feed alone: JSON may hold U+2028 and its like, at which `str.splitlines` would cut.
    """

    def __init__(self, body: AsyncIterator[bytes]) -> None:
        self._body = body
        self._buffer = bytearray()

    async def next(self) -> str | None:
        """The next event's data; None at the end of the body. Raises `LineTooLong`, `UnicodeDecodeError`."""
        while True:
            line = await self._line()
            if line is None:
                return None
            if line.startswith(b"data:"):
                return line[5:].strip().decode("utf-8")

    async def drain(self) -> None:
        """Read to the end, so that the connection can be used again."""
        while await self._line() is not None:
            pass

    async def _line(self) -> bytes | None:
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > LONGEST_LINE:
                raise LineTooLong
            try:
                self._buffer += await anext(self._body)
            except StopAsyncIteration:
                rest, self._buffer = bytes(self._buffer), bytearray()
                return rest or None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line
