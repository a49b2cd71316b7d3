"""`appliance demo`: the appliance on loopback, a caller in a second process, and what became of their conversation."""

import argparse
import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from appliance.assembly import build_turn_settings
from appliance.cli.call_picture import write_call_picture
from appliance.cli.demo_script import PATIENT, demo_steps
from appliance.cli.demo_show import LiveTranscript, show_outcome
from appliance.cli.service import Service, running_service
from appliance.config import Config
from appliance.errors import ApplianceError
from appliance.logs import configure_logs
from appliance.trace import CallTrace
from sip.caller.plan import CallerPlan, CallPlan, CallResult, Outcome
from sip.caller.process import run_caller_process

_WATCH_EVERY_S = 0.1
_CALL_LIMIT_S = 170.0
_FIRST_PORT = 5060
_PORTS_TO_TRY = 200
_TRACE_LIMIT_S = 10.0


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "demo",
        help="hold a whole conversation on this machine and show it",
        description="Starts the appliance on loopback with the embedded engines, and in a second process a caller who "
        "books an appointment over a real SIP call. Exits 0 when the appointment was booked, else 1.",
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where recording, trace and picture go (default: out/demo-DATE-TIME)"
    )


@dataclass(frozen=True, slots=True)
class DemoCall:
    """What one demo call left behind."""

    directory: Path
    trace: CallTrace
    caller: CallResult
    booked: bool


def run(arguments: argparse.Namespace) -> int:
    """Hold the call and show it; 0 when the appointment was booked."""
    configure_logs("warning", "auto")
    directory = (arguments.out or Path("out") / f"demo-{datetime.now():%Y%m%d-%H%M%S}").absolute()  # noqa: DTZ005
    live = LiveTranscript()
    call = asyncio.run(hold_demo_call(directory, live))
    _draw(call)
    show_outcome(live, call.trace, call.caller, call.directory, booked=call.booked)
    return 0 if call.booked and call.caller.outcome in {Outcome.COMPLETED, Outcome.ENDED_BY_AGENT} else 1


def _draw(call: DemoCall) -> None:
    call_id = call.trace.call_id
    settings, _ = build_turn_settings(Config())
    recording = call.directory / "recordings" / f"{call_id}.wav"
    write_call_picture(call.trace, recording, settings, call.directory / f"{call_id}.svg")


async def hold_demo_call(directory: Path, live: LiveTranscript) -> DemoCall:
    """Start everything, hold the call, take everything down. Raises errors with a remedy."""
    config = _demo_config(directory)
    live.say("starting the appliance with its embedded engines")
    async with running_service(config) as service:
        live.say(f"answering on sip:{config.sip.host}:{config.sip.port}, web on 127.0.0.1:{service.web_port}")
        async with _watched(service, live):
            plan = CallPlan(f"sip:clinic@{config.sip.host}:{config.sip.port}", demo_steps(), max_s=_CALL_LIMIT_S)
            result = (await run_caller_process(CallerPlan((plan,)))).calls[0]
            trace = await _finished_trace(service)
        booked = await _is_booked(service)
    return DemoCall(directory, trace, result, booked)


def _demo_config(directory: Path) -> Config:
    """The demo's setting: everything below `directory`, recording on, ports that are free, the caller's name known."""
    config = Config()
    return config.model_copy(
        update={
            "sip": config.sip.model_copy(update={"port": _free_port()}),
            "clinic": config.clinic.model_copy(update={"extra_names": (str(PATIENT["name"]),)}),
            "web": config.web.model_copy(update={"port": 0}),
            "records": config.records.model_copy(update={"directory": directory, "record_calls": True}),
        }
    )


def _free_port() -> int:
    """The first port from 5060 on that is free for SIP over UDP and TCP."""
    for port in range(_FIRST_PORT, _FIRST_PORT + _PORTS_TO_TRY):
        with contextlib.ExitStack() as stack:
            try:
                for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                    stack.enter_context(socket.socket(socket.AF_INET, kind)).bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise ApplianceError(
        f"no free SIP port from {_FIRST_PORT} to {_FIRST_PORT + _PORTS_TO_TRY - 1}", "end what is using them"
    )


@contextlib.asynccontextmanager
async def _watched(service: Service, live: LiveTranscript) -> AsyncIterator[None]:
    """Show what is said while the block runs."""

    async def watch() -> None:
        while True:
            traces = [trace for trace, _ in service.switchboard.active()] or service.switchboard.recent()[:1]
            _show(traces, live)
            await asyncio.sleep(_WATCH_EVERY_S)

    async with asyncio.TaskGroup() as group:
        watching = group.create_task(watch())
        try:
            yield
        finally:
            watching.cancel()
    _show(service.switchboard.recent()[:1], live)


def _show(traces: Sequence[CallTrace], live: LiveTranscript) -> None:
    if traces:
        live.update(traces[0])


async def _finished_trace(service: Service) -> CallTrace:
    """The call's trace, once the session has ended."""
    async with asyncio.timeout(_TRACE_LIMIT_S):
        await service.switchboard.all_ended()
    recent = service.switchboard.recent()
    if not recent:
        raise ApplianceError("the call was never answered", "see the messages above; try appliance check")
    return recent[0]


async def _is_booked(service: Service) -> bool:
    """Whether the appointment book has the caller's appointment."""
    assert service.clinic is not None
    for tool in service.clinic.tools:
        if tool.name == "find_appointment":
            return bool((await tool.function(PATIENT))["appointments"])
    return False
