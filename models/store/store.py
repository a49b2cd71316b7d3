"""The directory of verified models, from which engines open their weights.

DIRECTORY/installed.lock        what is installed; written last, so it is the moment of installation
DIRECTORY/licences.txt          what those models are licensed under
DIRECTORY/NAME/VERSION/…        a model's files, exactly those of its lock
DIRECTORY/NAME/VERSION.json     sizes and times of the files when their hashes were last right
DIRECTORY/.partial/             unfinished downloads
DIRECTORY/.staging/             what an import has not yet verified
"""

import contextlib
import json
import logging
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from models.errors import EngineError
from models.store.files import (
    FileState,
    Progress,
    disk_errors,
    exclusive,
    files_below,
    no_progress,
    remove_tree,
    sha256_of,
    sync_directory,
    write_atomically,
)
from models.store.lock import Lock, LockedModel, licences, read_lock, write_lock

_log = logging.getLogger(__name__)

_REPAIR = "install it again with appliance models pull or import"


@dataclass(frozen=True, slots=True)
class VerifiedModel:
    """A model whose every byte was right when `appliance models verify` (or its installation) last looked."""

    name: str
    path: Path
    revision: str
    sha256: str


class Store:
    """The models below `directory`, which need not exist yet."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        self.partial = self.directory / ".partial"
        self.staging = self.directory / ".staging"

    def lock(self) -> Lock:
        """What is installed. Raises `EngineError` when the store's own lock is damaged."""
        path = self.directory / "installed.lock"
        with disk_errors(path):
            return read_lock(path) if path.exists() else Lock(models=())

    def installed(self, name: str) -> VerifiedModel:
        """The model of that name, for an engine to open; logs what it is.

        Files are not read: names, sizes and times must be those of the last verification. Raises `EngineError` when
        the model is not there or anything differs.
        """
        model = self.lock().get(name)
        if model is None:
            problem = f"the model {name} is not installed in {self.directory}"
            raise EngineError(problem, "install it with appliance models pull or import (docs/models.md)")
        path = self.check(model)
        _log.info("model %s: %s revision %s, sha256 %s", name, model.repository, model.revision, model.digest)
        return VerifiedModel(name, path, model.revision, model.digest)

    def check(self, model: LockedModel) -> Path:
        """The directory of an installed model; raises `EngineError` unless it is as it was at its verification."""
        path = self.path_of(model)
        if not path.is_dir():
            raise EngineError(f"the model {model.name} is missing from {self.directory}", _REPAIR)
        recorded = self._record(model)
        if recorded is None:
            raise EngineError(f"the model {model.name} is not verified", f"run appliance models verify {model.name}")
        with disk_errors(path):
            found, odd = files_below(path)
        if problems := _differences(recorded, found, odd):
            problem = f"the model {model.name} has changed since it was verified: {_shown(problems)}"
            raise EngineError(problem, f"run appliance models verify {model.name}")
        return path

    def verify(self, model: LockedModel, progress: Progress = no_progress) -> tuple[str, ...]:
        """Read every byte of an installed model; what is wrong with it, or nothing.

        A model that is right can be opened from then on, one that is wrong cannot. Raises `EngineError` when the disk
        fails.
        """
        path = self.path_of(model)
        with disk_errors(path):
            if not path.is_dir():
                return ("missing: the whole model",)
            problems, found = examine(model, path, progress)
            if problems:
                self._record_path(model).unlink(missing_ok=True)
            else:
                self._write_record(model, found)
        return problems

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the store for this process alone and clear what a dead one left behind. Raises `EngineError`."""
        with contextlib.ExitStack() as stack:
            with disk_errors(self.directory):
                stack.enter_context(exclusive(self.directory / ".lock"))
                remove_tree(self.staging)
            try:
                yield
            finally:
                with disk_errors(self.directory):
                    remove_tree(self.staging)

    def install(self, staged: Mapping[str, Path], lock: Lock) -> None:
        """Move verified directories into place: all of them or, when anything fails, none.

        `staged` has the directory of each model in `lock` that is new, on the same file system as the store; the other
        models of `lock` are in place. Call it inside `changing`. Raises `EngineError`.
        """
        before = self.lock()
        placed: list[LockedModel] = []
        with disk_errors(self.directory):
            try:
                for model in lock.models:
                    if model.name in staged:
                        placed.append(model)
                        self._place(model, staged[model.name])
                write_lock(Lock.of((*before.models, *lock.models)), self.directory / "installed.lock")
            except BaseException:
                for model in placed:
                    if before.get(model.name) != model:
                        self._remove(model)
                raise
            self._remove_superseded(lock)
            write_atomically(self.directory / "licences.txt", licences(self.lock()).encode())

    def remove(self, lock: Lock) -> None:
        """Remove the models of `lock`, with what was begun of other versions. Call it inside `changing`.

        Raises `EngineError`.
        """
        kept = [model for model in self.lock().models if lock.get(model.name) is None]
        with disk_errors(self.directory):
            write_lock(Lock.of(kept), self.directory / "installed.lock")
            write_atomically(self.directory / "licences.txt", licences(Lock.of(kept)).encode())
            for model in lock.models:
                remove_tree(self.directory / model.name)
                remove_tree(self.partial / model.name)

    def path_of(self, model: LockedModel) -> Path:
        """Where the files of a model are, or would be."""
        return self.directory / model.name / model.version

    def _place(self, model: LockedModel, staged: Path) -> None:
        target = self.path_of(model)
        remove_tree(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        staged.rename(target)
        found, _ = files_below(target)
        self._write_record(model, found)
        sync_directory(self.directory)

    def _remove(self, model: LockedModel) -> None:
        self._record_path(model).unlink(missing_ok=True)
        remove_tree(self.path_of(model))

    def _remove_superseded(self, lock: Lock) -> None:
        for model in lock.models:
            kept = {model.version, f"{model.version}.json"}
            for path in (self.directory / model.name).iterdir():
                if path.name not in kept:
                    remove_tree(path)

    def _record_path(self, model: LockedModel) -> Path:
        return self.directory / model.name / f"{model.version}.json"

    def _record(self, model: LockedModel) -> dict[str, FileState] | None:
        """What verification saw; None when there was none, or it was of other files."""
        try:
            plain = json.loads(self._record_path(model).read_bytes())
            files = {path: FileState(int(size), int(mtime)) for path, (size, mtime) in plain["files"].items()}
            sizes = {path: state.size for path, state in files.items()}
            right = plain["sha256"] == model.digest and sizes == {file.path: file.size for file in model.files}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return files if right else None

    def _write_record(self, model: LockedModel, found: Mapping[str, FileState]) -> None:
        files = {path: [state.size, state.mtime_ns] for path, state in sorted(found.items())}
        plain = {"sha256": model.digest, "files": files}
        write_atomically(self._record_path(model), (json.dumps(plain, indent=1) + "\n").encode())


def installed(name: str, directory: Path) -> Path:
    """The verified local directory of a model in the store at `directory`, as `Store.installed` has it."""
    return Store(directory).installed(name).path


def examine(
    model: LockedModel, directory: Path, progress: Progress = no_progress
) -> tuple[tuple[str, ...], dict[str, FileState]]:
    """What is wrong with the model's files in `directory`, by reading every byte, and the states of those files."""
    found, odd = files_below(directory)
    problems = [f"not a plain file: {path!a}" for path in odd]
    problems += [f"extra: {path!a}" for path in sorted(found.keys() - {file.path for file in model.files})]
    done = 0
    for file in model.files:
        state = found.get(file.path)
        if state is None:
            problems.append(f"missing: {file.path}")
        elif state.size != file.size:
            problems.append(f"changed: {file.path} has {state.size} bytes instead of {file.size}")
        elif _hash(directory / file.path, model, done, progress) != file.sha256:
            problems.append(f"changed: {file.path}")
        done += file.size
    return tuple(problems), found


def missing_from(store: Store, lock: Lock) -> Collection[LockedModel]:
    """The models of `lock` that are not installed as it has them, or have changed."""
    there = store.lock()

    def sound(model: LockedModel) -> bool:
        if there.get(model.name) != model:
            return False
        try:
            store.check(model)
        except EngineError:
            return False
        return True

    return [model for model in lock.models if not sound(model)]


def _hash(path: Path, model: LockedModel, before: int, progress: Progress) -> str:
    return sha256_of(path, lambda done: progress(model.name, before + done, model.size))


def _differences(recorded: Mapping[str, FileState], found: Mapping[str, FileState], odd: Collection[str]) -> list[str]:
    problems = [f"{path!a} is not a plain file" for path in odd]
    for path in sorted(recorded.keys() | found.keys()):
        if path not in found:
            problems.append(f"{path} is missing")
        elif path not in recorded:
            problems.append(f"{path!a} is extra")
        elif found[path] != recorded[path]:
            problems.append(f"{path} is not as it was")
    return problems


def _shown(problems: list[str]) -> str:
    more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
    return problems[0] + more
