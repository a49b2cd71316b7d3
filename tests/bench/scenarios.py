"""Conversations in virtual time: what does not hold in many that nobody wrote, and what one costs."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from appliance.simulator.conversation import Simulator
from appliance.simulator.reading import read_scenario
from tests.bench.bench import progress
from tests.bench.options import Options
from tests.bench.report import Figure, Report, Table, percentile
from tests.simulator.campaign import Tally, campaign_on_all_cores

DIALOGUE: Final = Path(__file__).with_name("dialogue_of_30_s.json")
_DIALOGUE_LIMIT_MS: Final = 50.0
_TIMES: Final = 25


async def measure(options: Options) -> Report:
    """Run the dialogue, then the campaign. Nothing here waits for real time."""
    return await asyncio.to_thread(_measured, options)  # for a loop of virtual time cannot run within another


def _measured(options: Options) -> Report:
    logging.disable(logging.ERROR)  # failures that a scenario asks for are no news
    try:
        dialogue_ms = dialogue_cpu_ms()
        progress(f"{options.scenarios} generated scenarios")
        return report(campaign_on_all_cores(options.scenarios), dialogue_ms)
    finally:
        logging.disable(logging.NOTSET)


def dialogue_cpu_ms() -> list[float]:
    """CPU time of the dialogue, time and again, ms."""
    simulator, scenario = Simulator(), read_scenario(DIALOGUE)
    times = []
    for _ in range(_TIMES):
        began = time.process_time()
        simulator.run(scenario)
        times.append(1000 * (time.process_time() - began))
    return times


def report(tally: Tally, dialogue_ms: Sequence[float]) -> Report:
    """What the campaign found and what both cost."""
    call_minutes = tally.call_seconds / 60
    broken = sum(tally.broken.values())
    return Report(
        how=f"{tally.calls} scenarios drawn by hypothesis (who says what when, delays, scores, failures; always the "
        "same ones) through the real session, turn core, listening and speaking code with simulated engines, in one "
        "process a core, drawing and checking included; each is checked for the properties of `appliance/simulator/"
        "properties.py`. The dialogue of 30 s is `tests/bench/dialogue_of_30_s.json`: four turns, a backchannel, two "
        "interruptions, a mid-thought pause.",
        figures=(
            Figure("violations of a property", broken, "violations", 0, tally.calls),
            Figure("simulated call-minutes", call_minutes, "min"),
            Figure("call-minutes per CPU-minute", 60 * call_minutes / tally.cpu_seconds, "min"),
            Figure(
                "CPU of the dialogue of 30 s, median", percentile(dialogue_ms, 50), "ms", _DIALOGUE_LIMIT_MS, _TIMES
            ),
            Figure("CPU of the dialogue of 30 s, most", max(dialogue_ms), "ms", None, _TIMES),
        ),
        tables=(_violations(tally.broken),) if broken else (),
    )


def _violations(broken: Counter[str]) -> Table:
    return Table(
        "Violations by property", ("what", "times"), tuple((kind, str(times)) for kind, times in broken.most_common())
    )
