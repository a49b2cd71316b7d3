"""Logs carry the call id, and a planted secret never gets through."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator

import pytest

from appliance.errors import ApplianceError
from appliance.logs import configure_logs

SECRET = "Erika Mustermann 1970-01-01"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    for name in ("appliance", "models", "sip", "__main__"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_the_call_id() -> None:
    stream = io.StringIO()
    configure_logs("info", "auto", stream)
    logging.getLogger("appliance.session").info("call answered", extra={"call_id": "c1", "codec": "PCMU"})
    logging.getLogger("appliance.session").debug("not at this level")
    (line,) = lines(stream)
    assert str(line.pop("time")).endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": "appliance.session",
        "message": "call answered",
        "call_id": "c1",
        "codec": "PCMU",
    }


def test_a_terminal_gets_text_in_colour_unless_it_asks_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Terminal()
    configure_logs("info", "auto", stream)
    logging.getLogger("appliance.x").error("lost", extra={"call_id": "c1"})
    assert stream.getvalue().startswith("\x1b[31m")
    assert "error   appliance.x: lost call_id=c1" in stream.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    configure_logs("info", "auto", stream)
    logging.getLogger("appliance.x").error("lost")
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize("style", ["json", "text"])
def test_an_unknown_field_is_dropped_and_only_its_name_is_logged(style: str) -> None:
    stream = io.StringIO()
    configure_logs("info", style, stream)  # type: ignore[arg-type]
    logging.getLogger("appliance.x").info("turn over", extra={"transcript": SECRET, "call_id": "c1"})
    assert SECRET not in stream.getvalue()
    assert "transcript" in stream.getvalue()
    assert "c1" in stream.getvalue()


@pytest.mark.parametrize("style", ["json", "text"])
def test_of_a_foreign_exception_the_message_is_withheld_and_the_place_kept(style: str) -> None:
    stream = io.StringIO()
    configure_logs("info", style, stream)  # type: ignore[arg-type]
    try:
        try:
            int(SECRET)
        except ValueError as cause:
            raise ExceptionGroup(SECRET, [KeyError(SECRET)]) from cause
    except ExceptionGroup:
        logging.getLogger("appliance.x").exception("a call failed", extra={"call_id": "c1"})
    text = stream.getvalue()
    assert "Erika" not in text
    assert "test_logs.py" in text
    for kind in ("ValueError", "ExceptionGroup", "KeyError"):
        assert f"{kind} (message withheld)" in text


def test_our_own_errors_keep_message_and_remedy() -> None:
    stream = io.StringIO()
    configure_logs("info", "json", stream)
    try:
        raise ApplianceError("port 5060 is in use", "choose another")
    except ApplianceError:
        logging.getLogger("appliance.x").exception("cannot start")
    assert "ApplianceError: port 5060 is in use — choose another" in str(lines(stream)[0]["exception"])


async def test_what_asyncio_says_about_a_failed_task_holds_no_content() -> None:
    stream = io.StringIO()
    configure_logs("info", "json", stream)
    loop = asyncio.get_running_loop()
    loop.call_exception_handler(
        {"message": "Task exception was never retrieved", "exception": ValueError(SECRET), "note": SECRET}
    )
    (line,) = lines(stream)
    assert line["message"] == "Task exception was never retrieved"
    assert "Erika" not in stream.getvalue()


def test_other_peoples_chatter_is_not_logged() -> None:
    stream = io.StringIO()
    configure_logs("debug", "json", stream)
    logging.getLogger("uvicorn.error").info("started")
    logging.getLogger("uvicorn.error").warning("odd")
    assert [line["message"] for line in lines(stream)] == ["odd"]
