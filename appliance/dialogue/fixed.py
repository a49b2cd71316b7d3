"""A dialogue with one answer to everything."""

from collections.abc import AsyncIterator

from appliance.dialogue.reply import ReplyEnd, ReplyPiece, Text, Tools


class FixedDialogue:
    """Implements `appliance.dialogue.reply.Dialogue`: no greeting, and `reply` to every turn."""

    def __init__(self, reply: str) -> None:
        self._reply = reply

    def greeting(self) -> str:
        """Silence."""
        return ""

    async def draft(self, turn: int, text: str, tools: Tools) -> AsyncIterator[ReplyPiece]:
        """The one answer."""
        yield Text(self._reply)
        yield ReplyEnd()

    def overhear(self, turn: int, text: str, language: str | None) -> None:
        """Nothing to prepare."""

    def accept(self, turn: int, text: str) -> None:
        """Nothing to remember."""

    def spoken(self, text: str, *, cut: bool) -> None:
        """Nothing to remember."""
