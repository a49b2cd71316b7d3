"""What processes cost: CPU seconds and memory, read from /proc."""

import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
_KIB_PER_MB: Final = 1000 * 1000 / 1024


@dataclass(frozen=True, slots=True)
class Memory:
    """MB (10^6 bytes). `rss` counts pages that several processes share in each of them, `pss` a part in each."""

    rss: float
    pss: float

    def __add__(self, other: "Memory") -> "Memory":
        return Memory(self.rss + other.rss, self.pss + other.pss)


def cpu_seconds_in(stat: str) -> float:
    """User and system time of a process and of its children that have ended, in the text of /proc/PID/stat."""
    # The name, which may hold anything, ends at the last parenthesis; utime is the 14th field of proc(5).
    fields = stat.rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) / _TICKS_PER_S


def memory_in(smaps_rollup: str) -> Memory:
    """RSS and PSS in the text of /proc/PID/smaps_rollup."""
    kib = {
        line.split(":")[0]: int(line.split()[1])
        for line in smaps_rollup.splitlines()
        if line.startswith(("Rss", "Pss:"))
    }
    return Memory(kib["Rss"] / _KIB_PER_MB, kib["Pss"] / _KIB_PER_MB)


def descendants(parent_of: Mapping[int, int], pid: int) -> list[int]:
    """Every process below `pid`, however deep."""
    children = sorted(child for child, parent in parent_of.items() if parent == pid)
    return [found for child in children for found in (child, *descendants(parent_of, child))]


def below(pid: int) -> list[int]:
    """Every process below `pid` that runs now."""
    parent_of: dict[int, int] = {}
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            with contextlib.suppress(OSError):
                parent_of[int(place.name)] = int((place / "stat").read_text().rpartition(")")[2].split()[1])
    return descendants(parent_of, pid)


def cpu_seconds(pids: Sequence[int]) -> float:
    """CPU seconds that these processes have used so far, together."""
    return sum(cpu_seconds_in(Path(f"/proc/{pid}/stat").read_text()) for pid in pids)


def memory(pid: int) -> Memory:
    """What a process of our own user holds now."""
    return memory_in(Path(f"/proc/{pid}/smaps_rollup").read_text())
