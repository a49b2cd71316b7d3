"""A PBX that speaks Twilio Media Streams: plays what it gets in real time, obeys `clear`, returns marks.

What it heard is measured as on the SIP wire (`sip.caller.analysis`), a frame counting from when it is played out here.
"""

import asyncio
import base64
import contextlib
import json
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from appliance.audio import resample
from sip.caller.activity import loud_blocks
from sip.caller.analysis import Kind, Turn, Utterance, measure_turns
from sip.caller.rtp import RtpPacket
from sip.g711 import Companding, encode
from sip.wav import read_wav
from tests.wire.media_stream_playout import FRAME_NS, SILENCE, PeerPlayout

STREAM_SID = "MZ0123"


def codes_of(wav: Path) -> bytes:
    """A sound file as µ-law."""
    samples, rate = read_wav(wav)
    return encode(resample(samples[:, 0], rate, 8000), Companding.ULAW).tobytes()


def start_message(**changes: Any) -> dict[str, Any]:
    start = {
        "streamSid": STREAM_SID,
        "callSid": "CA0123",
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"from": "+15550199", "to": "clinic"},
        **changes,
    }
    return {"event": "start", "sequenceNumber": "1", "streamSid": STREAM_SID, "start": start}


@dataclass
class Peer:
    """One call. Times are ns of CLOCK_MONOTONIC."""

    socket: ClientConnection
    returns_marks: bool = True
    started_ns: int = field(default_factory=time.monotonic_ns)
    events: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    sent: list[RtpPacket] = field(default_factory=list)
    utterances: list[Utterance] = field(default_factory=list)
    _speech: deque[bytes] = field(default_factory=deque)
    _playout: PeerPlayout = field(default_factory=PeerPlayout)
    _sounds_until_ns: int = 0

    @property
    def played(self) -> list[RtpPacket]:
        return self._playout.played

    @property
    def most_buffered_ms(self) -> float:
        return self._playout.most_buffered_ms

    async def send(self, message: dict[str, Any]) -> None:
        await self.socket.send(json.dumps(message))

    async def say(self, codes: bytes, kind: Kind = Kind.SPEECH) -> None:
        """Speak; returns when it has been said."""
        begins = time.monotonic_ns()
        self._speech.extend(codes[at : at + 160].ljust(160, b"\xff") for at in range(0, len(codes), 160))
        while self._speech:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        self.utterances.append(Utterance(kind, "", begins, time.monotonic_ns()))

    async def until_silent(self, ms: float = 500, limit_s: float = 15) -> None:
        """Wait until the agent has spoken, and has been silent for so long."""
        async with asyncio.timeout(limit_s):
            while (silent_ns := self._silent_ns()) is None or silent_ns < ms * 1e6:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def until_speaking(self, limit_s: float = 10) -> None:
        """Wait until the agent speaks."""
        async with asyncio.timeout(limit_s):
            while (silent_ns := self._silent_ns()) is None or silent_ns > 0:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    def _silent_ns(self) -> int | None:
        return None if not self._sounds_until_ns else max(0, time.monotonic_ns() - self._sounds_until_ns)

    def turns(self) -> list[Turn]:
        return measure_turns(
            self.utterances, self.sent, self.heard(), law=Companding.ULAW, payload_type=0, started_ns=self.started_ns
        )

    def heard(self) -> list[RtpPacket]:
        return self._playout.stream(self.started_ns, time.monotonic_ns())

    def received(self, event: str) -> list[tuple[int, dict[str, Any]]]:
        return [(at, message) for at, message in self.events if message["event"] == event]

    async def closed(self, limit_s: float = 10) -> tuple[int | None, str | None]:
        """Wait for the other side to close; its code and reason."""
        async with asyncio.timeout(limit_s):
            await self.socket.wait_closed()
        return self.socket.close_code, self.socket.close_reason

    async def send_audio(self) -> None:
        due = time.monotonic_ns()
        while True:
            due += FRAME_NS
            await asyncio.sleep(max(0, due - time.monotonic_ns()) / 1e9)
            codes = self._speech.popleft() if self._speech else SILENCE
            payload = base64.b64encode(codes).decode()
            message = {"event": "media", "streamSid": STREAM_SID, "media": {"track": "inbound", "payload": payload}}
            self.sent.append(RtpPacket(time.monotonic_ns(), 0, 0, 0, 0, codes))
            await self.send(message)

    async def receive(self) -> None:
        async for text in self.socket:
            now, message = time.monotonic_ns(), json.loads(text)
            self.events.append((now, message))
            match message["event"]:
                case "media":
                    self._play(now, base64.b64decode(message["media"]["payload"]))
                case "mark":
                    self._playout.mark(now, message["mark"]["name"])
                case "clear":
                    self._playout.clear(now)
                    self._sounds_until_ns = min(self._sounds_until_ns, now)

    def _play(self, now: int, codes: bytes) -> None:
        self._playout.play(now, codes)
        if any(loud_blocks(codes, Companding.ULAW)):
            self._sounds_until_ns = self._playout.plays_until_ns

    async def return_marks(self) -> None:
        while self.returns_marks:
            await asyncio.sleep(0.002)
            for name in self._playout.due_marks(time.monotonic_ns()):
                await self.send({"event": "mark", "streamSid": STREAM_SID, "mark": {"name": name}})


async def _until_closed(coroutine: Any) -> None:
    with contextlib.suppress(ConnectionClosed):
        await coroutine


@asynccontextmanager
async def calling(port: int, *, returns_marks: bool = True, **changes: Any) -> AsyncIterator[Peer]:
    """A call that goes on as long as the block; what the peer hears and says happens beside it."""
    async with connect(f"ws://127.0.0.1:{port}/media-stream", compression=None) as socket:
        peer = Peer(socket, returns_marks)
        await peer.send({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        await peer.send(start_message(**changes))
        async with asyncio.TaskGroup() as tasks:
            parts = (peer.send_audio(), peer.receive(), peer.return_marks())
            running = [tasks.create_task(_until_closed(part)) for part in parts]
            yield peer
            for task in running:
                task.cancel()
