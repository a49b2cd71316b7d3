"""What the trained models have in common: scripts that run where torch is, and the files that a model is made of."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path


def learnt(python: str, script: Path, lessons: Path, result: Path) -> None:
    """Have `script` make `result` of `lessons`; what it says goes to standard error. `python` has torch.

    Raises `CalledProcessError` when it fails.
    """
    subprocess.run([python, str(script), str(lessons), str(result)], check=True, stdout=sys.stderr)


def contents(directory: Path, names: Iterable[str]) -> bytes:
    """Of the named files, one after the other."""
    return b"".join((directory / name).read_bytes() for name in names)
