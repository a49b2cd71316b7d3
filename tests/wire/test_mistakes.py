"""What an admin gets wrong: one line that says what and how to mend it, and exit status 2."""

import json
import socket
import struct
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.wire.running import APPLIANCE, configuration

pytestmark = pytest.mark.wire


def appliance(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*APPLIANCE, *arguments], cwd=directory, capture_output=True, text=True, timeout=60, check=False
    )


def the_one_line(ended: subprocess.CompletedProcess[str]) -> str:
    """What was said on standard error, once logs are left out."""
    lines = [line for line in ended.stderr.splitlines() if not line.startswith("{")]
    assert ended.returncode == 2, ended.stderr
    assert len(lines) == 1, ended.stderr
    assert " — " in lines[0]
    return lines[0]


def port_of(text: str, table: str) -> int:
    port: int = tomllib.loads(text)[table]["port"]
    return port


@contextmanager
def taken(port: int, kind: socket.SocketKind) -> Iterator[None]:
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", port))
        if kind == socket.SOCK_STREAM:
            other.listen()
        yield


@pytest.mark.parametrize(
    ("tables", "key", "remedy"),
    [
        ("[sip]\nprot = 5070\n", "sip.prot", "port"),
        ('[sip]\nport = "5070"\n', "sip.port", "write port = 5070 without quotes"),
        ('[web]\nhost = "0.0.0.0"\n', "web.host", "127.0.0.1"),
        ('[engines.silero]\nmodel_file = "none.onnx"\n', "none.onnx", "path"),
    ],
)
def test_a_wrong_key_or_value_is_named_with_its_remedy(tmp_path: Path, tables: str, key: str, remedy: str) -> None:
    (tmp_path / "wrong.toml").write_text(tables)
    line = the_one_line(appliance(tmp_path, "serve", "--config", "wrong.toml"))
    assert key in line
    assert remedy in line.partition(" — ")[2]


def test_a_configuration_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "none.toml" in the_one_line(appliance(tmp_path, "serve", "--config", "none.toml"))


@pytest.mark.parametrize(
    ("table", "kind"), [("sip", socket.SOCK_DGRAM), ("web", socket.SOCK_STREAM)], ids=["sip", "web"]
)
def test_a_port_in_use_is_named(tmp_path: Path, table: str, kind: socket.SocketKind) -> None:
    text = configuration()
    (tmp_path / "c.toml").write_text(text)
    port = port_of(text, table)
    with taken(port, kind):
        line = the_one_line(appliance(tmp_path, "serve", "--config", "c.toml"))
    assert str(port) in line
    assert "port" in line.partition(" — ")[2]


def test_check_names_every_port_in_use_and_every_missing_file(tmp_path: Path) -> None:
    missing = {"engines.silero": {"model_file": "none.onnx"}}
    text = configuration({**missing, "sip": {"full_response": 503}})
    (tmp_path / "c.toml").write_text(text)
    sip, web = port_of(text, "sip"), port_of(text, "web")
    with taken(sip, socket.SOCK_STREAM), taken(sip + 1, socket.SOCK_DGRAM), taken(web, socket.SOCK_STREAM):
        checked = appliance(tmp_path, "check", "--config", "c.toml", "--json")
    assert checked.returncode != 0
    wrong = [finding for finding in json.loads(checked.stdout)["findings"] if not finding["ok"]]
    assert [finding["subject"] for finding in wrong] == ["sip.port", "sip.port", "web.port", "engines.vad"]
    for finding, named in zip(wrong, (f"{sip}/tcp", f"{sip + 1}/udp", f"{web}/tcp", "none.onnx"), strict=True):
        assert named in finding["detail"]
        assert finding["remedy"]


def test_check_is_content_with_what_serve_can_run(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(configuration())
    checked = appliance(tmp_path, "check", "--config", "c.toml")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert all(line.startswith("OK") for line in checked.stdout.splitlines())


def _riff(tag: int, channels: int, rate: int, bits: int, data: bytes) -> bytes:
    width = channels * bits // 8
    header = struct.pack("<HHIIHH", tag, channels, rate, rate * width, width, bits)
    chunks = b"fmt " + struct.pack("<I", len(header)) + header + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def _tone(rate: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    return 0.3 * np.sin(2 * np.pi * 300 * np.arange(rate // 2) / rate)


def _eight_bit() -> bytes:
    return _riff(1, 1, 8000, 8, (_tone(8000) * 127 + 128).astype(np.uint8).tobytes())


def _float() -> bytes:
    return _riff(3, 1, 8000, 32, _tone(8000).astype("<f4").tobytes())


def _stereo() -> bytes:
    return _riff(1, 2, 8000, 16, np.repeat(_tone(8000) * 32767, 2).astype("<i2").tobytes())


FORMATS: dict[str, Callable[[], bytes]] = {
    "8 bits": _eight_bit,
    "float": _float,
    "stereo": _stereo,
    "without a sample": lambda: _riff(1, 1, 8000, 16, b""),
}


@pytest.mark.parametrize("content", ["8 bits", "float", "stereo", "without a sample", "missing"])
def test_a_wav_that_the_line_check_cannot_play_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "c.toml").write_text(configuration())
    make = FORMATS.get(content)
    if make is not None:
        (tmp_path / "prompt.wav").write_bytes(make())
    line = the_one_line(appliance(tmp_path, "serve", "--config", "c.toml", "--line-check", "prompt.wav"))
    assert "prompt.wav" in line


@pytest.mark.parametrize("content", ["8 bits", "float", "missing"])
def test_a_wav_that_the_caller_cannot_play_is_named(tmp_path: Path, content: str) -> None:
    if content in FORMATS:
        (tmp_path / "words.wav").write_bytes(FORMATS[content]())
    line = the_one_line(appliance(tmp_path, "call", "sip:a@127.0.0.1:9", "--play", "words.wav"))
    assert "words.wav" in line
