"""The appliance as a running service: web side, engines, phone line, and the order in which they start and stop."""

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from appliance import sip_line
from appliance.assembly import (
    Clinic,
    LineCheckParts,
    build_calls,
    build_engines,
    build_line_check_engines,
    build_sip_settings,
    build_switchboard,
    open_clinic,
)
from appliance.cli.reception import Directory, Reception
from appliance.config import Config
from appliance.metrics import Metrics
from appliance.notify import ServiceManager
from appliance.switchboard import Switchboard
from appliance.web.app import create_app
from appliance.web.media_stream.endpoint import MediaStreams
from appliance.web.server import WebServer
from sip.link import CallLink
from sip.messages import RegistrationState
from sip.pool import WorkerPool

logger = logging.getLogger(__name__)

_STATUS_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class Service:
    """The appliance while it accepts calls. `clinic` is None in a line check."""

    switchboard: Switchboard
    pool: WorkerPool
    directory: Directory
    web_port: int
    clinic: Clinic | None


@asynccontextmanager
async def running_service(
    config: Config, line_check: Path | None = None, today: Callable[[], date] | None = None
) -> AsyncIterator[Service]:
    """Everything up and accepting calls inside the block; taken down in the reverse order after it.

    With `line_check`, a WAV file, no engine but voice activity detection is used and every turn is answered with it.
    `today` gives the date at the clinic (default: by the clock).
    Raises errors with a remedy (`ApplianceError`, `EngineError`, `SipError`) when something cannot start.
    """
    metrics = Metrics()
    directory = Directory(config.sip.max_calls)
    sip_settings = build_sip_settings(config.sip)
    reception = Reception(directory, metrics, config.sip.max_loop_lag_ms)
    async with AsyncExitStack() as stack:
        media_streams = MediaStreams(reception, config.sip.rtp_timeout_s)
        web = WebServer(create_app(directory, metrics, media_streams.route), config.web.host, config.web.port)
        stack.callback(web.close)
        tasks = await stack.enter_async_context(_background_tasks())
        tasks(web.run())
        switchboard, clinic = await _open_switchboard(config, metrics, line_check, today, stack)
        directory.switchboard = switchboard

        async def take(link: CallLink) -> None:
            if directory.sip_calls + media_streams.active_calls > directory.max_calls:
                pool.refuse(link)
                return
            if reception.overloaded:
                pool.refuse(link, "overloaded")
                return
            line = await sip_line.answer(link)
            if line is not None:
                await switchboard.take(line)

        pool = await stack.enter_async_context(WorkerPool(sip_settings, take, metrics.call_refused))
        directory.pool = pool
        stack.push_async_callback(media_streams.close)
        tasks(switchboard.watch_the_loop())
        tasks(_watch_the_line(pool, metrics))
        # What is there now stays: looking through it for garbage stops every call for 30 to 80 ms.
        gc.collect()
        gc.freeze()
        directory.reasons.clear()
        logger.info("accepting calls on %s port %d", sip_settings.host, sip_settings.port)
        yield Service(switchboard, pool, directory, web.port, clinic)
        directory.reasons.append("stopping")


async def _open_switchboard(
    config: Config,
    metrics: Metrics,
    line_check: Path | None,
    today: Callable[[], date] | None,
    stack: AsyncExitStack,
) -> tuple[Switchboard, Clinic | None]:
    if line_check is not None:
        sound = await asyncio.to_thread(build_line_check_engines, config, line_check)
        stack.callback(sound.close)
        parts = LineCheckParts(config, sound)
        return build_switchboard(config, metrics, parts.session), None
    clinic = await open_clinic(config, today)
    stack.push_async_callback(clinic.close)
    engines = await asyncio.to_thread(build_engines, config)
    stack.callback(engines.close)
    for measurements in engines.measurements():
        metrics.also(measurements)
    await engines.warm_up()
    calls = await build_calls(config, engines, clinic)
    return build_switchboard(config, metrics, calls.session), clinic


@asynccontextmanager
async def _background_tasks() -> AsyncIterator[Callable[[Any], None]]:
    """Start coroutines that run until the block ends; one that fails ends the block."""
    started: list[asyncio.Task[Any]] = []
    async with asyncio.TaskGroup() as group:
        yield lambda coroutine: started.append(group.create_task(coroutine))
        for task in started:
            task.cancel()


async def _watch_the_line(pool: WorkerPool, metrics: Metrics) -> None:
    """Keep the line's gauges up to date until cancelled."""
    while True:
        status = pool.status
        metrics.set_workers_up(status.workers_ready)
        metrics.set_registered(registered=status.registration in {RegistrationState.NONE, RegistrationState.REGISTERED})
        await asyncio.sleep(_STATUS_EVERY_S)


async def serve(config: Config, line_check: Path | None = None, today: Callable[[], date] | None = None) -> None:
    """Run until SIGTERM or Ctrl-C, then drain: no new calls, the running ones finish or are told after a limit.

    `today` gives the date at the clinic (default: by the clock).
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    manager = ServiceManager()
    try:
        async with running_service(config, line_check, today) as service:
            alive = asyncio.create_task(manager.keep_alive())
            try:
                manager.ready(f"accepting calls on port {config.sip.port}")
                await stop.wait()
                logger.info("draining")
                manager.stopping("draining", config.sip.drain_limit_s + 30)
                service.directory.reasons.append("draining")
                service.pool.drain()
                await service.switchboard.drain(config.sip.drain_limit_s)
            finally:
                alive.cancel()
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
    logger.info("stopped")
