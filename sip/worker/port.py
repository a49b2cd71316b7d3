"""A port on pjsua's conference bridge: the 20 ms frames of one call. Runs on pjsua's media clock thread."""

import ctypes
import socket
from collections import deque
from collections.abc import Callable
from typing import Any

import pjsua2 as pj

from sip.messages import PLAYOUT_FRAMES, CallerAudio
from sip.packets import encode
from sip.worker.thread_state import ThreadState
from sip.worker.vector_memory import VectorReader, address_of, read_slowly

_QUARANTINE_TICKS = 3


class CallPort(pj.AudioMediaPort):  # type: ignore[misc]
    """Frames from the caller go straight to `attach`'s socket; `queue` holds those for the caller.

    Ports live as long as the process and pass from call to call: removing one from the bridge while the clock runs
    is a race inside pjsua. The running bridge ticks a port that nothing is connected to with an empty frame, so frames
    keep coming, empty, while a call is on hold. `freed` is called on the media thread when a port can be used again:
    some ticks after the call, and not before that may the clock stop.
    """

    def __init__(self, name: str, sample_rate: int, read: VectorReader, freed: Callable[[], None]) -> None:
        super().__init__()
        self._read = read
        self._freed = freed
        self._thread_state = ThreadState()
        self._frame_bytes = sample_rate // 50 * 2
        self._silence = pj.ByteVector([0] * self._frame_bytes)
        self._out = pj.ByteVector([0] * self._frame_bytes)
        self._out_address = 0 if read is read_slowly else address_of(self._out)
        self._socket: socket.socket | None = None
        self._reserved = False
        self._sequence = 0
        self._idle_ticks = _QUARANTINE_TICKS
        self._when_empty: Callable[[], None] | None = None
        self.queue: deque[bytes] = deque()
        self.played = 0
        layout = pj.MediaFormatAudio()
        layout.type = pj.PJMEDIA_TYPE_AUDIO
        layout.clockRate = sample_rate
        layout.channelCount = 1
        layout.bitsPerSample = 16
        layout.frameTimeUsec = 20_000
        self.createPort(name, layout)

    @property
    def is_free(self) -> bool:
        """No call has it, and the bridge has had time to forget the last one."""
        return not self._reserved and self._idle_ticks >= _QUARANTINE_TICKS

    def reserve(self) -> None:
        """A call has it from now on until `detach`."""
        self._reserved = True
        self.played = 0
        self._sequence = 0

    def attach(self, to: socket.socket) -> None:
        """Send the caller's frames there."""
        self._socket = to

    def detach(self) -> None:
        """The call is over."""
        self._socket = None
        self._when_empty = None
        self.queue.clear()
        self._idle_ticks = 0
        self._reserved = False

    def put(self, pcm: bytes) -> None:
        """Queue a frame for the caller; dropped when the queue is full or the frame has another sample rate."""
        if len(pcm) == self._frame_bytes and len(self.queue) < PLAYOUT_FRAMES:
            self.queue.append(pcm)

    def call_when_empty(self, callback: Callable[[], None]) -> None:
        """Call back once, on the media thread, at the first pull that finds nothing: all before it has been sent."""
        self._when_empty = callback

    def onFrameRequested(self, frame: Any) -> None:  # noqa: N802
        """Give the bridge the next queued frame, or silence."""
        frame.type = pj.PJMEDIA_FRAME_TYPE_AUDIO
        frame.size = self._frame_bytes
        try:
            pcm = self.queue.popleft()
        except IndexError:
            frame.buf = self._silence
            self._tell_empty()
            return
        self.played += 1
        if self._out_address:
            ctypes.memmove(self._out_address, pcm, self._frame_bytes)
            frame.buf = self._out
        else:
            frame.buf = pj.ByteVector(list(pcm))

    def _tell_empty(self) -> None:
        callback, self._when_empty = self._when_empty, None
        if callback:
            callback()

    def onFrameReceived(self, frame: Any) -> None:  # noqa: N802
        """Send the caller's frame on; a full socket drops it."""
        to = self._socket
        if to is None:
            self._thread_state.let_go()
            self._idle_ticks += 1
            if self._idle_ticks == _QUARANTINE_TICKS:
                self._freed()
            return
        self._thread_state.keep()
        pcm = self._read(frame.buf) if frame.type == pj.PJMEDIA_FRAME_TYPE_AUDIO else b""
        packet = encode(CallerAudio(self._sequence, self.played, pcm if len(pcm) == self._frame_bytes else b""))
        self._sequence += 1
        try:
            to.send(packet, socket.MSG_DONTWAIT)
        except OSError:
            return
