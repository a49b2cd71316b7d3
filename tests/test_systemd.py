"""The units that keep the appliance and its language model running."""

import shutil
import subprocess
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).parent.parent / "systemd"
APPLIANCE, VLLM = SYSTEMD / "appliance.service", SYSTEMD / "vllm.service"


def settings(unit: Path) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for line in unit.read_text(encoding="utf-8").replace("\\\n", "").splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            values.setdefault(key, []).append(value)
    return values


def environment(unit: Path) -> dict[str, str]:
    words = " ".join(settings(unit)["Environment"]).split()
    return dict(word.split("=", 1) for word in words)


@pytest.mark.parametrize("unit", [APPLIANCE, VLLM], ids=lambda unit: unit.stem)
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed (apt: systemd)")
def test_systemd_finds_nothing_to_say_about_it(unit: Path, tmp_path: Path) -> None:
    # The program and its documentation are not installed on this machine; everything else is checked as it is.
    text = unit.read_text(encoding="utf-8")
    program = settings(unit)["ExecStart"][0].split()[0]
    assert program in text
    copy = tmp_path / unit.name
    copy.write_text(text.replace(program, "/bin/true"), encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_appliance_waits_for_our_own_word_and_watches_our_own_loop() -> None:
    found = settings(APPLIANCE)
    assert found["Type"] == ["notify"]
    assert int(found["WatchdogSec"][0]) > 0
    assert found["Restart"] == ["on-failure"]
    assert found["ExecStart"][0].endswith("/bin/appliance serve --config /etc/clinic-voice-appliance/appliance.toml")


@pytest.mark.parametrize("unit", [APPLIANCE, VLLM], ids=lambda unit: unit.stem)
def test_what_they_leave_behind_is_for_their_user_alone(unit: Path) -> None:
    found = settings(unit)
    assert found["User"] == ["appliance"]
    assert found["UMask"] == ["0077"]
    assert (found.get("StateDirectoryMode") or found["CacheDirectoryMode"]) == ["0700"]
    assert found["LimitCORE"] == ["0"]


def test_the_language_model_s_server_is_reached_from_this_machine_and_reaches_nothing_else() -> None:
    found = settings(VLLM)
    assert "--host 127.0.0.1 " in found["ExecStart"][0]
    assert (found["IPAddressDeny"], found["IPAddressAllow"]) == (["any"], ["localhost"])
    assert {"HF_HUB_OFFLINE", "VLLM_NO_USAGE_STATS", "DO_NOT_TRACK"} <= environment(VLLM).keys()
    assert "--enable-log-requests" not in found["ExecStart"][0]


def test_the_appliance_neither_starts_nor_waits_for_the_language_model_s_server() -> None:
    for unit in (APPLIANCE, VLLM):
        found = settings(unit)
        assert not found.keys() & {"Requires", "Requisite", "BindsTo", "PartOf"}
        assert not any("vllm" in value or "appliance.service" in value for value in found.get("After", []))
        assert not any("vllm" in value for value in found.get("Wants", []))
