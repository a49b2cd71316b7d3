"""What is installed: pinned by hash, from no place in particular, and the same in every list."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]


def wanted(name: str) -> set[str]:
    """The requirements of a list, those of the lists it includes among them."""
    found: set[str] = set()
    for line in (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            found |= wanted(line[3:])
        elif line and not line.startswith(("#", "-c ")):
            found.add(line)
    return found


def pins(lock: Path) -> dict[str, str]:
    """Version by name."""
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", lock.read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("extra", EXTRAS)
def test_every_extra_is_its_list(extra: str) -> None:
    assert set(EXTRAS[extra]) == wanted(f"{extra}.in")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_package_of_a_lock_has_its_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    assert "--find-links" not in text
    assert "--index-url" not in text
    found = pins(lock)
    assert found
    # A package may be listed twice, under different markers.
    for entry in re.split(r"\n(?=[a-z0-9])", re.sub(r"(?m)^ *#.*\n", "", text).strip()):
        assert re.fullmatch(r"[a-z0-9.-]+==\S+( ; [^\\]+)? \\\n(\s+--hash=sha256:[0-9a-f]{64}( \\)?\n?)+", entry + "\n")


def test_both_builds_of_the_language_models_server_are_of_one_version_and_one_torch() -> None:
    server = pins(ROOT / "requirements" / "vllm.lock")
    cpu = pins(ROOT / "requirements" / "vllm-cpu.lock")
    torch = pins(ROOT / "requirements" / "vllm-cpu-torch.lock")
    cuda = pins(ROOT / "requirements" / "vllm-cpu-cuda.lock")
    assert server["vllm"] == cpu["vllm-cpu"]
    assert torch["torch"] == f"{cuda['torch']}+cpu"
    assert server["torch"] == cuda["torch"]
    assert not [name for name in cpu if name.startswith(("nvidia", "cuda", "torch", "triton"))]


def test_one_cuda_for_the_engines_in_our_own_process() -> None:
    names = [name for name in pins(ROOT / "requirements" / "gpu.lock") if name.startswith("nvidia-")]
    assert names
    assert all(name.endswith("-cu12") for name in names)


def test_the_base_needs_neither_torch_nor_cuda() -> None:
    for name in ("base", "engines"):
        assert not [pin for pin in pins(ROOT / "requirements" / f"{name}.lock") if pin.startswith(("torch", "nvidia"))]
