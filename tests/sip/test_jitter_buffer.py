"""What comes all at once after a stall does not keep the rest of the call behind."""

import asyncio
import random

from appliance.assembly import build_sip_settings
from appliance.config import SipConfig
from sip.messages import CallerAudio
from sip.settings import JitterBuffer
from tests.sip.desk import SILENCE_ON_WIRE, audio, expect, open_desk
from tests.sip.measure_jitter import CODES, Received

_BURST = 15
_FRAMES_AFTER = 40


async def blocks_heard_of_a_burst(capacity_ms: int) -> int:
    """How many 10 ms blocks come through of 300 ms of audio that is sent at once."""
    async with (
        open_desk(jitter_buffer=JitterBuffer(capacity_ms=capacity_ms)) as desk,
        desk.answered() as (caller, link, _),
    ):
        speaking = asyncio.create_task(caller.speak(SILENCE_ON_WIRE, 10))
        await audio(link, 10)
        await speaking
        received = Received()
        for code in random.Random(1).sample(CODES, _BURST):
            received.sent(code, 0.0)
            caller.rtp.send(caller.media, bytes([code]) * 160)
        for _ in range(_FRAMES_AFTER):
            received.hear((await expect(link, CallerAudio)).pcm, 0.0)
        return len(received.blocks)


async def test_a_burst_beyond_the_buffer_is_dropped_and_not_played_late() -> None:
    # Some ticks may pass while the burst is sent on a busy machine, and each makes room for another 20 ms.
    small, large = await asyncio.gather(blocks_heard_of_a_burst(80), blocks_heard_of_a_burst(400))
    assert 2 <= small < large


def test_the_configuration_sets_how_much_is_kept() -> None:
    assert build_sip_settings(SipConfig()).jitter_buffer.capacity_ms == 80
    assert build_sip_settings(SipConfig(jitter_buffer_ms=200)).jitter_buffer.capacity_ms == 200
