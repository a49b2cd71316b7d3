"""A media stream as a `Line`: a 20 ms clock of our own, between a peer that sends as it likes and a session."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from typing import Protocol

from appliance.line import (
    FRAME_MS,
    CallInfo,
    DigitReceived,
    FrameReceived,
    HangUpReason,
    HungUp,
    LineEvent,
    MediaStatistics,
    TransferFailed,
)
from appliance.web.media_stream.arrivals import Arrivals
from appliance.web.media_stream.caller_audio import CallerAudio
from appliance.web.media_stream.frame_clock import FrameClock
from appliance.web.media_stream.peer_playout import FRAME_S, PeerPlayout
from appliance.web.media_stream.protocol import (
    SAMPLE_RATE,
    Digit,
    Fault,
    Mark,
    Media,
    MediaStreamError,
    Message,
    Start,
    Stop,
    clear_message,
    mark_message,
    media_message,
)
from sip.g711 import Companding, encode

logger = logging.getLogger(__name__)

_FRAME_BYTES = SAMPLE_RATE // 50 * 2
# One more than are heard at once where nothing changes.
_QUEUE_FRAMES = 4
# Three ticks come at once where nothing changes, a little late at times.
_LONGEST_BETWEEN_FRAMES_S = 4 * FRAME_S
_FIRST_AUDIO_S = 0.1
_LAST_WORDS_S = 1.0
_STATISTICS_EVERY_FRAMES = 250
# Ten seconds of audio.
_MOST_UNSENT_BYTES = 128 * 1024
_NOT_IMPLEMENTED = 501
_CALLER_NAMES = ("from", "caller")
_CALLED_NAMES = ("to", "called")


def call_info(call_id: str, start: Start) -> CallInfo:
    """The call that a `start` describes: caller and called number from its parameters, all of them as headers."""

    def first(names: tuple[str, ...]) -> str:
        return next((value for key, value in start.parameters.items() if key.lower() in names), "")

    headers = {**start.parameters, "callSid": start.call_sid, "streamSid": start.stream_sid}
    return CallInfo(call_id, first(_CALLER_NAMES), first(_CALLED_NAMES), SAMPLE_RATE, "PCMU", headers, _QUEUE_FRAMES)


class Connection(Protocol):
    """What a media stream comes over. Nothing of it blocks."""

    @property
    def unsent_bytes(self) -> int:
        """What the peer has not taken yet."""
        ...

    def send_text(self, text: str) -> None:
        """Send a message."""
        ...

    def deliver_together(self, texts: int) -> None:
        """From now on messages may wait until so many of the last one's length have come; 1: none waits."""
        ...


