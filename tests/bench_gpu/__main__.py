"""`python -m tests.bench_gpu`: measure the engines on this machine's GPU and how many calls it holds.

Needs a Python with torch for the GPU and this checkout, no network. Without a GPU every step runs with models of no
size on the CPU, which shows that it works and measures nothing.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from models.whisper.settings import WhisperSettings
from tests.bench import conditions
from tests.bench.document import with_section
from tests.bench_gpu import report, stacks
from tests.bench_gpu.machine import Device, NoTorchError, device, library_folder, library_roots, machine
from tests.bench_gpu.results import Result, Step, UnreadableResultError, as_json, joined, read
from tests.bench_gpu.runner import Planned, Runner

_SECTION: Final = "gpu"
_RESULT: Final = "result.json"
_DOCUMENT: Final = Path("docs/benchmarks.md")
_BUDGET_S: Final = 520.0
_REPLAY_S: Final = 70.0
# What a capacity cannot be told without comes first; a step that has no time left is reported.
PLAN: Final = (
    Planned("check", 60),
    Planned("whisper-ctranslate2", 130),
    Planned("whisper-torch", 100),
    Planned("qwen3-8b-vllm", 200),
    Planned("qwen3-8b-torch", 100),
    Planned("piper", 80),
    Planned("qwen3-4b-torch", 80),
    Planned("sharing", 80),
    Planned("qwen3-14b-torch", 100),
    Planned("whisper-small-torch", 60),
    Planned("whisper-medium-torch", 60),
    Planned("qwen3-4b-vllm", 150),
)
_WHISPER: Final = "whisper-large-v3-turbo"
_DECODERS: Final = ("qwen3-8b", "qwen3-4b", "qwen3-14b")


def main(arguments: Sequence[str]) -> int:
    """Measure or record; 1 when a step failed, 2 when nothing could be measured or recorded."""
    parsed = _parser().parse_args(arguments)
    try:
        if parsed.record is not None:
            return _recorded(parsed.record, parsed.document)
        with tempfile.TemporaryDirectory(prefix="bench-gpu-") as scratch:
            return _measured(parsed, Path(scratch))
    except (NoTorchError, UnreadableResultError, subprocess.CalledProcessError) as error:
        print(f"{error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench_gpu", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out/bench-gpu"), help="result.json, report.md and log.txt")
    parser.add_argument("--wheels", type=Path, metavar="DIR", help="wheels to use besides what is installed")
    parser.add_argument("--tiny", action="store_true", help="models of no size, also where there is a GPU")
    parser.add_argument("--budget", type=float, default=_BUDGET_S, metavar="SECONDS", help=f"default: {_BUDGET_S:.0f}")
    parser.add_argument("--only", nargs="+", metavar="STEP", choices=[it.name for it in PLAN], help="these steps alone")
    parser.add_argument("--add", action="store_true", help="to what --out has of other steps, on the same machine")
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help="put a result.json into the document, measure nothing"
    )
    parser.add_argument("--document", type=Path, default=_DOCUMENT, help=f"default: {_DOCUMENT}")
    return parser


def _recorded(file: Path, document: Path) -> int:
    result = read(file)
    if result.tiny:
        raise UnreadableResultError(f"{file} is of models of no size: its figures mean nothing")
    _record(result, document)
    return 0


def _record(result: Result, document: Path) -> None:
    document.parent.mkdir(parents=True, exist_ok=True)
    before = document.read_text(encoding="utf-8") if document.exists() else ""
    document.write_text(with_section(before, _SECTION, report.section(result)), encoding="utf-8")
    _say(f"written to {document}")


def _measured(parsed: argparse.Namespace, scratch: Path) -> int:
    began = time.monotonic()
    parsed.out.mkdir(parents=True, exist_ok=True)
    log = parsed.out / "log.txt"
    log.write_text("", encoding="utf-8")
    site = _installed(parsed.wheels, scratch) if parsed.wheels else None
    environment = _environment(site, scratch)
    seen = device(environment)
    tiny = parsed.tiny or not seen.gpu
    _say(_introduction(seen, tiny=tiny))
    result = Result(conditions.now(), conditions.commit(), tiny, machine(seen, site))
    if parsed.add and (parsed.out / _RESULT).exists():
        result = joined(read(parsed.out / _RESULT), result)
    deadline = began + parsed.budget
    runner = Runner("cuda" if seen.gpu else "cpu", tiny, environment, log, deadline - _REPLAY_S, _say)
    for planned in PLAN:
        if parsed.only is None or planned.name in parsed.only:
            step, rows = runner.run(planned)
            result = joined(result, _of_step(result, rows, step))
            _say(f"{step.name}: {step.error or ' '.join(step.notes) or 'measured'} ({step.took_s:.0f} s)")
            _write(result, parsed.out)
    result = _replayed(result, deadline)
    text = _write(result, parsed.out)
    print(f"\n{text}")
    if not tiny:
        _record(result, parsed.document)
    failed = [step.name for step in result.steps if step.error is not None]
    _say(f"{parsed.out}/result.json; {'failed: ' + ', '.join(failed) if failed else 'every step ran'}")
    return int(bool(failed))


def _introduction(seen: Device, *, tiny: bool) -> str:
    if not seen.gpu:
        return "There is no GPU here: every step runs with models of no size on the CPU. Its figures mean nothing."
    return f"{seen.gpu}: {'models of no size; the figures mean nothing' if tiny else 'models of the real shapes'}"


def _of_step(result: Result, rows: Mapping[str, tuple[Any, ...]], step: Step) -> Result:
    """What one step found, and nothing else."""
    found: dict[str, Any] = {**rows, "steps": (step,)}
    return Result(result.when, result.commit, result.tiny, result.machine, **found)


def _replayed(result: Result, deadline: float) -> Result:
    _say("replay")
    whisper, decoders = (_WHISPER, _DECODERS) if not result.tiny else ("tiny-whisper", ("tiny-qwen3",))
    batch = WhisperSettings().batch
    times = stacks.stacks(result, whisper, decoders)
    shown = (1, 4) if result.tiny else stacks.SHOWN
    most = 8 if result.tiny else stacks.MOST_CALLS
    return stacks.replayed(result, times, batch, lambda: time.monotonic() < deadline, shown, most)


def _write(result: Result, out: Path) -> str:
    """The files so far, and the report's text."""
    text = report.section(result).as_text()
    warning = "**Models of no size: these figures mean nothing.**\n\n" if result.tiny else ""
    (out / _RESULT).write_text(as_json(result), encoding="utf-8")
    (out / "report.md").write_text(f"{warning}{text}\n", encoding="utf-8")
    return warning + text


def _installed(wheels: Path, scratch: Path) -> Path:
    """A folder with what is in `wheels`, outside of what is installed."""
    site = scratch / "site"
    found = sorted(str(path) for path in wheels.glob("*.whl"))
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-compile"]
    if found:
        subprocess.run([*command, "--upgrade", "--target", str(site), *found], check=True)
    return site


def _environment(site: Path | None, scratch: Path) -> dict[str, str]:
    """For the steps: what is in `site` comes first, and CTranslate2 finds cuBLAS."""
    environment = dict(os.environ)
    paths = [str(Path.cwd()), *([str(site)] if site else []), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    libraries = library_folder(scratch / "lib", library_roots())
    if libraries is not None:
        found = [environment.get("LD_LIBRARY_PATH", ""), str(libraries)]
        environment["LD_LIBRARY_PATH"] = os.pathsep.join(filter(None, found))
    return environment


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
