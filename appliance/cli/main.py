"""The `appliance` command. Each module named in `COMMANDS` is a subcommand.

``add_parser(subparsers)`` adds the subcommand's parser; ``run(arguments)`` does the work and returns the exit
status. A module is imported only when its command is given, so that ``--help`` is fast.
"""

import argparse
import importlib
import os
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata

COMMANDS: Mapping[str, str] = {
    "demo": "hold a whole conversation on this machine and show it",
    "serve": "answer calls until told to stop",
    "check": "say whether the configuration would work here",
    "simulate": "hold scripted conversations in virtual time and show how turns were taken",
    "tune": "measure endpointing on labelled turns and recommend settings",
    "call": "place test calls to a SIP line and measure it on the wire",
    "models": "list, fetch, verify and carry the models",
}
"""The subcommands and what `appliance --help` says about each."""

USER_ERROR = 2
INTERNAL_ERROR = 70
INTERRUPTED = 130
BROKEN_PIPE = 141


def main(arguments: Sequence[str] | None = None, commands: Mapping[str, str] = COMMANDS) -> int:
    """Run a command line (by default the process's) and return the exit status.

    2: something the user can mend, said in one line each on standard error; 70: a fault of ours; 130: Ctrl-C;
    141: whoever read our output has gone. ``--traceback`` shows everything.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        try:
            parsed = _parser(words, commands).parse_args(words)
            status: int = parsed.run(parsed)
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Python flushes standard output once more at exit, which must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except Exception as error:
        if "--traceback" in words:
            traceback.print_exc()
        return _explain(error)
    return status


def _parser(words: Sequence[str], commands: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="appliance", description="A voice agent that answers a clinic's own phone lines, on the clinic's machine."
    )
    parser.add_argument("--version", action="version", version=metadata.version("clinic-voice-appliance"))
    parser.add_argument("--traceback", action="store_true", help="show where an error came from")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    # Only the command that is meant is imported; --help and a wrong name need none.
    named = next((word for word in words if not word.startswith("-")), "")
    if named in commands:
        command = importlib.import_module(f"appliance.cli.{named}")
        command.add_parser(subparsers)
        subparsers.choices[named].set_defaults(run=command.run)
    else:
        for name, summary in commands.items():
            subparsers.add_parser(name, help=summary)
    for subparser in subparsers.choices.values():
        subparser.add_argument("--traceback", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return parser


def _explain(error: Exception) -> int:
    leaves = list(_leaves(error))
    lines = [line for leaf in leaves for line in _lines(leaf)]
    mendable = all(_remedy(leaf) for leaf in leaves)
    for line in dict.fromkeys(lines):
        print(f"appliance: {line}", file=sys.stderr)
    return USER_ERROR if mendable else INTERNAL_ERROR


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


def _remedy(error: BaseException) -> str:
    return str(getattr(error, "remedy", ""))


def _lines(error: BaseException) -> list[str]:
    """What to say about an error. The message of one that is not ours may quote a caller, so it is not shown."""
    if problems := getattr(error, "problems", ()):
        return [str(problem) for problem in problems]
    if _remedy(error):
        return [f"{getattr(error, 'message', error)} — {_remedy(error)}"]
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return [f"internal error: {type(error).__name__}{place} — run again with --traceback to see it all, and report it"]


if __name__ == "__main__":
    sys.exit(main())
