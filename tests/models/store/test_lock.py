"""`models.lock`: what is pinned stays pinned, and a lock that is not whole is never used."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import EngineError
from models.store.lock import Lock, licences, parse_lock, read_lock, write_lock
from tests.models.store.stock import BOTH, EARS, FILES, LATER, OTHER_FILES, VOICE, locked

WRITTEN = BOTH.as_bytes()


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_lock(BOTH, tmp_path / "here" / "models.lock")
    assert read_lock(tmp_path / "here" / "models.lock") == BOTH
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["models.lock"]


@given(position=st.integers(0, len(WRITTEN) - 1), by=st.integers(1, 255))
def test_any_changed_byte_is_found(position: int, by: int) -> None:
    changed = bytearray(WRITTEN)
    changed[position] = (changed[position] + by) % 256
    with pytest.raises(EngineError, match="changed or damaged"):
        parse_lock(bytes(changed), "models.lock")


@given(length=st.integers(0, len(WRITTEN) - 1))
def test_a_lock_that_is_cut_short_is_found(length: int) -> None:
    with pytest.raises(EngineError, match="changed or damaged"):
        parse_lock(WRITTEN[:length], "models.lock")


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"\xff\xfe", b"{}", b"[" * 100_000])
def test_what_is_no_lock_at_all_is_refused(data: bytes) -> None:
    with pytest.raises(EngineError, match=r"models\.lock"):
        parse_lock(data, "models.lock")


def sealed(plain: dict[str, object]) -> bytes:
    """A lock with the right hash of itself, whoever made it."""
    import hashlib

    def canonical(value: dict[str, object]) -> bytes:
        return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()

    return canonical({**plain, "sha256": hashlib.sha256(canonical(plain)).hexdigest()})


@pytest.mark.parametrize(
    "path",
    ["../evil", "/etc/passwd", "a/../../b", "a//b", "./a", "", "a\\b", "a\nb", "a\0b", "x.part", "é" * 241],
)
def test_a_path_that_leads_elsewhere_is_refused_however_well_sealed(path: str) -> None:
    plain = json.loads(WRITTEN)
    del plain["sha256"]
    assert parse_lock(sealed(plain), "models.lock") == BOTH
    plain["models"][0]["files"] = [{"path": path, "size": 1, "sha256": "0" * 64}]
    with pytest.raises(EngineError, match="path"):
        parse_lock(sealed(plain), "models.lock")


@pytest.mark.parametrize("name", ["..", ".partial", "a/b", "", "A", "é"])
def test_a_model_name_that_is_no_directory_of_its_own_is_refused(name: str) -> None:
    plain = json.loads(WRITTEN)
    del plain["sha256"]
    plain["models"] = [{**plain["models"][0], "name": name}]
    with pytest.raises(EngineError, match="name"):
        parse_lock(sealed(plain), "models.lock")


def test_a_path_cannot_be_a_file_and_a_folder() -> None:
    with pytest.raises(ValueError, match="a is a file and a folder"):
        locked("ears", {"a": b"", "a/b": b""})


def test_a_lock_of_a_later_format_is_said_to_be_one() -> None:
    with pytest.raises(EngineError, match="format 2; this program reads 1"):
        parse_lock(sealed({"format": 2, "everything": "else"}), "models.lock")


def test_a_version_is_of_revision_and_contents() -> None:
    assert EARS.version != locked("ears", FILES, LATER).version
    assert EARS.version != locked("ears", {**FILES, "config.json": b"{}"}).version
    assert EARS.digest == locked("other-ears", FILES, LATER).digest


def test_part_of_a_lock() -> None:
    assert BOTH.only(["voice"], "models.lock") == Lock.of([VOICE])
    assert BOTH.only([], "models.lock") == BOTH
    with pytest.raises(EngineError, match=r"nose: not in models\.lock — it knows ears, voice"):
        BOTH.only(["nose", "voice"], "models.lock")


def test_of_two_with_a_name_the_later_holds() -> None:
    later = locked("voice", OTHER_FILES, LATER)
    assert Lock.of([VOICE, EARS, later]).models == (EARS, later)


def test_licences_name_every_model_with_its_source() -> None:
    text = licences(BOTH)
    for model in BOTH.models:
        assert model.name in text
        assert f"from {model.repository} at {model.revision}" in text
        assert f"{model.licence}  {model.licence_url}" in text
