"""Makes the model if need be, and prints its directory.

    python -m tests.engines.micro_qwen .venv-vllm-cpu/bin/python

The argument is the interpreter that has torch and transformers. It takes minutes the first time, and is cached by what
it is made of.
"""

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.engines.micro_qwen.clinic_turns import corpus

_HERE = Path(__file__).parent
_MADE_OF = ("train.py", "chat_template.jinja")


def directory(python: str) -> Path:
    """The model's directory, made unless it is there."""
    text = json.dumps(asyncio.run(corpus()), ensure_ascii=False)
    key = hashlib.sha256(text.encode())
    for name in _MADE_OF:
        key.update((_HERE / name).read_bytes())
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "appliance-engines"
    made = home / f"micro-qwen3-{key.hexdigest()[:16]}"
    if not made.exists():
        home.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=home, prefix=".making-"))
        try:
            (scratch / "corpus.json").write_text(text, encoding="utf-8")
            command = [python, str(_HERE / "train.py"), str(scratch / "corpus.json"), str(scratch / "model")]
            subprocess.run(command, check=True, stdout=sys.stderr)
            # Two that made it at once made the same.
            if not made.exists():
                (scratch / "model").rename(made)
        finally:
            shutil.rmtree(scratch)
    return made


if __name__ == "__main__":
    print(directory(sys.argv[1]))
