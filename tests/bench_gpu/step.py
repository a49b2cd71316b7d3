"""`python -m tests.bench_gpu.step NAME ...`: one step in a process of its own, so that what breaks breaks alone."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import torch

from tests.bench_gpu import check_step, llm_steps, sharing_step, speech_steps, whisper_steps
from tests.bench_gpu.results import rows_as_json
from tests.bench_gpu.setting import Found, NotHereError, Setting

NOT_HERE: Final = 3

STEPS: Final[Mapping[str, Callable[[Setting], Found]]] = {
    "check": check_step.check,
    "whisper-ctranslate2": lambda setting: whisper_steps.by_ctranslate2(setting, "whisper-large-v3-turbo"),
    "whisper-torch": lambda setting: whisper_steps.by_torch(setting, "whisper-large-v3-turbo"),
    "whisper-small-torch": lambda setting: whisper_steps.by_torch(setting, "whisper-small"),
    "whisper-medium-torch": lambda setting: whisper_steps.by_torch(setting, "whisper-medium"),
    "qwen3-8b-vllm": lambda setting: llm_steps.by_vllm(setting, "qwen3-8b"),
    "qwen3-8b-torch": lambda setting: llm_steps.by_torch(setting, "qwen3-8b"),
    "qwen3-4b-vllm": lambda setting: llm_steps.by_vllm(setting, "qwen3-4b"),
    "qwen3-4b-torch": lambda setting: llm_steps.by_torch(setting, "qwen3-4b"),
    "qwen3-14b-torch": lambda setting: llm_steps.by_torch(setting, "qwen3-14b"),
    "piper": lambda setting: speech_steps.speech(setting, "piper-medium"),
    "sharing": lambda setting: sharing_step.sharing(setting, "whisper-large-v3-turbo", "qwen3-8b"),
}


def main(arguments: Sequence[str]) -> int:
    """Measure, and write rows and notes; `NOT_HERE` with the reason as last line when something is not installed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench_gpu.step", description=__doc__)
    parser.add_argument("name", choices=STEPS)
    parser.add_argument("--device", choices=("cuda", "cpu"), required=True)
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--rows", type=Path, required=True)
    parser.add_argument("--notes", type=Path, required=True)
    parsed = parser.parse_args(arguments)
    try:
        found = STEPS[parsed.name](Setting(parsed.device, parsed.tiny))
    except NotHereError as error:
        print(error, flush=True)
        return NOT_HERE
    except torch.cuda.OutOfMemoryError:
        print("does not fit into this GPU's memory", flush=True)
        return NOT_HERE
    parsed.rows.write_text(rows_as_json(found.rows), encoding="utf-8")
    parsed.notes.write_text("\n".join(found.notes), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
