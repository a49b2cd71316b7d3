"""Carries out plans: signalling on the event loop, audio in the media engine's threads, figures at the end."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from sip.caller.analysis import Kind, Utterance, describe_stream, digits_in, measure_turns, summarise
from sip.caller.digest import Credentials
from sip.caller.endpoint import NoResponseError, SocketAddress, Timers, own_host_towards, resolve
from sip.caller.media import MediaEngine, MediaPath, RtpStream
from sip.caller.message import Request
from sip.caller.performer import ChangeHold, Command, EndCall, Performed, Performer, SendInfoDigit
from sip.caller.plan import CallerPlan, CallerResult, CallPlan, CallResult, Outcome, Punctuality, StepReport
from sip.caller.recording import write_packet_log, write_recording
from sip.caller.script import DigitMethod, Hold, Play, PlayNoise, PlayOver, Purpose, Resume, SendDigits, Step
from sip.caller.sdp import STATIC_PAYLOAD_TYPES, TELEPHONE_EVENT_PAYLOAD_TYPE, AudioDescription, Direction
from sip.caller.uri import SipUri, parse_uri
from sip.caller.user_agent import CallRefusedError, Identity, NotAnsweredError, OutgoingCall
from sip.errors import SipError
from sip.g711 import SAMPLE_RATE, Samples
from sip.wav import read_speech


@dataclass(frozen=True, slots=True)
class _EndedByAgent:
    """BYE came."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    plan: CallPlan
    target: SipUri
    sounds: dict[Path, Samples]


def _prepare(plan: CallPlan, loaded: dict[Path, Samples]) -> _Prepared:
    for step in plan.steps:
        if isinstance(step, Play | PlayOver) and step.file not in loaded:
            loaded[step.file] = read_speech(step.file, SAMPLE_RATE)
    return _Prepared(plan, parse_uri(plan.to), loaded)


async def place_calls(plan: CallerPlan, on_result: Callable[[int, CallResult], None] | None = None) -> CallerResult:
    """Place every call of a plan and wait for all; `on_result` is told of each as it ends.

    Raises SipError before anything is sent when an address or a file of the plan is wrong. What goes wrong with one
    call is in that call's result.
    """
    loaded: dict[Path, Samples] = {}
    prepared = [await asyncio.to_thread(_prepare, call, loaded) for call in plan.calls]
    places = asyncio.Semaphore(plan.at_once or max(1, len(prepared)))
    calling: set[int] = set()
    unread: dict[int, Callable[[], CallResult]] = {}
    results: dict[int, CallResult] = {}

    async def place(number: int, call: _Prepared, media: MediaEngine) -> None:
        async with places:
            calling.add(number)
            await asyncio.sleep(call.plan.start_after_s)
            unread[number] = await _CallRun(call, media, Timers(plan.t1_s)).run()
            calling.discard(number)
            # Reading packets takes the interpreter for long: not while another call's audio needs it.
            while unread and not calling:
                read, report = unread.popitem()
                results[read] = await asyncio.to_thread(report)
                if on_result is not None:
                    on_result(read, results[read])

    with MediaEngine() as media:
        async with asyncio.TaskGroup() as group:
            for number, call in enumerate(prepared):
                group.create_task(place(number, call, media))
    calls = tuple(results[number] for number in sorted(results))
    return CallerResult(calls, summarise([turn for call in calls for turn in call.turns]), time.process_time())


