"""GPU memory of a process, read from what nvidia-smi prints."""

import sys
from pathlib import Path

import pytest

from appliance.assembly.gpu_memory import gpu_memory_mb, gpus


def printing(tmp_path: Path, text: str, status: int = 0) -> tuple[str, ...]:
    """A command that prints the text, whatever it is asked."""
    program = tmp_path / "smi.py"
    program.write_text(f"print({text!r})\nraise SystemExit({status})\n")
    return (sys.executable, str(program))


@pytest.mark.parametrize(
    ("listing", "held"),
    [
        ("4711, 1834", 1834),
        ("12, 70000\n4711, 1834\n4711, 166", 2000),
        ("12, 70000", None),
        ("", None),
        ("4711, [N/A]", None),
        ("No devices were found", None),
    ],
)
async def test_the_memory_of_the_process_is_found(tmp_path: Path, listing: str, held: int | None) -> None:
    assert await gpu_memory_mb(printing(tmp_path, listing), 4711) == held


async def test_where_there_is_no_gpu_nothing_is_said(tmp_path: Path) -> None:
    assert await gpu_memory_mb((str(tmp_path / "nvidia-smi"),)) is None
    assert await gpu_memory_mb(printing(tmp_path, "4711, 1834", status=9), 4711) is None


async def test_the_gpus_are_named_with_what_all_processes_hold(tmp_path: Path) -> None:
    listing = "NVIDIA L4, 9000, 23034, 580.65.06\nNVIDIA L4, 1, 23034, 580.65.06"
    assert await gpus(printing(tmp_path, listing)) == (
        "NVIDIA L4, 9000 of 23034 MB in use, driver 580.65.06",
        "NVIDIA L4, 1 of 23034 MB in use, driver 580.65.06",
    )
    assert await gpus(printing(tmp_path, "No devices were found", status=6)) == ()
    assert await gpus((str(tmp_path / "nvidia-smi"),)) == ()
