"""One SIP worker process as the orchestrator sees it."""

import asyncio
import contextlib
import json
import logging
import sys
from typing import Any

from sip.errors import SipError
from sip.link import ControlLink
from sip.messages import RegistrationState, Stop, ToWorkerControl, WorkerFailed, WorkerReady, WorkerStatus
from sip.worker.settings import WorkerSettings

_log = logging.getLogger(__name__)
_worker_log = logging.getLogger("sip.worker")
_START_S = 20.0
_SILENCE_S = 15.0
_MAX_LOG_LINE = 4_096


class WorkerProcess:
    """A worker that listens. Make it with `start`; `run` returns when it has gone."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        control: ControlLink,
        ready: WorkerReady,
        log_reader: "asyncio.Task[None]",
    ) -> None:
        self._process = process
        self._control = control
        self._log_reader = log_reader
        self.address = f"{ready.host}:{ready.port}"
        self.ready = True
        self.registration = RegistrationState.NONE
        self.registration_code = 0

    @classmethod
    async def start(
        cls, settings: WorkerSettings, introductions: dict[int, "asyncio.Future[ControlLink]"]
    ) -> "WorkerProcess":
        """Start it and wait until it takes calls.

        `introductions` gives the control link of a pid once that process has connected. Raises `SipError` when it
        cannot listen, dies, or says nothing for 20 s.
        """
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "sip.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        introduction = asyncio.get_running_loop().create_future()
        introductions[process.pid] = introduction
        log_reader = asyncio.create_task(_pass_on_log(process.stderr))
        try:
            async with asyncio.timeout(_START_S):
                assert process.stdin
                process.stdin.write(settings.to_json().encode())
                process.stdin.close()
                control = await _introduced(introduction, process)
                ready = await _ready(control)
        except BaseException as error:
            introductions.pop(process.pid, None)
            await _kill(process)
            log_reader.cancel()
            if isinstance(error, TimeoutError):
                raise SipError(f"SIP worker {settings.worker} does not get ready", "see its log lines above") from None
            raise
        return cls(process, control, ready, log_reader)

    def send(self, message: ToWorkerControl) -> None:
        """Never blocks."""
        self._control.send(message)

    async def run(self) -> None:
        """Follow its status until it goes; one that says nothing for 15 s is killed."""
        try:
            while True:
                async with asyncio.timeout(_SILENCE_S):
                    message = await self._control.receive()
                if message is None:
                    break
                if isinstance(message, WorkerStatus):
                    self.registration = message.registration
                    self.registration_code = message.registration_code
        except TimeoutError:
            _log.error("a SIP worker has stopped responding")
        self.ready = False
        await _kill(self._process)
        await _finish(self._log_reader)

    async def stop(self, patience_s: float) -> None:
        """Ask it to go, then insist."""
        self.ready = False
        self.send(Stop())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                await self._process.wait()
        await _kill(self._process)
        await _finish(self._log_reader)


async def _introduced(introduction: "asyncio.Future[ControlLink]", process: asyncio.subprocess.Process) -> ControlLink:
    died = asyncio.create_task(process.wait())
    waiting: set[asyncio.Future[Any]] = {introduction, died}
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        died.cancel()
    if introduction.done():
        return introduction.result()
    raise SipError(
        f"a SIP worker ended at once (status {process.returncode})",
        "run python -m sip.worker </dev/null to see whether pjsua2 can be imported",
    )


async def _ready(control: ControlLink) -> WorkerReady:
    while True:
        match await control.receive():
            case WorkerReady() as ready:
                return ready
            case WorkerFailed(message, remedy):
                raise SipError(message, remedy)
            case None:
                raise SipError("a SIP worker ended while starting", "see its log lines above")


async def _pass_on_log(stream: asyncio.StreamReader | None) -> None:
    """Log the worker's own lines; whatever else reaches its standard error may quote a call and is only counted."""
    assert stream
    foreign = 0
    while True:
        try:
            line = await stream.readline()
        except ValueError:
            foreign += 1
            continue
        if not line:
            break
        foreign += not _log_line(line)
    if foreign:
        _log.warning("a SIP worker wrote %d other lines, not shown: they may name callers", foreign)


def _log_line(line: bytes) -> bool:
    try:
        record = json.loads(line[:_MAX_LOG_LINE])
        level = logging.getLevelNamesMapping()[record["level"]]
        message = str(record["message"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    _worker_log.log(level, "%s", message, extra={"call_id": str(record.get("call_id", ""))})
    return True


async def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _finish(task: "asyncio.Task[None]") -> None:
    """Let the log reader see the end of the stream."""
    await asyncio.wait({task})
