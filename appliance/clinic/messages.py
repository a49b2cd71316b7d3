"""Messages that callers leave for the clinic's staff."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from appliance.clinic.database import ClinicDatabase


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """Who left it, where to call back, and what they said."""

    sender: str
    callback: str
    text: str


class Messages:
    """The message book."""

    def __init__(self, database: ClinicDatabase, today: Callable[[], date]) -> None:
        self._database = database
        self._today = today

    async def leave(self, message: StoredMessage, request_key: str) -> None:
        """Keep `message`; left again under the same key, it replaces the first. Raises `ToolFailed` (storage)."""
        fields = (message.sender, message.callback, message.text)

        def request(connection: sqlite3.Connection) -> None:
            known = connection.execute("SELECT row FROM requests WHERE key = ?", (request_key,)).fetchone()
            if known is not None:
                connection.execute(
                    "UPDATE messages SET sender = ?, callback = ?, text = ? WHERE id = ?", (*fields, known[0])
                )
                return
            cursor = connection.execute(
                "INSERT INTO messages (day, sender, callback, text) VALUES (?, ?, ?, ?)",
                (self._today().isoformat(), *fields),
            )
            connection.execute("INSERT INTO requests (key, row) VALUES (?, ?)", (request_key, cursor.lastrowid))

        await self._database.run(request)

    async def all(self) -> tuple[StoredMessage, ...]:
        """Every message, oldest first. Raises `ToolFailed` (storage)."""

        def request(connection: sqlite3.Connection) -> tuple[StoredMessage, ...]:
            rows = connection.execute("SELECT sender, callback, text FROM messages ORDER BY id")
            return tuple(StoredMessage(*row) for row in rows)

        return await self._database.run(request)
