"""One call as pjsua sees it. Callbacks come on pjsua's threads and only post what happened to the main thread."""

import contextlib
import functools
import logging
from collections.abc import Callable
from typing import Any, Protocol

import pjsua2 as pj

from sip.messages import (
    DIGITS,
    DigitMethod,
    DigitReceived,
    Message,
    Statistics,
    TransferFailed,
    TransferProgress,
)
from sip.worker.callbacks import guarded

_log = logging.getLogger(__name__)


class CallEvents(Protocol):
    """Who is told, on the main thread, what happens to a call."""

    def media_changed(self, call: "SipCall") -> None:
        """The media session came up, or hold changed: see `SipCall.media_active` and `SipCall.held`."""
        ...

    def happened(self, call: "SipCall", message: Message) -> None:
        """Something to tell the orchestrator."""
        ...

    def transfer_done(self, call: "SipCall") -> None:
        """The transfer target answered."""
        ...

    def disconnected(self, call: "SipCall", sip_code: int) -> None:
        """The call is over."""
        ...


class SipCall(pj.Call):  # type: ignore[misc]
    """A pjsua call that reports to `events` through `post`."""

    def __init__(
        self, account: Any, pjsua_id: int, events: CallEvents, post: Callable[[Callable[[], None]], None]
    ) -> None:
        super().__init__(account, pjsua_id)
        self.pjsua_id = pjsua_id
        self._events = events
        self._post = post
        self.media_active = False
        self.held = False
        self.codec = ""
        self.takes_telephone_events = False
        self._statistics = Statistics(0, 0, 0.0, 0.0, "")
        self._before = (0, 0)

    def answer_with(self, code: int, headers: dict[str, str] | None = None) -> None:
        """Send a response to the INVITE. Raises `pj.Error`."""
        operation = pj.CallOpParam(useDefaultCallSetting=True)
        operation.statusCode = code
        operation.opt.videoCount = 0
        operation.txOption.headers = _headers(headers or {})
        self.answer(operation)

    def hang_up(self, code: int) -> None:
        """BYE, or a refusal with `code` when not yet answered; nothing when the call is already over."""
        with contextlib.suppress(pj.Error):
            operation = pj.CallOpParam(useDefaultCallSetting=True)
            operation.statusCode = code
            self.hangup(operation)

    def transfer_to(self, uri: str) -> None:
        """REFER. Raises `pj.Error`."""
        self.xfer(uri, pj.CallOpParam(useDefaultCallSetting=True))

    def send_digits(self, digits: str) -> None:
        """RFC 4733 where the peer takes it, else INFO. Raises `pj.Error`."""
        parameters = pj.CallSendDtmfParam()
        rfc4733 = self.takes_telephone_events
        parameters.method = pj.PJSUA_DTMF_METHOD_RFC2833 if rfc4733 else pj.PJSUA_DTMF_METHOD_SIP_INFO
        parameters.digits = digits
        self.sendDtmf(parameters)

    def connect(self, port: Any) -> None:
        """Join the call's audio and `port`, both ways. Raises `pj.Error`."""
        audio = self.getAudioMedia(-1)
        audio.startTransmit(port)
        port.startTransmit(audio)

    def peer_address(self) -> str:
        """``host:port`` of the other side's Contact, for REFER to a bare extension."""
        information = self.getInfo()
        uri = information.remoteContact or information.remoteUri
        return str(uri).strip("<>").split(";")[0].split(">")[0].rsplit("@", 1)[-1].removeprefix("sip:")

    def measure(self) -> Statistics:
        """Statistics so far; the last known ones when there is no stream."""
        with contextlib.suppress(pj.Error):
            statistics = self.getStreamStat(0)
            rtcp = statistics.rtcp
            received, round_trip = rtcp.rxStat, rtcp.rttUsec
            jitter = received.jitterUsec
            packets, lost = self._before
            self._statistics = Statistics(
                packets_received=packets + received.pkt,
                packets_lost=lost + received.loss,
                jitter_ms=max(0, jitter.last) / 1000,
                round_trip_ms=max(0, round_trip.last) / 1000,
                codec=self.codec,
            )
        return self._statistics

    @guarded
    def onCallState(self, prm: Any) -> None:  # noqa: N802
        """End of call."""
        information = self.getInfo()
        if information.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            code = int(information.lastStatusCode)
            self._post(lambda: self._events.disconnected(self, code))

    @guarded
    def onStreamDestroyed(self, prm: Any) -> None:  # noqa: N802
        """A stream ends with the call or is replaced by a re-INVITE: keep its counts."""
        last = self.measure()
        self._before = (last.packets_received, last.packets_lost)

    @guarded
    def onCallMediaState(self, prm: Any) -> None:  # noqa: N802
        """Read what was negotiated."""
        information = self.getInfo()
        for media in information.media:
            if media.type == pj.PJMEDIA_TYPE_AUDIO:
                active = media.status == pj.PJSUA_CALL_MEDIA_ACTIVE
                held = media.status not in {pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_ERROR}
                if active:
                    stream = self.getStreamInfo(media.index)
                    self.codec = str(stream.codecName).upper()
                    self.takes_telephone_events = stream.audTxEventPt > 0
                self._post(functools.partial(self._media_changed, active=active, held=held))
                return

    def _media_changed(self, *, active: bool, held: bool) -> None:
        self.media_active = active
        self.held = held
        self._events.media_changed(self)

    @guarded
    def onDtmfDigit(self, prm: Any) -> None:  # noqa: N802
        """A key, by RFC 4733 or INFO."""
        digit = str(prm.digit).upper()
        method = DigitMethod.INFO if prm.method == pj.PJSUA_DTMF_METHOD_SIP_INFO else DigitMethod.RFC4733
        if digit in DIGITS:
            message = DigitReceived(digit, method)
            self._post(lambda: self._events.happened(self, message))

    @guarded
    def onCallTransferRequest(self, prm: Any) -> None:  # noqa: N802
        """A REFER to us: pjsua would place the call; decline."""
        prm.statusCode = pj.PJSIP_SC_DECLINE

    @guarded
    def onCallReplaceRequest(self, prm: Any) -> None:  # noqa: N802
        """An INVITE with Replaces: pjsua would hand this call over; decline."""
        prm.statusCode = pj.PJSIP_SC_DECLINE

    @guarded
    def onCallTransferStatus(self, prm: Any) -> None:  # noqa: N802
        """NOTIFY about a REFER of ours, or its refusal."""
        code = int(prm.statusCode)
        if code >= 300:
            self._post(lambda: self._events.happened(self, TransferFailed(code)))
        elif code >= 200 and prm.finalNotify:
            self._post(lambda: self._events.transfer_done(self))
        elif code < 200:
            self._post(lambda: self._events.happened(self, TransferProgress(code)))


def _headers(headers: dict[str, str]) -> Any:
    vector = pj.SipHeaderVector()
    for name, value in headers.items():
        header = pj.SipHeader()
        header.hName = name
        header.hValue = value
        vector.push_back(header)
    return vector
