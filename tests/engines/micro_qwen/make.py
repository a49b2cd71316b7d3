"""From conversations to a directory that vLLM opens: held here, learnt where torch is."""

import asyncio
import json
from pathlib import Path
from typing import Final

from tests.engines.cache import made_once
from tests.engines.micro_qwen.clinic_turns import corpus
from tests.engines.training import contents, learnt

CONVERSATIONS: Final = 3000
_TELLING: Final = 30
"""So many conversations show what the product makes of them: another prompt, tool or note makes another model."""
_HERE: Final = Path(__file__).parent
_MADE_OF: Final = ("train.py", "chat_template.jinja", "clinic_turns.py", "phrases.py")


def micro_qwen(python: str) -> Path:
    """The model's directory, made unless it is there; `python` has torch and transformers."""

    def make(directory: Path) -> None:
        corpus_file = directory.with_name("corpus.json")
        corpus_file.write_text(_conversations(CONVERSATIONS), encoding="utf-8")
        learnt(python, _HERE / "train.py", corpus_file, directory)

    made_of = _conversations(_TELLING).encode() + contents(_HERE, _MADE_OF)
    return made_once("micro-qwen3", made_of, make)


def _conversations(number: int) -> str:
    return json.dumps(asyncio.run(corpus(number)), ensure_ascii=False)
