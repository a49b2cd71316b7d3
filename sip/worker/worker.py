"""The worker process: pjsua on one side, the orchestrator on the other."""

import contextlib
import functools
import gc
import logging
import os
import signal
import time
import uuid
from collections import deque
from dataclasses import dataclass
from typing import Any

import pjsua2 as pj

from sip.errors import SipError
from sip.messages import (
    Drain,
    EndReason,
    IncomingCall,
    Message,
    RegistrationState,
    Stop,
    WorkerFailed,
    WorkerReady,
    WorkerStarted,
    WorkerStatus,
)
from sip.worker.bridge import Bridge
from sip.worker.call import SipCall
from sip.worker.conversation import Conversation
from sip.worker.ended_calls import EndedCalls
from sip.worker.endpoint import LineAccount, LineEndpoint, open_endpoint
from sip.worker.invite import AllowList, read_invite
from sip.worker.port import CallPort
from sip.worker.reactor import Link, Reactor
from sip.worker.settings import WorkerSettings
from sip.worker.sip_thread import SipThread

_log = logging.getLogger(__name__)
_STATUS_S = 5.0
_CLEAN_UP_S = 1.0
_BYE_S = 1.0


@dataclass(frozen=True)
class _Invitation:
    call: SipCall
    source_address: str
    message: str


