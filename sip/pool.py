"""The workers behind one SIP address: started, watched, restarted, and their capacity counted."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from types import TracebackType

from sip.errors import SipError
from sip.link import CallLink, ControlLink, LinkListener
from sip.messages import Drain, EndReason, HangUp, RegistrationState, Stop
from sip.settings import CALLS_PER_WORKER, SipSettings
from sip.worker.settings import WorkerSettings
from sip.worker_process import WorkerProcess

_log = logging.getLogger(__name__)
_FIRST_BACKOFF_S = 0.5
_LONGEST_BACKOFF_S = 30.0
_STEADY_S = 60.0
_RESERVATION_S = 5.0
_STOP_S = 3.0

CallHandler = Callable[[CallLink], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class PoolStatus:
    """What the line can do now. `free_calls` is what would be answered; `refused` counts calls since the start."""

    max_calls: int
    active_calls: int
    free_calls: int
    workers: int
    workers_ready: int
    refused: int
    redirected: int
    restarts: int
    registration: RegistrationState
    registration_code: int


def plan_workers(settings: SipSettings) -> tuple[int, ...]:
    """How many calls each worker takes.

    One pjsua process answers a fifth call itself with a bare 486. Where that is the answer wanted, one worker takes
    four; otherwise the first keeps a slot free for saying something better, and sends the rest to the others.
    """
    plain_refusal = settings.full_response == 486 and not settings.fallback_number
    if settings.max_calls <= CALLS_PER_WORKER and plain_refusal:
        return (CALLS_PER_WORKER,)
    others = math.ceil(max(0, settings.max_calls - (CALLS_PER_WORKER - 1)) / CALLS_PER_WORKER)
    return (CALLS_PER_WORKER - 1, *([CALLS_PER_WORKER] * others))


class _Worker:
    """One place in the pool; its process comes and goes."""

    def __init__(self, settings: WorkerSettings, capacity: int) -> None:
        self.settings = settings
        self.capacity = capacity
        self.process: WorkerProcess | None = None
        self.calls: set[CallLink] = set()
        self.reservations: list[float] = []

    def room(self, now: float) -> int:
        if not (self.process and self.process.ready):
            return 0
        self.reservations = [until for until in self.reservations if until > now]
        return self.capacity - len(self.calls) - len(self.reservations)


class WorkerPool:
    """An async context manager: entering starts the workers and raises `SipError` when one cannot listen.

    Calls for which there is room go to `handler`, one task each; it answers (`CallLink.answer`) or refuses
    (`CallLink.reject`, `CallLink.redirect`, `WorkerPool.refuse`) and then serves the call until `Ended`. A handler
    that returns or fails before that has its call hung up. Calls for which there is no room are redirected to another
    worker or refused as configured, without the handler. `on_refused` is told of every refusal made here.
    """

    def __init__(
        self, settings: SipSettings, handler: CallHandler, on_refused: Callable[[str], None] = lambda reason: None
    ) -> None:
        self._settings = settings
        self._handler = handler
        self._on_refused = on_refused
        self._workers = _make_workers(settings)
        self._listener = LinkListener(self._control_opened, self._call_opened, self._call_ended)
        self._tasks = asyncio.TaskGroup()
        self._supervisors: list[asyncio.Task[None]] = []
        self._serving: set[asyncio.Task[None]] = set()
        self._introduced: dict[int, asyncio.Future[ControlLink]] = {}
        self._draining = False
        self._refused = self._redirected = self._restarts = 0

    async def __aenter__(self) -> "WorkerPool":
        await self._listener.__aenter__()
        try:
            for worker in self._workers:
                await self._start(worker)
        except BaseException:
            await self._stop_processes()
            await self._listener.__aexit__(None, None, None)
            raise
        await self._tasks.__aenter__()
        self._supervisors = [self._tasks.create_task(self._supervise(worker)) for worker in self._workers]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._draining = True
        for supervisor in self._supervisors:
            supervisor.cancel()
        try:
            await self._stop_processes()
        finally:
            for worker in self._workers:
                for call in list(worker.calls):
                    call.lose()
            if kind is not None:
                for serving in self._serving:
                    serving.cancel()
            try:
                # The body's own exception goes its way unwrapped, so the group is not told of it.
                await self._tasks.__aexit__(None, None, None)
            finally:
                await self._listener.__aexit__(None, None, None)

    @property
    def status(self) -> PoolStatus:
        """A snapshot."""
        now = asyncio.get_running_loop().time()
        active = self._active_calls
        room = sum(max(0, worker.room(now)) for worker in self._workers)
        first = self._workers[0].process
        return PoolStatus(
            max_calls=self._settings.max_calls,
            active_calls=active,
            free_calls=0 if self._draining else max(0, min(room, self._settings.max_calls - active)),
            workers=len(self._workers),
            workers_ready=sum(bool(worker.process and worker.process.ready) for worker in self._workers),
            refused=self._refused,
            redirected=self._redirected,
            restarts=self._restarts,
            registration=first.registration if first else RegistrationState.NONE,
            registration_code=first.registration_code if first else 0,
        )

    def drain(self) -> None:
        """Take no new calls: workers answer 503 with Retry-After. Calls in progress go on."""
        self._draining = True
        for worker in self._workers:
            if worker.process:
                worker.process.send(Drain())

    def refuse(self, link: CallLink, reason: str = "full") -> None:
        """Turn a call away as configured: to the fallback number, or with 486 or 503 and Retry-After.

        `reason`, one fixed word, is what `on_refused` is told.
        """
        self._refused += 1
        self._on_refused(reason)
        fallback = self._settings.fallback_number
        if not fallback:
            link.reject(self._settings.full_response, self._settings.retry_after_s)
        elif ":" in fallback:
            link.redirect(fallback)
        else:
            link.redirect(f"sip:{fallback}@{link.incoming.source_address}")

    @property
    def _active_calls(self) -> int:
        return sum(len(worker.calls) for worker in self._workers)

    # calls

    def _call_opened(self, link: CallLink) -> None:
        number = link.incoming.worker
        if self._draining or not 0 <= number < len(self._workers):
            self._on_refused("draining")
            link.reject(503, self._settings.retry_after_s)
            return
        worker = self._workers[number]
        now = asyncio.get_running_loop().time()
        if worker.reservations:
            worker.reservations.pop(0)
        if self._active_calls >= self._settings.max_calls:
            self.refuse(link)
        elif worker.room(now) > 0:
            worker.calls.add(link)
            serving = self._tasks.create_task(self._serve(link))
            self._serving.add(serving)
            serving.add_done_callback(self._serving.discard)
        else:
            self._redirect_or_refuse(link, now)

    def _redirect_or_refuse(self, link: CallLink, now: float) -> None:
        other = max(self._workers, key=lambda worker: worker.room(now))
        if other.room(now) <= 0 or not other.process or link.incoming.worker != 0:
            self.refuse(link)
            return
        other.reservations.append(now + _RESERVATION_S)
        self._redirected += 1
        transport = ";transport=tcp" if link.incoming.transport == "tcp" else ""
        link.redirect(f"sip:{other.process.address}{transport}")

    def _call_ended(self, link: CallLink) -> None:
        number = link.incoming.worker
        if 0 <= number < len(self._workers):
            self._workers[number].calls.discard(link)

    async def _serve(self, link: CallLink) -> None:
        try:
            await self._handler(link)
        except Exception as error:
            _log.error("call handler failed: %s", type(error).__name__, extra={"call_id": link.call_id})
            link.send(HangUp(EndReason.LINE_FAILED, 500))
        else:
            link.send(HangUp())

    # processes

    def _control_opened(self, link: ControlLink) -> None:
        waiting = self._introduced.pop(link.started.pid, None)
        if waiting and not waiting.done():
            waiting.set_result(link)

    async def _start(self, worker: _Worker) -> None:
        worker.process = await WorkerProcess.start(
            replace(worker.settings, socket_path=self._listener.path), self._introduced
        )
        if self._draining:
            worker.process.send(Drain())

    async def _supervise(self, worker: _Worker) -> None:
        """Keep one worker running; its calls end with its sockets, those of the others go on."""
        loop = asyncio.get_running_loop()
        backoff = _FIRST_BACKOFF_S
        while True:
            started = loop.time()
            if worker.process:
                await worker.process.run()
                _log.error("SIP worker %d is gone: restarting it", worker.settings.worker)
                self._restarts += 1
            backoff = _FIRST_BACKOFF_S if loop.time() - started > _STEADY_S else backoff
            await asyncio.sleep(backoff)
            backoff = min(2 * backoff, _LONGEST_BACKOFF_S)
            try:
                await self._start(worker)
            except SipError as error:
                worker.process = None
                _log.error("SIP worker %d does not start: %s", worker.settings.worker, error)

    async def _stop_processes(self) -> None:
        processes = [worker.process for worker in self._workers if worker.process]
        for process in processes:
            process.send(Stop())
        await asyncio.gather(*(process.stop(_STOP_S) for process in processes))


def _make_workers(settings: SipSettings) -> list[_Worker]:
    plan = plan_workers(settings)
    first, last = settings.rtp_ports
    share = (last - first + 1) // len(plan) // 2 * 2
    workers = []
    for number, capacity in enumerate(plan):
        low = first + number * share
        line = replace(
            settings,
            port=settings.port + number,
            max_calls=min(capacity, settings.max_calls),
            rtp_ports=(low, low + share - 1),
            registration=settings.registration if number == 0 else None,
        )
        workers.append(_Worker(WorkerSettings(number, "", line), capacity))
    return workers
