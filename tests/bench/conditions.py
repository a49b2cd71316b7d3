"""Where and when figures were measured."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

_PACKAGES: Final = (
    "onnxruntime",
    "silero-vad",
    "pipecat-ai",
    "pocketsphinx",
    "espeakng-loader",
    "pjsua2-python",
    "numpy",
    "pydantic",
    "starlette",
    "uvicorn",
)
_GENERATED: Final = "docs/benchmarks.md"


def cpu_model(cpuinfo: str) -> str:
    """The processor's name in the text of /proc/cpuinfo."""
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return " ".join(value.split())
    return platform.machine()


def memory_gib(meminfo: str) -> float:
    """All memory, by the text of /proc/meminfo."""
    first = next(line for line in meminfo.splitlines() if line.startswith("MemTotal:"))
    return int(first.split()[1]) / 1024**2


def machine() -> str:
    """Processor, memory, Python and the packages that matter, as Markdown."""
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return (
        f"Machine: {cpu_model(Path('/proc/cpuinfo').read_text())}, {os.cpu_count()} cores, "
        f"{memory_gib(Path('/proc/meminfo').read_text()):.0f} GiB; Linux {platform.release()}, "
        f"Python {platform.python_version()}.\n"
        f"Packages: {packages}."
    )


def commit() -> str:
    """The short hash of the checkout, with a mark when files that it tracks were changed."""

    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", f":(exclude){_GENERATED}")
        return git("rev-parse", "--short", "HEAD") + (" with uncommitted changes" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown (no git checkout)"


def now() -> str:
    """Date and time in UTC, to the minute."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")


def load() -> float:
    """The load average of the last minute."""
    return os.getloadavg()[0]


def busy_note(load_average: float, cores: int) -> str:
    """A warning for the reader when other work took half the machine or more at the start; else nothing."""
    if load_average < cores / 2:
        return ""
    return (
        f"**The machine was busy with other work (load {load_average:.1f} on {cores} cores): measure again when idle.**"
    )
