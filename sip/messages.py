"""The wire format between a SIP worker process and the orchestrator. This docstring is its only specification.

Sockets
    Unix SEQPACKET, so every packet is one message. The orchestrator listens on one path; a worker connects to it once
    for control (first packet `WorkerStarted`) and once more for each call (first packet `IncomingCall`).
    Whoever closes a socket ends what it stands for: a call socket closed by the orchestrator hangs the call up, one
    closed without `Ended` is a failed line, and a closed control socket ends the worker.

Packets
    The first byte is the packet type (`sip.packets.PacketType`). A packet is at most `MAX_PACKET`
    bytes. Integers in headers are little-endian.

    ``CALLER_AUDIO`` (worker → orchestrator, every 20 ms from `Answered` until the end, also while on hold)::

        u8 type | u32 sequence | u32 played | int16 PCM of one 20 ms frame, or nothing when the line had nothing

    `played` counts the orchestrator's frames that have been pulled for the line since the call began.

    ``AGENT_AUDIO`` (orchestrator → worker)::

        u8 type | u32 sequence | int16 PCM of one 20 ms frame

    Sequences start at 0, grow by one a frame and wrap at 2**32. A frame has 160 samples (8 kHz) or 320 (16 kHz).
    The worker queues at most `PLAYOUT_FRAMES` frames; one that finds the queue full is dropped and never counts as
    played, nor do frames dropped by `Flush`.

    Every other type is followed by one JSON object in UTF-8 whose keys are the fields of the dataclass of that name.
    Fields with a default may be left out; unknown keys, other types, text over `MAX_TEXT` characters, more than
    `MAX_HEADERS` headers and numbers that are negative, not finite or over 2**53 are errors.

A call
    worker `IncomingCall` → orchestrator `Answer` | `Reject` | `Redirect` → worker `Answered` (after `Answer`), then
    audio both ways and any of the others → worker `Ended`, always last.

`sip.packets` encodes and decodes. The decoder is total: any bytes give a message or `MessageError`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

MAX_PACKET: Final = 16_384
MAX_TEXT: Final = 1_024
MAX_HEADERS: Final = 16
MAX_DIGITS: Final = 32
PLAYOUT_FRAMES: Final = 3
FRAME_BYTES: Final = frozenset({320, 640})
DIGITS: Final = frozenset("0123456789*#ABCD")


class MessageError(ValueError):
    """Bytes that are no message, or a message that cannot be one. Never quotes what they hold."""


class EndReason(StrEnum):
    """Why a call ended."""

    CALLER_HUNG_UP = "caller_hung_up"
    AGENT_HUNG_UP = "agent_hung_up"
    TRANSFERRED = "transferred"
    MEDIA_TIMEOUT = "media_timeout"
    LINE_FAILED = "line_failed"
    DRAINED = "drained"
    REJECTED = "rejected"


class DigitMethod(StrEnum):
    """How a key press came: RFC 4733 telephone-event in RTP, or SIP INFO."""

    RFC4733 = "rfc4733"
    INFO = "info"


class RegistrationState(StrEnum):
    """Where the worker stands with the PBX that it registers with, if any."""

    NONE = "none"
    PENDING = "pending"
    REGISTERED = "registered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CallerAudio:
    """20 ms from the caller (`pcm` empty: nothing arrived) and how many of our frames have been pulled so far."""

    sequence: int
    played: int
    pcm: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class AgentAudio:
    """20 ms for the caller."""

    sequence: int
    pcm: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """An INVITE from an allowed source waits for a decision.

    `call_id` is ours and safe to log. `caller` and `called` are the user parts of From and of the request URI.
    `source_address` is ``ip:port`` of the peer; `transport` is udp or tcp. `headers` holds P-Asserted-Identity,
    Remote-Party-ID, Privacy, Diversion, History-Info, Referred-By and X-* as they came.
    """

    call_id: str
    worker: int
    caller: str = field(repr=False)
    called: str = field(repr=False)
    source_address: str = field(repr=False)
    transport: str = "udp"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """The media session is up. `sample_rate` is the Hz of the frames both ways; `codec` is spoken on the wire."""

    sample_rate: int
    codec: str


@dataclass(frozen=True, slots=True)
class DigitReceived:
    """The caller pressed a key."""

    digit: str = field(repr=False)
    method: DigitMethod


@dataclass(frozen=True, slots=True)
class HoldChanged:
    """The other side put the call on hold, or took it back."""

    held: bool


@dataclass(frozen=True, slots=True)
class Statistics:
    """Packets received and lost since the start; the latest inter-arrival jitter and round trip (0 when unknown)."""

    packets_received: int
    packets_lost: int
    jitter_ms: float
    round_trip_ms: float
    codec: str


@dataclass(frozen=True, slots=True)
class TransferProgress:
    """A provisional SIP status of the transfer."""

    code: int


@dataclass(frozen=True, slots=True)
class TransferFailed:
    """The transfer ended with this SIP status (0: no answer at all); the caller is still here."""

    code: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The call is over. `sip_code` is the last SIP status, 0 if none. Always the last message of a call."""

    reason: EndReason
    sip_code: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """Accept the call."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Refuse the call with a SIP status of 400 to 699, and Retry-After in seconds unless 0."""

    code: int
    retry_after_s: int = 0


@dataclass(frozen=True, slots=True)
class Redirect:
    """Refuse the call with 302 and this Contact (a SIP URI)."""

    contact: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Flush:
    """Drop every queued frame now."""


@dataclass(frozen=True, slots=True)
class SendDigits:
    """Send 1 to `MAX_DIGITS` DTMF digits: RFC 4733 where the peer takes it, else SIP INFO."""

    digits: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Transfer:
    """Blind transfer by REFER to a SIP URI, or to an extension at the caller's own address."""

    target: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call once the queued frames have been sent. `code` refuses a call that was not answered."""

    reason: EndReason = EndReason.AGENT_HUNG_UP
    code: int = 603


@dataclass(frozen=True, slots=True)
class WorkerStarted:
    """First packet on a control socket."""

    worker: int
    pid: int


@dataclass(frozen=True, slots=True)
class WorkerReady:
    """The worker takes calls at `host`:`port`."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class WorkerFailed:
    """The worker cannot take calls and exits. Message and remedy are for the admin."""

    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """Sent every second and when something changes. `registration_code` is the registrar's last status."""

    active_calls: int
    registration: RegistrationState
    registration_code: int = 0


@dataclass(frozen=True, slots=True)
class Drain:
    """Take no new calls: refuse them with 503."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Hang up every call and exit."""


FromWorkerCall = (
    CallerAudio
    | IncomingCall
    | Answered
    | DigitReceived
    | HoldChanged
    | Statistics
    | TransferProgress
    | TransferFailed
    | Ended
)
ToWorkerCall = AgentAudio | Answer | Reject | Redirect | Flush | SendDigits | Transfer | HangUp
FromWorkerControl = WorkerStarted | WorkerReady | WorkerFailed | WorkerStatus
ToWorkerControl = Drain | Stop
Message = FromWorkerCall | ToWorkerCall | FromWorkerControl | ToWorkerControl


def is_sip_uri(text: str) -> bool:
    """Whether `text` is a sip, sips or tel URI without anything that could end a header."""
    return text.startswith(("sip:", "sips:", "tel:")) and not _UNSAFE & set(text) and text.isascii()


def is_transfer_target(text: str) -> bool:
    """Whether `text` is a SIP URI or an extension."""
    return is_sip_uri(text) or (bool(text) and text.isascii() and all(c.isalnum() or c in "+*#-_." for c in text))


_UNSAFE: Final = set('<>" \t\r\n\x00')