class MediaStreamLine:
    """One call over a media stream; implements `appliance.line.Line`.

    Whoever reads the connection gives its messages to `take` and tells `end` when there are no more. Without any
    message for `timeout_s` the call ends.
    """

    def __init__(self, call_id: str, start: Start, connection: Connection, timeout_s: float) -> None:
        self._info = call_info(call_id, start)
        self._stream_sid = start.stream_sid
        self._connection = connection
        self._timeout_s = timeout_s
        self._loop = asyncio.get_running_loop()
        self._heard = CallerAudio()
        self._arrivals = Arrivals()
        self._last_message_s = self._loop.time()
        self._clock = FrameClock(_FIRST_AUDIO_S, connection.deliver_together)
        self._happened: deque[LineEvent] = deque()
        self._queue: deque[bytes] = deque()
        self._peer = PeerPlayout()
        self._last_sent_s = 0.0
        self._frames = 0
        self._deadline_ms: int | None = None
        self._hanging_up: HangUpReason | None = None
        self._hang_up_by_s = 0.0
        self._ended: HangUpReason | None = None

    @property
    def info(self) -> CallInfo:
        """Who calls whom, as far as the peer's parameters say."""
        return self._info

    async def events(self) -> AsyncIterator[LineEvent]:
        """Everything that happens, a `FrameReceived` for every 20 ms among it, ending with `HungUp`."""
        self._send(mark_message(self._stream_sid, self._peer.mark(self._loop.time())))
        while True:
            now_s = await self._clock.tick(self._heard.whole_frames)
            while self._happened:
                yield self._happened.popleft()
            reason = self._reason_to_end(now_s)
            if reason is not None:
                break
            self._frames += 1
            if self._frames % _STATISTICS_EVERY_FRAMES == 0:
                yield self._statistics()
            self._advance(now_s)
            yield FrameReceived(self._heard.pop(), self._peer.played)
        self.end(reason)
        yield self._statistics()
        yield HungUp(reason)

    def _reason_to_end(self, now_s: float) -> HangUpReason | None:
        if self._ended is not None:
            return self._ended
        if self._hanging_up is not None:
            spoken = not self._queue and not self._peer.buffered_s(now_s)
            return self._hanging_up if spoken or now_s >= self._hang_up_by_s else None
        return HangUpReason.MEDIA_TIMEOUT if now_s - self._last_message_s >= self._timeout_s else None

    def _advance(self, now_s: float) -> None:
        """Send what has become due, count what was played, and mark what is worth marking."""
        self._send_queued(now_s)
        self._peer.settle(now_s)
        # Nothing new for longer than that: that was the end of an utterance.
        at_an_end = now_s - self._last_sent_s > _LONGEST_BETWEEN_FRAMES_S
        if self._peer.unmarked and (at_an_end or self._peer.is_worth_a_mark):
            self._send(mark_message(self._stream_sid, self._peer.mark(now_s)))

    def _send_queued(self, now_s: float) -> None:
        while self._queue and self._peer.has_room(now_s):
            codes = encode(self._queue.popleft(), Companding.ULAW).tobytes()
            self._send(media_message(self._stream_sid, codes))
            self._peer.sent(now_s)
            self._last_sent_s = now_s

    def _send(self, text: str) -> None:
        # A peer that has not read for seconds is given up.
        if self._connection.unsent_bytes > _MOST_UNSENT_BYTES:
            self.end(HangUpReason.LINE_FAILED)
        else:
            self._connection.send_text(text)

    def _statistics(self) -> MediaStatistics:
        dropped = round(self._heard.dropped_ms / 1000 / FRAME_S)
        arrivals = self._arrivals
        return MediaStatistics(arrivals.messages, dropped, arrivals.jitter_ms, self._peer.round_trip_ms, "PCMU")

    # The session's side

    def play(self, pcm: bytes) -> None:
        """Queue one 20 ms frame. It is sent at once unless the peer would have more than 100 ms to play then."""
        if self._ended or self._hanging_up or len(pcm) != _FRAME_BYTES or len(self._queue) >= _QUEUE_FRAMES:
            return
        self._queue.append(pcm)
        self._send_queued(self._loop.time())

    def flush(self) -> None:
        """Drop what is queued, and have the peer drop what it has not played."""
        if self._ended:
            return
        self._queue.clear()
        if self._peer.anything_to_clear:
            self._send(clear_message(self._stream_sid))
            self._peer.cleared(self._loop.time())

    def next_deadline(self, line_ms: int | None) -> None:
        """Have no frame wait for one behind that deadline."""
        self._deadline_ms = line_ms
        most = self._frames_to_the_deadline(self._heard.whole_frames())
        if most < self._clock.together:
            self._clock.frames_come(most)

    def send_digits(self, digits: str) -> None:
        """Not possible: the protocol has no DTMF towards the peer."""
        logger.info("a media stream cannot send %d digits", len(digits), extra={"call_id": self._info.call_id})

    def transfer(self, target: str) -> None:
        """Not possible: the protocol has no transfer. `TransferFailed` follows, with 501 (not implemented)."""
        if not self._ended:
            self._happened.append(TransferFailed(_NOT_IMPLEMENTED))

    def hang_up(self, reason: HangUpReason = HangUpReason.AGENT_HUNG_UP) -> None:
        """End the call once the peer has played what was queued, or a second later."""
        if self._hanging_up is None:
            self._hanging_up = reason
            self._hang_up_by_s = self._loop.time() + _LAST_WORDS_S

    # The connection's side

    def take(self, message: Message) -> None:
        """A message after `start`. Raises `MediaStreamError` for one that has no place there."""
        now_s = self._last_message_s = self._loop.time()
        match message:
            case Start():
                raise MediaStreamError(Fault.STARTED_TWICE)
            case Media() | Digit() | Mark() | Stop() if message.stream_sid not in ("", self._stream_sid):
                raise MediaStreamError(Fault.OTHER_STREAM)
            case Media(codes=codes, from_caller=True) if codes:
                self._arrivals.media(now_s, len(codes) / SAMPLE_RATE, self._clock.held_back)
                self._audio_came(codes)
            case Digit(digit=digit):
                self._happened.append(DigitReceived(digit))
            case Mark(name=name):
                self._peer.mark_returned(name, now_s)
            case Stop():
                self.end(HangUpReason.CALLER_HUNG_UP)
            case _:
                pass

    def _audio_came(self, codes: bytes) -> None:
        before = self._heard.whole_frames()
        self._heard.push(codes)
        waiting = self._heard.whole_frames()
        if waiting > before:
            self._clock.frame_has_come(waiting)
        self._clock.frames_come(self._frames_together(waiting))

    def _frames_together(self, waiting: int) -> int:
        """How many of the caller's next frames may come at once, while so many wait."""
        now_s = self._last_message_s
        if self._ended or not self._arrivals.even or waiting > self._clock.held_back or self._peer.mark_is_due(now_s):
            return 1
        agent_speaking = bool(self._queue) or self._peer.buffered_s(now_s) > 0
        return min(self._heard.frames_together(agent_speaking=agent_speaking), self._frames_to_the_deadline(waiting))

    def _frames_to_the_deadline(self, waiting: int) -> int:
        """How many more frames than those that wait are needed for it, 1 or more."""
        if self._deadline_ms is None:
            return _QUEUE_FRAMES
        return max(1, -(-self._deadline_ms // FRAME_MS) - self._frames - waiting)

    def end(self, reason: HangUpReason) -> None:
        """The connection is gone, or of no more use: the call ends with the next frame. The first reason holds."""
        if self._ended is None:
            self._ended = reason
            # Whatever comes now, a close above all, is not to wait for audio.
            self._clock.frames_come(1)
