"""Runs the steps one after the other, each in a process of its own and within the time that is left."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.bench_gpu.results import Step, rows_from_json

_NOT_HERE: Final = 3
_NO_TIME_S: Final = 10.0

Rows = Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Planned:
    """A step, and the seconds after which it is given up."""

    name: str
    limit_s: float


@dataclass(frozen=True, slots=True)
class Runner:
    """`deadline` is on `time.monotonic()`; what the steps print goes to `log`."""

    device: str
    tiny: bool
    environment: Mapping[str, str]
    log: Path
    deadline: float
    say: Callable[[str], None]

    def run(self, planned: Planned) -> tuple[Step, Rows]:
        """The step, and what it found; a step that breaks says why, and nothing else breaks."""
        left_s = self.deadline - time.monotonic()
        if left_s < _NO_TIME_S:
            return Step(planned.name, 0.0, "no time was left"), {}
        self.say(planned.name)
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="bench-gpu-") as directory:
            rows, notes = Path(directory) / "rows.json", Path(directory) / "notes.txt"
            arguments = ["--device", self.device, "--rows", str(rows), "--notes", str(notes)]
            arguments += ["--tiny"] if self.tiny else []
            status, output = self._process([planned.name, *arguments], min(planned.limit_s, left_s))
            took_s = round(time.monotonic() - began, 1)
            if status == 0:
                noted = tuple(filter(None, notes.read_text(encoding="utf-8").split("\n")))
                return Step(planned.name, took_s, None, noted), rows_from_json(rows.read_text(encoding="utf-8"))
        last = (output.strip().splitlines() or ["no output"])[-1]
        if status == _NOT_HERE:
            return Step(planned.name, took_s, None, (last,)), {}
        why = f"no end within {took_s:.0f} s" if status is None else f"exit status {status}: {last}"
        return Step(planned.name, took_s, why), {}

    def _process(self, arguments: list[str], limit_s: float) -> tuple[int | None, str]:
        """The exit status, None after too long, and what was printed."""
        # A session of its own: whatever it started ends with it.
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench_gpu.step", *arguments],
            env=dict(self.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=limit_s)
            status: int | None = process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            status = None
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"==== {' '.join(arguments)}: {status}\n{output}\n")
        return status, output
