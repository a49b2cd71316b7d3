"""RTP on the wire: one thread for all calls sends on an absolute clock, receives and timestamps.

The event loop never touches a packet: signalling that is late must not make audio late. It is one thread and not two
because two would wait for each other's hold on the interpreter, which a preempted thread keeps. Received packets carry
the kernel's receive time (SO_TIMESTAMPNS) where the system gives one, so that a loaded Python does not look like a
slow appliance. The thread asks for SCHED_FIFO and goes without where that is not allowed; how well it kept time is
part of every result.
"""

import logging
import os
import secrets
import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from sip.caller.activity import BLOCK_NS, SoundDetector, loud_blocks
from sip.caller.endpoint import SocketAddress
from sip.caller.performer import FRAME_NS, FRAME_SAMPLES, Command, EndCall, Outgoing, Performer
from sip.caller.rtp import RtpPacket, TelephoneEvent, decode_rtp
from sip.errors import SipError
from sip.g711 import Companding, encode

logger = logging.getLogger(__name__)

_SO_TIMESTAMPNS = 35  # Linux, asm-generic/socket.h; the control message has the same number
_TIMESPEC = struct.Struct("@ll")
_MAX_DATAGRAM = 2048
_PLAUSIBLE_AGE_NS = 5_000_000_000
_REALTIME_PRIORITY = 10
_FINE_WAIT_NS = 2_000_000  # the last of a wait is slept, for the selector's timeout is too coarse
_NEVER_NS = 1 << 62


@dataclass(frozen=True, slots=True)
class MediaPath:
    """What was negotiated: where to send, which law under which payload type, and that of telephone-event if any."""

    remote: SocketAddress
    law: Companding
    payload_type: int
    events: int | None


class RtpStream:
    """One call's socket and its packet logs. `sent_late_ns[i]`: how late `sent[i]` left, by the absolute clock."""

    def __init__(self, host: str) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self.socket.bind((host, 0))
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        except OSError as error:
            self.socket.close()
            raise SipError(f"no UDP port on {host}: {error.strerror}", "check the address and free ports") from None
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        except OSError:
            logger.info("no kernel receive timestamps: received packets are timed by this process")
        self.socket.settimeout(0)
        self.sent: list[RtpPacket] = []
        self.sent_late_ns: list[int] = []
        self.received: list[RtpPacket] = []
        self.failure: Exception | None = None
        self.path: MediaPath | None = None
        self.due_ns = 0
        self._performer: Performer | None = None
        self._on_command: Callable[[Command], None] = lambda _: None
        self._detector = SoundDetector()
        self._ssrc = secrets.randbits(32)
        self._sequence = secrets.randbits(15)
        self._timestamp = secrets.randbits(31)
        self._event_timestamp = 0
        self._paused = True

    @property
    def port(self) -> int:
        """The local RTP port."""
        return int(self.socket.getsockname()[1])

    def begin(self, path: MediaPath, performer: Performer, on_command: Callable[[Command], None]) -> None:
        """Prepare to send; `on_command` is called in the RTP thread."""
        self.path, self._performer, self._on_command = path, performer, on_command
        self.due_ns = time.monotonic_ns() + FRAME_NS

    def send_tick(self) -> None:
        """Send what is due now and set when the next is due. Called by the RTP thread."""
        assert self._performer is not None
        due_ns, self.due_ns = self.due_ns, self.due_ns + FRAME_NS
        tick = self._performer.tick(time.monotonic_ns(), self._detector.heard)
        self._send(tick.outgoing, due_ns)
        self._timestamp = (self._timestamp + FRAME_SAMPLES) & 0xFFFFFFFF
        for command in tick.commands:
            self._on_command(command)

    def fail(self, error: Exception) -> None:
        """End the call for a fault of ours; the runner raises it."""
        self.failure = error
        self._on_command(EndCall(vanish=True))

    def receive_all(self) -> None:
        """Take every packet that waits in the socket. Called by the RTP thread."""
        while True:
            try:
                data, ancillary, _, _ = self.socket.recvmsg(_MAX_DATAGRAM, 64)
            except OSError:  # nothing more to read, or the stream was closed meanwhile
                return
            packet = decode_rtp(data, _receive_time_ns(ancillary))
            if packet is not None:
                self.received.append(packet)
                self._listen_to(packet)

    def _listen_to(self, packet: RtpPacket) -> None:
        if self.path is None or packet.payload_type != self.path.payload_type:
            return
        for number, is_loud in enumerate(loud_blocks(packet.payload, self.path.law)):
            self._detector.block(packet.time_ns + number * BLOCK_NS, is_loud=is_loud)

    def _send(self, outgoing: Outgoing, due_ns: int) -> None:
        path = self.path
        if path is None or outgoing is None or (isinstance(outgoing, TelephoneEvent) and path.events is None):
            self._paused = True
            return
        if isinstance(outgoing, TelephoneEvent):
            payload, payload_type, timestamp, marker = self._event(outgoing, path)
        else:
            payload, payload_type = encode(outgoing, path.law).tobytes(), path.payload_type
            timestamp, marker = self._timestamp, self._paused
        self._paused = False
        packet = RtpPacket(time.monotonic_ns(), payload_type, self._sequence, timestamp, self._ssrc, payload, marker)
        try:
            self.socket.sendto(packet.encode(), path.remote)
        except OSError:
            return  # lost on our side, as any datagram may be
        self._sequence = (self._sequence + 1) & 0xFFFF
        self.sent.append(packet)
        self.sent_late_ns.append(packet.time_ns - due_ns)

    def _event(self, event: TelephoneEvent, path: MediaPath) -> tuple[bytes, int, int, bool]:
        assert path.events is not None
        begins = event.duration <= FRAME_SAMPLES and not event.ended
        if begins:
            self._event_timestamp = self._timestamp
        return event.encode(), path.events, self._event_timestamp, begins


