"""Names that catalogue and lock may use: none of them leads out of the directory that it belongs in."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError

from models.errors import EngineError

UNFINISHED = ".part"
"""How the name of a file ends while it is being downloaded; so no model's file may be called so."""


def _relative_path(value: str) -> str:
    parts = value.split("/")
    if len(value) > 240 or not value.isprintable() or "\\" in value or any(part in {"", ".", ".."} for part in parts):
        raise ValueError('is not a plain relative path, as "config.json" or "onnx/model.onnx"')
    if value.endswith(UNFINISHED):
        raise ValueError(f"ends in {UNFINISHED}, which unfinished downloads do")
    return value


ModelName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
"""A model's name, and that of its directory."""

RelativePath = Annotated[str, AfterValidator(_relative_path)]
"""A file's path below its model's directory, with "/"."""

Repository = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*$")]
"""A hub repository, as "owner/name"."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 in hex."""

Commit = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
"""A git commit in hex."""


def wrong_contents(source: str, error: ValidationError, remedy: str) -> EngineError:
    """What to say about a file whose contents are not as they have to be."""
    problems = error.errors(include_url=False)
    first = problems[0]
    key = ".".join(str(part) for part in first["loc"])
    message = re.sub(r"^Value error, ", "", first["msg"])
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return EngineError(f"{source}: {key + ': ' if key else ''}{message}{more}", remedy)
