"""Logs on standard error: JSON lines for machines, colour for a terminal, and nothing that a caller said.

A record carries a message of ours and the extra fields listed here; any other field is dropped and only its name
mentioned. Of an exception that is not ours, the type and the places are kept but not the message, since other people's
messages quote values.
"""

import json
import logging
import os
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, TextIO

FIELDS = (
    "call_id",
    "worker",
    "engine",
    "state",
    "stage",
    "reason",
    "code",
    "codec",
    "port",
    "pid",
    "exit_status",
    "calls",
    "turn",
    "count",
    "duration_ms",
)
"""The extra fields that a record may carry; none of them holds text from outside."""

_OURS = ("appliance", "models", "sip", "__main__")
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
_COLOURS = {"DEBUG": "\x1b[2m", "WARNING": "\x1b[33m", "ERROR": "\x1b[31m", "CRITICAL": "\x1b[31;1m"}
_RESET = "\x1b[0m"
ExceptionTriple = tuple[type[BaseException], BaseException, TracebackType | None]


class OnlyKnownFields(logging.Filter):
    """Drops every extra field that is not in `FIELDS`, and says which in `refused_fields` (names only)."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean the record; it is always logged."""
        refused = sorted(set(vars(record)) - _STANDARD - set(FIELDS) - {"refused_fields"})
        for name in refused:
            delattr(record, name)
        if refused:
            record.refused_fields = refused
        return True


class _Formatter(logging.Formatter):
    def message_of(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        if record.name.split(".")[0] in _OURS:
            return message
        # Of other people's messages only the first line: asyncio's go on with the repr of whatever failed.
        return (message.splitlines() or [""])[0]

    def fields_of(self, record: logging.LogRecord) -> dict[str, Any]:
        return {name: getattr(record, name) for name in (*FIELDS, "refused_fields") if hasattr(record, name)}

    def formatException(self, ei: Any) -> str:  # noqa: N802  (logging's name)
        return "\n".join(_places(ei))


class JsonFormatter(_Formatter):
    """One JSON object a line: `time` (UTC), `level`, `logger`, `message`, the fields, and `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.message_of(record),
            **self.fields_of(record),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class TextFormatter(_Formatter):
    """For a person: local time, level, message, then key=value."""

    def __init__(self, *, colour: bool) -> None:
        super().__init__()
        self._colour = colour

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line, and more lines for an exception."""
        moment = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S.%f")[:-3]
        fields = "".join(f" {name}={value}" for name, value in self.fields_of(record).items())
        line = f"{moment} {record.levelname.lower():<8}{record.name}: {self.message_of(record)}{fields}"
        if record.exc_info and record.exc_info[1] is not None:
            line += "\n" + self.formatException(record.exc_info)
        colour = _COLOURS.get(record.levelname, "") if self._colour else ""
        return f"{colour}{line}{_RESET}" if colour else line


def configure_logs(level: str, style: Literal["auto", "json", "text"], stream: TextIO | None = None) -> None:
    """Send all logs of the process to `stream` (standard error), from `level` up, replacing earlier handlers.

    "auto" is text on a terminal (in colour unless NO_COLOR is set) and JSON lines elsewhere. Other people's loggers
    are heard from warnings up.
    """
    stream = stream or sys.stderr
    terminal = stream.isatty()
    handler = logging.StreamHandler(stream)
    handler.addFilter(OnlyKnownFields())
    if style == "json" or (style == "auto" and not terminal):
        handler.setFormatter(JsonFormatter())
    else:
        handler.setFormatter(TextFormatter(colour=terminal and "NO_COLOR" not in os.environ))
    root = logging.getLogger()
    for other in list(root.handlers):
        root.removeHandler(other)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).setLevel(level.upper())
    logging.captureWarnings(capture=True)


def _places(triple: ExceptionTriple) -> list[str]:
    kind, error, trace = triple
    lines = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(trace)]
    if hasattr(error, "remedy"):
        lines.append(f"{kind.__name__}: {error}")
    else:
        lines.append(f"{kind.__name__} (message withheld)")
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            lines += ["  " + line for line in _places((type(inner), inner, inner.__traceback__))]
    cause = error.__cause__
    if cause is not None:
        lines += ["caused by:", *_places((type(cause), cause, cause.__traceback__))]
    return lines
