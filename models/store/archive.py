"""One archive with models, their lock and their licences, for a USB stick.

A plain uncompressed tar that any tar can list, but read here without a general tar reader: every member must be,
header included, the one that the lock says comes next. So no name in an archive is ever used as a path, and there are
no links, devices or surprises to guard against. The lock has the hash of every model's file; the last member has that
of all the rest.
"""

import hashlib
import os
import tarfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import BinaryIO

from models.errors import EngineError
from models.store.files import CHUNK, Progress, disk_errors, free_bytes, no_progress, sync_directory
from models.store.lock import LONGEST, Lock, LockedFile, LockedModel, licences, parse_lock
from models.store.store import Store

_BLOCK = tarfile.BLOCKSIZE
_END = bytes(2 * _BLOCK)
_LOCK, _LICENCES, _DIGEST = "models.lock", "licences.txt", "SHA256"
_AGAIN = "copy the archive again, or export it again on the connected machine; nothing was installed"


def export_archive(store: Store, names: Collection[str], target: Path, progress: Progress = no_progress) -> Lock:
    """Write the installed models `names` (all for none) to the new file `target`; the lock that is in it.

    Every byte is verified on the way. Raises `EngineError`, and leaves no file behind then.
    """
    lock = store.lock().only(names, f"what is installed in {store.directory}")
    if not lock.models:
        raise EngineError(f"no models are installed in {store.directory}", "install some with appliance models pull")
    with disk_errors(target):
        if target.exists():
            raise EngineError(f"{target} exists already", "name a new file, or remove that one first")
        unfinished = target.with_name(f"{target.name}.unfinished")
        with store.changing():
            try:
                with unfinished.open("wb") as out:
                    _write(out, store, lock, progress)
                    out.flush()
                    os.fsync(out.fileno())
                unfinished.rename(target)
            finally:
                unfinished.unlink(missing_ok=True)
    return lock


def import_archive(
    store: Store,
    archive: Path,
    wanted: Lock | None = None,
    digest: str | None = None,
    progress: Progress = no_progress,
    free: Callable[[Path], int] = free_bytes,
) -> Lock:
    """Install every model of an archive, once all of it is verified; the lock that was in it.

    `wanted` is the lock to accept models of, `digest` the `Lock.digest` that the archive must have; without either the
    archive is only checked against itself. Raises `EngineError`, with nothing installed then.
    """
    with disk_errors(archive):
        file = archive.open("rb")
    with file, store.changing():
        reader = _Reader(file, archive)
        lock = _read_lock(reader, archive)
        _check_lock(lock, archive, wanted, digest)
        needed, there = sum(model.size for model in lock.models), free(store.directory)
        if needed > there:
            problem = f"{store.directory} has {there / 1e9:.1f} GB free; the archive needs {needed / 1e9:.1f} GB"
            raise EngineError(problem, "free some space; nothing was installed")
        with disk_errors(store.directory):
            staged = {model.name: _unpack(reader, model, store.staging / model.name, progress) for model in lock.models}
        reader.finish()
        store.install(staged, lock)
    return lock


def _write(out: BinaryIO, store: Store, lock: Lock, progress: Progress) -> None:
    rest = hashlib.sha256()

    def put(data: bytes) -> None:
        rest.update(data)
        out.write(data)

    for name, data in ((_LOCK, lock.as_bytes()), (_LICENCES, licences(lock).encode())):
        put(_header(name, len(data)) + data + _padding(len(data)))
    for model in lock.models:
        done = 0
        for file in model.files:
            put(_header(_member(model, file), file.size))
            for chunk in _verified(store, model, file):
                out.write(chunk)
                done += len(chunk)
                progress(model.name, done, model.size)
            put(_padding(file.size))
    digest = f"{rest.hexdigest()}\n".encode()
    out.write(_header(_DIGEST, len(digest)) + digest + _padding(len(digest)) + _END)


def _verified(store: Store, model: LockedModel, file: LockedFile) -> Iterator[bytes]:
    path = store.path_of(model) / file.path
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as source:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            if size > file.size:
                break
            yield chunk
    if size != file.size or digest.hexdigest() != file.sha256:
        problem = f"the model {model.name} is not as its lock has it: {file.path} has changed"
        raise EngineError(problem, "run appliance models verify, and install it again")


