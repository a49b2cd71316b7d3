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

FRAME_NS = 20_000_000
SILENCE = b"\xff" * 160
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
    played: list[RtpPacket] = field(default_factory=list)
    most_buffered_ms: float = 0.0
    sent: list[RtpPacket] = field(default_factory=list)
    utterances: list[Utterance] = field(default_factory=list)
    _speech: deque[bytes] = field(default_factory=deque)
    _plays_until_ns: int = 0
    _sounds_until_ns: int = 0
    _marks: list[tuple[int, str]] = field(default_factory=list)

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
        """What was played, and silence wherever nothing was: measuring wants a stream without gaps."""
        stream: list[RtpPacket] = []

        def add(at_ns: int, payload: bytes) -> None:
            stream.append(RtpPacket(at_ns, 0, len(stream), 0, 0, payload))

        at_ns = self.started_ns
        for packet in self.played:
            while packet.time_ns - at_ns >= FRAME_NS:
                add(at_ns, SILENCE)
                at_ns += FRAME_NS
            add(packet.time_ns, packet.payload)
            at_ns = packet.time_ns + len(packet.payload) * 125_000
        while at_ns < time.monotonic_ns():
            add(at_ns, SILENCE)
            at_ns += FRAME_NS
        return stream

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
                    self._marks.append((max(now, self._plays_until_ns), message["mark"]["name"]))
                case "clear":
                    self._clear(now)

    def _play(self, now: int, codes: bytes) -> None:
        begins = max(now, self._plays_until_ns)
        self._plays_until_ns = begins + len(codes) * 125_000
        self.most_buffered_ms = max(self.most_buffered_ms, (self._plays_until_ns - now) / 1e6)
        self.played.append(RtpPacket(begins, 0, len(self.played), 0, 0, codes))
        if any(loud_blocks(codes, Companding.ULAW)):
            self._sounds_until_ns = self._plays_until_ns

    def _clear(self, now: int) -> None:
        self._plays_until_ns = min(self._plays_until_ns, now)
        self._sounds_until_ns = min(self._sounds_until_ns, now)
        while self.played and self.played[-1].time_ns >= now:
            self.played.pop()
        if self.played and (over := self.played[-1].time_ns + FRAME_NS - now) > 0:
            packet = self.played.pop()
            keep = len(packet.payload) - over // 125_000
            self.played.append(RtpPacket(packet.time_ns, 0, packet.sequence, 0, 0, packet.payload[:keep]))
        self._marks = [(now, name) for _, name in self._marks]

    async def return_marks(self) -> None:
        while self.returns_marks:
            await asyncio.sleep(0.002)
            now = time.monotonic_ns()
            due = [name for at, name in self._marks if at <= now]
            self._marks = [mark for mark in self._marks if mark[0] > now]
            for name in due:
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
