"""G.711 against the values that the recommendation publishes, built here from its segment widths alone."""

import numpy as np
import pytest

from sip.g711 import Companding, decode, encode

# ITU-T G.711 tables 1a and 2a: widths of the quantising intervals, from zero up, on the scale of the recommendation.
ULAW_WIDTHS = [1] + [2] * 15 + [width for exponent in range(2, 9) for width in [2**exponent] * 16]
ALAW_WIDTHS = [2] * 32 + [width for exponent in range(2, 8) for width in [2**exponent] * 16]


def decision_values(companding: Companding) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    widths = ULAW_WIDTHS if companding is Companding.ULAW else ALAW_WIDTHS
    return np.concatenate([[0], np.cumsum(widths)])


def wire_code(interval: int, companding: Companding, *, negative: bool) -> int:
    """The character signal: ones for µ-law's silence, every second bit inverted for A-law."""
    if companding is Companding.ULAW:
        return (0x7F if negative else 0xFF) - interval
    return ((0 if negative else 0x80) | interval) ^ 0x55


def test_the_tables_end_where_the_recommendation_does() -> None:
    assert decision_values(Companding.ULAW)[-1] == 8159
    assert decision_values(Companding.ALAW)[-1] == 4096
    assert [int(decision_values(Companding.ULAW)[i]) for i in (16, 32, 48, 64, 80, 96, 112)] == [
        31, 95, 223, 479, 991, 2015, 4063,
    ]  # fmt: skip


@pytest.mark.parametrize("companding", Companding)
def test_every_code_decodes_to_the_published_output_value(companding: Companding) -> None:
    decisions = decision_values(companding)
    scale = 4 if companding is Companding.ULAW else 8
    for interval in range(128):
        output = 0.0 if companding is Companding.ULAW and interval == 0 else decisions[interval : interval + 2].mean()
        for negative in (False, True):
            code = wire_code(interval, companding, negative=negative)
            assert decode(bytes([code]), companding)[0] == (-1 if negative else 1) * output * scale


@pytest.mark.parametrize("companding", Companding)
def test_every_sample_encodes_to_the_interval_that_holds_it(companding: Companding) -> None:
    scale = 4 if companding is Companding.ULAW else 8
    positive = np.arange(32768, dtype=np.int16)
    intervals = np.minimum(np.searchsorted(decision_values(companding), positive // scale, side="right") - 1, 127)
    expected = np.array([wire_code(int(i), companding, negative=False) for i in intervals], dtype=np.uint8)
    assert np.array_equal(encode(positive, companding), expected)
    mirrored = np.array([wire_code(int(i), companding, negative=True) for i in intervals], dtype=np.uint8)
    assert np.array_equal(encode(~positive, companding), mirrored)


@pytest.mark.parametrize("companding", Companding)
def test_codes_survive_the_way_through_linear(companding: Companding) -> None:
    codes = np.arange(256, dtype=np.uint8)
    returned = encode(decode(codes, companding), companding)
    changed = set(codes[returned != codes].tolist())
    assert changed == ({0x7F} if companding is Companding.ULAW else set())  # µ-law has two zeros


def test_well_known_codes() -> None:
    assert decode(b"\xff\x7f\x00\x80", Companding.ULAW).tolist() == [0, 0, -32124, 32124]
    assert decode(b"\xd5\x55\x2a\xaa", Companding.ALAW).tolist() == [8, -8, -32256, 32256]
    assert encode(b"\x00\x00", Companding.ULAW).tolist() == [0xFF]
    assert encode(b"\x00\x00", Companding.ALAW).tolist() == [0xD5]
