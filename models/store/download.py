"""Fetching what a lock names, and installing it once every byte is right."""

from collections.abc import Callable
from pathlib import Path

from models.errors import EngineError
from models.store.files import Progress, disk_errors, files_below, free_bytes, no_progress, remove_tree, sha256_of
from models.store.hub import Hub
from models.store.lock import Lock, LockedFile, LockedModel
from models.store.names import UNFINISHED
from models.store.store import Store, missing_from


def pull(
    store: Store,
    lock: Lock,
    hub: Callable[[], Hub],
    progress: Progress = no_progress,
    free: Callable[[Path], int] = free_bytes,
) -> list[LockedModel]:
    """Install every model of `lock` that is not there unchanged; those that were fetched.

    `hub` is called only if there are any. What an earlier pull had fetched is used again. Nothing is installed until
    all of it is verified. Raises `EngineError`.
    """
    with store.changing(), disk_errors(store.directory):
        needed = list(missing_from(store, lock))
        if needed:
            _check_space(store, needed, free)
            server = hub()
            staged = {model.name: _fetch(store, model, server, progress) for model in needed}
            store.install(staged, lock)
            for model in needed:
                remove_tree(store.partial / model.name)
    return needed


def _check_space(store: Store, models: list[LockedModel], free: Callable[[Path], int]) -> None:
    have = 0
    for model in models:
        directory = _partial(store, model)
        if directory.is_dir():
            have += sum(state.size for state in files_below(directory)[0].values())
    needed, there = sum(model.size for model in models) - have, free(store.directory)
    if needed > there:
        problem = f"{store.directory} has {there / 1e9:.1f} GB free; the download needs {needed / 1e9:.1f} GB"
        raise EngineError(problem, "free some space, or set [models] directory to a larger disk")


def _partial(store: Store, model: LockedModel) -> Path:
    return store.partial / model.name / model.version


def _fetch(store: Store, model: LockedModel, hub: Hub, progress: Progress) -> Path:
    directory = _partial(store, model)
    for other in directory.parent.glob("*"):
        if other != directory:
            remove_tree(other)
    for file in model.files:
        _fetch_file(model, file, hub, directory / file.path, progress)
    found, odd = files_below(directory)
    for stray in (*odd, *(found.keys() - {file.path for file in model.files})):
        (directory / stray).unlink()
    return directory


def _fetch_file(model: LockedModel, file: LockedFile, hub: Hub, target: Path, progress: Progress) -> None:
    if target.exists():
        if sha256_of(target) == file.sha256:
            return
        target.unlink()
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(target.name + UNFINISHED)
    remote = model.remote_path(file)
    hub.download(model.repository, model.revision, remote, file.size, unfinished, progress)
    if sha256_of(unfinished) != file.sha256:
        unfinished.unlink()
        problem = f"{remote} from {model.repository} is not what the lock has: its SHA-256 differs"
        raise EngineError(
            problem, "run appliance models pull again; if it stays so, the hub or the way to it is not sound"
        )
    unfinished.chmod(0o444)
    unfinished.rename(target)
