"""How the phone line is set up: what the appliance's configuration file says under ``[sip]``."""

import ipaddress
from dataclasses import dataclass, field
from typing import Literal

from sip.errors import SipError

Transport = Literal["udp", "tcp"]
Codec = Literal["PCMU", "PCMA", "G722"]
FullResponse = Literal[486, 503]

TRANSPORTS: tuple[Transport, ...] = ("udp", "tcp")
CODECS: tuple[Codec, ...] = ("PCMU", "PCMA", "G722")
FULL_RESPONSES: tuple[FullResponse, ...] = (486, 503)
CALLS_PER_WORKER = 4
"""What one pjsua process holds (``PJSUA_MAX_CALLS`` of the pjsua2-python wheel); it says nothing when it is full."""
RTP_PORTS_PER_CALL = 4
"""RTP and RTCP, and as many again, so that a new call need not wait for the port of one that has just ended."""


@dataclass(frozen=True, slots=True)
class Registration:
    """REGISTER with digest authentication to a PBX. `registrar` is a SIP URI such as ``sip:pbx.clinic.example``."""

    registrar: str
    username: str
    password: str = field(repr=False)
    expires_s: int = 300
    retry_s: int = 30


@dataclass(frozen=True, slots=True)
class JitterBuffer:
    """Milliseconds of received audio held back: at the start, at least and at most when adapting, and in all.

    What is over `capacity_ms` is dropped, oldest first. After a stall all that came meanwhile waits, and pjmedia lets
    go of only 10 ms in every second or two: a capacity that is more than the network's jitter and one packet makes the
    caller wait for the rest of the call. The other figures hardly matter: a packet that comes late lengthens the wait
    by itself (docs/sip.md has the measurements).
    """

    initial_ms: int = 20
    minimum_ms: int = 20
    maximum_ms: int = 60
    capacity_ms: int = 80


@dataclass(frozen=True, slots=True)
class SipSettings:
    """One phone line: where it listens, whom it serves, how many calls it takes and what it says when it is full.

    `port` is the address that callers dial; further workers listen on `port` + 1, + 2, …  `allow` names the networks
    that calls may come from. `codecs` are offered in that order, others never; `wideband` runs the line at 16 kHz
    instead of 8. `fallback_number` (an extension or a SIP URI) is where a call is redirected when the line is full;
    without one the answer is `full_response` with Retry-After. A call without any RTP for `rtp_timeout_s`, or
    `hold_timeout_s` while on hold, is ended. `rtp_ports` (first, last) is shared out among the workers.

    Raises `SipError` for values that cannot work.
    """

    host: str = "127.0.0.1"
    port: int = 5060
    transports: tuple[Transport, ...] = TRANSPORTS
    max_calls: int = 4
    allow: tuple[str, ...] = ("127.0.0.0/8",)
    codecs: tuple[Codec, ...] = CODECS
    wideband: bool = False
    full_response: FullResponse = 486
    retry_after_s: int = 30
    fallback_number: str = ""
    rtp_timeout_s: float = 30.0
    hold_timeout_s: float = 900.0
    rtp_ports: tuple[int, int] = (16384, 17383)
    registration: Registration | None = None
    jitter_buffer: JitterBuffer = JitterBuffer()
    statistics_interval_s: float = 5.0

    def __post_init__(self) -> None:
        _check_choice("codecs", self.codecs, CODECS)
        _check_choice("transports", self.transports, TRANSPORTS)
        if self.full_response not in FULL_RESPONSES:
            raise SipError(f"full_response cannot be {self.full_response}", "use 486 or 503")
        if not self.host or ":" in self.host:
            raise SipError(f"host {self.host!r} is no IPv4 address", "use an IPv4 address of this machine")
        if self.max_calls < 1:
            raise SipError("max_calls is less than one", "set it to the number of calls this machine may hold")
        if not 0 < self.port < 65536:
            raise SipError(f"port {self.port} does not exist", "use 5060 or another port below 65536")
        for network in self.allow:
            _check_network(network)
        _check_rtp_ports(self.rtp_ports, self.max_calls)

    @property
    def sample_rate(self) -> int:
        """Hz of the frames between worker and orchestrator."""
        return 16_000 if self.wideband else 8_000


def _check_choice(key: str, values: tuple[str, ...], known: tuple[str, ...]) -> None:
    unknown = [value for value in values if value not in known]
    if unknown or not values:
        raise SipError(f"{key} has {unknown or 'nothing'}", f"use one or more of {', '.join(known)}")


def _check_network(network: str) -> None:
    try:
        ipaddress.ip_network(network, strict=False)
    except ValueError:
        raise SipError(f"allow has {network!r}, which is no IP network", "write for example 192.0.2.0/24") from None


def _check_rtp_ports(ports: tuple[int, int], max_calls: int) -> None:
    first, last = ports
    needed = RTP_PORTS_PER_CALL * max(max_calls + 1, CALLS_PER_WORKER)
    if not (1024 <= first <= last <= 65535) or last - first + 1 < needed:
        raise SipError(
            f"rtp_ports {first}-{last} is too small or out of range for {max_calls} calls",
            f"give at least {needed} ports between 1024 and 65535",
        )
