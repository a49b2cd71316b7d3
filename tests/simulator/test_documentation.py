"""The example in docs/simulator.md does what is said there."""

import dataclasses
import json
import re
from pathlib import Path

from appliance.simulator.conversation import Simulator
from appliance.simulator.expectations import CHECKS
from appliance.simulator.outcome import Outcome
from appliance.simulator.reading import parse_scenario
from appliance.turn.settings import EndpointingSettings, TurnSettings

PAGE = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")


def test_the_example_holds_with_the_defaults_and_fails_with_impatient_settings() -> None:
    example = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    scenario = parse_scenario(json.loads(example[1]), "docs/simulator.md")
    outcome = Outcome.of(Simulator().run(scenario))
    assert outcome.good, outcome.problems
    impatient = dataclasses.replace(TurnSettings(), endpointing=EndpointingSettings(longest_wait_ms=300))
    outcome = Outcome.of(Simulator(impatient).run(scenario))
    assert [verdict.expected.kind for verdict in outcome.verdicts if verdict.problem] == ["cut_ins"]


def test_every_expectation_is_described() -> None:
    assert [kind for kind in CHECKS if f"`{kind}:" not in PAGE] == []
