"""pjsua2's endpoint and account, set up for a phone line without a sound card (DESIGN section 7)."""

from collections.abc import Callable
from typing import Any

import pjsua2 as pj

from sip.errors import SipError
from sip.messages import RegistrationState
from sip.settings import CALLS_PER_WORKER, Registration, SipSettings
from sip.worker.callbacks import guarded

_CODEC_IDS = {"PCMU": "PCMU/8000/1", "PCMA": "PCMA/8000/1", "G722": "G722/16000/1"}
_TRANSPORT_TYPES = {"udp": pj.PJSIP_TRANSPORT_UDP, "tcp": pj.PJSIP_TRANSPORT_TCP}
_HIGHEST_PRIORITY = 255
_ADDRESS_IN_USE = 120_098
"""PJ_ERRNO_START_SYS + EADDRINUSE."""


class LineEndpoint(pj.Endpoint):  # type: ignore[misc]
    """pjsua's endpoint; `on_timer` runs on its SIP thread after `run_later`."""

    def __init__(self, on_timer: Callable[[], None]) -> None:
        super().__init__()
        self._on_timer = on_timer

    def run_later(self, milliseconds: int) -> None:
        """Have `on_timer` called on the SIP thread."""
        self.utilTimerSchedule(milliseconds, None)

    @guarded
    def onTimer(self, prm: Any) -> None:  # noqa: N802
        """The timer of `run_later`."""
        self._on_timer()


def open_endpoint(settings: SipSettings, on_timer: Callable[[], None]) -> tuple[LineEndpoint, str]:
    """Start pjsua and listen. Returns the endpoint and the ``host:port`` it is reached at. Raises `SipError`."""
    endpoint = LineEndpoint(on_timer)
    endpoint.libCreate()
    endpoint.libInit(_configuration(settings))
    address = ""
    for transport in settings.transports:
        address = _listen(endpoint, transport, settings) or address
    endpoint.libStart()
    for codec in endpoint.codecEnum2():
        endpoint.codecSetPriority(codec.codecId, 0)
    for rank, name in enumerate(settings.codecs):
        endpoint.codecSetPriority(_CODEC_IDS[name], _HIGHEST_PRIORITY - rank)
    return endpoint, address


def _configuration(settings: SipSettings) -> Any:
    configuration = pj.EpConfig()
    # pjsip's log quotes SIP messages, which name callers: nothing of it may reach ours.
    configuration.logConfig.level = 0
    configuration.logConfig.consoleLevel = 0
    configuration.logConfig.msgLogging = 0
    agent = configuration.uaConfig
    agent.maxCalls = CALLS_PER_WORKER
    # `sip.worker.sip_thread` is its thread.
    agent.threadCnt = 0
    agent.userAgent = "Clinic Voice Appliance"
    media = configuration.medConfig
    media.clockRate = settings.sample_rate
    media.sndClockRate = settings.sample_rate
    media.channelCount = 1
    media.audioFramePtime = 20
    media.ptime = 20
    media.noVad = True
    media.ecTailLen = 0
    # RTP is read by the SIP thread: a thread of its own would wake up a hundred times a second, calls or not.
    media.hasIoqueue = False
    media.threadCnt = 0
    media.sndAutoCloseTime = -1
    media.jbInit = settings.jitter_buffer.initial_ms
    media.jbMinPre = settings.jitter_buffer.minimum_ms
    media.jbMaxPre = settings.jitter_buffer.maximum_ms
    media.jbMax = settings.jitter_buffer.capacity_ms
    return configuration


def _listen(endpoint: Any, transport: str, settings: SipSettings) -> str:
    configuration = pj.TransportConfig()
    configuration.port = settings.port
    configuration.boundAddress = settings.host
    try:
        number = endpoint.transportCreate(_TRANSPORT_TYPES[transport], configuration)
    except pj.Error as error:
        raise _cannot_listen(error.status, transport, settings) from None
    information = endpoint.transportGetInfo(number)
    return str(information.localName)


def _cannot_listen(status: int, transport: str, settings: SipSettings) -> SipError:
    where = f"{settings.host}:{settings.port}/{transport}"
    if status == _ADDRESS_IN_USE:
        return SipError(
            f"SIP port {where} is in use",
            f"stop what listens there (ss -lnp 'sport = :{settings.port}') or set another [sip] port",
        )
    return SipError(f"cannot listen on {where} (pjsip status {status})", "set [sip] host to an address of this machine")


class LineAccount(pj.Account):  # type: ignore[misc]
    """Where calls arrive, and the registration with a PBX if there is one.

    `incoming` runs on pjsua's thread with the pjsua call number and the received data, and must take the call or
    answer it before it returns.
    """

    def __init__(
        self, incoming: Callable[[int, Any], None], registration_changed: Callable[[RegistrationState, int], None]
    ) -> None:
        super().__init__()
        self._incoming = incoming
        self._registration_changed = registration_changed

    def open(self, settings: SipSettings) -> None:
        """Take calls, and register where configured. Raises `SipError`."""
        configuration = pj.AccountConfig()
        configuration.idUri = f"sip:{settings.host}:{settings.port}"
        if settings.registration:
            _register(configuration, settings.registration)
        first, last = settings.rtp_ports
        rtp = configuration.mediaConfig.transportConfig
        rtp.boundAddress = settings.host
        rtp.port = first
        rtp.portRange = last - first
        try:
            self.create(configuration)
        except pj.Error as error:
            raise SipError(
                f"pjsip refuses the account (status {error.status})",
                "check [sip.registration]: registrar is a SIP URI such as sip:pbx.example",
            ) from None

    @guarded
    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802
        """An INVITE."""
        self._incoming(prm.callId, prm.rdata)

    @guarded
    def onRegState(self, prm: Any) -> None:  # noqa: N802
        """The registrar's answer, or that there is none."""
        code = int(prm.code)
        if code // 100 != 2:
            self._registration_changed(RegistrationState.FAILED, code)
        elif prm.expiration > 0:
            self._registration_changed(RegistrationState.REGISTERED, code)
        else:
            self._registration_changed(RegistrationState.NONE, code)


def _register(configuration: Any, registration: Registration) -> None:
    registrar = registration.registrar
    host = registrar.split(":", 1)[-1].split(";")[0]
    configuration.idUri = f"sip:{registration.username}@{host}"
    configuration.regConfig.registrarUri = registrar
    configuration.regConfig.timeoutSec = registration.expires_s
    configuration.regConfig.retryIntervalSec = registration.retry_s
    configuration.regConfig.firstRetryIntervalSec = registration.retry_s
    credentials = pj.AuthCredInfo("digest", "*", registration.username, 0, registration.password)
    configuration.sipConfig.authCreds.append(credentials)
