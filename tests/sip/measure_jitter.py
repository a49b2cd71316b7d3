"""``python -m tests.sip.measure_jitter``: what a jitter buffer costs in delay and loses in audio, by how packets come.

Every packet is one level of its own, so that each 10 ms block that reaches the orchestrator tells which packet it is
from, and when. Caller and orchestrator are this one process, so one clock times both ends. All buffers are measured at
once, four calls each. Takes a minute and a half; a machine that is busy with other work adds stalls of its own.
"""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from sip.g711 import Companding, decoding_table
from sip.link import CallLink
from sip.messages import CallerAudio
from sip.settings import JitterBuffer
from tests.sip.desk import Desk, expect, open_desk
from tests.sip.user_agent import UserAgent

BUFFERS: Final = tuple(JitterBuffer(capacity_ms=capacity_ms) for capacity_ms in (60, 80, 100, 200))
CALLS: Final = 4
SECONDS: Final = 16
SETTLED_AFTER_S: Final = 1.0
_PACKET_S: Final = 0.02
_BLOCK_SAMPLES: Final = 80
_SURE_SAMPLES: Final = 20
# Positive levels, the quietest left out: each constant survives decoding as it is.
CODES: Final = tuple(range(0x80, 0xE4))
_CODE_OF: Final = {int(decoding_table(Companding.ULAW)[code]): code for code in CODES}

Lateness = Callable[[int], float]
"""Seconds by which packet number so-and-so is late."""


def on_time(_number: int) -> float:
    """A quiet LAN."""
    return 0.0


def hiccups(number: int) -> float:
    """Every 5 s nothing comes for 100 ms, then all of it at once: a phone or a switch that was busy."""
    since = number % 250
    return max(0.0, (5 - since) * _PACKET_S)


def jittered(most_s: float) -> Lateness:
    """Each packet late by anything up to `most_s`."""
    drawn = random.Random(7)
    return lambda _: drawn.uniform(0.0, most_s)


PATTERNS: Final[dict[str, Lateness]] = {
    "on time": on_time,
    "100 ms hiccup every 5 s": hiccups,
    "jitter 0-30 ms": jittered(0.030),
    "jitter 0-50 ms": jittered(0.050),
    "jitter 0-80 ms": jittered(0.080),
}


@dataclass
class Received:
    """What was heard of the packets that were sent; `delays`: ms from when each was due to when it was heard."""

    due_at: list[float] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)
    blocks: set[tuple[int, int]] = field(default_factory=set)
    concealed: int = 0
    _latest: dict[int, int] = field(default_factory=dict)

    def sent(self, code: int, due: float) -> None:
        """A packet of nothing but `code`, which was due then."""
        self._latest[code] = len(self.due_at)
        self.due_at.append(due)

    def hear(self, pcm: bytes, now: float) -> None:
        """Take a frame of 20 ms; empty: nothing came."""
        samples = np.frombuffer(pcm, "<i2") if pcm else np.zeros(2 * _BLOCK_SAMPLES, np.int16)
        for block in samples.reshape(-1, _BLOCK_SAMPLES):
            # Concealment holds audio back by some samples, so that a block begins with the end of the one before.
            level = int(block[-1])
            code = _CODE_OF.get(level) if np.all(block[-_SURE_SAMPLES:] == level) else None
            number = self._latest.get(code) if code is not None else None
            if number is None:
                self.concealed += 1
                continue
            half = int((number, 0) in self.blocks)
            self.blocks.add((number, half))
            if not half:
                self.delays.append((now - self.due_at[number]) * 1000)


async def send(caller: UserAgent, lateness: Lateness, received: Received) -> None:
    """Packets in order, each as late as its own measure says, but not before the one ahead of it."""
    start = time.monotonic() + random.random() * _PACKET_S
    for number in range(int(SECONDS / _PACKET_S)):
        due = start + number * _PACKET_S
        await asyncio.sleep(max(0.0, due + lateness(number) - time.monotonic()))
        code = CODES[number % len(CODES)]
        received.sent(code, due)
        caller.rtp.send(caller.media, bytes([code]) * 160)


async def receive(link: CallLink, received: Received) -> None:
    """Until cancelled."""
    while True:
        frame = await expect(link, CallerAudio)
        received.hear(frame.pcm, time.monotonic())


async def measured(desk: Desk, lateness: Lateness) -> Received:
    """One call."""
    received = Received()
    async with desk.answered() as (caller, link, _):
        listening = asyncio.create_task(receive(link, received))
        await send(caller, lateness, received)
        await asyncio.sleep(0.3)
        listening.cancel()
    return received


async def report(buffer: JitterBuffer, name: str) -> str:
    """One line on calls that began at different times against the line's clock, which is half of the delay."""
    async with open_desk(jitter_buffer=buffer) as desk:
        calls = await asyncio.gather(*(measured(desk, PATTERNS[name]) for _ in range(CALLS)))
    settled = np.concatenate([call.delays[round(SETTLED_AFTER_S / _PACKET_S) :] for call in calls])
    p50, p95 = np.percentile(settled, (50, 95))
    sent = sum(2 * len(call.due_at) for call in calls)
    lost = 100 * (1 - sum(len(call.blocks) for call in calls) / sent)
    return (
        f"{name}, {buffer.capacity_ms} ms at most: delay mean {settled.mean():.0f}, p50 {p50:.0f}, p95 {p95:.0f} ms, "
        f"lost {lost:.1f} %"
    )


async def main() -> None:
    for name in PATTERNS:
        print(*await asyncio.gather(*(report(buffer, name) for buffer in BUFFERS)), sep="\n", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
