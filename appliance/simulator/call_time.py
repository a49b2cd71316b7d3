"""The time of a simulated call."""

import asyncio


class CallTime:
    """Counts ms of the running loop's clock from now."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()

    @property
    def now_ms(self) -> float:
        """Ms since the call began. Rounded, since sums of seconds miss whole ms by a hair."""
        return round((self._loop.time() - self._began) * 1000, 6)
