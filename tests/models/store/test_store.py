"""The store: an engine gets a directory only if it is what was verified, and never half a model."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.errors import EngineError
from models.store import Store, installed
from models.store.lock import Lock
from tests.models.store.stock import (
    EARS,
    FILES,
    LATER,
    OTHER_FILES,
    REVISION,
    VOICE,
    change_byte,
    holds,
    holds_nothing,
    install,
    locked,
    stocked,
    write_files,
)


def test_an_engine_gets_exactly_the_locked_files(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = stocked(tmp_path)
    with caplog.at_level(logging.INFO):
        assert holds(store, "ears", FILES)
    assert caplog.messages == [f"model ears: owner/ears revision {REVISION}, sha256 {EARS.digest}"]
    assert installed("voice", tmp_path) == store.path_of(VOICE)
    assert store.installed("ears").sha256 == EARS.digest


def test_a_model_that_is_not_there_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"the model ears is not installed in .* — install it with appliance models"):
        installed("ears", tmp_path / "nothing" / "here")
    store = stocked(tmp_path)
    for path in sorted(store.path_of(EARS).rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    store.path_of(EARS).rmdir()
    with pytest.raises(EngineError, match="the model ears is missing"):
        store.installed("ears")
    assert store.verify(EARS) == ("missing: the whole model",)


def same_size_other_byte(path: Path) -> None:
    change_byte(path / "weights.bin", 77)


def one_byte_more(path: Path) -> None:
    (path / "weights.bin").chmod(0o644)
    with (path / "weights.bin").open("ab") as file:
        file.write(b"\0")


def removed(path: Path) -> None:
    (path / "weights.bin").unlink()


def added(path: Path) -> None:
    (path / "onnx" / "weights.bin").write_bytes(b"")


def linked(path: Path) -> None:
    (path / "weights.bin").rename(path.parent.parent / "elsewhere")
    (path / "weights.bin").symlink_to(path.parent.parent / "elsewhere")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (same_size_other_byte, "changed: weights.bin"),
        (one_byte_more, "changed: weights.bin has 4097 bytes instead of 4096"),
        (removed, "missing: weights.bin"),
        (added, "extra: 'onnx/weights.bin'"),
        (linked, "not a plain file: 'weights.bin'"),
    ],
)
def test_what_changed_is_found_at_start_and_by_verify(
    tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    store = stocked(tmp_path)
    damage(store.path_of(EARS))
    with pytest.raises(EngineError, match=r"the model ears has changed since it was verified: .*weights\.bin"):
        store.installed("ears")
    assert said in store.verify(EARS)
    with pytest.raises(EngineError, match="the model ears is not verified"):
        store.installed("ears")
    assert holds(store, "voice", OTHER_FILES)


EVERY_BYTE = [(path, position) for path, data in FILES.items() for position in range(len(data))]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(where=st.sampled_from(EVERY_BYTE), by=st.integers(1, 255))
def test_verify_finds_any_changed_byte_even_with_the_old_time_on_it(
    tmp_path: Path, where: tuple[str, int], by: int
) -> None:
    store = Store(tmp_path)
    install(store, (EARS, FILES))
    path = store.path_of(EARS) / where[0]
    before = path.stat()
    change_byte(path, where[1], by)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert store.verify(EARS) == (f"changed: {where[0]}",)
    with pytest.raises(EngineError, match="not verified"):
        store.installed("ears")


def test_a_copied_store_is_good_again_once_verified(tmp_path: Path) -> None:
    store = stocked(tmp_path)
    os.utime(store.path_of(EARS) / "config.json", ns=(0, 0))
    with pytest.raises(EngineError, match=r"config\.json is not as it was — run appliance models verify ears"):
        store.installed("ears")
    assert store.verify(EARS) == ()
    assert holds(store, "ears", FILES)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"files": {"a": [1]}, "sha256": ""}', b"\xff"])
def test_a_damaged_record_of_verification_counts_as_none(tmp_path: Path, data: bytes) -> None:
    store = stocked(tmp_path)
    (tmp_path / "ears" / f"{EARS.version}.json").write_bytes(data)
    with pytest.raises(EngineError, match="the model ears is not verified"):
        store.installed("ears")


def test_a_damaged_lock_of_the_store_is_said(tmp_path: Path) -> None:
    store = stocked(tmp_path)
    change_byte(tmp_path / "installed.lock", 40)
    with pytest.raises(EngineError, match=r"installed\.lock is no whole lock"):
        store.installed("ears")


def test_a_new_version_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    store = stocked(tmp_path)
    later = locked("ears", OTHER_FILES, LATER)
    install(store, (later, OTHER_FILES))
    assert holds(store, "ears", OTHER_FILES)
    assert holds(store, "voice", OTHER_FILES)
    assert sorted(path.name for path in (tmp_path / "ears").iterdir()) == [later.version, f"{later.version}.json"]
    assert f"from owner/ears at {LATER}" in (tmp_path / "licences.txt").read_text()


def test_a_removed_model_is_gone_and_the_others_stay(tmp_path: Path) -> None:
    store = stocked(tmp_path)
    write_files(store.partial / "ears" / "later", FILES)
    with store.changing():
        store.remove(Lock.of([EARS]))
    assert store.lock() == Lock.of([VOICE])
    assert holds(store, "voice", OTHER_FILES)
    assert not list(tmp_path.rglob("ears*"))
    assert "ears" not in (tmp_path / "licences.txt").read_text()


def test_an_installation_that_fails_leaves_all_as_it_was(tmp_path: Path) -> None:
    store = stocked(tmp_path)
    changed = {**FILES, "config.json": b"{}"}
    later = locked("ears", changed, LATER), locked("voice", FILES, LATER)
    with store.changing():
        staged = {"ears": write_files(store.staging / "ears", changed), "voice": store.staging / "not there"}
        with pytest.raises(EngineError, match="does not exist"):
            store.install(staged, Lock.of(later))
    assert holds(store, "ears", FILES)
    assert holds(store, "voice", OTHER_FILES)
    assert [path.name for path in (tmp_path / "ears").iterdir() if path.is_dir()] == [EARS.version]


def test_a_first_installation_that_fails_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.changing():
        staged = {"ears": write_files(store.staging / "ears", FILES), "voice": store.staging / "not there"}
        with pytest.raises(EngineError):
            store.install(staged, Lock.of((EARS, VOICE)))
    assert holds_nothing(store)


def test_only_one_process_changes_the_store(tmp_path: Path) -> None:
    store = Store(tmp_path)
    program = (
        "import sys\nfrom pathlib import Path\nfrom models.store import Store\n"
        "with Store(Path(sys.argv[1])).changing():\n print('in', flush=True)\n sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"in\n"
        with pytest.raises(EngineError, match="another process is changing the models"), store.changing():
            pass
        other.communicate()
    with store.changing():
        pass


def test_what_a_dead_process_left_is_cleared(tmp_path: Path) -> None:
    store = Store(tmp_path)
    write_files(store.staging / "ears", FILES)
    with store.changing():
        assert not store.staging.exists()


def test_a_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineError, match="file"), Store(tmp_path / "file" / "models").changing():
        pass
