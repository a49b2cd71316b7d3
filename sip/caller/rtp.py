"""RTP (RFC 3550) and telephone-event (RFC 4733) packets."""

import struct
from dataclasses import dataclass

from sip.errors import SipError

_HEADER = struct.Struct("!BBHII")
_EVENT = struct.Struct("!BBH")
_VERSION = 2

DIGITS = "0123456789*#ABCD"


@dataclass(frozen=True, slots=True)
class RtpPacket:
    """One packet and when it was on our wire (ns of CLOCK_MONOTONIC). `timestamp` counts 8 kHz samples."""

    time_ns: int
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False

    def encode(self) -> bytes:
        """The packet as bytes, with no extension, CSRC or padding."""
        second = (0x80 if self.marker else 0) | self.payload_type
        return _HEADER.pack(_VERSION << 6, second, self.sequence, self.timestamp, self.ssrc) + self.payload


def decode_rtp(data: bytes, time_ns: int) -> RtpPacket | None:
    """The packet in a datagram, or None when it is not RTP version 2 or is cut short."""
    if len(data) < _HEADER.size or data[0] >> 6 != _VERSION:
        return None
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    start = _HEADER.size + 4 * (first & 0x0F)
    end = len(data)
    if first & 0x10:
        if len(data) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    if first & 0x20:
        end -= data[-1]
    if start > end:
        return None
    return RtpPacket(time_ns, second & 0x7F, sequence, timestamp, ssrc, data[start:end], bool(second & 0x80))


@dataclass(frozen=True, slots=True)
class TelephoneEvent:
    """One packet's worth of a pressed key. `duration` counts samples since the key went down."""

    digit: str
    duration: int
    ended: bool = False
    volume: int = 10

    def encode(self) -> bytes:
        """The RFC 4733 payload; `volume` is -dBm0."""
        flags = (0x80 if self.ended else 0) | self.volume
        return _EVENT.pack(DIGITS.index(self.digit), flags, self.duration)


def decode_event(payload: bytes) -> TelephoneEvent | None:
    """The key in a payload, or None when it is cut short or no key (flash and others)."""
    if len(payload) < _EVENT.size:
        return None
    code, flags, duration = _EVENT.unpack_from(payload)
    if code >= len(DIGITS):
        return None
    return TelephoneEvent(DIGITS[code], duration, bool(flags & 0x80), flags & 0x3F)


def checked_digits(digits: str) -> str:
    """The keys in capitals. Raises SipError for anything but 0-9, *, #, A-D."""
    upper = digits.upper()
    if not upper or any(digit not in DIGITS for digit in upper):
        raise SipError("the digits hold something that is no key", "use 0-9, *, # and A-D")
    return upper
