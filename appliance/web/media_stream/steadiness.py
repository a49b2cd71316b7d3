"""Whether a stretch of the caller's audio only goes on with what has been for a while. Pure."""

from typing import Final

import numpy as np

from sip.g711 import Companding, decoding_table

_QUIET_PEAK: Final = 512
_CODES_PER_MS: Final = 8
# By then whatever the end of a turn is waited for has mostly come, and nothing else that hangs on 20 ms.
_LONG_QUIET: Final = 1000 * _CODES_PER_MS
# A voice has been found by then if it is one (p95 105 ms, `appliance.listening.voice`), and the agent silenced.
_LONG_SOUND: Final = 300 * _CODES_PER_MS
# What begins or ends is then told 40 ms late at most. The end of speech is found 48 ms after the last sound or later
# (`appliance.listening.last_sound`), so that it is not late at all.
_TOGETHER: Final = 3
_QUIET_BETWEEN_SOUNDS: Final = 500 * _CODES_PER_MS
_QUIET_CODES: Final = bytes(np.flatnonzero(np.abs(decoding_table(Companding.ULAW).astype(np.int32)) <= _QUIET_PEAK))


def is_quiet(codes: bytes) -> bool:
    """Whether nothing in µ-law `codes` is louder than -36 dBFS."""
    return not codes.translate(None, _QUIET_CODES)


class Steadiness:
    """Follows µ-law codes at 8000 Hz, 20 ms at a time or whatever comes."""

    def __init__(self) -> None:
        self._quiet = 0
        self._sounding = 0

    def frames_together(self, codes: bytes) -> int:
        """Take in what comes next: how many such frames can be heard at once, 1 where something may begin or end.

        Several in quiet after a second of it, and of sound upon sound after 0.3 s of speech.
        """
        if is_quiet(codes):
            self._quiet += len(codes)
            self._sounding = 0 if self._quiet >= _QUIET_BETWEEN_SOUNDS else self._sounding + len(codes)
            return _TOGETHER if self._quiet >= _LONG_QUIET else 1
        upon_sound, self._quiet = not self._quiet, 0
        self._sounding += len(codes)
        return _TOGETHER if upon_sound and self._sounding >= _LONG_SOUND else 1
