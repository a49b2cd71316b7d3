"""What takes minutes to make is made once: kept outside git, under the hash of what it was made of."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def made_once(name: str, made_of: bytes, make: Callable[[Path], None]) -> Path:
    """The directory `name-HASH` in ~/.cache/appliance-engines; `make` fills it unless it is there."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "appliance-engines"
    directory = home / f"{name}-{hashlib.sha256(made_of).hexdigest()[:16]}"
    if not directory.is_dir():
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home, prefix=".making-") as unfinished:
            made = Path(unfinished) / "made"
            made.mkdir()
            make(made)
            try:
                made.rename(directory)
            except OSError:
                # Two that made it at once made the same.
                if not directory.is_dir():
                    raise
    return directory
