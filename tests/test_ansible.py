"""The playbook: well-formed, and in step with the unit that it installs."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROLE = ROOT / "ansible" / "roles" / "appliance"
needs_ansible = pytest.mark.skipif(
    shutil.which("ansible-playbook") is None, reason="ansible-playbook is not installed (pip install ansible-core)"
)
LOCAL = ["-i", "localhost,", "-e", "ansible_connection=local"]


def playbook(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["ansible-playbook", *options, "site.yml"],
        cwd=ROOT / "ansible",
        env={**os.environ, "LC_ALL": "C.UTF-8", "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@needs_ansible
def test_the_playbook_is_well_formed() -> None:
    done = playbook("--syntax-check", *LOCAL)
    assert done.returncode == 0, done.stderr


@needs_ansible
@pytest.mark.parametrize("engines", [{}, {"appliance_engine_packages": "gpu", "appliance_vllm": True}])
def test_a_dry_run_below_a_scratch_directory_succeeds(tmp_path: Path, engines: dict[str, object]) -> None:
    inventory = tmp_path / "inventory.ini"
    inventory.write_text(
        f"[appliances]\nlocalhost ansible_connection=local ansible_python_interpreter={sys.executable}\n"
    )
    variables = {
        "appliance_become": False,
        "appliance_manage_system": False,
        "appliance_manage_service": False,
        "appliance_python": sys.executable,
        "appliance_owner": os.environ.get("USER", "root"),
        "appliance_group": "root",
        **engines,
        **{
            f"appliance_{place}": str(tmp_path / place)
            for place in ("prefix", "config_directory", "state_directory", "unit_directory")
        },
    }
    done = playbook("-i", str(inventory), "--check", "-e", json.dumps(variables))
    assert done.returncode == 0, done.stdout + done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["inventory.ini"], "a dry run changes nothing"


@pytest.mark.parametrize(("tasks", "unit"), [("configuration", "appliance"), ("vllm", "vllm")])
def test_every_path_of_the_unit_can_be_moved(tasks: str, unit: str) -> None:
    moved = re.findall(r"replace\('([^']+)'", (ROLE / "tasks" / f"{tasks}.yml").read_text(encoding="utf-8"))
    text = (ROOT / "systemd" / f"{unit}.service").read_text(encoding="utf-8")
    assert all(place in text for place in moved)
    for path in re.findall(r"(?<![\w/])/(?:opt|etc|var/lib)/\S+", text):
        assert any(path.startswith(place) for place in moved), path


def test_the_lock_decides_what_is_installed() -> None:
    tasks = (ROLE / "tasks" / "program.yml").read_text(encoding="utf-8")
    for option in ("--require-hashes", "--no-deps", "requirements/base.lock", "--no-build-isolation", "--no-index"):
        assert option in tasks


@pytest.mark.parametrize("lock", ["engines.yml", "vllm.yml"])
def test_the_locks_of_the_production_engines_decide_too(lock: str) -> None:
    tasks = (ROLE / "tasks" / lock).read_text(encoding="utf-8")
    installs = tasks.count("- install\n")
    assert installs == 1
    for option in ("--require-hashes", "--no-deps", "requirements/"):
        assert tasks.count(option) >= installs


def test_vllm_is_installed_where_its_unit_starts_it_and_finds_its_environment() -> None:
    unit = (ROOT / "systemd" / "vllm.service").read_text(encoding="utf-8")
    tasks = (ROLE / "tasks" / "vllm.yml").read_text(encoding="utf-8")
    assert "ExecStart=/opt/clinic-voice-appliance/vllm/bin/vllm " in unit
    assert '--clear, "{{ appliance_prefix }}/vllm"]' in tasks
    assert "EnvironmentFile=-/etc/clinic-voice-appliance/vllm.env" in unit
    assert '"{{ appliance_config_directory }}/vllm.env"' in tasks
