from dataclasses import replace

from tests.bench_gpu.estimate import CASES, times_of
from tests.bench_gpu.shapes import DECODERS

CASE = CASES[0]
DECODER = DECODERS[CASE.decoder]


def test_a_token_takes_at_least_the_time_to_read_the_weights() -> None:
    times = times_of(CASE.card, DECODER, CASE.weight_gb)
    assert times.per_token_ms(1) > 1000 * CASE.weight_gb / CASE.card.bandwidth
    assert times.per_token_ms(32) > times.per_token_ms(1)


def test_a_faster_card_and_smaller_weights_take_less() -> None:
    slow = times_of(CASE.card, DECODER, CASE.weight_gb)
    fast = times_of(replace(CASE.card, bandwidth=2 * CASE.card.bandwidth), DECODER, CASE.weight_gb)
    small = times_of(CASE.card, DECODER, CASE.weight_gb / 2)
    assert max(fast.per_token_ms(8), small.per_token_ms(8)) < slow.per_token_ms(8)
    assert fast.whisper_ms(4, 1) < slow.whisper_ms(4, 1)


def test_more_audio_and_more_stretches_take_longer() -> None:
    times = times_of(CASE.card, DECODER, CASE.weight_gb)
    assert times.whisper_ms(2, 1) < times.whisper_ms(8, 1) < times.whisper_ms(8, 8) < 8 * times.whisper_ms(8, 1)
