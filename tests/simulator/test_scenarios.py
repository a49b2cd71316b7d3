"""The conversations that turn-taking must master, each a scenario with exact numbers in tests/simulator/scenarios."""

from pathlib import Path

import pytest

from appliance.simulator.conversation import Simulator
from appliance.simulator.outcome import Outcome
from appliance.simulator.reading import read_scenario

SCENARIOS = sorted((Path(__file__).parent / "scenarios").glob("*.json"))


@pytest.fixture(scope="module")
def simulator() -> Simulator:
    return Simulator()


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_scenario(path: Path, simulator: Simulator) -> None:
    outcome = Outcome.of(simulator.run(read_scenario(path)))
    assert outcome.good, "\n".join(outcome.problems)


def test_a_scenario_runs_the_same_every_time(simulator: Simulator) -> None:
    scenario = read_scenario(next(path for path in SCENARIOS if path.stem == "04-ten-backchannels"))
    first, second = simulator.run(scenario), Simulator().run(scenario)
    assert first.steps == second.steps
    assert [bool(pcm) for pcm in first.played] == [bool(pcm) for pcm in second.played]
