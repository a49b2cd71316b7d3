"""How much memory of NVIDIA GPUs this process holds, by asking nvidia-smi."""

import asyncio
import os
import shutil
from collections.abc import Sequence
from typing import Final

_QUERY: Final = ("--query-compute-apps=pid,used_gpu_memory", "--format=csv,noheader,nounits")
_LONGEST_S: Final = 10.0


async def gpu_memory_mb(command: Sequence[str] = ("nvidia-smi",), pid: int | None = None) -> int | None:
    """MB that the process (this one) holds on all GPUs; None where nvidia-smi is not there, fails or does not say.

    In a container the driver may know processes by other numbers: then nothing is found.
    """
    if shutil.which(command[0]) is None:
        return None
    process = await asyncio.create_subprocess_exec(
        *command, *_QUERY, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(_LONGEST_S):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return None
    return _of_process(output.decode(errors="replace"), pid or os.getpid()) if process.returncode == 0 else None


def _of_process(listing: str, pid: int) -> int | None:
    rows = [[field.strip() for field in line.split(",")] for line in listing.splitlines()]
    held = [int(row[1]) for row in rows if len(row) == 2 and row[0] == str(pid) and row[1].isdigit()]
    return sum(held) if held else None
