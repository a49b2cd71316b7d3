"""The demo on the terminal: a live transcript, a table of the turns, where the files are."""

import sys
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from appliance.trace import RESPONSE_LATENCY, CallTrace, Stage, TurnTrace
from sip.caller.analysis import Kind, percentiles
from sip.caller.plan import CallResult

_COLUMNS = (
    ("soft end", "soft_end"),
    ("words", "transcript_final"),
    ("decision", "decision"),
    ("1st text", "first_token"),
    ("1st clause", "first_clause"),
    ("1st audio", "first_audio"),
    ("1st packet", "first_packet"),
    ("in all", RESPONSE_LATENCY),
)
_NARROW = 100


class LiveTranscript:
    """Prints what each side said as soon as it is known: a caller's turn at its end, the agent's words once heard."""

    def __init__(self) -> None:
        # In a pipe nothing is wrapped or coloured, so that every line stays a line.
        terminal = sys.stdout.isatty()
        self.console = Console(highlight=False, soft_wrap=not terminal, width=None if terminal else 200)
        self._turns: dict[int, str] = {}
        self._holds: dict[int, int] = {}
        self._utterances = 0

    def say(self, text: str) -> None:
        """A line of our own."""
        self.console.print(Text(text, style="dim"))

    def update(self, trace: CallTrace) -> None:
        """Print what is new in the trace."""
        lines = [*self._new_turns(trace.turns), *self._new_utterances(trace)]
        for _, line in sorted(lines, key=lambda item: item[0]):
            self.console.print(line)

    def _new_turns(self, turns: Iterable[TurnTrace]) -> Iterable[tuple[float, Text]]:
        for turn in turns:
            decided = turn.at_ms.get(Stage.DECISION)
            if decided is not None and self._turns.get(turn.turn) != turn.text:
                again = " (went on)" if turn.turn in self._turns else ""
                self._turns[turn.turn] = turn.text
                began = turn.at_ms.get(Stage.SPEECH_BEGAN, decided)
                yield began, _line(began, "caller", "cyan", (turn.text or "(nothing intelligible)") + again)
            if turn.resumed_holds > self._holds.get(turn.turn, 0):
                self._holds[turn.turn] = turn.resumed_holds
                at = max(turn.at_ms.values(), default=0.0)
                yield at, _line(at, "", "dim", "(the caller made a sound; the agent paused and went on)")

    def _new_utterances(self, trace: CallTrace) -> Iterable[tuple[float, Text]]:
        for utterance in trace.utterances[self._utterances :]:
            cut = " — (interrupted)" if utterance.cut else ""
            yield utterance.began_ms, _line(utterance.began_ms, "agent", "green", utterance.heard.strip() + cut)
        self._utterances = len(trace.utterances)


def _line(at_ms: float, who: str, style: str, words: str) -> Text:
    return Text.assemble((f"{at_ms / 1000:7.2f} s  ", "dim"), (f"{who:<7}", style), words)


def show_outcome(live: LiveTranscript, trace: CallTrace, caller: CallResult, directory: Path, *, booked: bool) -> None:
    """The table of turns, what the caller measured on the wire, and where the files are."""
    console = live.console
    console.print()
    console.print(_turn_table(trace, narrow=console.width < _NARROW))
    console.print(
        "ms; each stage from the later of those it waits for, in all from the caller's last sound to the first packet."
    )
    _show_wire(console, caller)
    for name, path in (
        ("recording", directory / "recordings" / f"{trace.call_id}.wav"),
        ("trace", directory / "traces" / f"{trace.call_id}.json"),
        ("picture", directory / f"{trace.call_id}.svg"),
    ):
        console.print(f"{name:<10}{path}")
    verdict = Text("the appointment was booked", "bold green") if booked else Text("NO appointment booked", "bold red")
    console.print(verdict)


def _turn_table(trace: CallTrace, *, narrow: bool) -> Table:
    table = Table(title="turns", title_justify="left", box=None, pad_edge=False)
    table.add_column("turn", justify="right")
    if not narrow:
        table.add_column("the caller, as understood", max_width=42)
    table.add_column("score", justify="right")
    for title, _ in _COLUMNS:
        table.add_column(title, justify="right")
    table.add_column("silence after interruption", justify="right")
    for turn in trace.turns:
        durations = turn.durations_ms()
        cells = [_ms(durations.get(key)) for _, key in _COLUMNS]
        table.add_row(
            str(turn.turn),
            *([] if narrow else [turn.text]),
            "" if turn.score is None else f"{turn.score:.2f}",
            *cells,
            _ms(durations.get("barge_in_silence")),
        )
    for name in ("p50_ms", "p95_ms"):
        cells = [_percentile(trace, key, name) for _, key in _COLUMNS]
        table.add_row(name.removesuffix("_ms"), *([] if narrow else [""]), "", *cells, "", style="bold")
    return table


def _percentile(trace: CallTrace, key: str, name: str) -> str:
    figures = percentiles([turn.durations_ms()[key] for turn in trace.turns if key in turn.durations_ms()])
    return "" if figures is None else _ms(getattr(figures, name))


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"


def _show_wire(console: Console, caller: CallResult) -> None:
    latency = percentiles([t.response_latency_ms for t in caller.turns if t.response_latency_ms is not None])
    silence = percentiles(
        [
            turn.time_to_silence_ms
            for turn in caller.turns
            if turn.kind is Kind.INTERRUPT and turn.time_to_silence_ms is not None
        ]
    )
    console.print()
    console.print("measured by the caller on its own packets:")
    for name, figures in (("response latency", latency), ("silence after an interruption", silence)):
        if figures is not None:
            console.print(f"  {name}: p50 {figures.p50_ms:.0f} ms, p95 {figures.p95_ms:.0f} ms ({figures.count} times)")
    if caller.received is not None:
        console.print(f"  longest gap between packets {caller.received.max_gap_ms:.0f} ms, {caller.received.lost} lost")
    for problem in caller.problems:
        console.print(f"  problem: {problem}")
    console.print()
