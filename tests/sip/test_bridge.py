"""The bridge's clock ticks while there are calls and at no other time, as often as calls come."""

from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from sip.messages import Answered, CallerAudio
from tests.sip.desk import TONE, TONE_ON_WIRE, Desk, audio, expect, open_desk, until
from tests.sip.user_agent import UserAgent

pytestmark = pytest.mark.wire
CLOCK = "clock"


def threads(desk: Desk) -> dict[str, Path]:
    """The worker's threads by name; one may end while they are read."""
    process = desk.pool._workers[0].process
    assert process
    named = {}
    for task in Path(f"/proc/{process._process.pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):
            named[(task / "comm").read_text().strip()] = task
    return named


def page_faults(thread: Path) -> int:
    """How often a thread has touched memory that was not there yet: the tenth field of proc(5)'s stat."""
    return int((thread / "stat").read_text().rpartition(")")[2].split()[7])


def has_heard_the_tone(caller: UserAgent) -> bool:
    return any(packet.payload == TONE_ON_WIRE for packet in caller.rtp.received)


async def test_the_clock_stops_between_calls_and_sound_flows_again_in_the_next() -> None:
    async with open_desk() as desk:
        assert CLOCK not in threads(desk)
        for _ in range(3):
            async with desk.answered() as (caller, link, answered):
                assert isinstance(answered, Answered)
                assert CLOCK in threads(desk)
                await caller.speak(TONE_ON_WIRE, 10)
                for _ in range(10):
                    await expect(link, CallerAudio)
                    link.send_audio(TONE)
                await audio(link, 10)
                await until(partial(has_heard_the_tone, caller))
            await until(lambda: CLOCK not in threads(desk))


async def test_the_clock_goes_on_under_a_call_when_another_ends() -> None:
    async with open_desk() as desk, desk.answered() as (_, link, _):
        async with desk.answered() as (_, other, _):
            await audio(other, 3)
        frames = await audio(link, 200)
        assert [frame.sequence for frame in frames[1:]] == [frame.sequence + 1 for frame in frames[:-1]]


async def test_a_tick_in_a_call_takes_no_memory_from_the_system() -> None:
    """Python takes it for each callback on a thread whose state it does not keep: two pages a tick."""
    async with open_desk() as desk, desk.answered() as (_, link, _):
        await audio(link, 10)
        clock = threads(desk)[CLOCK]
        before = page_faults(clock)
        await audio(link, 50)
        assert page_faults(clock) - before < 10
