"""`appliance serve`: answer calls until told to stop."""

import argparse
from pathlib import Path


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "serve",
        help="answer calls until told to stop",
        description="Runs in the foreground until SIGTERM or Ctrl-C, then drains: no new calls are taken, running ones "
        "finish or are told after [sip] drain_limit_s, and the exit status is 0.",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="the TOML file (default: the demo's setting)")
    parser.add_argument(
        "--line-check",
        type=Path,
        metavar="WAV",
        help="no speech recognition and no dialogue: play this file when the caller stops, stop when the caller speaks",
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve; 0 after an orderly end."""
    import uvloop

    from appliance.cli.service import serve
    from appliance.config import load_config
    from appliance.logs import configure_logs

    config = load_config(arguments.config)
    configure_logs(config.log.level, config.log.format)
    # libuv's loop: to be woken by a call's socket after 20 ms of sleep costs 95 us of CPU instead of asyncio's 350.
    uvloop.run(serve(config, arguments.line_check))
    return 0
