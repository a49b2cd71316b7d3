"""Archives for the USB stick: what comes out is what went in, or nothing at all."""

import io
import os
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.errors import EngineError
from models.store import Store
from models.store.archive import export_archive, import_archive
from models.store.lock import Lock
from tests.models.store.stock import (
    BOTH,
    CONTENTS,
    EARS,
    FILES,
    LATER,
    change_byte,
    holds,
    holds_nothing,
    locked,
    on_a_small_disk,
    stocked,
)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "stick" / "models.tar"
    path.parent.mkdir()
    assert export_archive(stocked(tmp_path / "connected"), [], path) == BOTH
    return path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "models")


def test_what_is_exported_is_imported(archive: Path, store: Store) -> None:
    seen: list[tuple[str, int, int]] = []
    assert import_archive(store, archive, BOTH, BOTH.digest, lambda *what: seen.append(what)) == BOTH
    for name, files in CONTENTS.items():
        assert holds(store, name, files)
    assert ("ears", EARS.size, EARS.size) in seen
    assert all(store.verify(model) == () for model in BOTH.models)
    assert [path.name for path in archive.parent.iterdir()] == ["models.tar"]


def test_any_tar_can_list_it_and_licences_are_in_it(archive: Path) -> None:
    with tarfile.open(archive) as tar:
        names = tar.getnames()
        text = tar.extractfile("licences.txt")
        assert text is not None
        assert b"owner/ears" in text.read()
    files = [f"models/{model.name}/{file.path}" for model in BOTH.models for file in model.files]
    assert names == ["models.lock", "licences.txt", *files, "SHA256"]


def test_the_same_models_give_the_same_archive(archive: Path, tmp_path: Path) -> None:
    export_archive(stocked(tmp_path / "another"), [], tmp_path / "again.tar")
    assert (tmp_path / "again.tar").read_bytes() == archive.read_bytes()


def test_some_of_the_models(archive: Path, store: Store, tmp_path: Path) -> None:
    export_archive(Store(tmp_path / "connected"), ["ears"], tmp_path / "ears.tar")
    assert import_archive(store, tmp_path / "ears.tar", BOTH) == Lock.of([EARS])
    assert store.lock() == Lock.of([EARS])
    import_archive(store, archive)
    assert store.lock() == BOTH


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(data=st.data())
def test_any_changed_byte_is_found_and_nothing_is_installed(archive: Path, store: Store, data: st.DataObject) -> None:
    whole = archive.read_bytes()
    position = data.draw(st.integers(0, len(whole) - 1))
    try:
        change_byte(archive, position, data.draw(st.integers(1, 255)))
        with pytest.raises(EngineError, match=r"models\.tar"):
            import_archive(store, archive)
    finally:
        archive.write_bytes(whole)
    assert holds_nothing(store)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(data=st.data())
def test_an_archive_that_is_cut_short_is_found(archive: Path, store: Store, data: st.DataObject) -> None:
    whole = archive.read_bytes()
    try:
        archive.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
        with pytest.raises(EngineError, match="is cut short"):
            import_archive(store, archive)
    finally:
        archive.write_bytes(whole)
    assert holds_nothing(store)


def test_something_after_the_end_is_found(archive: Path, store: Store) -> None:
    with archive.open("ab") as file:
        file.write(b"\0")
    with pytest.raises(EngineError, match="has something after its end"):
        import_archive(store, archive)
    assert holds_nothing(store)


Members = list[tuple[tarfile.TarInfo, bytes]]


def rewrite(archive: Path, change: Callable[[Members], Members]) -> None:
    """Write the archive anew, as someone with a tar program could."""
    members: Members = []
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            file = tar.extractfile(member)
            members.append((member, file.read() if file else b""))
    with tarfile.open(archive, "w", format=tarfile.GNU_FORMAT) as tar:
        for member, contents in change(members):
            tar.addfile(member, io.BytesIO(contents))


def named(name: str, contents: bytes = b"evil", kind: bytes = tarfile.REGTYPE) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type, member.mode = kind, 0o444
    member.size = len(contents) if kind == tarfile.REGTYPE else 0
    member.linkname = "" if kind == tarfile.REGTYPE else "/etc/passwd"
    return member, contents


