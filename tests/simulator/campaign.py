"""Many generated calls, and what does not hold in them: `python -m tests.simulator.campaign 2000 SEED`."""

import logging
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, given, seed, settings

from appliance.simulator.conversation import Simulator
from appliance.simulator.properties import broken
from appliance.simulator.report import Report
from appliance.simulator.scenario import Scenario
from tests.simulator.generated import scenarios


@dataclass
class Tally:
    """What a campaign found: `broken` counts each kind of problem, `examples` has one call of each."""

    calls: int = 0
    call_seconds: float = 0.0
    cpu_seconds: float = 0.0
    broken: Counter[str] = field(default_factory=Counter)
    examples: dict[str, tuple[str, Scenario]] = field(default_factory=dict)


def campaign(calls: int, number: int = 0) -> Tally:
    """Simulate `calls` generated calls; the same `number` gives the same ones every time."""
    tally = Tally()
    simulator = Simulator()
    began = time.process_time()

    @seed(number)
    @settings(
        max_examples=calls,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(scenarios())
    def every_call(scenario: Scenario) -> None:
        report = Report(simulator.run(scenario))
        tally.calls += 1
        tally.call_seconds += report.ends / 1000
        for problem in broken(report):
            kind = " ".join(word for word in problem.split() if not any(map(str.isdigit, word)))[:60]
            tally.broken[kind] += 1
            tally.examples.setdefault(kind, (problem, scenario))

    every_call()
    tally.cpu_seconds = time.process_time() - began
    return tally


def campaign_on_all_cores(calls: int, number: int = 0) -> Tally:
    """The same in a process a core, each with a share of the calls and a number of its own: `number` and those after
    it. How many cores there are changes which calls are drawn."""
    cores = min(os.cpu_count() or 1, calls)
    shares = [calls // cores + (core < calls % cores) for core in range(cores)]
    with ProcessPoolExecutor(cores, multiprocessing.get_context("spawn"), _quiet) as processes:
        return together(list(processes.map(campaign, shares, range(number, number + cores))))


def _quiet() -> None:
    logging.disable(logging.ERROR)  # failures that a scenario asks for are no news


def together(tallies: Sequence[Tally]) -> Tally:
    """What several campaigns found, as one."""
    whole = Tally()
    for tally in tallies:
        whole.calls += tally.calls
        whole.call_seconds += tally.call_seconds
        whole.cpu_seconds += tally.cpu_seconds
        whole.broken.update(tally.broken)
        whole.examples = tally.examples | whole.examples
    return whole


def main(arguments: list[str]) -> int:
    """Print what was found in so many calls (1000) of that number (0); 1 when something was."""
    calls, number = (*map(int, arguments), *(1000, 0)[len(arguments) :])
    tally = campaign_on_all_cores(calls, number)
    print(
        f"{tally.calls} calls, {tally.call_seconds / 60:.0f} call-minutes in {tally.cpu_seconds:.0f} s of CPU "
        f"({1000 * tally.cpu_seconds / max(1.0, tally.call_seconds / 30):.0f} ms for 30 s of call)"
    )
    for kind, count in tally.broken.most_common():
        problem, scenario = tally.examples[kind]
        print(f"{count} times: {kind}; for example {problem} in {scenario}")
    return 1 if tally.broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
