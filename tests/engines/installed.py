"""Models made on the spot, installed in a store as a pull would have done it."""

import hashlib
import shutil
from pathlib import Path

from models.store import Store
from models.store.lock import Lock, LockedFile, LockedModel

REVISION = "0123456789abcdef0123456789abcdef01234567"


def install_model(store: Store, name: str, role: str, directory: Path) -> LockedModel:
    """Install the files of `directory` as the model `name`, beside what the store has."""
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    model = LockedModel(
        name=name,
        role=role,
        repository=f"made-here/{name}",
        revision=REVISION,
        folder="",
        licence="MIT",
        licence_url="https://example.org/licence",
        licence_note="",
        files=tuple(
            LockedFile(
                path=path.relative_to(directory).as_posix(),
                size=path.stat().st_size,
                sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            )
            for path in files
        ),
    )
    with store.changing():
        staged = store.staging / name
        shutil.copytree(directory, staged)
        store.install({name: staged}, Lock.of((*store.lock().models, model)))
    return model
