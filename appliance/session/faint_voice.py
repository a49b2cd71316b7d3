"""A voice that can hardly be heard does not interrupt the agent: mostly it is the agent's own, coming back as echo.

Silero finds a voice at -64 dBFS as well as at -20, and the agent's echo from a phone or an analogue line is 25 to 50 dB
softer than the agent. An agent that is held by it goes on as soon as it is gone, and is held again, word by word.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from appliance.audio import FRAME_MS
from appliance.listening.ear import Ear
from appliance.listening.voice import VoiceBegan, VoicePaused
from appliance.speaking.playout import Playout

# The way to the phone and back with what its jitter buffers hold, and the time in which the VAD finds an end.
_ECHO_ENDS_AFTER_MS: Final = 300 + 100


class FaintVoice:
    """Keeps a voice back that is not clearly audible, as long as it may be the agent's.

    `has_spoken` tells whether there are words of the caller about which nothing is decided yet.
    """

    def __init__(self, ear: Ear, playout: Playout, has_spoken: Callable[[], bool]) -> None:
        self._ear = ear
        self._has_spoken = has_spoken
        self._playout = playout
        self._agent_silent_ms = _ECHO_ENDS_AFTER_MS
        self._kept_back: VoiceBegan | None = None

    def told(self, changes: Sequence[VoiceBegan | VoicePaused]) -> list[VoiceBegan | VoicePaused]:
        """What the turn core is to hear of this frame, which the ear has just heard.

        A voice that was kept back begins, for the turn core, when it becomes audible or the agent's echo is over; one
        that pauses before that is forgotten.
        """
        self._agent_silent_ms = 0 if self._playout.audible else self._agent_silent_ms + FRAME_MS
        may_be_echo = self._agent_silent_ms < _ECHO_ENDS_AFTER_MS
        told: list[VoiceBegan | VoicePaused] = []
        if self._kept_back is not None and (self._ear.sounding or not may_be_echo):
            told.append(replace(self._kept_back, at=self._ear.now_ms))
            self._kept_back = None
        for change in changes:
            if isinstance(change, VoiceBegan) and may_be_echo and not self._ear.sounded_lately:
                self._kept_back = change
            elif isinstance(change, VoicePaused) and self._kept_back is not None:
                self._kept_back = None
                if not self._has_spoken():
                    self._ear.forget(was_a_turn=False)
            else:
                told.append(change)
        return told
