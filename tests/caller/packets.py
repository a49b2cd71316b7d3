"""Made-up RTP streams with known sound in them."""

from collections.abc import Iterable

import numpy as np

from sip.caller.rtp import RtpPacket
from sip.g711 import Companding, Samples, encode

MS = 1_000_000
LOUD = (8000 * np.sin(2 * np.pi * 500 * np.arange(80) / 8000)).astype(np.int16)
QUIET = np.zeros(80, dtype=np.int16)


def sound_at(spans_ms: Iterable[tuple[int, int]], length_ms: int) -> Samples:
    """[samples] of silence with a tone in each [start, end) of ms, to 10 ms."""
    spans = list(spans_ms)
    blocks = [LOUD if any(a <= at < b for a, b in spans) else QUIET for at in range(0, length_ms, 10)]
    return np.concatenate(blocks)


def stream(samples: Samples, *, start_ms: float = 0.0, sequence: int = 65530, ssrc: int = 1) -> list[RtpPacket]:
    """20 ms µ-law packets that left exactly on time."""
    return [
        RtpPacket(
            round((start_ms + 20 * number) * MS),
            0,
            (sequence + number) % 65536,
            (4294967000 + 160 * number) % 2**32,
            ssrc,
            encode(samples[160 * number : 160 * number + 160], Companding.ULAW).tobytes(),
            marker=number == 0,
        )
        for number in range(samples.size // 160)
    ]
