"""`appliance check` with the engines of production: each is loaded and says what it is."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("faster_whisper", reason="make engines installs it")

from tests.engines.installed import REVISION
from tests.engines.vllm.production import settings
from tests.engines.vllm.server import NAME, VllmServer
from tests.wire.running import configuration

pytestmark = [pytest.mark.engines, pytest.mark.timeout(2400)]


def check(file: Path) -> tuple[int, dict[str, Any]]:
    """Exit status and findings by subject."""
    command = [sys.executable, "-m", "appliance.cli.main", "check", "--config", str(file), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, {finding["subject"]: finding for finding in json.loads(done.stdout)["findings"]}


def test_it_tells_each_engine_and_model(vllm: VllmServer, models: Path, tmp_path: Path) -> None:
    file = tmp_path / "appliance.toml"
    file.write_text(configuration(settings(vllm, models, probe_every_s=3600)))
    status, findings = check(file)
    assert status == 0, findings
    assert findings["engines.stt"]["detail"].startswith(f"whisper-micro {REVISION[:12]} on cpu")
    assert findings["engines.tts"]["detail"].startswith(f"piper-micro {REVISION[:12]} on ")
    assert findings["engines.llm"]["detail"].startswith(f"{NAME} at {vllm.url}, ready in ")


def test_a_server_that_is_away_and_a_model_that_it_does_not_serve_have_a_remedy(
    vllm: VllmServer, models: Path, tmp_path: Path
) -> None:
    file = tmp_path / "appliance.toml"
    served = settings(vllm, models, probe_every_s=3600)
    wrong = {"served by nobody": {"model": "another"}, "away": {"url": "http://127.0.0.1:1/v1"}}
    for what, changed in wrong.items():
        file.write_text(configuration({**served, "engines.openai": {**served["engines.openai"], **changed}}))
        status, findings = check(file)
        assert status == 1, what
        assert [subject for subject, finding in findings.items() if not finding["ok"]] == ["engines.llm"], what
        assert findings["engines.llm"]["remedy"], what
