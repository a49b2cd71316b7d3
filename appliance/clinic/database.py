"""The clinic's SQLite file: one connection, one thread of its own, one transaction a request."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from appliance.clinic.tool import ToolFailed
from appliance.errors import ApplianceError

Result = TypeVar("Result")

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS appointments (
    id INTEGER PRIMARY KEY,
    doctor TEXT NOT NULL,
    start TEXT NOT NULL,
    patient TEXT NOT NULL,
    birth_date TEXT NOT NULL,
    cancelled INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX IF NOT EXISTS one_patient_a_slot ON appointments (doctor, start) WHERE cancelled = 0;
CREATE INDEX IF NOT EXISTS appointments_by_birth_date ON appointments (birth_date);
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY,
    day TEXT NOT NULL,
    sender TEXT NOT NULL,
    callback TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS requests (
    key TEXT PRIMARY KEY,
    row INTEGER NOT NULL
) WITHOUT ROWID;
"""
SCHEMA_VERSION: Final = 1

_REASONS: Final = {
    sqlite3.SQLITE_BUSY: "storage_busy",
    sqlite3.SQLITE_LOCKED: "storage_busy",
    sqlite3.SQLITE_FULL: "storage_full",
    sqlite3.SQLITE_CORRUPT: "storage_damaged",
    sqlite3.SQLITE_NOTADB: "storage_damaged",
    sqlite3.SQLITE_READONLY: "storage_read_only",
}


def _reason(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", None)
    return _REASONS.get(code & 0xFF, "storage_failed") if isinstance(code, int) else "storage_failed"


def _connect(path: Path, busy_timeout_ms: int) -> sqlite3.Connection:
    # The file holds what patients said: nobody but its owner reads it.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        connection.execute(f"PRAGMA busy_timeout = {int(busy_timeout_ms)}")
        connection.execute("PRAGMA journal_mode = WAL")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise ApplianceError(
                f"The appointment database {path} was written by a newer version",
                "install that version again, or name another file",
            )
        if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("damaged")
        connection.executescript(_SCHEMA)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    except BaseException:
        connection.close()
        raise
    return connection


class ClinicDatabase:
    """The file, open. Requests run one after another in a thread of its own, so no call waits for a disk."""

    def __init__(self, connection: sqlite3.Connection, executor: ThreadPoolExecutor) -> None:
        self._connection = connection
        self._executor = executor

    @classmethod
    async def open(cls, path: Path, *, busy_timeout_ms: int = 2000) -> "ClinicDatabase":
        """Open or create the file at `path`. Raises `ApplianceError` when it cannot be used."""
        executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="clinic-database")
        try:
            connection = await asyncio.get_running_loop().run_in_executor(executor, _connect, path, busy_timeout_ms)
        except (sqlite3.Error, OSError) as error:
            executor.shutdown(wait=False)
            raise _unusable(path, error) from None
        except BaseException:
            executor.shutdown(wait=False)
            raise
        return cls(connection, executor)

    async def run(self, request: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run `request` in one transaction; it is undone when `request` raises.

        A caller that is cancelled stops waiting; the transaction still ends whole. Raises `ToolFailed` with a
        `storage_…` reason when the file is busy, full, damaged, read-only or closed.
        """
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, self._transaction, request)
        except sqlite3.Error as error:
            raise ToolFailed(_reason(error)) from None
        except RuntimeError:
            raise ToolFailed("storage_closed") from None

    async def close(self) -> None:
        """End what is under way and close the file. Closing twice is harmless."""
        await asyncio.to_thread(self._executor.shutdown)
        self._connection.close()

    def _transaction(self, request: Callable[[sqlite3.Connection], Result]) -> Result:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            result = request(self._connection)
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return result


def _unusable(path: Path, error: sqlite3.Error | OSError) -> ApplianceError:
    reason = _reason(error) if isinstance(error, sqlite3.Error) else ""
    if reason == "storage_damaged":
        return ApplianceError(
            f"The appointment database {path} is damaged",
            "restore it from a backup, or move it away to start a new one",
        )
    if reason == "storage_busy":
        return ApplianceError(
            f"The appointment database {path} is locked by another process",
            "stop the other appliance, or name another file",
        )
    if reason == "storage_full":
        return ApplianceError(f"There is no room for the appointment database {path}", "free some disk space")
    return ApplianceError(
        f"The appointment database {path} cannot be opened", "check that its folder exists and may be written"
    )
