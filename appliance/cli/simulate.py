"""`appliance simulate`: whole conversations in virtual time, to see what settings do to callers."""

import argparse
import json
import logging
from collections.abc import Sequence
from pathlib import Path

EXPECTATION_FAILED = 1


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "simulate",
        help="hold scripted conversations in virtual time and show how turns were taken",
        description="Runs scenarios (JSON or TOML, docs/simulator.md) through the real turn-taking code with simulated "
        "engines. Exits 1 when something expected was not so.",
    )
    parser.add_argument(
        "scenarios", nargs="+", type=Path, metavar="SCENARIO", help="a scenario file, or a folder of them"
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="take [turn] from this TOML file")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument("--timeline", action="store_true", help="show every event and action")


def run(arguments: argparse.Namespace) -> int:
    """Run the scenarios; 0 when every expectation holds, else 1."""
    from appliance.assembly.settings import build_turn_settings
    from appliance.cli.simulate_show import as_plain, lines
    from appliance.config import load_config
    from appliance.simulator.conversation import Simulator
    from appliance.simulator.outcome import Outcome
    from appliance.simulator.reading import read_scenario

    # A failure that the scenario asks for is in the timeline; it is no news for standard error.
    logging.getLogger("appliance").addHandler(logging.NullHandler())
    simulator = Simulator(*build_turn_settings(load_config(arguments.config)))
    scenarios = [(path, read_scenario(path)) for path in _files(arguments.scenarios)]
    outcomes: list[tuple[Path, Outcome]] = []
    for path, scenario in scenarios:
        outcomes.append((path, Outcome.of(simulator.run(scenario))))
        if not arguments.json:
            print("\n".join(lines(path, outcomes[-1][1], timeline=arguments.timeline)), flush=True)
    good = all(outcome.good for _, outcome in outcomes)
    if arguments.json:
        plain = [as_plain(path, outcome, timeline=arguments.timeline) for path, outcome in outcomes]
        print(json.dumps({"ok": good, "scenarios": plain}, indent=2, ensure_ascii=False))
    elif len(outcomes) > 1:
        failed = sum(not outcome.good for _, outcome in outcomes)
        print(f"{len(outcomes)} scenarios, {failed} failed")
    return 0 if good else EXPECTATION_FAILED


def _files(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(file for file in path.iterdir() if file.suffix in {".json", ".toml"})
        else:
            found.append(path)
    return found
