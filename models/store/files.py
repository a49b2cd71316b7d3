"""Files on the disk: their hashes, what a directory holds, writes that survive a power cut, errors in plain words."""

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from models.errors import EngineError

CHUNK = 1 << 20
"""Bytes read or written at a time."""

Progress = Callable[[str, int, int], None]
"""Told while something large goes on: what, bytes done, bytes in all."""


def no_progress(what: str, done: int, total: int) -> None:
    """A `Progress` that nobody watches."""


@dataclass(frozen=True, slots=True)
class FileState:
    """What a changed file betrays itself by without being read: bytes, and nanoseconds of its last change."""

    size: int
    mtime_ns: int


@contextlib.contextmanager
def disk_errors(place: Path) -> Iterator[None]:
    """Turn an `OSError` about `place` into an `EngineError` with a remedy."""
    try:
        yield
    except OSError as error:
        raise _explained(error, place) from error


def _explained(error: OSError, place: Path) -> EngineError:
    where = error.filename or place
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return EngineError(f"the disk of {place} is full", "free some space and run the same command again")
        case errno.EFBIG:
            remedy = "write to a disk formatted as exFAT or ext4 (FAT32 ends at 4 GB a file)"
            return EngineError(f"{where} is too large for its file system", remedy)
        case errno.EACCES | errno.EPERM | errno.EROFS:
            remedy = "run the command as the user that owns the models, on a writable disk"
            return EngineError(f"{where}: {error.strerror}", remedy)
        case errno.ENOENT:
            return EngineError(f"{where} does not exist", "correct the path")
    return EngineError(f"{where}: {error.strerror or error}", "check the path and the disk, and run the command again")


def free_bytes(directory: Path) -> int:
    """Bytes that this user can still write below `directory`, which need not exist yet."""
    existing = next(path for path in (directory.absolute(), *directory.absolute().parents) if path.exists())
    return shutil.disk_usage(existing).free


def sha256_of(path: Path, progress: Callable[[int], None] = lambda _: None) -> str:
    """The SHA-256 of a file, in hex. `progress` is told the bytes read so far."""
    digest = hashlib.sha256()
    done = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            done += len(chunk)
            progress(done)
    return digest.hexdigest()


def files_below(directory: Path) -> tuple[dict[str, FileState], list[str]]:
    """Every regular file below `directory`, and the paths of what is neither file nor folder; paths are relative.

    A symbolic link counts among the latter and is never followed.
    """
    found: dict[str, FileState] = {}
    odd: list[str] = []
    if directory.is_symlink():
        return found, ["."]
    for folder, folders, names in os.walk(directory, onerror=_raise):
        for name in (*folders, *names):
            path = Path(folder) / name
            state = path.lstat()
            relative = path.relative_to(directory).as_posix()
            if stat.S_ISREG(state.st_mode):
                found[relative] = FileState(state.st_size, state.st_mtime_ns)
            elif not stat.S_ISDIR(state.st_mode):
                odd.append(relative)
    return found, odd


def _raise(error: OSError) -> None:
    raise error


def write_atomically(path: Path, data: bytes) -> None:
    """Write a small file so that at every moment the old or the new one is there, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Put a directory's own entries on the disk, so that a rename survives a power cut."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_tree(directory: Path) -> None:
    """Remove a directory with all that is in it, if it is there; a link is removed, not what it points to."""
    if directory.is_symlink() or directory.is_file():
        directory.unlink()
    elif directory.exists():
        shutil.rmtree(directory)


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock file `path`. Raises `EngineError` at once when another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            problem = f"another process is changing the models in {path.parent}"
            raise EngineError(problem, "wait until it is done") from None
        yield
