"""`appliance serve` as a process of its own, and what an admin can see of it from outside."""

import asyncio
import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from sip.caller.plan import CallerPlan, CallPlan, CallResult
from sip.caller.runner import place_calls
from sip.caller.script import HangUp, Step, Wait
from tests.sip.desk import free_port

Settings = Mapping[str, Mapping[str, Any]]
APPLIANCE = (sys.executable, "-m", "appliance.cli.main")
_START_S = 180.0
_STOP_S = 60.0
_CALLS_CHANGE_S = 120.0
_RTP_PORTS = 120

NO_SETTINGS: Settings = MappingProxyType({})
SIMULATED: Settings = {
    "engines": {"end_of_turn": "simulated", "stt": "simulated", "llm": "simulated", "tts": "simulated"},
    "engines.simulated": {
        "stt_delay_ms": 40.0,
        # Unsure, so that it waits: a machine so busy that a caller's packets are late must not make two turns of one.
        "end_of_turn_score": 0.5,
        "llm_ttft_ms": 40.0,
        "llm_token_ms": 5.0,
        "tts_ttfb_ms": 20.0,
        "tts_ms_per_char": 30.0,
        "reply": "We are open on weekdays from eight until five.",
        "transcripts": ["what are your opening hours"],
    },
    "records": {"directory": "records"},
}


def configuration(settings: Settings = NO_SETTINGS) -> str:
    """A configuration file: simulated engines, ports that were free a moment ago, and `settings` over that."""
    port = free_port(4)
    # Two appliances at once must not meet: their media ports follow from their SIP ports.
    first_rtp = 18_000 + port % 200 * _RTP_PORTS
    tables: dict[str, dict[str, Any]] = {
        "sip": {
            "port": port,
            "drain_limit_s": 1.0,
            "rtp_port_first": first_rtp,
            "rtp_port_last": first_rtp + _RTP_PORTS - 1,
        },
        "web": {"port": free_port()},
    }
    for name, values in (*SIMULATED.items(), *settings.items()):
        tables[name] = {**tables.get(name, {}), **values}
    # Strings, numbers, booleans and lists of them are written alike in JSON and TOML.
    return "\n".join(
        f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
        for name, values in tables.items()
    )


@dataclass
class Appliance:
    """A running appliance in a directory of its own."""

    process: subprocess.Popen[bytes]
    directory: Path
    sip_port: int
    web_port: int

    @property
    def uri(self) -> str:
        return f"sip:clinic@127.0.0.1:{self.sip_port}"

    @property
    def media_stream_uri(self) -> str:
        return f"ws://127.0.0.1:{self.web_port}/media-stream"

    @property
    def records(self) -> Path:
        return self.directory / "records"

    @property
    def log(self) -> str:
        return (self.directory / "log").read_text()

    def fetch(self, path: str) -> tuple[int, str]:
        """Status and body of one page. Raises `OSError` where nobody listens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.web_port, timeout=20)
        with contextlib.closing(connection):
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()

    async def get(self, path: str) -> tuple[int, str]:
        return await asyncio.to_thread(self.fetch, path)

    async def api(self, path: str) -> Any:
        status, body = await self.get(path)
        assert status == 200, (path, status, body)
        return json.loads(body)

    async def calls(self, state: str = "ended") -> list[dict[str, Any]]:
        """Summaries of the calls, newest first."""
        return [call for call in (await self.api("/api/calls"))["calls"] if call["state"] == state]

    async def until(self, state: str, calls: int) -> None:
        """Wait until so many calls are in that state."""
        async with asyncio.timeout(_CALLS_CHANGE_S):
            while len(await self.calls(state)) != calls:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    def workers(self) -> list[int]:
        """The pids of its SIP workers, in the order in which they were started."""
        return sorted(pid for pid, parent in _parents().items() if parent == self.process.pid)

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    async def exit_status(self) -> int:
        return await asyncio.to_thread(self.process.wait, _STOP_S)

    async def metric(self, sample: str) -> float:
        """One sample of /metrics, by name and labels as they stand there."""
        _, body = await self.get("/metrics")
        values = [line.rpartition(" ")[2] for line in body.splitlines() if line.rpartition(" ")[0] == sample]
        assert len(values) == 1, f"{sample} is there {len(values)} times"
        return float(values[0])

    @classmethod
    def start(cls, directory: Path, text: str, *arguments: str, program: tuple[str, ...] = APPLIANCE) -> Self:
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "config.toml").write_text(text)
        tables = _read_ports(text)
        with (directory / "log").open("wb") as log, (directory / "output").open("wb") as output:
            process = subprocess.Popen(
                [*program, "serve", "--config", "config.toml", *arguments],
                cwd=directory,
                env={**os.environ, "PYTHONPATH": str(Path.cwd())},
                stdout=output,
                stderr=log,
            )
        return cls(process, directory, *tables)

    def wait_until_it_accepts_calls(self) -> None:
        until = time.monotonic() + _START_S
        while self._health() != 200:
            assert self.process.poll() is None, f"exited with {self.process.returncode}: {self.log}"
            assert time.monotonic() < until, f"not ready: {self.log}"
            time.sleep(0.05)

    def _health(self) -> int:
        try:
            return self.fetch("/healthz")[0]
        except OSError:
            return 0

    def stop(self) -> None:
        """End it as an admin would; kill what does not end."""
        if self.process.poll() is None:
            self.terminate()
            try:
                self.process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise


def _read_ports(text: str) -> tuple[int, int]:
    tables = tomllib.loads(text)
    return tables["sip"]["port"], tables["web"]["port"]


def _parents() -> dict[int, int]:
    """Each process's parent."""
    parents: dict[int, int] = {}
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            with contextlib.suppress(OSError):
                parents[int(place.name)] = int((place / "stat").read_text().rpartition(")")[2].split()[1])
    return parents


@contextmanager
def running(
    directory: Path, settings: Settings = NO_SETTINGS, *arguments: str, program: tuple[str, ...] = APPLIANCE
) -> Iterator[Appliance]:
    """An appliance that accepts calls; ended afterwards."""
    appliance = Appliance.start(directory, configuration(settings), *arguments, program=program)
    try:
        appliance.wait_until_it_accepts_calls()
        yield appliance
    finally:
        appliance.stop()


async def call(to: str, *steps: Step, **options: Any) -> CallResult:
    """One call by the project's own caller, from this process."""
    return (await place_calls(CallerPlan((CallPlan(to, steps, **options),)))).calls[0]


async def calls(*plans: CallPlan, at_once: int = 0) -> tuple[CallResult, ...]:
    return (await place_calls(CallerPlan(plans, at_once))).calls


def short_call(to: str, seconds: float = 0.5, **options: Any) -> CallPlan:
    """A caller who listens for a while and hangs up."""
    return CallPlan(to, (Wait(seconds), HangUp()), **options)
