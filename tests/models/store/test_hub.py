"""The real huggingface_hub against a server on loopback: resuming, errors, and who is asked for what."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.errors import EngineError
from models.store import Store
from models.store.download import pull
from models.store.hub import HuggingFaceHub, RemoteFile
from models.store.lock import Lock
from tests.models.store.hub_server import HubServer, serving
from tests.models.store.stock import (
    BOTH,
    CONTENTS,
    EARS,
    FILES,
    OTHER_FILES,
    REVISION,
    VOICE,
    blob_id,
    holds,
    holds_nothing,
)

pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed: make engines")
pytestmark = pytest.mark.engines

CLIENT_CHUNK = 10 * 1024 * 1024
"""Bytes that huggingface_hub collects before it writes them."""
WEIGHTS = FILES["weights.bin"]


@pytest.fixture
def server() -> Iterator[HubServer]:
    with serving(HubServer({"owner/ears": dict(FILES), "owner/voice": dict(OTHER_FILES)})) as running:
        yield running


@pytest.fixture
def hub(server: HubServer) -> HuggingFaceHub:
    return HuggingFaceHub(server.url)


def test_a_repository_is_described_with_the_hashes_that_the_hub_has(hub: HuggingFaceHub) -> None:
    found = hub.look_up("owner/ears", "main")
    assert found.revision == REVISION
    assert {file.path for file in found.files} == set(FILES)
    config = FILES["config.json"]
    assert RemoteFile("config.json", len(config), None, blob_id(config)) in found.files
    weights = next(file for file in EARS.files if file.path == "weights.bin")
    assert RemoteFile("weights.bin", weights.size, weights.sha256, blob_id(WEIGHTS)) in found.files


def test_a_pull_installs_what_the_lock_names(server: HubServer, hub: HuggingFaceHub, tmp_path: Path) -> None:
    store = Store(tmp_path)
    seen: list[tuple[str, int, int]] = []
    pull(store, BOTH, lambda: hub, lambda *what: seen.append(what))
    for name, files in CONTENTS.items():
        assert holds(store, name, files)
    assert ("weights.bin", len(WEIGHTS), len(WEIGHTS)) in seen
    assert {requested for _, requested in server.requests} == {None}


def test_a_connection_that_is_cut_is_taken_up_again(server: HubServer, hub: HuggingFaceHub, tmp_path: Path) -> None:
    large = bytes(range(256)) * 100_000
    server.files["owner/ears"]["large.bin"] = large
    server.cut_after = [15_000_000]
    hub.download("owner/ears", REVISION, "large.bin", len(large), tmp_path / "large.bin")
    assert (tmp_path / "large.bin").read_bytes() == large
    assert server.requests == [("large.bin", None), ("large.bin", f"bytes={CLIENT_CHUNK}-")]


@pytest.mark.parametrize("ignores_range", [False, True])
def test_a_file_goes_on_where_an_earlier_process_stopped(
    server: HubServer, hub: HuggingFaceHub, tmp_path: Path, ignores_range: bool
) -> None:
    server.ignores_range = ignores_range
    target = tmp_path / "weights.bin"
    target.write_bytes(WEIGHTS[:1234])
    hub.download("owner/ears", REVISION, "weights.bin", len(WEIGHTS), target)
    assert server.requests == [("weights.bin", "bytes=1234-")]
    assert target.read_bytes() == WEIGHTS


def test_a_part_that_is_longer_than_the_file_is_begun_anew(
    server: HubServer, hub: HuggingFaceHub, tmp_path: Path
) -> None:
    target = tmp_path / "weights.bin"
    target.write_bytes(b"x" * 9999)
    hub.download("owner/ears", REVISION, "weights.bin", len(WEIGHTS), target)
    assert target.read_bytes() == WEIGHTS


def test_a_file_that_the_server_changed_is_not_installed(
    server: HubServer, hub: HuggingFaceHub, tmp_path: Path
) -> None:
    server.files["owner/ears"]["weights.bin"] = WEIGHTS[:-1] + b"\0"
    store = Store(tmp_path)
    assert WEIGHTS[-1:] == b"\0"
    server.files["owner/ears"]["weights.bin"] = WEIGHTS[:-1] + b"\1"
    with pytest.raises(EngineError, match=r"weights\.bin from owner/ears is not what the lock has"):
        pull(store, BOTH, lambda: hub)
    server.files["owner/ears"]["weights.bin"] = WEIGHTS[:-1]
    with pytest.raises(EngineError, match="owner/ears broke off"):
        pull(store, BOTH, lambda: hub)
    assert holds_nothing(store)


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (403, "GatedRepo", "accept its licence at https://huggingface.co/owner/ears, then set HF_TOKEN"),
        (401, "RepoNotFound", "the hub has no repository owner/ears"),
        (404, "RevisionNotFound", "owner/ears has no revision main"),
        (403, "", "the hub answered 403 for owner/ears"),
    ],
)
def test_a_refusal_is_explained(server: HubServer, hub: HuggingFaceHub, status: int, code: str, said: str) -> None:
    server.errors["owner/ears"] = (status, code)
    with pytest.raises(EngineError) as refusal:
        hub.look_up("owner/ears", "main")
    assert said in str(refusal.value)


def test_a_file_that_is_gone_is_explained(hub: HuggingFaceHub, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=f"owner/ears lacks a file at {REVISION}"):
        hub.download("owner/ears", REVISION, "gone.bin", 5, tmp_path / "gone.bin")


def test_no_server_is_explained() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(EngineError, match="the hub cannot be reached"):
        HuggingFaceHub(f"http://127.0.0.1:{port}").look_up("owner/ears", "main")


def test_the_token_goes_to_the_hub_and_not_to_its_storage(
    server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with serving(HubServer(server.files)) as storage:
        server.storage = storage.url.replace("127.0.0.1", "localhost")
        hub = HuggingFaceHub(server.url)
        hub.download("owner/ears", REVISION, "weights.bin", len(WEIGHTS), tmp_path / "weights.bin")
    assert server.tokens == ["Bearer hf_secret"]
    assert storage.tokens == [None]
    assert (tmp_path / "weights.bin").read_bytes() == WEIGHTS


def test_part_of_a_lock_asks_for_that_part(server: HubServer, hub: HuggingFaceHub, tmp_path: Path) -> None:
    pull(Store(tmp_path), Lock.of([VOICE]), lambda: hub)
    assert {name for name, _ in server.requests} == set(OTHER_FILES)
