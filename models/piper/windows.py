"""A sentence cut into windows for decoding."""

from collections.abc import Iterator


def windows(frames: int, first: int, longest: int) -> Iterator[tuple[int, int]]:
    """From 0 to `frames` in windows that begin with `first` frames and double up to `longest`.

    What would be left for a last window of less than half the size of the one before belongs to that.
    """
    start, size = 0, first
    while start < frames:
        end = start + size
        end = frames if frames - end < size // 2 else end
        yield start, end
        start, size = end, min(2 * size, longest)
