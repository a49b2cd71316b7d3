"""How long a piece of audio the encoder is given."""

from typing import Final

SAMPLE_RATE: Final = 16000
HOP_SAMPLES: Final = 160
FRAMES_PER_SECOND: Final = SAMPLE_RATE // HOP_SAMPLES
LONGEST_FRAMES: Final = 30 * FRAMES_PER_SECOND


def window_frames(samples: int, *, padded: bool) -> int:
    """Mel frames (10 ms each) for so many samples at 16 kHz: the next whole second, at least one and at most 30.

    Whole seconds, so that segments of different calls often have the same length and can share a pass. With `padded`
    always 30 s, as the weights were trained.
    """
    if padded:
        return LONGEST_FRAMES
    seconds = max(1, -(-samples // SAMPLE_RATE))
    return min(seconds * FRAMES_PER_SECOND, LONGEST_FRAMES)
