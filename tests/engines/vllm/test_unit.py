"""The options that the unit and the documentation start vLLM with are options of this vLLM."""

import os
import re
import subprocess

import pytest

from tests.engines.vllm.conftest import PYTHON
from tests.test_systemd import VLLM, settings

pytestmark = [pytest.mark.engines, pytest.mark.timeout(1200)]

DOCUMENT = VLLM.parents[1] / "docs" / "language-model.md"


@pytest.fixture(scope="module")
def known() -> set[str]:
    done = subprocess.run(
        [str(PYTHON), "-m", "vllm.entrypoints.openai.api_server", "--help=all"],
        env={**os.environ, "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(re.findall(r"--[a-z][a-z0-9-]+", done.stdout))


def test_those_of_the_unit(known: set[str]) -> None:
    options = set(re.findall(r"--[a-z-]+", settings(VLLM)["ExecStart"][0]))
    assert len(options) > 5
    assert options <= known


def test_those_of_the_documentation(known: set[str]) -> None:
    part = DOCUMENT.read_text(encoding="utf-8").partition("vLLM 0.32 is the one")[2].partition("llama.cpp: `")[0]
    options = set(re.findall(r"--[a-z-]+", part)) - {"--now"}
    assert "--tool-call-parser" in options
    assert options <= known
