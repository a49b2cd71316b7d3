"""A line whose caller follows a plan of sounds, in virtual or real time."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import numpy as np

from appliance.audio import frame_samples, pcm_of, samples_of
from appliance.line import (
    FRAME_MS,
    CallInfo,
    FrameReceived,
    HangUpReason,
    HungUp,
    LineEvent,
)

_TONE_HZ = 400
_AUDIBLE_PEAK = 300
_QUEUE_FRAMES = 3


@dataclass(frozen=True, slots=True)
class Sound:
    """The caller makes a sound from `begins_ms` to `ends_ms`, a tone of that `peak` (full scale: 32767)."""

    begins_ms: int
    ends_ms: int
    peak: int = 8000


class SimulatedLine:
    """Implements `appliance.line.Line`: 20 ms frames by the loop's clock until `ends_ms` or a hang-up.

    `other_events` happen at their times (ms). `played` keeps what left for the caller, a frame for every 20 ms (empty:
    silence), and `control` what else was asked of the line.
    """

    def __init__(
        self,
        sounds: Sequence[Sound],
        ends_ms: int,
        other_events: Sequence[tuple[int, LineEvent]] = (),
        sample_rate: int = 8000,
    ) -> None:
        self._info = CallInfo("simulated", "", "", sample_rate)
        self._sounds = tuple(sounds)
        self._ends_ms = ends_ms
        self._others = deque(sorted(other_events, key=lambda item: item[0]))
        time = np.arange(frame_samples(sample_rate))
        wave = np.sin(2 * np.pi * _TONE_HZ * time / sample_rate)
        self._tones = {peak: pcm_of((peak * wave).astype(np.int16)) for peak in {sound.peak for sound in sounds}}
        self._silence = bytes(2 * frame_samples(sample_rate))
        self._queue: deque[bytes] = deque()
        self._played_count = 0
        self._hang_up: HangUpReason | None = None
        self.played: list[bytes] = []
        self.control: list[tuple[int, str]] = []

    @property
    def info(self) -> CallInfo:
        """A call from nobody to nobody."""
        return self._info

    @property
    def now_ms(self) -> int:
        """Ms since the call began."""
        return len(self.played) * FRAME_MS

    async def events(self) -> AsyncIterator[LineEvent]:
        """Frames on an absolute clock, the planned events between them, and the end."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while self._hang_up is None and self.now_ms < self._ends_ms:
            self._pull()
            await asyncio.sleep(max(0.0, began + self.now_ms / 1000 - loop.time()))
            while self._others and self._others[0][0] <= self.now_ms:
                yield self._others.popleft()[1]
            yield FrameReceived(self._caller_frame(self.now_ms - FRAME_MS), self._played_count)
        yield HungUp(self._hang_up or HangUpReason.CALLER_HUNG_UP)

    def _pull(self) -> None:
        if self._queue:
            self._played_count += 1
            self.played.append(self._queue.popleft())
        else:
            self.played.append(b"")

    def _caller_frame(self, at_ms: int) -> bytes:
        now = next((sound for sound in self._sounds if sound.begins_ms <= at_ms < sound.ends_ms), None)
        return self._silence if now is None else self._tones[now.peak]

    def audible_spans(self) -> list[tuple[int, int]]:
        """When the caller heard the agent, as (from, to) in ms; pauses under 200 ms do not count as silence."""
        spans: list[tuple[int, int]] = []
        for number, pcm in enumerate(self.played):
            if not pcm or int(np.abs(samples_of(pcm).astype(np.int32)).max()) < _AUDIBLE_PEAK:
                continue
            at = number * FRAME_MS
            if spans and at - spans[-1][1] < 200:
                spans[-1] = (spans[-1][0], at + FRAME_MS)
            else:
                spans.append((at, at + FRAME_MS))
        return spans

    def play(self, pcm: bytes) -> None:
        """Queue a frame."""
        if len(self._queue) < _QUEUE_FRAMES:
            self._queue.append(pcm)

    def flush(self) -> None:
        """Drop what is queued."""
        self._queue.clear()
        self.control.append((self.now_ms, "flush"))

    def next_deadline(self, line_ms: int | None) -> None:
        """Frames always come one by one."""

    def send_digits(self, digits: str) -> None:
        """Noted."""
        self.control.append((self.now_ms, f"digits {digits}"))

    def transfer(self, target: str) -> None:
        """Noted."""
        self.control.append((self.now_ms, f"transfer {target}"))

    def hang_up(self, reason: HangUpReason = HangUpReason.AGENT_HUNG_UP) -> None:
        """The call ends with the next frame."""
        if self._hang_up is None:
            self._hang_up = reason
            self.control.append((self.now_ms, f"hang_up {reason}"))
