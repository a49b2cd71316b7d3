"""The test caller as a process of its own, so that neither side's load bends the other's clock."""

import asyncio
import contextlib
import signal
import sys

from sip.caller.plan import CallerPlan, CallerResult, plan_to_json, result_from_json
from sip.errors import SipError

_PLAN_IS_WRONG = 2
_HANG_UP_S = 3.0


async def run_caller_process(plan: CallerPlan, module: str = "sip.caller") -> CallerResult:
    """Carry out a plan in a child process and return its result. Cancelling ends its calls and the process.

    `module`: another caller that reads a plan from standard input, prints a result and ends with the same codes.
    Raises SipError when the plan is wrong or the process fails.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, errors = await process.communicate(plan_to_json(plan).encode())
    finally:
        await _stop(process)
    if process.returncode == _PLAN_IS_WRONG:
        message, _, remedy = errors.decode(errors="replace").strip().partition(" — ")
        raise SipError(message, remedy or "mend the plan")
    if not output.strip():
        last_words = errors.decode(errors="replace").strip().rpartition("\n")[2]
        raise SipError(f"the test caller failed with exit code {process.returncode}", last_words or "run it by itself")
    return result_from_json(output)


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Let it hang up its calls; kill it where it does not end."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)
    try:
        async with asyncio.timeout(_HANG_UP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
