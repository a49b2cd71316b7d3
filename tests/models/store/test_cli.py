"""`appliance models` as its users type it."""

import ast
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from models.store import Store
from models.store.catalogue import load_catalogue
from tests.models.store.hub_server import HubServer, serving
from tests.models.store.stock import BOTH, CONTENTS, FILES, REVISION, change_byte, holds, stocked

ROOT = Path(__file__).resolve().parents[3]
VOICE_NAME = "piper-en-us-ljspeech-medium"
VOICE_FILES = {
    "en_US-ljspeech-medium.onnx": bytes(range(256)) * 80_000,
    "en_US-ljspeech-medium.onnx.json": b"{}",
    "MODEL_CARD": b"public domain",
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "appliance.toml"
    path.write_text('[models]\ndirectory = "models"\nlock = "models.lock"\n')
    return path


def command(config: Path, *words: str) -> list[str]:
    action, *rest = words
    return [sys.executable, "-m", "appliance.cli.main", "models", action, "--config", str(config), *rest]


def appliance_models(
    config: Path, *words: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(config, *words),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
    )


def test_from_one_machine_to_another_by_stick(config: Path, tmp_path: Path) -> None:
    stocked(tmp_path / "models")
    done = appliance_models(config, "verify")
    assert done.returncode == 0
    assert done.stdout.startswith(f"OK    ears: {len(FILES)} files, 5.4 kB, sha256 ")
    done = appliance_models(config, "export", "--to", str(tmp_path / "stick.tar"))
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, "exported voice 100 %")
    assert done.stdout.splitlines()[-1].endswith(f"appliance models import stick.tar --sha256 {BOTH.digest}")

    other = tmp_path / "other" / "appliance.toml"
    other.parent.mkdir()
    other.write_text(config.read_text())
    done = appliance_models(other, "import", str(tmp_path / "stick.tar"), "--sha256", BOTH.digest)
    assert done.returncode == 0, done.stderr
    for name, files in CONTENTS.items():
        assert holds(Store(other.parent / "models"), name, files)
    done = appliance_models(other, "path", "ears")
    assert done.stdout.strip() == str(Store(other.parent / "models").path_of(BOTH.models[0]))
    done = appliance_models(other, "list")
    assert f"installed, owner/ears@{REVISION[:12]}" in done.stdout
    assert "16gb" in done.stdout
    done = appliance_models(other, "remove", "ears")
    assert (done.returncode, done.stdout) == (0, "removed ears (5.4 kB)\n")
    assert appliance_models(other, "path", "ears").returncode == 2


def test_what_verification_finds_is_a_line_and_a_status(config: Path, tmp_path: Path) -> None:
    store = stocked(tmp_path / "models")
    change_byte(store.path_of(BOTH.models[0]) / "weights.bin", 1)
    done = appliance_models(config, "verify")
    assert done.returncode == 1
    assert done.stdout.splitlines()[0].startswith("FAIL  ears: changed: weights.bin — install it again with")
    assert done.stdout.splitlines()[1].startswith("OK    voice")
    done = appliance_models(config, "path", "ears")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "appliance: the model ears is not verified — run appliance models verify ears\n"
    assert "the model ears is not verified" in appliance_models(config, "list").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["pull"], "models.lock does not exist — write it on a connected machine with appliance models lock"),
        (["import", "nowhere.tar"], "nowhere.tar does not exist"),
        (["export", "--to", "new.tar"], "no models are installed"),
        (["path", "ears"], "the model ears is not installed"),
        (["verify", "ears"], "ears: not in what is installed"),
        (["lock"], "nothing to lock — name a --profile or models"),
        (["lock", "--profile", "12gb"], "there is no profile 12gb"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(config: Path, words: list[str], said: str) -> None:
    done = appliance_models(config, *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_list_as_json(config: Path) -> None:
    done = appliance_models(config, "list", "--json")
    plain = json.loads(done.stdout)
    assert [model["name"] for model in plain["models"]] == [model.name for model in load_catalogue().models]


def test_without_the_client_lock_and_pull_name_the_remedy(config: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked" / "huggingface_hub"
    blocked.mkdir(parents=True)
    (blocked / "__init__.py").write_text("raise ModuleNotFoundError(name='huggingface_hub')")
    environment = {"PYTHONPATH": os.pathsep.join([str(blocked.parent), str(ROOT)])}
    done = appliance_models(config, "lock", VOICE_NAME, environment=environment)
    assert done.returncode == 2
    assert done.stderr == "appliance: huggingface_hub is not installed (huggingface_hub) — run make engines\n"


@pytest.fixture
def server() -> Iterator[HubServer]:
    pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed: make engines")
    folder = load_catalogue().select([VOICE_NAME])[0].folder
    files = {f"{folder}/{name}": data for name, data in VOICE_FILES.items()}
    with serving(HubServer({"rhasspy/piper-voices": {**files, "README.md": b"voices"}})) as running:
        yield running


@pytest.mark.engines
def test_lock_and_pull_a_pull_that_is_killed_and_the_pull_after_it(
    server: HubServer, config: Path, tmp_path: Path
) -> None:
    environment = {"HF_ENDPOINT": server.url, "HF_HOME": str(tmp_path / "home")}
    done = appliance_models(config, "lock", VOICE_NAME, environment=environment)
    assert done.returncode == 0, done.stderr
    assert f"{VOICE_NAME}: rhasspy/piper-voices@{REVISION[:12]}, 0.02 GB, new; MIT" in done.stdout
    done = appliance_models(config, "lock", environment=environment)
    assert "as before" in done.stdout

    store = Store(tmp_path / "models")
    server.requests.clear()
    server.hang_after = 15_000_000
    with subprocess.Popen(command(config, "pull"), cwd=ROOT, env={**os.environ, **environment}) as pulling:
        assert server.hanging.wait(60)
        part = next(iter(store.partial.rglob("*.part")))
        while part.stat().st_size == 0:
            assert pulling.poll() is None
        pulling.send_signal(signal.SIGKILL)
    have = part.stat().st_size
    assert store.lock().models == ()
    assert "in the lock, not installed" in appliance_models(config, "list").stdout

    server.hang_after = None
    done = appliance_models(config, "pull", environment=environment)
    assert done.returncode == 0, done.stderr
    assert server.requests[-2][1] == f"bytes={have}-"
    assert holds(store, VOICE_NAME, VOICE_FILES)
    assert appliance_models(config, "verify").returncode == 0


@pytest.mark.engines
def test_offline_is_respected(server: HubServer, config: Path) -> None:
    environment = {"HF_ENDPOINT": server.url, "HF_HUB_OFFLINE": "1"}
    done = appliance_models(config, "lock", VOICE_NAME, environment=environment)
    assert done.returncode == 2
    assert "appliance: HF_HUB_OFFLINE forbids downloads — run lock and pull on a connected machine" in done.stderr


def test_only_the_store_knows_the_hub() -> None:
    for path in [*(ROOT / "appliance").rglob("*.py"), *(ROOT / "models").rglob("*.py"), *(ROOT / "sip").rglob("*.py")]:
        if path == ROOT / "models" / "store" / "hub.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.startswith("huggingface_hub")], path
