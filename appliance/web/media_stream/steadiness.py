"""Whether a stretch of the caller's audio only goes on with what has been for a while. Pure."""

from typing import Final

import numpy as np

from sip.g711 import Companding, decoding_table

_QUIET_PEAK: Final = 512
# A voice at -38 dBFS rises above this, and what dies away after it does not.
_CLEAR_PEAK: Final = 1200
_CODES_PER_MS: Final = 8
_FRAME_CODES: Final = 20 * _CODES_PER_MS
# What begins or ends is then told 40 ms late at most.
_TOGETHER: Final = 3
# By then an end of speech has been found; what is waited for after that has a deadline that the session tells.
_SETTLED_QUIET: Final = 180 * _CODES_PER_MS
# An answer has begun: only an interruption is told later.
_QUIET_UNDER_THE_AGENT: Final = 200 * _CODES_PER_MS
# A voice has been found by then if it is one (p95 105 ms, `appliance.listening.voice`), and the agent silenced.
_LONG_SOUND: Final = 200 * _CODES_PER_MS
_FOUND: Final = 120 * _CODES_PER_MS
_QUIET_BETWEEN_SOUNDS: Final = 500 * _CODES_PER_MS
# The end of speech is found 48 ms after its last sound or later (`appliance.listening.last_sound`).
_GAP_FRAMES: Final = 3
_LEVELS: Final = np.abs(decoding_table(Companding.ULAW).astype(np.int32))
_QUIET_CODES: Final = bytes(np.flatnonzero(_LEVELS <= _QUIET_PEAK))
_UNCLEAR_CODES: Final = bytes(np.flatnonzero(_LEVELS <= _CLEAR_PEAK))


def is_quiet(codes: bytes) -> bool:
    """Whether nothing in µ-law `codes` is louder than -36 dBFS."""
    return not codes.translate(None, _QUIET_CODES)


class Steadiness:
    """Follows µ-law codes at 8000 Hz, 20 ms at a time or whatever comes."""

    def __init__(self) -> None:
        self._quiet = 0
        self._sounding = 0

    def hear(self, codes: bytes) -> None:
        """Take in what comes next."""
        if not codes.translate(None, _UNCLEAR_CODES):
            self._quiet += len(codes)
            self._sounding = 0 if self._quiet >= _QUIET_BETWEEN_SOUNDS else self._sounding + len(codes)
        else:
            if self._quiet >= _GAP_FRAMES * _FRAME_CODES:
                # It may be another one, and a voice.
                self._sounding = min(self._sounding, _LONG_SOUND - _FOUND)
            self._quiet = 0
            self._sounding += len(codes)

    def frames_together(self, *, agent_speaking: bool) -> int:
        """How many of the next 20 ms frames can be heard at once, 1 where something may begin or end.

        Several after 0.18 s without clear sound, or 0.2 s under the agent, and in speech: at once where it interrupts
        nobody, from 0.2 s on under the agent; as many as are left until the end of speech could be found where there is
        none for a frame or two.
        """
        if not self._quiet:
            return 1 if agent_speaking and self._sounding < _LONG_SOUND else _TOGETHER
        if self._quiet >= (_QUIET_UNDER_THE_AGENT if agent_speaking else _SETTLED_QUIET):
            return _TOGETHER
        left = _GAP_FRAMES - self._quiet // _FRAME_CODES
        return left if left > 1 and self._sounding >= _LONG_SOUND else 1
