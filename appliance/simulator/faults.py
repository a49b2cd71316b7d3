"""Failures of engines at the times that the scenario gives."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from appliance.simulator.call_time import CallTime
from appliance.simulator.scenario import Engine, Failure, Fault
from models.errors import EngineError


class Faults:
    """Lets requests to engines pass, or go wrong as planned."""

    def __init__(self, failures: Sequence[Failure], time: CallTime) -> None:
        self._failures = tuple(failures)
        self._time = time
        self._passed: Counter[Failure] = Counter()

    async def meet(self, engine: Engine) -> None:
        """A request to `engine` begins: returns when nothing is in its way. Raises `EngineError`."""
        now = self._time.now_ms
        for failure in self._failures:
            if not failure.covers(engine, now):
                continue
            self._passed[failure] += 1
            if self._passed[failure] <= failure.after:
                continue
            if failure.fault is Fault.STALLS:
                await asyncio.sleep(failure.stall / 1000)
            elif failure.fault is Fault.HANGS:
                await asyncio.Event().wait()
            else:
                raise EngineError(f"the simulated {engine} fails, as the scenario says", "take the failure out")
