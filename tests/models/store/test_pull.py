"""`lock` and `pull` against a hub in memory; test_hub.py runs the real client against a server."""

from pathlib import Path

import pytest

from models.errors import EngineError
from models.store import Store
from models.store.catalogue import CatalogueModel
from models.store.download import pull
from models.store.hub import Hub
from models.store.lock import Lock
from models.store.resolve import resolve
from tests.models.store.stock import (
    BOTH,
    CONTENTS,
    EARS,
    FILES,
    LATER,
    OTHER_FILES,
    REVISION,
    VOICE,
    FakeHub,
    change_byte,
    holds,
    holds_nothing,
    locked,
    on_a_small_disk,
    stocked,
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "models")


def no_hub() -> Hub:
    raise AssertionError("nothing was to be downloaded")


def ears(**changes: object) -> CatalogueModel:
    fields: dict[str, object] = {
        "name": "ears",
        "role": "stt",
        "repository": "owner/ears",
        "files": ("config.json", "*.bin", "onnx/*.onnx", "empty.txt"),
        "licence": "MIT",
        "licence_url": "https://example.org/licence",
        "languages": ("en",),
        "size_gb": 1.0,
        "gpu_memory_gb": 1.0,
        "figures": "estimate",
    }
    return CatalogueModel.model_validate(fields | changes)


def test_a_lock_pins_commit_and_every_file_with_the_licence() -> None:
    hub = FakeHub()
    assert resolve([ears()], hub) == Lock.of([EARS])
    fetched = [path for path, _ in hub.downloads]
    assert sorted(fetched) == ["LICENSE", "config.json", "empty.txt"], "large files are not fetched for their hash"


def test_a_folder_of_a_repository_becomes_the_root_of_the_model() -> None:
    hub = FakeHub(files={"owner/ears": {f"en/{path}": data for path, data in FILES.items()} | {"config.json": b""}})
    assert resolve([ears(folder="en")], hub).models == (locked("ears", FILES, folder="en"),)


def test_what_comes_with_a_package_is_not_locked() -> None:
    assert resolve([ears(repository=None, files=(), package="silero-vad")], FakeHub()).models == ()


def test_a_file_that_the_repository_lacks_is_named() -> None:
    with pytest.raises(EngineError, match=r"owner/ears at 1234567890ab has no file model\.gguf — correct the files"):
        resolve([ears(files=("model.gguf",))], FakeHub())


def test_a_small_file_must_be_the_one_of_the_commit() -> None:
    hub = FakeHub(name_blob=lambda _: "0" * 40)
    with pytest.raises(EngineError, match=r"LICENSE did not arrive|config\.json did not arrive"):
        resolve([ears()], hub)


@pytest.mark.parametrize(
    ("path", "revision"), [("../evil.bin", REVISION), ("x/../../evil.bin", REVISION), ("a.bin", "main")]
)
def test_a_hub_that_answers_nonsense_is_refused(path: str, revision: str) -> None:
    hub = FakeHub(files={"owner/ears": {path: b"x" * 2000}}, revision=revision)
    with pytest.raises(EngineError, match="the hub's answer about owner/ears cannot be used"):
        resolve([ears(files=("*" + "/*" * path.count("/"),))], hub)


def test_what_is_pulled_is_installed_and_then_not_pulled_again(store: Store) -> None:
    assert pull(store, BOTH, FakeHub) == list(BOTH.models)
    for name, files in CONTENTS.items():
        assert holds(store, name, files)
    assert not list(store.partial.iterdir())
    assert pull(store, BOTH, no_hub) == []


def test_only_what_is_missing_or_damaged_is_pulled(store: Store) -> None:
    pull(store, Lock.of([VOICE]), FakeHub)
    assert pull(store, BOTH, FakeHub) == [EARS]
    change_byte(store.path_of(EARS) / "weights.bin", 9)
    assert pull(store, BOTH, FakeHub) == [EARS]
    assert holds(store, "ears", FILES)
    assert holds(store, "voice", OTHER_FILES)


