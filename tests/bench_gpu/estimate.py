"""`python -m tests.bench_gpu.estimate`: what a card that nobody measured may hold, for the profiles of the catalogue.

Service times from data sheets: reading the weights (and the cache) at `_OF_BANDWIDTH` of the card's memory bandwidth or
computing at `_OF_ARITHMETIC` of its 16-bit rate, whichever takes longer, and a fixed cost a step. The three shares are
guesses for well-made engines. Then the same replay as for measured times. The voice is on the CPU, with the times of
one 2.6 GHz core. Estimates all: a measurement with `make bench-gpu` takes their place.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from models.whisper.settings import WhisperSettings
from tests.bench_gpu.capacity import Loads, most_calls
from tests.bench_gpu.replay import load
from tests.bench_gpu.service_times import ServiceTimes
from tests.bench_gpu.setting import FRESH_TOKENS, PREFIX_TOKENS, tokens_of
from tests.bench_gpu.shapes import DECODERS, WHISPER, DecoderShape

_OF_BANDWIDTH: Final = 0.65
_OF_ARITHMETIC: Final = 0.35
_STEP_MS: Final = 1.5
_CONTEXT_TOKENS: Final = PREFIX_TOKENS + 300
_KEPT_TOKENS: Final = 2000
_MOST: Final = 256
_LIMITS_MS: Final = (500, 800)
_WHISPER_TURBO: Final = WHISPER["whisper-large-v3-turbo"]


@dataclass(frozen=True, slots=True)
class Card:
    """By its maker's data sheet: GB/s of memory, TFLOP/s of dense 16-bit matrix products."""

    name: str
    bandwidth: float
    arithmetic: float


@dataclass(frozen=True, slots=True)
class Case:
    """A profile's language model on a card, by its name in the catalogue and its shape.

    `weight_gb` is what a step reads, `cache_gb` what is left for contexts.
    """

    profile: str
    card: Card
    model: str
    decoder: str
    weight_gb: float
    cache_gb: float


_ADA_16 = Card("RTX 4060 Ti 16 GB", 288, 88)
_L4 = Card("L4", 300, 121)
_RTX_4090 = Card("RTX 4090", 1008, 165)
_L40S = Card("L40S", 864, 362)
_A100 = Card("A100 80 GB", 2039, 312)
_H100 = Card("H100 80 GB (SXM)", 3350, 989)

# In 8 bits the layers have a byte a parameter; the output layer keeps its 16 bits.
CASES: Final = (
    Case("16gb", _ADA_16, "qwen3-4b", "qwen3-4b", 8.0, 2.4),
    Case("16gb", _ADA_16, "qwen3-4b-fp8", "qwen3-4b", 4.4, 6.0),
    Case("24gb", _L4, "qwen3-8b-fp8", "qwen3-8b", 8.2, 8.0),
    Case("24gb", _RTX_4090, "qwen3-8b-fp8", "qwen3-8b", 8.2, 8.0),
    Case("48gb", _L40S, "qwen3-14b", "qwen3-14b", 28.0, 10.0),
    Case("48gb", _L40S, "qwen3-8b-fp8", "qwen3-8b", 8.2, 30.0),
    Case("80gb", _A100, "qwen3-14b", "qwen3-14b", 28.0, 40.0),
    Case("80gb", _H100, "qwen3-14b", "qwen3-14b", 28.0, 40.0),
)


def times_of(card: Card, decoder: DecoderShape, weight_gb: float) -> ServiceTimes:
    """The service times of a card, from its data sheet."""
    context_gb = decoder.cache_bytes_per_token * _CONTEXT_TOKENS / 1e9
    lines = (1, 8, 32, 64)
    fresh_flop = 2 * decoder.parameters * FRESH_TOKENS
    return ServiceTimes(
        stack=f"{card.name}, {decoder.name}",
        features_ms=3.0,
        final_pass={
            batch: [(audio_s, _pass_ms(card, audio_s, batch)) for audio_s in (1, 2, 4, 8)] for batch in (1, 4, 8, 16)
        },
        first_token=[
            (count, _STEP_MS + _work_ms(card, weight_gb + count * context_gb, count * fresh_flop)) for count in lines
        ],
        per_token=[
            (count, _STEP_MS + _work_ms(card, weight_gb + count * context_gb, count * 2 * decoder.parameters))
            for count in lines
        ],
        first_audio_ms=60.0,
        speech_ms_per_s=70.0,
        speech_on_gpu=False,
        speech_threads=8,
        slowed=2.0,
    )


def _work_ms(card: Card, gigabytes: float, flop: float) -> float:
    reading_s = gigabytes / (_OF_BANDWIDTH * card.bandwidth)
    computing_s = flop / (_OF_ARITHMETIC * card.arithmetic * 1e12)
    return 1000 * max(reading_s, computing_s)


def _pass_ms(card: Card, audio_s: int, batch: int) -> float:
    """The encoder works over 50 positions a second of audio; the decoder reads its weights for every token."""
    shape = _WHISPER_TURBO
    encoder = shape.encoder_layers * 12 * shape.width**2
    decoder = shape.decoder_layers * 16 * shape.width**2 + shape.vocabulary * shape.width
    encode_ms = _STEP_MS + _work_ms(card, 2 * encoder / 1e9, 2 * encoder * 50 * audio_s * batch)
    step_ms = 0.5 + _work_ms(card, 2 * decoder / 1e9, 2 * decoder * batch)
    return encode_ms + tokens_of(audio_s) * step_ms


def calls_of(case: Case) -> tuple[int, tuple[int, ...]]:
    """What the cache holds at 2,000 tokens a call, and what the replay holds within each limit."""
    decoder = DECODERS[case.decoder]
    in_memory = int(case.cache_gb * 1e9 / (_KEPT_TOKENS * decoder.cache_bytes_per_token))
    times, batch = times_of(case.card, decoder, case.weight_gb), WhisperSettings().batch
    loads = Loads(lambda calls: load(times, batch, calls))
    return in_memory, tuple(most_calls(loads, limit_ms, _MOST)[0] for limit_ms in _LIMITS_MS)


def main(cases: Sequence[Case] = CASES) -> int:
    """Print a table."""
    print("| profile | card | language model | memory holds | p95 ≤ 500 ms | p95 ≤ 800 ms |\n|---|---|---|---|---|---|")
    for case in cases:
        in_memory, (fast, slow) = calls_of(case)
        print(f"| `{case.profile}` | {case.card.name} | {case.model} | {in_memory} | {fast} | {slow} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
