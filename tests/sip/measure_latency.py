"""``python -m tests.sip.measure_latency``: how long a frame takes through the line, and what a call costs.

Caller and orchestrator are this one process, so one clock times both ends. Prints milliseconds.
"""

import asyncio
import itertools
import random
import time
from pathlib import Path

import numpy as np

from sip.messages import CallerAudio, Flush
from tests.sip.desk import SILENCE_ON_WIRE, TONE, TONE_ON_WIRE, Desk, expect, open_desk
from tests.sip.user_agent import UserAgent

ROUNDS = 100
TICKS_PER_SECOND = 100


def report(what: str, seconds: list[float]) -> None:
    p50, p95, highest = np.percentile(np.array(seconds) * 1000, [50, 95, 100])
    print(f"{what}: p50 {p50:.1f}  p95 {p95:.1f}  max {highest:.1f}")


class Speaker:
    """Sends silence every 20 ms, and one frame of tone when asked to."""

    def __init__(self, caller: UserAgent) -> None:
        self._caller = caller
        self._asked = False
        self.tone_sent_at = 0.0

    def ask(self) -> None:
        self._asked = True

    async def run(self) -> None:
        start = time.monotonic() + random.random() * 0.02
        for number in itertools.count():
            await asyncio.sleep(max(0, start + number * 0.02 - time.monotonic()))
            if self._asked:
                self._asked = False
                self.tone_sent_at = time.monotonic()
            payload = TONE_ON_WIRE if time.monotonic() - self.tone_sent_at < 0.01 else SILENCE_ON_WIRE
            self._caller.rtp.send(self._caller.media, payload)


async def measure_inward(desk: Desk) -> list[float]:
    """One call for each round: where the caller's clock lies against ours is most of the figure."""
    times = []
    for _ in range(ROUNDS // 4):
        async with desk.answered() as (caller, link, _):
            speaker = Speaker(caller)
            speaking = asyncio.create_task(speaker.run())
            for _ in range(4):
                for _ in range(10):
                    await expect(link, CallerAudio)
                speaker.ask()
                while not any((await expect(link, CallerAudio)).pcm):
                    pass
                times.append(time.monotonic() - speaker.tone_sent_at)
            speaking.cancel()
    return times


async def measure_outward(desk: Desk) -> tuple[list[float], list[float]]:
    sent, flushed = [], []
    async with desk.answered() as (caller, link, _):
        speaking = asyncio.create_task(Speaker(caller).run())
        for _ in range(ROUNDS):
            await asyncio.sleep(random.random() * 0.02)
            sent.append(await until_wire(caller, TONE_ON_WIRE, lambda: link.send_audio(TONE)))
            for _ in range(3):
                link.send_audio(TONE)
            await until_wire(caller, TONE_ON_WIRE, lambda: None)
            await asyncio.sleep(random.random() * 0.02)
            flushed.append(await until_wire(caller, SILENCE_ON_WIRE, lambda: link.send(Flush())))
            await asyncio.sleep(0.05)
        speaking.cancel()
    return sent, flushed


async def until_wire(caller: UserAgent, payload: bytes, act: object) -> float:
    """Seconds until a packet with this payload arrives after `act`."""
    assert callable(act)
    seen = len(caller.rtp.received)
    start = time.monotonic()
    act()
    while True:
        await asyncio.sleep(0.0002)
        for packet in caller.rtp.received[seen:]:
            if packet.payload == payload:
                return packet.at - start


async def cost(desk: Desk, calls: int, seconds: int) -> None:
    process = desk.pool._workers[0].process
    assert process
    stat = Path(f"/proc/{process._process.pid}/stat")

    async def talk() -> None:
        async with desk.answered() as (caller, link, _):
            speaking = asyncio.create_task(caller.speak(TONE_ON_WIRE, 50 * seconds))
            for _ in range(50 * seconds):
                await expect(link, CallerAudio)
                link.send_audio(TONE)
            await speaking

    def used() -> int:
        return sum(int(field) for field in stat.read_text().rsplit(")", 1)[1].split()[11:13])

    before, own = used(), time.process_time()
    await asyncio.gather(*(talk() for _ in range(calls)))
    worker = (used() - before) / TICKS_PER_SECOND / seconds * 100
    ours = (time.process_time() - own) / seconds * 100
    print(f"{calls} calls: worker {worker:.1f} % of a core, orchestrator and callers {ours:.1f} %")


async def main() -> None:
    async with open_desk() as desk:
        report("wire to orchestrator", await measure_inward(desk))
        sent, flushed = await measure_outward(desk)
        report("orchestrator to wire", sent)
        report("flush to silence on the wire", flushed)
        for calls in (1, 4):
            await cost(desk, calls, 10)


if __name__ == "__main__":
    asyncio.run(main())
