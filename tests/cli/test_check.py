"""`appliance check`: a line for everything that matters, and the remedy for what would not work."""

import json
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from appliance.cli.probes import EngineLoaders, Finding, check_file
from appliance.config import Config
from models.errors import EngineError


async def loads() -> str:
    return ""


async def describes_itself() -> str:
    return "ears revision 1234 on cuda (float16)"


async def fails() -> str:
    raise EngineError("/opt/vad.onnx is missing", "install silero-vad")


async def breaks() -> str:
    raise ZeroDivisionError("Erika Mustermann")


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def config_file(tmp_path: Path, text: str = "") -> Path:
    file = tmp_path / "appliance.toml"
    file.write_text(
        f'[records]\ndirectory = "records"\nmin_free_mb = 1\n[web]\nport = {free_port()}\n'
        f"[sip]\nport = {free_port()}\n{text}"
    )
    return file


async def findings(file: Path, loaders: Mapping[str, object] | None = None) -> dict[str, Finding]:
    shown: list[Finding] = []

    def loaders_for(_: Config) -> EngineLoaders:
        return {"vad": loads, **(loaders or {})}  # type: ignore[dict-item]

    async def gpus() -> tuple[str, ...]:
        return ("NVIDIA L4, 9000 of 23034 MB in use, driver 580.65",)

    found = await check_file(file, loaders_for, gpus, shown.append)
    assert shown == found
    return {finding.subject: finding for finding in found}


async def test_all_is_well(tmp_path: Path) -> None:
    found = await findings(config_file(tmp_path))
    assert all(finding.ok and not finding.remedy for finding in found.values())
    assert list(found) == [
        "configuration",
        "records.directory",
        "disk",
        "sip.port",
        "sip.rtp_port_first",
        "web.port",
        "engines.vad",
        "gpu",
    ]
    assert str(found["gpu"]) == "OK    gpu: NVIDIA L4, 9000 of 23034 MB in use, driver 580.65"
    assert str(found["engines.vad"]).startswith("OK    engines.vad: ready in ")
    assert names_in(tmp_path) == ["appliance.toml"], "checking makes nothing"


async def test_an_engine_says_what_it_is(tmp_path: Path) -> None:
    found = await findings(config_file(tmp_path), {"stt": describes_itself})
    assert found["engines.stt"].detail.startswith("ears revision 1234 on cuda (float16), ready in ")


async def test_a_wrong_configuration_is_all_there_is_to_say(tmp_path: Path) -> None:
    file = tmp_path / "appliance.toml"
    file.write_text("[sip]\nprot = 1\n")
    found = await findings(file)
    assert list(found) == ["configuration"]
    assert str(found["configuration"]).startswith("FAIL  configuration: ")
    assert found["configuration"].remedy == "did you mean sip.port?"


async def test_an_engine_that_does_not_load_gives_its_remedy_and_the_others_are_still_tried(tmp_path: Path) -> None:
    found = await findings(config_file(tmp_path), {"stt": fails, "tts": loads})
    assert str(found["engines.stt"]) == "FAIL  engines.stt: /opt/vad.onnx is missing — install silero-vad"
    assert found["engines.tts"].ok


async def test_a_fault_of_ours_in_an_engine_is_a_finding_too(tmp_path: Path) -> None:
    found = await findings(config_file(tmp_path), {"stt": breaks, "tts": loads})
    assert str(found["engines.stt"]).startswith("FAIL  engines.stt: internal error: ZeroDivisionError — report it")
    assert found["engines.tts"].ok


async def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sip,
        socket.create_server(("127.0.0.1", 0)) as web,
    ):
        sip.bind(("127.0.0.1", 0))
        sip_port, web_port = sip.getsockname()[1], web.getsockname()[1]
        file = tmp_path / "appliance.toml"
        file.write_text(f'[sip]\nport = {sip_port}\ntransport = ["udp"]\n[web]\nport = {web_port}')
        found = await findings(file)
    assert f"{sip_port}/udp on 127.0.0.1 is in use" in found["sip.port"].detail
    assert "ss -lnup" in found["sip.port"].remedy
    assert f"{web_port}/tcp on 127.0.0.1 is in use" in found["web.port"].detail


async def test_an_address_of_another_machine_is_named(tmp_path: Path) -> None:
    found = await findings(config_file(tmp_path, 'host = "192.0.2.77"\n'))
    assert found["sip.port"].detail == "192.0.2.77 is not an address of this machine"
    assert "sip.host" in found["sip.port"].remedy


async def test_records_that_others_may_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    (tmp_path / "records").chmod(0o755)
    found = await findings(config_file(tmp_path))
    assert found["records.directory"].remedy == f"chmod 700 {tmp_path / 'records'}"
    (tmp_path / "records").chmod(0o700)
    found = await findings(config_file(tmp_path))
    assert found["records.directory"].ok


async def test_a_file_where_the_records_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "records").write_text("")
    found = await findings(config_file(tmp_path))
    assert "is not a directory" in found["records.directory"].detail


async def test_too_little_room_is_said(tmp_path: Path) -> None:
    file = tmp_path / "appliance.toml"
    file.write_text("[records]\nmin_free_mb = 1000000000\n")
    found = await findings(file)
    assert "less than 1000000000 MB" in found["disk"].detail


@pytest.mark.parametrize(("mode", "ok"), [(0o600, True), (0o644, False)])
async def test_the_password_file_must_be_private(tmp_path: Path, mode: int, ok: bool) -> None:
    (tmp_path / "secret").write_text("hush")
    (tmp_path / "secret").chmod(mode)
    registration = '[sip.registration]\nregistrar = "sip:127.0.0.1"\nuser = "u"\npassword_file = "secret"\n'
    found = await findings(config_file(tmp_path, registration))
    assert found["sip.registration.password_file"].ok is ok
    assert "hush" not in str(found)


def names_in(directory: Path) -> list[str]:
    return [item.name for item in directory.iterdir()]


def appliance_check(file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "appliance.cli.main", "check", "--config", str(file), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_says_so_line_by_line_or_as_json(tmp_path: Path) -> None:
    simulated = "".join(f'{role} = "simulated"\n' for role in ("end_of_turn", "stt", "llm", "tts"))
    file = config_file(tmp_path, f"[engines]\n{simulated}")
    done = appliance_check(file)
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(line.startswith("OK    ") for line in done.stdout.splitlines())
    assert {"engines.vad", "engines.stt", "engines.llm"} <= {line.split()[1][:-1] for line in done.stdout.splitlines()}
    file.write_text("[sip]\nprot = 1\n")
    done = appliance_check(file, "--json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert (report["ok"], report["findings"][0]["remedy"]) == (False, "did you mean sip.port?")