class _CallRun:
    """One call from first INVITE to last figure. It is its own `CallListener`."""

    def __init__(self, prepared: _Prepared, media: MediaEngine, timers: Timers) -> None:
        self._plan = prepared.plan
        self._target = prepared.target
        self._media = media
        self._timers = timers
        self._performer = Performer(prepared.plan.steps, prepared.sounds, prepared.plan.background)
        self._inbox: asyncio.Queue[Command | _EndedByAgent] = asyncio.Queue()
        self._transfers: asyncio.Queue[tuple[Request, SocketAddress]] = asyncio.Queue()
        self._call: OutgoingCall | None = None
        self._stream: RtpStream | None = None
        self._transfer_target = ""
        self._info_digits = ""
        self._held_by_agent = False
        self._problems: list[str] = []

    async def run(self) -> Callable[[], CallResult]:
        """Carry out the plan; returns what reads the packets and reports, to be called once there is time for it."""
        try:
            host = own_host_towards(await resolve(self._target.host, self._target.port))
            stream = self._media.open_stream(host)
        except SipError as error:
            return partial(CallResult, Outcome.FAILED, problems=(str(error),))
        try:
            return await self._run_on(stream, host)
        except asyncio.CancelledError:  # from when it is answered on, the other side is told
            if self._call is not None:
                await self._call.drop()
            raise
        finally:
            if self._call is not None:
                self._call.close()
            self._media.close_stream(stream)

    async def _run_on(self, stream: RtpStream, host: str) -> Callable[[], CallResult]:
        plan = self._plan
        credentials = Credentials(plan.username, plan.password) if plan.username else None
        offer = AudioDescription(host, stream.port, tuple(STATIC_PAYLOAD_TYPES.items()), TELEPHONE_EVENT_PAYLOAD_TYPE)
        self._call = call = OutgoingCall(
            self._target,
            Identity(plan.caller, credentials),
            offer,
            self,
            timers=self._timers,
            refer_status=plan.refer_status,
        )
        placed_ns = time.monotonic_ns()
        redirected = call.redirected_to
        try:
            remote = await call.place(plan.ring_s)
        except CallRefusedError as refusal:
            return partial(
                CallResult, Outcome.REFUSED, refusal.status, refusal.reason, refusal.retry_after_s, tuple(redirected)
            )
        except NotAnsweredError:
            return partial(CallResult, Outcome.NOT_ANSWERED, redirected_to=tuple(redirected))
        except NoResponseError as error:
            return partial(CallResult, Outcome.NO_RESPONSE, redirected_to=tuple(redirected), problems=(str(error),))
        except SipError as error:
            return partial(CallResult, Outcome.FAILED, redirected_to=tuple(redirected), problems=(str(error),))
        started_ns = time.monotonic_ns()
        path = await _media_path(remote)
        if path.events is None and any(
            isinstance(step, SendDigits) and step.method is DigitMethod.RFC4733 for step in plan.steps
        ):
            self._problems.append("the other side takes no telephone-events, so no digits were sent; try INFO")
        outcome = await self._converse(stream, path)
        if stream.failure is not None:
            raise stream.failure
        return partial(
            self._report, outcome, stream, path, placed_ns=placed_ns, started_ns=started_ns, redirected=redirected
        )

    async def _converse(self, stream: RtpStream, path: MediaPath) -> Outcome:
        loop = asyncio.get_running_loop()

        def hand_over(command: Command) -> None:
            loop.call_soon_threadsafe(self._inbox.put_nowait, command)

        self._stream = stream
        stream.begin(path, self._performer, hand_over)
        self._media.start_sending(stream)
        async with asyncio.TaskGroup() as group:
            transfers = group.create_task(self._report_transfers())
            try:
                async with asyncio.timeout(self._plan.max_s):
                    outcome = await self._follow_script(stream)
            except TimeoutError:
                outcome = await self._hang_up(stream, Outcome.TIMED_OUT)
            finally:
                self._media.stop_sending(stream)
                transfers.cancel()
        return outcome

    async def _follow_script(self, stream: RtpStream) -> Outcome:
        assert self._call is not None
        while True:
            command = await self._inbox.get()
            match command:
                case EndCall(vanish=True):
                    return Outcome.VANISHED
                case EndCall():
                    return await self._hang_up(stream, Outcome.COMPLETED)
                case _EndedByAgent():
                    return Outcome.ENDED_BY_AGENT
                case ChangeHold(direction):
                    await self._signal(self._call.change_direction(direction))
                case SendInfoDigit(digit, tone_ms):
                    await self._signal(self._call.send_info_digit(digit, tone_ms))

    async def _signal(self, request: Coroutine[None, None, None]) -> None:
        try:
            await request
        except CallRefusedError as refusal:
            self._problems.append(f"a request was answered with {refusal}")
        except SipError as error:
            self._problems.append(str(error))
        finally:
            self._performer.signalled()

    async def _hang_up(self, stream: RtpStream, outcome: Outcome) -> Outcome:
        assert self._call is not None
        self._media.stop_sending(stream)
        try:
            await self._call.hang_up()
        except SipError as error:
            self._problems.append(str(error))
            return Outcome.NO_RESPONSE
        return outcome

    async def _report_transfers(self) -> None:
        assert self._call is not None
        while True:
            transfer, address = await self._transfers.get()
            try:
                await self._call.report_transfer(transfer, address, self._plan.transfer_outcome)
            except SipError as error:
                self._problems.append(str(error))

    def media_changed(self, remote: AudioDescription) -> None:
        """Send to where the agent now listens, and note a hold by it."""
        if self._stream is not None and self._stream.path is not None and remote.host != "0.0.0.0":  # noqa: S104
            self._stream.path = replace(self._stream.path, remote=(remote.host, remote.port))
        if remote.direction in (Direction.SENDONLY, Direction.INACTIVE):
            self._held_by_agent = True

    def ended_by_agent(self) -> None:
        """Stop following the script."""
        self._inbox.put_nowait(_EndedByAgent())

    def transfer_requested(self, target: str, transfer: Request, address: SocketAddress) -> None:
        """Note where to; the NOTIFY follows."""
        self._transfer_target = target
        self._transfers.put_nowait((transfer, address))

    def digit_by_info(self, digit: str) -> None:
        """Note a key."""
        self._info_digits += digit

    def _report(
        self,
        outcome: Outcome,
        stream: RtpStream,
        path: MediaPath,
        *,
        placed_ns: int,
        started_ns: int,
        redirected: Sequence[str],
    ) -> CallResult:
        sent, received = list(stream.sent), list(stream.received)
        ended_ns = max((packet.time_ns for packet in (*sent, *received)), default=started_ns)
        performed = self._performer.performed
        if self._plan.record is not None:
            write_recording(
                self._plan.record, sent, received, law=path.law, payload_type=path.payload_type, started_ns=started_ns
            )
        if self._plan.packet_log is not None:
            write_packet_log(self._plan.packet_log, sent, received, started_ns=started_ns)
        return CallResult(
            outcome=outcome,
            status=200,
            reason="OK",
            redirected_to=tuple(redirected),
            answered_after_ms=round((started_ns - placed_ns) / 1e6, 1),
            codec=str(path.law),
            transfer_target=self._transfer_target,
            digits_received=digits_in(received, path.events) + self._info_digits,
            held_by_agent=self._held_by_agent,
            started_ns=started_ns,
            duration_s=round((ended_ns - started_ns) / 1e9, 3),
            steps=tuple(step_report(step, started_ns) for step in performed),
            turns=tuple(
                measure_turns(
                    utterances(performed),
                    sent,
                    received,
                    law=path.law,
                    payload_type=path.payload_type,
                    started_ns=started_ns,
                )
            ),
            received=describe_stream(received, started_ns=started_ns, quiet=_holds(performed, ended_ns)),
            sent=punctuality(stream.sent_late_ns, realtime=self._media.realtime),
            problems=tuple(self._problems),
        )


