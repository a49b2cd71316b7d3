"""Secrets that the configuration only names the file of."""

import os
import stat
from pathlib import Path

from appliance.config.load import ConfigError, Problem


def read_secret(path: Path) -> str:
    """The first line of a file that its owner alone may read. Raises `ConfigError`."""
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            secret = file.readline().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        remedy = "put the secret on its first line and make it readable by the appliance's user alone"
        raise ConfigError((Problem(f"secret file {path}: {reason}", remedy),)) from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        problem = Problem(f"secret file {path}: others may read it (mode {mode & 0o777:04o})", f"chmod 600 {path}")
        raise ConfigError((problem,))
    if not secret:
        raise ConfigError((Problem(f"secret file {path}: is empty", "put the secret on its first line"),))
    return secret
