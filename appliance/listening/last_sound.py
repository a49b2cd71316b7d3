"""When the caller's last sound was, from its level: closer than what is usual for the voice detector."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from appliance.audio import Samples, block_levels

# The level that counts as sound wherever latency is measured here; blocks are 10 ms.
AUDIBLE: Final = 10 ** (-38 / 20) * 32768
_BLOCK_MS: Final = 10
# Silero's first window without speech ends 48 to 140 ms after such a sound (5th and 95th percentile of 200 human
# prompts). What lies outside this range is another sound, or noise.
_SOONEST_MS: Final = 20
_LATEST_MS: Final = 200


def is_audible(samples: Samples, rate: int) -> bool:
    """Whether any whole 10 ms of `samples` are sound, long before a voice detector tells what kind."""
    block = rate * _BLOCK_MS // 1000
    return bool((block_levels(samples[samples.size % block :], block) > AUDIBLE).any())


def last_sound_ms(recent: Sequence[Samples], rate: int, now_ms: int) -> int | None:
    """The end of the last audible 10 ms in `recent`, which ends at `now_ms`; None where its level does not tell.

    It does not where noise is as loud as that, or the caller is not.
    """
    samples = np.concatenate(recent) if recent else np.zeros(0, np.int16)
    block = rate * _BLOCK_MS // 1000
    blocks = min(samples.size // block, _LATEST_MS // _BLOCK_MS)
    if not blocks:
        return None
    audible = np.flatnonzero(block_levels(samples[-blocks * block :], block) > AUDIBLE)
    if not audible.size:
        return None
    ago_ms = (blocks - 1 - int(audible[-1])) * _BLOCK_MS
    return now_ms - ago_ms if ago_ms >= _SOONEST_MS else None