def without(members: Members, name: str) -> Members:
    return [item for item in members if item[0].name != name]


def in_place(members: Members, name: str, other: tuple[tarfile.TarInfo, bytes]) -> Members:
    return [other if item[0].name == name else item for item in members]


CONFIG = "models/ears/config.json"
ATTACKS: dict[str, tuple[Callable[[Members], Members], str]] = {
    "traversal": (lambda m: [*m[:2], named("../../evil"), *m[2:]], "'../../evil', which does not belong there"),
    "absolute": (lambda m: in_place(m, CONFIG, named("/etc/evil")), "'/etc/evil', which does not belong there"),
    "extra file": (lambda m: [*m[:2], named("models/ears/extra"), *m[2:]], "'models/ears/extra'"),
    "missing file": (lambda m: without(m, CONFIG), f"where {CONFIG} should be, it has 'models/ears/empty.txt'"),
    "missing model": (lambda m: [i for i in m if "voice" not in i[0].name], "it has 'SHA256'"),
    "symlink": (lambda m: in_place(m, CONFIG, named(CONFIG, kind=tarfile.SYMTYPE)), "a link or another special file"),
    "hard link": (lambda m: in_place(m, CONFIG, named(CONFIG, kind=tarfile.LNKTYPE)), "a link or another special file"),
    "device": (lambda m: in_place(m, CONFIG, named(CONFIG, kind=tarfile.CHRTYPE)), "a link or another special file"),
    "other size": (lambda m: in_place(m, CONFIG, named(CONFIG)), "that has 4 bytes"),
    "other contents": (lambda m: in_place(m, CONFIG, named(CONFIG, b"x" * 14)), "config.json of ears has changed"),
    "twice": (lambda m: [*m[:3], m[2], *m[3:]], "'models/ears/LICENSE', which does not belong there"),
    "no lock": (lambda m: m[1:], "where models.lock should be, it has 'licences.txt'"),
    "no models": (lambda m: [named("models.lock", Lock(models=()).as_bytes()), m[1], m[-1]], "holds no models"),
    "another licence text": (
        lambda m: in_place(m, "licences.txt", named("licences.txt", b"free")),
        "has changed since",
    ),
    "nothing": (lambda m: [], "it is damaged, or is no archive of models"),
    "escape codes": (lambda m: [named("\x1b[2J")], r"'\x1b[2J'"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_archive_that_someone_changed_is_refused(archive: Path, store: Store, tmp_path: Path, attack: str) -> None:
    change, said = ATTACKS[attack]
    rewrite(archive, change)
    before = sorted(path for path in tmp_path.rglob("*") if store.directory not in path.parents)
    with pytest.raises(EngineError) as refusal:
        import_archive(store, archive)
    assert said in refusal.value.message
    assert holds_nothing(store)
    assert sorted(path for path in tmp_path.rglob("*") if store.directory not in path.parents) in (
        before,
        sorted([*before, store.directory]),
    )


def test_what_is_no_archive_is_refused(store: Store, tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(os.urandom(5000))
    with pytest.raises(EngineError, match="is no archive of models"):
        import_archive(store, tmp_path / "holiday.jpg")
    with pytest.raises(EngineError, match="does not exist"):
        import_archive(store, tmp_path / "nowhere.tar")


def test_an_archive_of_another_lock_is_refused(archive: Path, store: Store) -> None:
    ours = Lock.of([locked("ears", FILES, LATER), *BOTH.models[1:]])
    with pytest.raises(EngineError, match="was made from another lock: ears differs from ours"):
        import_archive(store, archive, wanted=ours)
    with pytest.raises(EngineError, match=f"was made from another lock: its sha256 is {BOTH.digest}"):
        import_archive(store, archive, digest=ours.digest)
    assert holds_nothing(store)


def test_a_failed_import_leaves_what_was_installed(archive: Path, tmp_path: Path) -> None:
    store = stocked(tmp_path / "models")
    change_byte(archive, archive.stat().st_size - 3000)
    with pytest.raises(EngineError):
        import_archive(store, archive)
    for name, files in CONTENTS.items():
        assert holds(store, name, files)


def test_importing_again_mends_a_damaged_model(archive: Path, tmp_path: Path) -> None:
    store = stocked(tmp_path / "models")
    change_byte(store.path_of(EARS) / "weights.bin", 0)
    import_archive(store, archive)
    assert holds(store, "ears", FILES)


def test_too_little_room_is_found_before_anything_is_written(archive: Path, store: Store) -> None:
    with pytest.raises(EngineError, match=r"has 0\.0 GB free"):
        import_archive(store, archive, free=lambda _: 100)
    assert holds_nothing(store)


IMPORT = (
    "import sys\nfrom pathlib import Path\nfrom models.errors import EngineError\nfrom models.store import Store\n"
    "from models.store.archive import import_archive\n"
    "store = Store(Path(sys.argv[1]))\n"
    "try:\n import_archive(store, Path(sys.argv[2]), free=lambda _: 1 << 40)\n"
    "except EngineError as error:\n print(error)\n"
    "print(sorted(p.name for p in store.directory.rglob('*') if p.is_file()))\n"
)


def test_a_disk_that_fills_up_on_the_way_leaves_nothing(archive: Path, tmp_path: Path) -> None:
    said, left = on_a_small_disk(tmp_path, IMPORT, str(archive)).stdout.splitlines()
    assert said.startswith("the disk of ")
    assert "is full — free some space" in said
    assert left == "['.lock']"


def test_a_process_killed_on_the_way_leaves_no_model(archive: Path, store: Store, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [sys.executable, "-c", IMPORT, str(store.directory), str(pipe)]
    with subprocess.Popen(command) as process, pipe.open("wb") as slow:
        slow.write(archive.read_bytes()[:-4096])
        slow.flush()
        while not (store.staging / "voice" / "voice.onnx").exists():
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert store.lock().models == ()
    with pytest.raises(EngineError, match="not installed"):
        store.installed("ears")
    import_archive(store, archive)
    assert holds(store, "ears", FILES)
    assert not store.staging.exists()


def test_a_damaged_model_is_not_exported(tmp_path: Path) -> None:
    store = stocked(tmp_path / "models")
    change_byte(store.path_of(EARS) / "weights.bin", 5)
    with pytest.raises(EngineError, match=r"the model ears is not as its lock has it: weights\.bin has changed"):
        export_archive(store, [], tmp_path / "models.tar")
    assert [path.name for path in tmp_path.iterdir()] == ["models"]


def test_an_archive_is_not_written_over_another_nor_of_nothing(archive: Path, store: Store, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="exists already"):
        export_archive(Store(tmp_path / "connected"), [], archive)
    with pytest.raises(EngineError, match="no models are installed"):
        export_archive(store, [], tmp_path / "new.tar")
    with pytest.raises(EngineError, match="nose: not in what is installed"):
        export_archive(Store(tmp_path / "connected"), ["nose"], tmp_path / "new.tar")
    with pytest.raises(EngineError, match="does not exist"):
        export_archive(Store(tmp_path / "connected"), [], tmp_path / "no" / "stick" / "new.tar")


EXPORT = (
    "import resource, sys\nfrom pathlib import Path\nfrom models.errors import EngineError\n"
    "from models.store import Store\nfrom models.store.archive import export_archive\n"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))\n"
    "try:\n export_archive(Store(Path(sys.argv[1])), [], Path(sys.argv[2]))\n"
    "except EngineError as error:\n print(error)\n"
)


def test_a_file_system_that_cannot_hold_large_files_is_said(archive: Path, tmp_path: Path) -> None:
    store = tmp_path / "connected"
    shutil.rmtree(archive.parent)
    archive.parent.mkdir()
    command = [sys.executable, "-c", EXPORT, str(store), str(archive)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "is too large for its file system — write to a disk formatted as exFAT" in done.stdout
    assert list(archive.parent.iterdir()) == []
