"""Which machine this is, and what is installed for the Python that measures."""

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

from tests.bench.conditions import cpu_model, memory_gib
from tests.bench_gpu.results import Machine

_PACKAGES: Final = (
    "torch",
    "triton",
    "ctranslate2",
    "faster-whisper",
    "vllm",
    "onnxruntime",
    "onnxruntime-gpu",
    "numpy",
)
_LOOK: Final = """
import json, torch
seen = torch.cuda.is_available()
card = torch.cuda.get_device_properties(0) if seen else None
print(json.dumps({"gpu": card.name if seen else "", "memory_gb": card.total_memory / 1e9 if seen else 0.0,
                  "cuda": torch.version.cuda or ""}))
"""


class NoTorchError(Exception):
    """The Python that is to measure has no torch that loads."""


@dataclass(frozen=True, slots=True)
class Device:
    """What torch sees."""

    gpu: str
    memory_gb: float
    cuda: str


def device(environment: dict[str, str]) -> Device:
    """Asked in another process, which alone loads torch. Raises `NoTorchError`."""
    asked = subprocess.run(
        [sys.executable, "-c", _LOOK], capture_output=True, text=True, env=environment, timeout=180, check=False
    )
    if asked.returncode:
        last = (asked.stderr.strip().splitlines() or ["no output"])[-1]
        raise NoTorchError(f"{sys.executable}: torch does not load here: {last}")
    found = json.loads(asked.stdout.strip().splitlines()[-1])
    return Device(found["gpu"], found["memory_gb"], found["cuda"])


def machine(seen: Device, site: Path | None) -> Machine:
    """The machine with what is installed, also in the folder `site`."""
    return Machine(
        gpu=seen.gpu,
        gpu_memory_gb=round(seen.memory_gb, 1),
        driver=_driver() if seen.gpu else "",
        cuda=seen.cuda,
        cpu=cpu_model(Path("/proc/cpuinfo").read_text(encoding="utf-8")),
        cores=os.cpu_count() or 1,
        memory_gb=round(memory_gib(Path("/proc/meminfo").read_text(encoding="utf-8")), 1),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        packages=_versions(site),
    )


def _versions(site: Path | None) -> dict[str, str]:
    path = [*([str(site)] if site else []), *sys.path]
    found = {}
    for name in _PACKAGES:
        for distribution in metadata.distributions(name=name, path=path):
            found[name] = distribution.version
            break
    return found


def _driver() -> str:
    """The NVIDIA driver's version; empty where nvidia-smi is not there or does not answer."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ""
    try:
        asked = subprocess.run(
            [tool, "--query-gpu=driver_version", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout.strip().splitlines()[0] if asked.returncode == 0 and asked.stdout.strip() else ""


def library_folder(folder: Path, roots: Sequence[Path]) -> Path | None:
    """`folder`, made so that CTranslate2 finds cuBLAS 12 in it by name; None where no cuBLAS is below `roots`.

    CTranslate2 looks for libcublas.so.12. PyTorch carries the one of its own CUDA: of version 12 it is the same
    library, and a later one has the same functions under the same names.
    """
    for name in ("libcublas.so", "libcublasLt.so"):
        found = _library(name, roots)
        if found is None:
            return None
        folder.mkdir(parents=True, exist_ok=True)
        link = folder / f"{name}.12"
        link.unlink(missing_ok=True)
        link.symlink_to(found)
    return folder


def library_roots() -> tuple[Path, ...]:
    """Where cuBLAS may be: with what pip installed, and where CUDA's own installer puts it."""
    return (*(Path(entry) / "nvidia" for entry in sys.path if entry), Path("/usr/local/cuda"))


def _library(name: str, roots: Sequence[Path]) -> Path | None:
    found = sorted(path for root in roots if root.is_dir() for path in root.glob(f"**/{name}.1?"))
    exact = [path for path in found if path.name.endswith(".12")]
    return next(iter(exact or found), None)
