"""From the catalogue to a lock: which commit, which files, which hashes."""

import fnmatch
import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from models.errors import EngineError
from models.store.catalogue import CatalogueModel
from models.store.files import Progress, disk_errors, no_progress
from models.store.hub import Hub, RemoteFile, RemoteRepository
from models.store.lock import Lock, LockedFile, LockedModel


def resolve(models: Sequence[CatalogueModel], hub: Hub, progress: Progress = no_progress) -> Lock:
    """Pin those of `models` that come from a hub. Small files are fetched, since the hub knows no SHA-256 of them.

    Raises `EngineError`.
    """
    fetched = [model for model in models if model.repository is not None]
    locked = []
    with disk_errors(Path(tempfile.gettempdir())):
        for number, model in enumerate(fetched):
            progress(model.name, number, len(fetched))
            locked.append(_pin(model, hub))
    return Lock.of(locked)


def _pin(model: CatalogueModel, hub: Hub) -> LockedModel:
    assert model.repository is not None
    remote = hub.look_up(model.repository, model.revision)
    files = _wanted(model, remote)
    try:
        return LockedModel(
            name=model.name,
            role=model.role,
            repository=model.repository,
            revision=remote.revision,
            folder=model.folder,
            licence=model.licence,
            licence_url=model.licence_url,
            licence_note=model.licence_note,
            files=tuple(
                LockedFile(path=path, size=file.size, sha256=_sha256(file, model.repository, remote.revision, hub))
                for path, file in sorted(files.items())
            ),
        )
    except ValueError as error:
        problem = f"the hub's answer about {model.repository} cannot be used: {str(error).splitlines()[-1]}"
        raise EngineError(problem, "check HF_ENDPOINT, and the model's files in the catalogue") from error


def _wanted(model: CatalogueModel, remote: RemoteRepository) -> dict[str, RemoteFile]:
    start = f"{model.folder}/" if model.folder else ""
    wanted: dict[str, RemoteFile] = {}
    for pattern in (*model.files, *model.licence_files):
        found = {
            file.path.removeprefix(start): file
            for file in remote.files
            if file.path.startswith(start) and _matches(file.path.removeprefix(start), pattern)
        }
        if not found and pattern in model.files:
            problem = f"{model.repository} at {remote.revision[:12]} has no file {start}{pattern}"
            raise EngineError(problem, f"correct the files of {model.name} in models/catalogue.toml")
        wanted |= found
    return wanted


def _matches(path: str, pattern: str) -> bool:
    """As in a shell: * and ? stay within one folder."""
    return path.count("/") == pattern.count("/") and fnmatch.fnmatchcase(path, pattern)


def _sha256(file: RemoteFile, repository: str, revision: str, hub: Hub) -> str:
    if file.sha256 is not None:
        return file.sha256
    with tempfile.TemporaryDirectory() as directory:
        target = Path(directory) / "file"
        hub.download(repository, revision, file.path, file.size, target)
        data = target.read_bytes()
    # Git names a blob by its SHA-1; it ties the file to the commit before a better hash takes over.
    blob_id = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    if blob_id != file.blob_id:
        problem = f"{repository}: {file.path} did not arrive as the hub describes it"
        raise EngineError(problem, "run appliance models lock again")
    return hashlib.sha256(data).hexdigest()
