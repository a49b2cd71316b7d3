"""The NVIDIA GPUs of this machine, and how much of their memory this process holds, by asking nvidia-smi."""

import asyncio
import os
import shutil
from collections.abc import Sequence
from typing import Final

_FORMAT: Final = "--format=csv,noheader,nounits"
_QUERY: Final = ("--query-compute-apps=pid,used_gpu_memory", _FORMAT)
_DEVICES: Final = ("--query-gpu=name,memory.used,memory.total,driver_version", _FORMAT)
_LONGEST_S: Final = 10.0


async def gpu_memory_mb(command: Sequence[str] = ("nvidia-smi",), pid: int | None = None) -> int | None:
    """MB that the process (this one) holds on all GPUs; None where nvidia-smi is not there, fails or does not say.

    In a container the driver may know processes by other numbers: then nothing is found.
    """
    listing = await _asked(command, _QUERY)
    return None if listing is None else _of_process(listing, pid or os.getpid())


async def gpus(command: Sequence[str] = ("nvidia-smi",)) -> tuple[str, ...]:
    """Each GPU with the memory that all processes hold, and the driver; none where nvidia-smi tells of none."""
    rows = [
        [field.strip() for field in line.split(",")] for line in (await _asked(command, _DEVICES) or "").splitlines()
    ]
    return tuple(
        f"{name}, {used} of {total} MB in use, driver {driver}"
        for name, used, total, driver in (row for row in rows if len(row) == 4)
    )


async def _asked(command: Sequence[str], query: Sequence[str]) -> str | None:
    if shutil.which(command[0]) is None:
        return None
    process = await asyncio.create_subprocess_exec(
        *command, *query, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(_LONGEST_S):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return None
    return output.decode(errors="replace") if process.returncode == 0 else None


def _of_process(listing: str, pid: int) -> int | None:
    rows = [[field.strip() for field in line.split(",")] for line in listing.splitlines()]
    held = [int(row[1]) for row in rows if len(row) == 2 and row[0] == str(pid) and row[1].isdigit()]
    return sum(held) if held else None
