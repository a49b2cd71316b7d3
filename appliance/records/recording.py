"""A call as a two-channel WAV file: the caller on the left, the agent as it was played on the right."""

import asyncio
import logging
import os
import queue
import struct
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

_log = logging.getLogger(__name__)

_FRAMES_PER_SECOND: Final = 50
_HEADER: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")
_LARGEST_SIZE: Final = 0xFFFFFFFF
# Audio that may wait for a slow disk before the recording is given up: 32 KB a second at 8 kHz.
_MOST_SECONDS_WAITING: Final = 60

_Frames = list[tuple[bytes, bytes]]


class CallRecording:
    """Writes one call to `<call_id>.wav` in `directory`, on a thread of its own; nothing here blocks the event loop.

    The file is 16-bit PCM at `sample_rate` Hz, readable by its owner only. It grows every second and its header is
    valid each time, so a process that dies loses at most the last second. A disk that is full, gone or too slow ends
    the recording with an error in the log, leaves a valid file of what was written, and does not touch the call.
    """

    def __init__(self, directory: Path, call_id: str, sample_rate: int) -> None:
        self._path = directory / f"{call_id}.wav"
        self._call_id = call_id
        self._sample_rate = sample_rate
        self._frames: _Frames = []
        self._blocks: queue.SimpleQueue[_Frames | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._outcome: Future[Path | None] = Future()
        self._closed = False
        # A daemon, so that a disk that hangs cannot keep the process alive; `wait_closed` is how to wait for the rest.
        threading.Thread(target=self._write_file, name="recording", daemon=True).start()

    def write(self, caller: bytes, agent: bytes) -> None:
        """20 ms of both sides; a side that is empty was silent. Ignored once the recording is closed or has failed."""
        if self._closed or self._outcome.done():
            return
        self._frames.append((caller, agent))
        if len(self._frames) < _FRAMES_PER_SECOND:
            return
        if self._blocks.qsize() >= _MOST_SECONDS_WAITING:
            self._fail("the disk is too slow")
            self._blocks.put(None)
            return
        self._blocks.put(self._frames)
        self._frames = []

    def close(self) -> None:
        """The call is over: what is left is written in the background."""
        if not self._closed:
            self._closed = True
            self._blocks.put(self._frames)
            self._blocks.put(None)

    async def wait_closed(self) -> Path | None:
        """Wait until a closed recording is written: its file, or None when the recording failed."""
        return await asyncio.shield(asyncio.wrap_future(self._outcome))

    def _write_file(self) -> None:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                self._write_blocks(file)
        except Exception as error:  # whatever it is, the call goes on
            self._fail((isinstance(error, OSError) and error.strerror) or type(error).__name__)
        else:
            self._settle(self._path)

    def _write_blocks(self, file: BinaryIO) -> None:
        written = 0
        file.write(self._header(written))
        while (frames := self._blocks.get()) is not None and not self._outcome.done():
            data = _interleave(frames, 2 * self._sample_rate // _FRAMES_PER_SECOND)
            file.write(data)
            file.flush()
            written += len(data)
            file.seek(0)
            file.write(self._header(written))
            file.flush()
            file.seek(0, os.SEEK_END)

    def _header(self, data_bytes: int) -> bytes:
        size = min(data_bytes, _LARGEST_SIZE - _HEADER.size)
        rate = self._sample_rate
        # PCM (1), two channels, four bytes for both, 16 bits each.
        return _HEADER.pack(
            b"RIFF", size + _HEADER.size - 8, b"WAVE", b"fmt ", 16, 1, 2, rate, 4 * rate, 4, 16, b"data", size
        )

    def _fail(self, reason: str) -> None:
        self._settle(None, reason)

    def _settle(self, outcome: Path | None, failure: str = "") -> None:
        """Only the first outcome counts."""
        with self._lock:
            if self._outcome.done():
                return
            if failure:
                _log.error(
                    "the recording has stopped: %s — free or repair the disk that [records] names; the call goes on",
                    failure,
                    extra={"call_id": self._call_id},
                )
            self._outcome.set_result(outcome)


def _interleave(frames: _Frames, frame_bytes: int) -> bytes:
    sides = (b"".join(_fitted(pcm, frame_bytes) for pcm in side) for side in zip(*frames, strict=True))
    channels = [np.frombuffer(side, "<i2") for side in sides]
    return np.stack(channels, axis=1).tobytes() if channels else b""


def _fitted(pcm: bytes, frame_bytes: int) -> bytes:
    return pcm[:frame_bytes].ljust(frame_bytes, b"\0")
