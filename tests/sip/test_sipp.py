"""The worker against sipp, a user agent that neither pjsip nor we wrote."""

import asyncio
import shutil

import pytest

from sip.messages import Answered, EndReason
from tests.sip.desk import expect, open_desk, settle

pytestmark = [
    pytest.mark.wire,
    pytest.mark.skipif(shutil.which("sipp") is None, reason="needs sipp: apt-get install sip-tester"),
]


@pytest.mark.parametrize("transport", ["u1", "t1"], ids=["udp", "tcp"])
async def test_sipp_calls_and_hangs_up(transport: str) -> None:
    async with open_desk() as desk:
        arguments = f"-sn uac -t {transport} -i 127.0.0.1 -m 3 -l 1 -d 200 -timeout 20 -nostdin -mi 127.0.0.1"
        sipp = await asyncio.create_subprocess_exec(
            "sipp",
            *arguments.split(),
            f"127.0.0.1:{desk.port}",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        for _ in range(3):
            link = await desk.next_call()
            link.answer()
            assert (await expect(link, Answered)).codec == "PCMU"
            await settle(link)
            assert link.ended
            assert link.ended.reason is EndReason.CALLER_HUNG_UP
        assert await sipp.wait() == 0