def _receive_time_ns(ancillary: list[tuple[int, int, bytes]]) -> int:
    now_ns = time.monotonic_ns()
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(data) >= _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack_from(data)
            age_ns = time.time_ns() - (int(seconds) * 1_000_000_000 + int(nanoseconds))
            if 0 <= age_ns < _PLAUSIBLE_AGE_NS:  # else the system clock was set meanwhile
                return now_ns - age_ns
    return now_ns


class MediaEngine:
    """The RTP thread of a process, for all of its calls. Use as a context manager.

    `realtime` tells, once running, whether the thread was given SCHED_FIFO.
    """

    def __init__(self) -> None:
        self.realtime = False
        self._sending: tuple[RtpStream, ...] = ()
        self._changes = threading.Lock()
        self._stopping = False
        self._selector = selectors.DefaultSelector()
        self._waker, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="rtp", daemon=True)

    def __enter__(self) -> Self:
        self._selector.register(self._woken, selectors.EVENT_READ, None)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping = True
        self._waker.send(b".")
        self._thread.join()
        self._selector.close()
        self._waker.close()
        self._woken.close()

    def open_stream(self, host: str) -> RtpStream:
        """A stream that receives from now on. Close it with `close_stream`."""
        stream = RtpStream(host)
        self._selector.register(stream.socket, selectors.EVENT_READ, stream)
        return stream

    def start_sending(self, stream: RtpStream) -> None:
        """Send for this stream every 20 ms from now on; `begin` it first."""
        with self._changes:
            self._sending = (*self._sending, stream)
        self._waker.send(b".")

    def stop_sending(self, stream: RtpStream) -> None:
        """Send no more for this stream; it still receives."""
        with self._changes:
            self._sending = tuple(other for other in self._sending if other is not stream)

    def close_stream(self, stream: RtpStream) -> None:
        """Give the stream's socket back; its logs stay."""
        self.stop_sending(stream)
        self._selector.unregister(stream.socket)
        stream.socket.close()

    def _run(self) -> None:
        self.realtime = ask_for_realtime()
        while not self._stopping:
            streams = self._sending
            delay_ns = min((stream.due_ns for stream in streams), default=_NEVER_NS) - time.monotonic_ns()
            if delay_ns > _FINE_WAIT_NS:
                self._receive_for(delay_ns - _FINE_WAIT_NS)
            elif delay_ns > 0:
                time.sleep(delay_ns / 1e9)
            else:
                self._receive_for(0)
                for stream in streams:
                    if stream.due_ns <= time.monotonic_ns():
                        self._send_one(stream)

    def _receive_for(self, wait_ns: int) -> None:
        """Take what comes within so long; the selector counts whole milliseconds and rounds up."""
        for key, _ in self._selector.select(min(wait_ns // 1_000_000 / 1000, 1.0)):
            if isinstance(key.data, RtpStream):
                key.data.receive_all()
            else:
                self._woken.recv(64)

    def _send_one(self, stream: RtpStream) -> None:
        # No lock here: one that a preempted thread holds would make the audio late.
        try:
            stream.send_tick()
        except Exception as error:  # whatever it is belongs to this call, not to the others
            self.stop_sending(stream)
            stream.fail(error)


def ask_for_realtime() -> bool:
    """SCHED_FIFO for the calling thread alone, so that a loaded machine does not bend the instrument; False if denied.

    The main thread of a caller process wants it too: preempted while it holds the interpreter, it holds up the audio.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(_REALTIME_PRIORITY))
    except (OSError, AttributeError):
        return False
    return True