async def _media_path(remote: AudioDescription) -> MediaPath:
    law, payload_type = remote.codecs[0]
    return MediaPath(await resolve(remote.host, remote.port), law, payload_type, remote.events)


def _kind_and_file(step: Step) -> tuple[Kind, str] | None:
    match step:
        case Play():
            return Kind.SPEECH, step.file.name
        case PlayOver(purpose=Purpose.BACKCHANNEL):
            return Kind.BACKCHANNEL, step.file.name
        case PlayOver():
            return Kind.INTERRUPT, step.file.name
        case PlayNoise():
            return Kind.SPEECH, "noise"
    return None


def utterances(performed: Sequence[Performed]) -> list[Utterance]:
    """What was said, and when."""
    return [
        Utterance(*named, done.start_ns, done.end_ns)
        for done in performed
        if (named := _kind_and_file(done.step)) is not None and not done.gave_up
    ]


def _holds(performed: Sequence[Performed], ended_ns: int) -> list[tuple[int, int]]:
    """From the start of each hold to the end of its resume."""
    holds: list[tuple[int, int]] = []
    held_since: int | None = None
    for done in performed:
        if isinstance(done.step, Hold) and held_since is None:
            held_since = done.start_ns
        elif isinstance(done.step, Resume) and held_since is not None:
            holds.append((held_since, done.end_ns))
            held_since = None
    return holds if held_since is None else [*holds, (held_since, ended_ns)]


def step_report(done: Performed, started_ns: int) -> StepReport:
    """A step as the result tells it."""
    start_ms, end_ms = (round((at - started_ns) / 1e6, 1) for at in (done.start_ns, done.end_ns))
    return StepReport(done.index, done.step.step, start_ms, end_ms, done.gave_up)


def punctuality(late_ns: Sequence[int], *, realtime: bool) -> Punctuality:
    """How late packets left, from ns each."""
    if not late_ns:
        return Punctuality(0, 0.0, 0.0, 0.0, realtime)
    p50, p99 = np.percentile(late_ns, [50, 99]) / 1e6
    return Punctuality(len(late_ns), round(float(p50), 3), round(float(p99), 3), round(max(late_ns) / 1e6, 3), realtime)