@pytest.mark.parametrize("broken_with", [EngineError("the connection broke", "try again"), KeyboardInterrupt()])
def test_a_pull_that_breaks_installs_nothing_and_goes_on_where_it_stopped(
    store: Store, broken_with: BaseException
) -> None:
    hub = FakeHub(break_after=2000, broken_with=broken_with)
    with pytest.raises(type(broken_with)):
        pull(store, BOTH, lambda: hub)
    assert holds_nothing(store)
    done = [path for path, _ in hub.downloads]
    hub.downloads.clear()
    pull(store, BOTH, lambda: hub)
    assert ("weights.bin", 2000) in hub.downloads, "the rest of the file that broke off"
    assert {path for path, _ in hub.downloads}.isdisjoint(done[:-1]), "what was whole is not fetched again"
    assert holds(store, "ears", FILES)


def test_what_waited_on_the_disk_is_verified_too(store: Store) -> None:
    hub = FakeHub(files={"owner/ears": dict(FILES)})
    with pytest.raises(KeyError):
        pull(store, BOTH, lambda: hub)
    waiting = store.partial / "ears" / EARS.version
    change_byte(waiting / "weights.bin", 3)
    (waiting / "stray").write_bytes(b"")
    (waiting / "link").symlink_to("/etc/passwd")
    pull(store, BOTH, FakeHub)
    assert holds(store, "ears", FILES)


def test_wrong_bytes_are_never_installed(store: Store) -> None:
    hub = FakeHub()
    hub.files["owner/voice"]["voice.onnx"] = b"\1\2\4" * 700
    with pytest.raises(EngineError, match=r"voice\.onnx from owner/voice is not what the lock has"):
        pull(store, BOTH, lambda: hub)
    assert holds_nothing(store)
    hub.downloads.clear()
    hub.files["owner/voice"] = dict(OTHER_FILES)
    pull(store, BOTH, lambda: hub)
    assert hub.downloads[0] == ("voice.onnx", 0), "the wrong bytes were thrown away"


def test_too_little_room_is_found_before_the_download(store: Store) -> None:
    with pytest.raises(EngineError, match=r"has 0\.0 GB free; the download needs"):
        pull(store, BOTH, no_hub, free=lambda _: sum(model.size for model in BOTH.models) - 1)
    assert pull(store, BOTH, FakeHub, free=lambda _: sum(model.size for model in BOTH.models))


PULL = (
    "import sys\nfrom pathlib import Path\nfrom models.errors import EngineError\nfrom models.store import Store\n"
    "from models.store.download import pull\nfrom tests.models.store.stock import BOTH, FakeHub\n"
    "store = Store(Path(sys.argv[1]))\n"
    "try:\n pull(store, BOTH, FakeHub, free=lambda _: 1 << 40)\n"
    "except EngineError as error:\n print(error)\n"
    "print(store.lock().models, [path.name for path in store.directory.iterdir() if path.name[0] != '.'])\n"
)


def test_a_disk_that_fills_up_on_the_way_installs_nothing(tmp_path: Path) -> None:
    done = on_a_small_disk(tmp_path, PULL)
    said, left = done.stdout.splitlines()
    assert said.startswith("the disk of ")
    assert "is full — free some space and run the same command again" in said
    assert left == "() []"


def test_a_new_revision_replaces_the_old_and_its_leftovers(tmp_path: Path) -> None:
    store = stocked(tmp_path)
    changed = {**FILES, "weights.bin": b"new" * 900}
    later = Lock.of([locked("ears", changed, LATER), VOICE])
    leftover = store.partial / "ears" / "old"
    leftover.mkdir(parents=True)
    hub = FakeHub(files={"owner/ears": changed}, break_after=2000)
    with pytest.raises(EngineError):
        pull(store, later, lambda: hub)
    assert not leftover.exists()
    assert holds(store, "ears", FILES), "until the new one is whole, the old one serves"
    pull(store, later, lambda: hub)
    assert holds(store, "ears", changed)
    assert store.lock() == later


def test_a_revision_with_the_same_files_is_another_version(tmp_path: Path) -> None:
    store = stocked(tmp_path)
    later = Lock.of([locked("ears", FILES, LATER)])
    assert len(pull(store, later, FakeHub)) == 1
    assert store.installed("ears").revision == LATER
