"""`appliance call`: place test calls to a SIP line and measure it on the wire."""

import argparse
import asyncio
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from sip.caller.analysis import Kind, Percentiles, Turn
from sip.caller.plan import CallerPlan, CallerResult, CallPlan, CallResult, Outcome, result_to_json
from sip.caller.process import run_caller_process
from sip.caller.rtp import checked_digits
from sip.caller.script import HangUp, Play, PlayOver, Purpose, SendDigits, Step, WaitForAgentSilence
from sip.errors import SipError

_OVER = re.compile(r"^(?P<file>.+)@(?P<after>\d+(?:\.\d+)?)$")


class _InOrder(argparse.Action):
    """Keeps what --play, --interrupt and --digits ask for in the order of the command line."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[object] | None,
        option_string: str | None = None,
    ) -> None:
        asked = [*getattr(namespace, self.dest, [])]
        asked.append(((option_string or "").lstrip("-"), str(values)))
        setattr(namespace, self.dest, asked)


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `call` to the command line."""
    parser = subparsers.add_parser(
        "call",
        help="place a test call and measure how the line answers",
        description="Calls a SIP line, says what the WAV files say, and measures the answers on its RTP packets. "
        "--play, --interrupt, --backchannel and --digits are carried out in the order given.",
    )
    parser.add_argument("to", metavar="sip:USER@HOST:PORT", help="the line to call, over UDP")
    for option, metavar, text in (
        ("--play", "FILE.wav", "say this once the agent has spoken and has been silent for a while"),
        ("--interrupt", "FILE.wav@SECONDS", "say this over the agent, so long after it began to speak"),
        ("--backchannel", "FILE.wav@SECONDS", "the same, but meant as a listener's 'mm-hm': it asks for no answer"),
        ("--digits", "KEYS", "press these keys once the agent has been silent for a while"),
    ):
        parser.add_argument(option, metavar=metavar, dest="asked", action=_InOrder, default=[], help=text)
    parser.add_argument("--silence-ms", type=float, default=700, metavar="MS", help="how long 'a while' is (700)")
    parser.add_argument("--patience", type=float, default=15, metavar="S", help="how long to wait for the agent (15)")
    parser.add_argument("--calls", type=int, default=1, metavar="N", help="so many such calls at once")
    parser.add_argument("--caller", default="caller", metavar="NAME", help="the user part of the caller's address")
    parser.add_argument("--record", type=Path, metavar="OUT.wav", help="two channels: the caller as sent, the agent")
    parser.add_argument("--json", action="store_true", help="print everything measured as JSON")


def run(arguments: argparse.Namespace) -> int:
    """0 when every call was answered and the agent did its part, 1 otherwise. Raises SipError for wrong arguments."""
    result = asyncio.run(run_caller_process(_plan(arguments)))
    if arguments.json:
        print(result_to_json(result, indent=2))
    else:
        _print_result(result)
    return 0 if all(_went_well(call) for call in result.calls) else 1


def _plan(arguments: argparse.Namespace) -> CallerPlan:
    if arguments.calls < 1:
        raise SipError(f"--calls {arguments.calls} is no number of calls", "give 1 or more")
    if not re.fullmatch(r"[A-Za-z0-9._+\-]+", arguments.caller):
        raise SipError("--caller holds characters that no SIP user may have", "use letters, digits and . _ + -")
    if arguments.silence_ms < 0 or arguments.patience < 0:
        raise SipError("--silence-ms and --patience cannot be negative", "give 0 or more")
    steps = tuple(
        step
        for option, value in arguments.asked
        for step in _steps(option, value, arguments.silence_ms, arguments.patience)
    )
    ending = (WaitForAgentSilence(arguments.silence_ms, arguments.patience), HangUp())
    calls = tuple(
        CallPlan(
            arguments.to,
            (*steps, *ending),
            caller=arguments.caller,
            record=_record_path(arguments.record, number, arguments.calls),
        )
        for number in range(1, arguments.calls + 1)
    )
    return CallerPlan(calls)


def _steps(option: str, value: str, silence_ms: float, patience_s: float) -> list[Step]:
    if option == "play":
        return [WaitForAgentSilence(silence_ms, patience_s), Play(Path(value))]
    if option == "digits":
        return [WaitForAgentSilence(silence_ms, patience_s), SendDigits(checked_digits(value))]
    match = _OVER.match(value)
    if match is None:
        raise SipError(f"--{option} {value} does not say when", "write FILE.wav@SECONDS, for example stop.wav@1.5")
    return [PlayOver(Path(match["file"]), float(match["after"]), Purpose(option), patience_s)]


def _record_path(path: Path | None, number: int, calls: int) -> Path | None:
    """The file itself for one call; `out-1.wav`, `out-2.wav` and so on for several."""
    return path if path is None or calls == 1 else path.with_stem(f"{path.stem}-{number}")


def _went_well(call: CallResult) -> bool:
    carried_out = call.outcome in (Outcome.COMPLETED, Outcome.ENDED_BY_AGENT)
    return carried_out and not call.problems and not any(step.gave_up for step in call.steps)


def _print_result(result: CallerResult) -> None:
    for number, call in enumerate(result.calls, start=1):
        print(f"call {number}: {_headline(call)}")
        for problem in call.problems:
            print(f"  problem: {problem}", file=sys.stderr)
        for turn_number, turn in enumerate(call.turns, start=1):
            print(f"  {turn_number:2} {turn.kind:<11} {turn.name:<24} {_describe(turn)}")
        for step in call.steps:
            if step.gave_up:
                print(f"  step {step.index + 1} ({step.step}): the agent did not do its part in time")
        if call.received is not None and call.sent is not None:
            print(
                f"  audio in: {call.received.packets} packets, {call.received.lost} lost, "
                f"longest gap {call.received.max_gap_ms} ms, jitter {call.received.jitter_ms} ms; "
                f"out: {call.sent.packets} packets, at most {call.sent.late_max_ms} ms late"
            )
    for name, figures in (
        ("response latency", result.summary.response_latency),
        ("time to silence", result.summary.time_to_silence),
    ):
        print(f"{name}: {_figures(figures)}")


def _headline(call: CallResult) -> str:
    if call.answered_after_ms is None:
        retry = f", try again after {call.retry_after_s} s" if call.retry_after_s is not None else ""
        status = f" ({call.status} {call.reason}{retry})" if call.status else ""
        return f"{call.outcome}{status}"
    transfer = ", transferred" if call.transfer_target else ""
    return f"{call.outcome}{transfer}, {call.codec}, answered after {call.answered_after_ms} ms, {call.duration_s} s"


def _describe(turn: Turn) -> str:
    parts = []
    if turn.time_to_silence_ms is not None:
        parts.append(f"silence after {turn.time_to_silence_ms} ms")
    elif turn.agent_was_speaking:
        parts.append("the agent spoke on")
    if turn.cut_in_ms is not None:
        parts.append(f"the agent cut in {turn.cut_in_ms} ms before the end")
    if turn.response_latency_ms is not None:
        parts.append(f"answer after {turn.response_latency_ms} ms")
    elif turn.kind is not Kind.BACKCHANNEL:
        parts.append("no answer measured")
    return ", ".join(parts)


def _figures(figures: Percentiles | None) -> str:
    if figures is None:
        return "not measured"
    return f"p50 {figures.p50_ms} ms, p95 {figures.p95_ms} ms, max {figures.max_ms} ms ({figures.count} turns)"
