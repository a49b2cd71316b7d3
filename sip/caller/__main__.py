"""`python -m sip.caller [PLAN.json]`: carry out a plan (from a file or standard input), print the result as JSON."""

import argparse
import asyncio
import gc
import json
import signal
import sys
from pathlib import Path

from sip.caller.media import ask_for_realtime
from sip.caller.plan import CallResult, plan_from_json, result_to_json
from sip.caller.runner import place_calls
from sip.errors import SipError


def _tell_progress(number: int, result: CallResult) -> None:
    line = {"call": number, "outcome": result.outcome, "status": result.status, "duration_s": result.duration_s}
    print(json.dumps(line), file=sys.stderr, flush=True)


def main() -> int:
    """0 when every call was carried out as planned, 1 when one was not, 2 when the plan is wrong, 130 on SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m sip.caller", description="A SIP test caller that measures.")
    parser.add_argument("plan", nargs="?", type=Path, help="a JSON plan; standard input without")
    parser.add_argument("--progress", action="store_true", help="a JSON line per finished call on standard error")
    arguments = parser.parse_args()
    # A job in a shell's background inherits that it is to ignore SIGINT, and would be killed in mid-call.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    ask_for_realtime()
    gc.disable()  # a full collection over the packet logs would make the audio late; the process is short-lived
    try:
        text = arguments.plan.read_text(encoding="utf-8") if arguments.plan else sys.stdin.read()
        result = asyncio.run(place_calls(plan_from_json(text), _tell_progress if arguments.progress else None))
    except SipError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"the plan cannot be read: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130  # every call was hung up
    print(result_to_json(result), flush=True)
    return 0 if all(call.status == 200 and not call.problems for call in result.calls) else 1


if __name__ == "__main__":
    sys.exit(main())
