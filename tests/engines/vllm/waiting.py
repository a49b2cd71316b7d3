"""Waiting for what nobody tells."""

import asyncio
from collections.abc import Callable

from models.openai_chat.client import OpenAiChat


async def until(condition: Callable[[], bool]) -> None:
    """Until `condition`, which may block, holds; `TimeoutError` after five minutes."""
    async with asyncio.timeout(300):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.02)


async def closed(model: OpenAiChat) -> None:
    """Close the client and wait until its connections are."""
    tasks = {task for task in (model._keeper, *model._prefills) if task is not None}
    model.close()
    if tasks:
        await asyncio.wait(tasks)
