"""`appliance check`: would it work? A line each: OK, or what to do."""

import argparse
import asyncio
import dataclasses
import json
from pathlib import Path
from typing import Any


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "check",
        help="say whether the configuration would work here",
        description="Checks configuration, files, disk, ports and engines without taking calls. "
        "Exits 0 when all is well and 1 when something would not work. Ports count as taken while the appliance runs.",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="the TOML file (default: the demo's setting)")
    parser.add_argument("--json", action="store_true", help="print findings as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the findings; 0 when all of them are good, else 1."""
    from appliance.assembly import engine_loaders
    from appliance.assembly.gpu_memory import gpus
    from appliance.cli.probes import check_file

    def show(finding: Any) -> None:
        if not arguments.json:
            print(finding, flush=True)

    findings = asyncio.run(check_file(arguments.config, engine_loaders, gpus, show))
    good = all(finding.ok for finding in findings)
    if arguments.json:
        print(json.dumps({"ok": good, "findings": [dataclasses.asdict(finding) for finding in findings]}, indent=2))
    return 0 if good else 1
