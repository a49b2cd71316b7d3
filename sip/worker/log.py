"""The worker's log: one JSON object a line on standard error, with fixed words, call ids and states only.

What pjsip itself would log holds SIP headers, so it is switched off, and the pool passes on only lines of this form.
"""

import json
import logging
import sys
import traceback
from types import TracebackType


class JsonLines(logging.Formatter):
    """``{"level": …, "message": …, "call_id": …}``; of an exception only its type and place, never its text."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line = {"level": record.levelname, "message": record.getMessage()}
        if call_id := getattr(record, "call_id", ""):
            line["call_id"] = call_id
        if record.exc_info and record.exc_info[0]:
            line["message"] += f" ({where(record.exc_info[0], record.exc_info[2])})"
        return json.dumps(line)


def where(kind: type[BaseException], trace: TracebackType | None) -> str:
    """An exception's type and the line that raised it."""
    frames = traceback.extract_tb(trace)
    return f"{kind.__name__} at {frames[-1].name}:{frames[-1].lineno}" if frames else kind.__name__


def _log_uncaught(kind: type[BaseException], _: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger(__name__).critical("worker stopped: %s", where(kind, trace))


def set_up_logging() -> None:
    """Log to standard error, uncaught exceptions included."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    sys.excepthook = _log_uncaught
