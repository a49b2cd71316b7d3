import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench_gpu.results import read

STEPS = ("check", "whisper-torch", "qwen3-8b-torch", "piper", "sharing")


def python_with_torch() -> str:
    """This Python, or that of a virtualenv of the checkout; skips without one."""
    for python in (sys.executable, ".venv-bench/bin/python", ".venv-vllm-cpu/bin/python"):
        asked = [python, "-c", "import torch"]
        if Path(python).exists() and not subprocess.run(asked, capture_output=True, check=False).returncode:
            return python
    pytest.skip("no Python with torch: make .venv-bench/.installed")


@pytest.mark.engines
@pytest.mark.timeout(300)
def test_every_step_runs_in_small_and_a_capacity_comes_out(tmp_path: Path) -> None:
    python = python_with_torch()
    document = tmp_path / "benchmarks.md"
    command = [python, "-m", "tests.bench_gpu", "--tiny", "--out", str(tmp_path / "out"), "--document", str(document)]
    ran = subprocess.run([*command, "--only", *STEPS], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    result = read(tmp_path / "out" / "result.json")
    assert [(step.name, step.error) for step in result.steps] == [(name, None) for name in STEPS]
    assert {(row.audio_s, row.batch) for row in result.final_passes} == {(1, 1), (1, 4), (4, 1), (4, 4)}
    assert [row.lines for row in result.generations] == [1, 4]
    assert {row.device for row in result.speeches} >= {"cpu"}
    assert result.sharing
    assert {capacity.limit_ms for capacity in result.capacities} == {500, 800}
    assert "Models of no size" in (tmp_path / "out" / "report.md").read_text()
    assert not document.exists(), "figures that mean nothing are not recorded"
