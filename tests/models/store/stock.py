"""Small models, stores with such models in them, and a hub that lives in memory."""

import hashlib
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from models.errors import EngineError
from models.store import Store
from models.store.files import Progress, no_progress
from models.store.hub import RemoteFile, RemoteRepository
from models.store.lock import Lock, LockedFile, LockedModel

REVISION = "1234567890abcdef1234567890abcdef12345678"
LATER = "fedcba0987654321fedcba0987654321fedcba09"
FILES: Mapping[str, bytes] = {
    "LICENSE": b"Do what is right.\n",
    "config.json": b'{"layers": 2}\n',
    "empty.txt": b"",
    "onnx/" + "a-rather-long-name-" * 6 + "model.onnx": bytes(range(256)) * 5,
    "weights.bin": bytes(reversed(range(256))) * 16,
}
"""Sizes below, at and above a tar block, and a path that is too long for a plain tar header."""
OTHER_FILES: Mapping[str, bytes] = {"voice.onnx": b"\1\2\3" * 700, "voice.onnx.json": b"{}"}


def locked(name: str, files: Mapping[str, bytes], revision: str = REVISION, folder: str = "") -> LockedModel:
    return LockedModel(
        name=name,
        role="stt",
        repository=f"owner/{name}",
        revision=revision,
        folder=folder,
        licence="MIT",
        licence_url="https://example.org/licence",
        licence_note="",
        files=tuple(
            LockedFile(path=path, size=len(data), sha256=hashlib.sha256(data).hexdigest())
            for path, data in sorted(files.items())
        ),
    )


EARS = locked("ears", FILES)
VOICE = locked("voice", OTHER_FILES)
BOTH = Lock.of((EARS, VOICE))
CONTENTS: Mapping[str, Mapping[str, bytes]] = {"ears": FILES, "voice": OTHER_FILES}


def write_files(directory: Path, files: Mapping[str, bytes]) -> Path:
    for path, data in files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(data)
    return directory


def install(store: Store, *models: tuple[LockedModel, Mapping[str, bytes]]) -> None:
    with store.changing():
        staged = {model.name: write_files(store.staging / model.name, files) for model, files in models}
        store.install(staged, Lock.of(model for model, _ in models))


def stocked(directory: Path) -> Store:
    """A store with both models."""
    store = Store(directory)
    install(store, (EARS, FILES), (VOICE, OTHER_FILES))
    return store


def holds(store: Store, name: str, files: Mapping[str, bytes]) -> bool:
    """Whether the model can be opened and is exactly these files."""
    path = store.installed(name).path
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in path.rglob("*") if file.is_file()} == files


def holds_nothing(store: Store) -> bool:
    """Whether there is no trace of a model: a download may wait to be continued, but not where an engine would look."""
    left = [path for path in store.directory.rglob("*") if not path.is_dir() and store.partial not in path.parents]
    return store.lock().models == () and [path.name for path in left] in ([], [".lock"])


def blob_id(data: bytes) -> str:
    """How git names a file's contents."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


@dataclass
class FakeHub:
    """A hub in memory. `break_after` bytes of a download it fails, once."""

    files: dict[str, dict[str, bytes]] = field(
        default_factory=lambda: {"owner/ears": dict(FILES), "owner/voice": dict(OTHER_FILES)}
    )
    revision: str = REVISION
    large: int = 1000
    name_blob: Callable[[bytes], str] = blob_id
    break_after: int | None = None
    broken_with: BaseException = field(default_factory=lambda: EngineError("the connection broke", "try again"))
    downloads: list[tuple[str, int]] = field(default_factory=list)

    def look_up(self, repository: str, revision: str) -> RemoteRepository:
        return RemoteRepository(
            self.revision,
            tuple(
                RemoteFile(
                    path,
                    len(data),
                    hashlib.sha256(data).hexdigest() if len(data) >= self.large else None,
                    self.name_blob(data),
                )
                for path, data in self.files[repository].items()
            ),
        )

    def download(
        self, repository: str, revision: str, path: str, size: int, target: Path, progress: Progress = no_progress
    ) -> None:
        data = self.files[repository][path]
        have = target.stat().st_size if target.exists() else 0
        self.downloads.append((path, have))
        with target.open("ab") as out:
            if self.break_after is not None and self.break_after < len(data):
                out.write(data[have : self.break_after])
                self.break_after = None
                raise self.broken_with
            out.write(data[have:])
        progress(path, len(data), size)


def on_a_small_disk(tmp_path: Path, program: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a Python program with a directory on a disk of 8 kB as its first argument; skip where none can be mounted."""
    small = tmp_path / "small"
    small.mkdir()
    mount = ["unshare", "--user", "--map-root-user", "--mount", "bash", "-c"]
    script = 'mount -t tmpfs -o size=8k none "$1" && echo mounted >&2 && exec "$2" -c "$3" "$1/models" "${@:4}"'
    command = [*mount, script, "bash", str(small), sys.executable, program, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).resolve().parents[3])
    if "mounted" not in done.stderr:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()[:200]}")
    return done


def change_byte(path: Path, position: int, by: int = 1) -> None:
    data = bytearray(path.read_bytes())
    data[position] = (data[position] + by) % 256
    path.chmod(0o644)
    path.write_bytes(data)