def _read_lock(reader: "_Reader", archive: Path) -> Lock:
    lock = parse_lock(reader.small_member(_LOCK), f"{archive}: its lock")
    reader.small_member(_LICENCES)
    if not lock.models:
        raise EngineError(f"{archive} holds no models", _AGAIN)
    return lock


def _check_lock(lock: Lock, archive: Path, wanted: Lock | None, digest: str | None) -> None:
    if digest is not None and digest.lower() != lock.digest:
        remedy = "use the archive whose export printed the expected one; nothing was installed"
        raise EngineError(f"{archive} was made from another lock: its sha256 is {lock.digest}", remedy)
    if wanted is None:
        return
    if others := [model.name for model in lock.models if wanted.get(model.name) != model]:
        remedy = "bring this machine's models.lock and the archive from the same export; nothing was installed"
        raise EngineError(f"{archive} was made from another lock: {', '.join(others)} differs from ours", remedy)


def _unpack(reader: "_Reader", model: LockedModel, directory: Path, progress: Progress) -> Path:
    done = 0
    for file in model.files:
        path = directory / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with path.open("xb") as out:
            for chunk in reader.member(_member(model, file), file.size):
                digest.update(chunk)
                out.write(chunk)
                done += len(chunk)
                progress(model.name, done, model.size)
            out.flush()
            os.fsync(out.fileno())
        if digest.hexdigest() != file.sha256:
            raise EngineError(f"{reader.archive}: {file.path} of {model.name} has changed", _AGAIN)
        path.chmod(0o444)
        sync_directory(path.parent)
    return directory


def _member(model: LockedModel, file: LockedFile) -> str:
    return f"models/{model.name}/{file.path}"


def _header(name: str, size: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o444
    return member.tobuf(tarfile.GNU_FORMAT, "utf-8", "strict")


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)


class _Reader:
    """Reads members in the order in which they must come, and hashes all but the contents of models' files."""

    def __init__(self, file: BinaryIO, archive: Path) -> None:
        self.archive = archive
        self._file = file
        self._hash = hashlib.sha256()

    def small_member(self, name: str) -> bytes:
        """The contents of the member that comes next, which is called `name` and has any sensible size."""
        block = self._read(_BLOCK)
        member = _parsed(block)
        size = member.size if member else -1
        if not 0 <= size <= LONGEST or block != _header(name, size):
            raise self._unexpected(block, name)
        data = self._read(size)
        self._read_padding(size, name)
        return data

    def member(self, name: str, size: int) -> Iterator[bytes]:
        """The contents of the member that comes next, which has this name and this many bytes."""
        expected = _header(name, size)
        found = self._read(_BLOCK)
        if found == expected[:_BLOCK]:
            found += self._read(len(expected) - _BLOCK)
        if found != expected:
            raise self._unexpected(found, name)
        left = size
        while left:
            chunk = self._take(min(left, CHUNK))
            left -= len(chunk)
            yield chunk
        self._read_padding(size, name)

    def finish(self) -> None:
        """Read what comes after the last model: the hash of the rest, and nothing more."""
        expected = f"{self._hash.hexdigest()}\n".encode()
        stated = b"".join(self.member(_DIGEST, len(expected)))
        if stated != expected:
            raise EngineError(f"{self.archive} has changed since it was exported", _AGAIN)
        if self._read(len(_END)) != _END or self._file.read(1):
            raise EngineError(f"{self.archive} has something after its end", _AGAIN)

    def _read_padding(self, size: int, name: str) -> None:
        padding = _padding(size)
        if self._read(len(padding)) != padding:
            raise EngineError(f"{self.archive} has changed after {name}", _AGAIN)

    def _read(self, size: int) -> bytes:
        data = self._take(size)
        self._hash.update(data)
        return data

    def _take(self, size: int) -> bytes:
        with disk_errors(self.archive):
            data = self._file.read(size)
        if len(data) != size:
            raise EngineError(f"{self.archive} is cut short", _AGAIN)
        return data

    def _unexpected(self, block: bytes, name: str) -> EngineError:
        member = _parsed(block[:_BLOCK])
        if member is None:
            found = "it is damaged, or is no archive of models"
        elif member.name != name:
            found = f"it has {member.name[:200]!a}, which does not belong there"
        elif not member.isreg():
            found = "that is a link or another special file"
        else:
            found = f"that has {member.size} bytes, or was not written by appliance models export"
        return EngineError(f"{self.archive}: where {name} should be, {found}", _AGAIN)


def _parsed(block: bytes) -> tarfile.TarInfo | None:
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return None
