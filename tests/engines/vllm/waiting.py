"""Waiting for what nobody tells."""

import asyncio
from collections.abc import Callable


async def until(condition: Callable[[], bool]) -> None:
    """Until `condition`, which may block, holds; `TimeoutError` after a minute."""
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.02)
