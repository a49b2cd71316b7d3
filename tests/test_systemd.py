"""The unit that keeps the appliance running."""

import shutil
import subprocess
from pathlib import Path

import pytest

UNIT = Path(__file__).parent.parent / "systemd" / "appliance.service"


def settings() -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            values.setdefault(key, []).append(value)
    return values


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed (apt: systemd)")
def test_systemd_finds_nothing_to_say_about_it(tmp_path: Path) -> None:
    # The program and its documentation are not installed on this machine; everything else is checked as it is.
    text = UNIT.read_text(encoding="utf-8")
    program = settings()["ExecStart"][0].split()[0]
    assert program in text
    copy = tmp_path / UNIT.name
    copy.write_text(text.replace(program, "/bin/true"), encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_it_waits_for_our_own_word_and_watches_our_own_loop() -> None:
    found = settings()
    assert found["Type"] == ["notify"]
    assert int(found["WatchdogSec"][0]) > 0
    assert found["Restart"] == ["on-failure"]
    assert found["ExecStart"][0].endswith("/bin/appliance serve --config /etc/clinic-voice-appliance/appliance.toml")


def test_what_it_leaves_behind_is_for_its_user_alone() -> None:
    found = settings()
    assert found["User"] == ["appliance"]
    assert found["UMask"] == ["0077"]
    assert found["StateDirectoryMode"] == ["0700"]
    assert found["LimitCORE"] == ["0"]
