"""A call as a two-channel WAV and as a log of its packets."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from sip.caller.rtp import RtpPacket
from sip.errors import SipError
from sip.g711 import SAMPLE_RATE, Companding, Samples, decode
from sip.wav import write_wav

_SAMPLE_NS = 125_000
_NEW_SEGMENT_NS = 100_000_000
_TIMESTAMPS = 1 << 32


def lay_out(
    packets: Sequence[RtpPacket], *, law: Companding, payload_type: int, started_ns: int, length: int
) -> Samples:
    """[length] samples with each packet where it was on the wire, counted from `started_ns`.

    Within a stream that runs on, packets lie by their RTP timestamps at the median of their arrival times, so that
    network jitter does not tear the audio; a stream that stops or jumps by over 100 ms is laid anew.
    """
    channel = np.zeros(length, dtype=np.int16)
    audio = sorted((p for p in packets if p.payload_type == payload_type), key=lambda packet: packet.time_ns)
    for segment in _segments(audio):
        first = segment[0]
        shift_ns = int(np.median([packet.time_ns - _expected_ns(first, packet) for packet in segment]))
        for packet in segment:
            position = round((_expected_ns(first, packet) + shift_ns - started_ns) / _SAMPLE_NS)
            samples = decode(packet.payload, law)[max(0, -position) :]
            start = max(0, position)
            channel[start : start + samples.size] = samples[: max(0, length - start)]
    return channel


def _segments(audio: Sequence[RtpPacket]) -> Iterator[list[RtpPacket]]:
    segment: list[RtpPacket] = []
    for packet in audio:
        if segment and (
            packet.ssrc != segment[0].ssrc or abs(packet.time_ns - _expected_ns(segment[0], packet)) > _NEW_SEGMENT_NS
        ):
            yield segment
            segment = []
        segment.append(packet)
    if segment:
        yield segment


def _expected_ns(first: RtpPacket, packet: RtpPacket) -> int:
    samples = (packet.timestamp - first.timestamp + _TIMESTAMPS // 2) % _TIMESTAMPS - _TIMESTAMPS // 2
    return first.time_ns + samples * _SAMPLE_NS


def write_recording(
    path: Path,
    sent: Sequence[RtpPacket],
    received: Sequence[RtpPacket],
    *,
    law: Companding,
    payload_type: int,
    started_ns: int,
) -> None:
    """Left: the caller as sent; right: the agent as received; both on the wire's clock from `started_ns` on."""
    ends = [packet.time_ns + len(packet.payload) * _SAMPLE_NS for packet in (*sent, *received)]
    length = max(0, max(ends, default=started_ns) - started_ns) // _SAMPLE_NS + 1
    channels = [
        lay_out(packets, law=law, payload_type=payload_type, started_ns=started_ns, length=length)
        for packets in (sent, received)
    ]
    write_wav(path, channels, SAMPLE_RATE)


def write_packet_log(path: Path, sent: Sequence[RtpPacket], received: Sequence[RtpPacket], *, started_ns: int) -> None:
    """One JSON object per packet by time: direction, ms since `started_ns`, header fields, payload length."""
    entries = [("sent", packet) for packet in sent] + [("received", packet) for packet in received]
    entries.sort(key=lambda entry: entry[1].time_ns)
    lines = [
        json.dumps(
            {
                "direction": direction,
                "at_ms": round((packet.time_ns - started_ns) / 1e6, 3),
                "payload_type": packet.payload_type,
                "sequence": packet.sequence,
                "timestamp": packet.timestamp,
                "ssrc": packet.ssrc,
                "marker": packet.marker,
                "bytes": len(packet.payload),
            }
        )
        for direction, packet in entries
    ]
    try:
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise SipError(f"{path} cannot be written: {error.strerror}", "check the folder and its permissions") from None