class Worker:
    """Owns everything in the process. `run` returns the exit status."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._reactor = Reactor()
        self._allowed = AllowList(settings.line.allow)
        self._account = LineAccount(self._incoming, self._registration_changed)
        self._bridge: Bridge | None = None
        self._conversations: dict[SipCall, Conversation] = {}
        self._live: set[SipCall] = set()
        self._waiting: deque[_Invitation] = deque()
        self._ended = EndedCalls()
        self._endpoint: LineEndpoint | None = None
        self._registration = RegistrationState.PENDING if settings.line.registration else RegistrationState.NONE
        self._registration_code = 0
        self._draining = False
        self._stopping_at = 0.0
        self._next_status = self._next_clean_up = 0.0
        self._control: Link | None = None

    def run(self) -> int:
        """Serve until told to stop, the orchestrator goes away, or SIGTERM."""
        signal.signal(signal.SIGTERM, lambda *_: self._reactor.post(self._stop))
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._control = Link(self._reactor, self._settings.socket_path, self._controlled, self._stop)
        self._control.send(WorkerStarted(self._settings.worker, os.getpid()))
        try:
            endpoint, address = self._open_line()
        except SipError as error:
            self._control.send(WorkerFailed(error.message, error.remedy))
            return 1
        host, _, port = address.rpartition(":")
        sip_thread = SipThread(endpoint, self._has_calls)
        sip_thread.start()
        self._control.send(WorkerReady(host, int(port)))
        self._reactor.run(self._tick, self._is_busy)
        self._close_line(endpoint, sip_thread)
        return 0

    def _open_line(self) -> tuple[LineEndpoint, str]:
        endpoint, address = open_endpoint(self._settings.line, self._clean_up)
        self._endpoint = endpoint
        freed = functools.partial(self._reactor.post, self._announce_waiting)
        self._bridge = Bridge(endpoint.audDevManager(), self._settings.line.sample_rate, freed)
        self._account.open(self._settings.line)
        return endpoint, address

    def _has_calls(self) -> bool:
        return bool(self._live or self._waiting or self._ended)

    def _is_busy(self) -> bool:
        return self._has_calls() or bool(self._stopping_at)

    def _close_line(self, endpoint: LineEndpoint, sip_thread: SipThread) -> None:
        if self._bridge:
            self._bridge.close()
        self._account.shutdown()
        sip_thread.stop()
        self._reactor.forget()
        self._ended.clear()
        self._live.clear()
        self._waiting.clear()
        self._conversations.clear()
        self._bridge = None
        # A port or call that outlives the library takes the process down with an assertion.
        gc.collect()
        # Goodbyes have been said: without this flag pjsua waits a second for more.
        endpoint.libDestroy(pj.PJSUA_DESTROY_NO_NETWORK)

    # on pjsua's threads

    def _incoming(self, pjsua_id: int, received: Any) -> None:
        call = SipCall(self._account, pjsua_id, self, self._reactor.post)
        self._live.add(call)
        if not self._allowed.allows(str(received.srcAddress)):
            _log.warning("refused a call from a source that [sip] allow does not name")
            self._turn_away(call, 403)
            return
        if self._draining or self._stopping_at:
            self._turn_away(call, 503)
            return
        invitation = _Invitation(call, str(received.srcAddress), str(received.wholeMsg))
        self._reactor.post(lambda: self._invited(invitation))

    def _turn_away(self, call: SipCall, code: int) -> None:
        retry = {"Retry-After": str(self._settings.line.retry_after_s)} if code == 503 else {}
        call.answer_with(code, retry)

    def _registration_changed(self, state: RegistrationState, code: int) -> None:
        self._reactor.post(lambda: self._report_registration(state, code))

    def _clean_up(self) -> None:
        self._ended.destroy(self._live)

    # on the main thread

    def _invited(self, invitation: _Invitation) -> None:
        self._waiting.append(invitation)
        self._announce_waiting()

    def _announce_waiting(self) -> None:
        """There is a port for every call, but after a burst of very short ones all may still be at rest."""
        while self._waiting and self._bridge and (port := self._bridge.free_port(time.monotonic())):
            invitation = self._waiting.popleft()
            if invitation.call in self._live:
                self._announce(invitation, port)

    def _announce(self, invitation: _Invitation, port: CallPort) -> None:
        call = invitation.call
        invite = read_invite(invitation.message)
        incoming = IncomingCall(
            call_id=uuid.uuid4().hex[:16],
            worker=self._settings.worker,
            caller=invite.caller,
            called=invite.called,
            source_address=invitation.source_address,
            transport=invite.transport,
            headers=invite.headers,
        )
        conversation = Conversation(incoming, call, port, self._settings.line)
        self._conversations[call] = conversation
        try:
            conversation.open(self._reactor, self._settings.socket_path)
        except OSError:
            _log.error("the orchestrator takes no call", extra={"call_id": incoming.call_id})
            call.hang_up(503)

    def media_changed(self, call: SipCall) -> None:
        """Pass on; likewise below."""
        if call in self._conversations:
            self._conversations[call].media_changed(call)

    def happened(self, call: SipCall, message: Message) -> None:
        """Pass on."""
        if call in self._conversations:
            self._conversations[call].happened(call, message)

    def transfer_done(self, call: SipCall) -> None:
        """Pass on."""
        if call in self._conversations:
            self._conversations[call].transfer_done(call)

    def disconnected(self, call: SipCall, sip_code: int) -> None:
        """Pass on, and put the call aside."""
        conversation = self._conversations.pop(call, None)
        if conversation:
            conversation.disconnected(call, sip_code)
        self._live.discard(call)
        self._ended.add(call, conversation)

    def _controlled(self, message: Message) -> None:
        if isinstance(message, Drain):
            self._draining = True
        elif isinstance(message, Stop):
            self._stop()

    def _stop(self) -> None:
        if not self._stopping_at:
            self._stopping_at = time.monotonic()
            for conversation in list(self._conversations.values()):
                conversation.hang_up(EndReason.DRAINED, 503)
            if self._registration is RegistrationState.REGISTERED:
                with contextlib.suppress(pj.Error):
                    self._account.setRegistration(False)

    def _report_registration(self, state: RegistrationState, code: int) -> None:
        self._registration, self._registration_code = state, code
        _log.info("registration: %s (%d)", state.value, code)
        self._report()

    def _report(self) -> None:
        if self._control:
            self._control.send(WorkerStatus(len(self._conversations), self._registration, self._registration_code))

    def _tick(self, now: float) -> None:
        for conversation in list(self._conversations.values()):
            conversation.tick(now)
        self._ended.disconnect()
        if self._bridge:
            self._bridge.tick(now, busy=self._has_calls())
        if now >= self._next_status:
            self._next_status = now + _STATUS_S
            self._report()
        if self._endpoint and self._ended and now >= self._next_clean_up:
            self._next_clean_up = now + _CLEAN_UP_S
            self._endpoint.run_later(0)
        busy = self._conversations or self._registration is RegistrationState.REGISTERED
        if self._stopping_at and (not busy or now - self._stopping_at > _BYE_S):
            self._reactor.stop()
