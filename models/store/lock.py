"""`models.lock`: which models, at which revision, with the SHA-256 of every file.

JSON in one canonical form that ends with the SHA-256 of itself, so that a byte changed anywhere is found.
"""

import hashlib
import json
from collections.abc import Collection, Iterable
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.errors import EngineError
from models.store.files import disk_errors, write_atomically
from models.store.names import Commit, ModelName, RelativePath, Repository, Sha256, wrong_contents

FORMAT = 1
LONGEST = 16 << 20
"""Bytes that a lock may have, at most."""

_REMEDY = "a lock is never edited: copy it again, or write a new one with appliance models lock"


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class LockedFile(_Entry):
    """One file of a model: its path below the model's directory, its bytes, its hash."""

    path: RelativePath
    size: Annotated[int, Field(ge=0)]
    sha256: Sha256


class LockedModel(_Entry):
    """One model, pinned. `folder` is where its files lie in the repository ("" for its root)."""

    name: ModelName
    role: str
    repository: Repository
    revision: Commit
    folder: RelativePath | Literal[""]
    licence: str
    licence_url: str
    licence_note: str
    files: Annotated[tuple[LockedFile, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _paths_fit_together(self) -> "LockedModel":
        paths = [file.path for file in self.files]
        if paths != sorted(set(paths)):
            raise ValueError("files are not in order, or one is there twice")
        folders = {path[:index] for path in paths for index, letter in enumerate(path) if letter == "/"}
        if both := folders & set(paths):
            raise ValueError(f"{min(both)} is a file and a folder")
        return self

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the paths and hashes of all files: what the model is, whatever it is called."""
        lines = "".join(f"{file.sha256}  {file.path}\n" for file in self.files)
        return hashlib.sha256(lines.encode()).hexdigest()

    @property
    def version(self) -> str:
        """The name of the directory that holds this revision with these files."""
        return f"{self.revision[:12]}-{self.digest[:12]}"

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    def remote_path(self, file: LockedFile) -> str:
        """Where the file lies in the repository."""
        return f"{self.folder}/{file.path}" if self.folder else file.path


class Lock(_Entry):
    """Pinned models, in the order of their names."""

    models: tuple[LockedModel, ...]

    @model_validator(mode="after")
    def _in_order(self) -> "Lock":
        names = [model.name for model in self.models]
        if names != sorted(set(names)):
            raise ValueError("models are not in order, or one is there twice")
        return self

    @classmethod
    def of(cls, models: Iterable[LockedModel]) -> "Lock":
        """A lock of these models; of several with one name the last holds."""
        by_name = {model.name: model for model in models}
        return cls(models=tuple(by_name[name] for name in sorted(by_name)))

    def get(self, name: str) -> LockedModel | None:
        """The model of that name, or None."""
        return next((model for model in self.models if model.name == name), None)

    def only(self, names: Collection[str], source: str) -> "Lock":
        """The part of the lock that is about `names`; all of it for none. Raises `EngineError` for an unknown name."""
        if not names:
            return self
        known = {model.name for model in self.models}
        if unknown := sorted(set(names) - known):
            remedy = f"it knows {', '.join(sorted(known)) or 'none'}"
            raise EngineError(f"{', '.join(unknown)}: not in {source}", remedy)
        return Lock.of(model for model in self.models if model.name in names)

    @property
    def digest(self) -> str:
        """The SHA-256 of the lock."""
        return hashlib.sha256(_canonical(self._plain())).hexdigest()

    def as_bytes(self) -> bytes:
        """The lock as its file holds it."""
        return _canonical({**self._plain(), "sha256": self.digest})

    def _plain(self) -> dict[str, Any]:
        return {"format": FORMAT, **self.model_dump(mode="json")}


def parse_lock(data: bytes, source: str) -> Lock:
    """The lock in `data`. `source` is named in the `EngineError` that anything but a whole, unchanged lock raises."""
    damaged = EngineError(f"{source} is no whole lock: it was changed or damaged", _REMEDY)
    if len(data) > LONGEST:
        raise damaged
    try:
        plain = json.loads(data)
        stated = plain.pop("sha256")
        if data != _canonical({**plain, "sha256": stated}) or hashlib.sha256(_canonical(plain)).hexdigest() != stated:
            raise damaged
        version = plain.pop("format")
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
        raise damaged from None
    if version != FORMAT:
        raise EngineError(f"{source} has format {version}; this program reads {FORMAT}", "use the same release on both")
    try:
        return Lock.model_validate_json(json.dumps(plain))
    except ValidationError as error:
        raise wrong_contents(source, error, _REMEDY) from None


def read_lock(path: Path) -> Lock:
    """The lock in the file `path`. Raises `EngineError`."""
    with disk_errors(path):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            remedy = "write it on a connected machine with appliance models lock, or correct [models] lock"
            raise EngineError(f"{path} does not exist", remedy) from None
    return parse_lock(data, str(path))


def write_lock(lock: Lock, path: Path) -> None:
    """Write the lock, whole or not at all. Raises `EngineError`."""
    with disk_errors(path):
        write_atomically(path, lock.as_bytes())


def licences(lock: Lock) -> str:
    """What the models are licensed under, as a text for people."""
    parts = ["Licences of the models. The licence files of the models themselves lie beside their weights.\n"]
    for model in lock.models:
        note = f"\n  {model.licence_note}" if model.licence_note else ""
        parts.append(
            f"{model.name}\n  {model.licence}  {model.licence_url}\n"
            f"  from {model.repository} at {model.revision}{note}\n"
        )
    return "\n".join(parts)


def _canonical(plain: dict[str, Any]) -> bytes:
    return (json.dumps(plain, indent=1, sort_keys=True) + "\n").encode("ascii")
