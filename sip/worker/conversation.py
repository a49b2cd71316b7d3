"""One call between the orchestrator's link and pjsua. Everything here runs on the main thread."""

import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

import pjsua2 as pj

from sip.messages import (
    AgentAudio,
    Answer,
    Answered,
    Ended,
    EndReason,
    Flush,
    HangUp,
    HoldChanged,
    IncomingCall,
    Message,
    Redirect,
    Reject,
    SendDigits,
    Transfer,
    TransferFailed,
)
from sip.settings import SipSettings
from sip.worker.call import SipCall
from sip.worker.port import CallPort
from sip.worker.reactor import Link, Reactor

_log = logging.getLogger(__name__)
_DECISION_S = 20.0
_TRANSFER_S = 60.0
_LAST_WORDS_S = 0.5
_UNAVAILABLE = 503


@dataclass
class _Deadlines:
    """Monotonic seconds; None when not running."""

    decision: float | None = None
    transfer: float | None = None
    hang_up: float | None = None
    statistics: float | None = None


class Conversation:
    """From the INVITE to `Ended`."""

    def __init__(self, incoming: IncomingCall, call: SipCall, port: CallPort, settings: SipSettings) -> None:
        self.incoming = incoming
        self.call = call
        self.port = port
        self._settings = settings
        self._link: Link | None = None
        self._reason: EndReason | None = None
        self._answered = False
        self._held = False
        self._hang_up_code = 0
        self._packets = 0
        self._packets_changed = 0.0
        self._deadlines = _Deadlines()
        self._post: Callable[[Callable[[], None]], None] | None = None
        self.over = False
        port.reserve()

    def open(self, reactor: Reactor, socket_path: str) -> None:
        """Announce the call. Raises `OSError` when the orchestrator cannot be reached."""
        self._link = Link(reactor, socket_path, self._received, self._lost)
        self._post = reactor.post
        self._deadlines.decision = time.monotonic() + _DECISION_S
        self._tell(self.incoming)

    def _tell(self, message: Message) -> None:
        if self._link:
            self._link.send(message)

    # what the orchestrator says

    def _received(self, message: Message) -> None:
        if isinstance(message, AgentAudio):
            if self._answered and not self._deadlines.hang_up:
                self.port.put(message.pcm)
            return
        try:
            self._obey(message)
        except pj.Error as error:
            _log.warning("pjsip refused %s (status %d)", type(message).__name__, error.status, extra=self._extra)

    def _obey(self, message: Message) -> None:
        match message:
            case Answer():
                self._deadlines.decision = None
                self.call.answer_with(200)
            case Reject(code, retry_after_s):
                self._refuse(code, {"Retry-After": str(retry_after_s)} if retry_after_s else {})
            case Redirect(contact):
                self._refuse(302, {"Contact": f"<{contact}>"})
            case Flush():
                self.port.queue.clear()
            case SendDigits(digits):
                self.call.send_digits(digits)
            case Transfer(target):
                self._transfer(target)
            case HangUp(reason, code):
                self.hang_up(reason, code)
            case _:
                _log.warning("unexpected %s", type(message).__name__, extra=self._extra)

    def _refuse(self, code: int, headers: dict[str, str]) -> None:
        self._reason = EndReason.REJECTED
        self.call.answer_with(code, headers)

    def _transfer(self, target: str) -> None:
        uri = target if ":" in target else f"sip:{target}@{self.call.peer_address()}"
        self._deadlines.transfer = time.monotonic() + _TRANSFER_S
        try:
            self.call.transfer_to(uri)
        except pj.Error:
            self.happened(self.call, TransferFailed(0))
            raise

    def hang_up(self, reason: EndReason, code: int = 603) -> None:
        """End the call after the frames that are queued; at once when nobody would hear them."""
        self._reason = self._reason or reason
        self._hang_up_code = code
        if self._answered and self.port.queue and not self._held and self._post:
            post = self._post
            self._deadlines.hang_up = time.monotonic() + _LAST_WORDS_S
            self.port.call_when_empty(lambda: post(self._leave))
        else:
            self._leave()

    def _leave(self) -> None:
        self.call.hang_up(200 if self._answered else self._hang_up_code)

    def _lost(self) -> None:
        if not self.over:
            self.hang_up(EndReason.LINE_FAILED)

    # what pjsua says

    def media_changed(self, call: SipCall) -> None:
        """The media session came up, or hold changed."""
        if self._answered and call.held != self._held:
            self._held = call.held
            self._packets_changed = time.monotonic()
            self._tell(HoldChanged(call.held))
        if not call.media_active:
            return
        with contextlib.suppress(pj.Error):
            call.connect(self.port)
        if not self._answered and self._link:
            self._answered = True
            self._packets_changed = time.monotonic()
            self._deadlines.statistics = self._packets_changed + self._settings.statistics_interval_s
            self._tell(Answered(self._settings.sample_rate, call.codec))
            self.port.attach(self._link.socket)

    def happened(self, call: SipCall, message: Message) -> None:
        """Pass on."""
        if isinstance(message, TransferFailed):
            if self._deadlines.transfer is None:
                return
            self._deadlines.transfer = None
        self._tell(message)

    def transfer_done(self, call: SipCall) -> None:
        """The caller has been taken over: leave."""
        self._reason = EndReason.TRANSFERRED
        call.hang_up(200)

    def disconnected(self, call: SipCall, sip_code: int) -> None:
        """Say goodbye to the orchestrator."""
        self.over = True
        self.port.detach()
        if self._answered:
            self._tell(call.measure())
        reason = self._reason or (EndReason.TRANSFERRED if self._deadlines.transfer else EndReason.CALLER_HUNG_UP)
        self._tell(Ended(reason, sip_code))
        _log.info("call ended: %s", reason.value, extra=self._extra)
        if self._link:
            self._link.close()

    def tick(self, now: float) -> None:
        """Look after deadlines; `now` in monotonic seconds."""
        if self.over:
            return
        due = self._deadlines
        if due.decision and now >= due.decision:
            due.decision = None
            self._reason = EndReason.LINE_FAILED
            self.call.hang_up(_UNAVAILABLE)
        if due.transfer and now >= due.transfer:
            self.happened(self.call, TransferFailed(0))
        if due.hang_up and now >= due.hang_up:
            self._leave()
        if self._answered:
            self._watch_media(now)

    def _watch_media(self, now: float) -> None:
        statistics = self.call.measure()
        # A caller on hold may send nothing for long, but one who has vanished must not keep the line for ever.
        limit_s = self._settings.hold_timeout_s if self._held else self._settings.rtp_timeout_s
        if statistics.packets_received != self._packets:
            self._packets = statistics.packets_received
            self._packets_changed = now
        elif now - self._packets_changed >= limit_s:
            self.hang_up(EndReason.MEDIA_TIMEOUT)
        if self._deadlines.statistics and now >= self._deadlines.statistics:
            self._deadlines.statistics = now + self._settings.statistics_interval_s
            self._tell(statistics)

    def disconnect(self) -> None:
        """Close the link, whether or not everything could be said."""
        if self._link:
            self._link.shut()

    def release(self) -> None:
        """Give back the socket, a while after the end."""
        if self._link:
            self._link.release()

    @property
    def _extra(self) -> dict[str, str]:
        return {"call_id": self.incoming.call_id}
