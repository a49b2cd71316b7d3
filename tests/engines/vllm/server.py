"""The real vLLM as a process on loopback: started, stopped in its tracks, killed, started again; and its metrics."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
from prometheus_client.parser import text_string_to_metric_families

NAME: Final = "receptionist"
BLOCK: Final = 32
"""Tokens of a block of the prefix cache: only whole ones are found again."""
_STARTS_WITHIN_S: Final = 1200
"""Half a minute on two idle cores; a busy machine may take its time."""
_BEHIND: Final = ("nice", "-n", "5")
"""Calls come first: a late packet spoils a call, an answer can wait."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _total(metrics: str, name: str, labels: Mapping[str, str]) -> float:
    return sum(
        sample.value
        for family in text_string_to_metric_families(metrics)
        for sample in family.samples
        if sample.name == f"vllm:{name}" and labels.items() <= sample.labels.items()
    )


@dataclass
class VllmServer:
    """One server on a port of its own, which it keeps when it is started again. `log` is what it says."""

    python: Path
    model: Path
    log: Path
    port: int = field(default_factory=_free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def start(self) -> None:
        """Start it and wait until it answers. Raises `RuntimeError` with the end of its log when it does not."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*_BEHIND, str(self.python), "-m", "vllm.entrypoints.openai.api_server", *self._options()],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Not a session of its own: those may get equal shares, however nice they are (sched(7), autogroup).
                process_group=0,
            )
        deadline = time.monotonic() + _STARTS_WITHIN_S
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"vLLM did not start; its log ends:\n{self.log.read_text(errors='replace')[-4000:]}")
            time.sleep(0.25)

    def kill(self) -> None:
        """End it at once, the engine's own process with it."""
        if self.process is not None:
            self._signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def freeze(self) -> None:
        """Stop it where it stands: connections stay open and nothing is answered."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric over the label sets that have these labels; 0 where there is none.

        The server counts what it has sent after it has sent it: a busy one some time later.
        """
        return _total(self._metrics(), name, labels)

    def requests_for_one_token(self) -> float:
        """How many requests that wanted no more than one token were answered: those that read ahead, and probes."""
        return self.metric("request_params_max_tokens_bucket", le="1.0")

    def long_answers(self) -> float:
        """How many answers of more than a thousand tokens came to their end."""
        name, metrics = "request_generation_tokens", self._metrics()
        return _total(metrics, f"{name}_count", {}) - _total(metrics, f"{name}_bucket", {"le": "1000.0"})

    def _metrics(self) -> str:
        return httpx.get(f"http://127.0.0.1:{self.port}/metrics", trust_env=False, timeout=60).text

    def _signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, number)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/health", trust_env=False, timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def _options(self) -> list[str]:
        return [
            f"--model={self.model}",
            f"--served-model-name={NAME}",
            "--host=127.0.0.1",
            f"--port={self.port}",
            "--enable-auto-tool-choice",
            "--tool-call-parser=hermes",
            "--enable-prefix-caching",
            "--enable-prompt-tokens-details",
            f"--block-size={BLOCK}",
            "--max-model-len=8192",
            "--max-num-seqs=8",
            "--enforce-eager",
        ]

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        return kept | {
            "HF_HUB_OFFLINE": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "DO_NOT_TRACK": "1",
            "VLLM_NO_USAGE_STATS": "1",
            "VLLM_HTTP_TIMEOUT_KEEP_ALIVE": "3600",
            "VLLM_HOST_IP": "127.0.0.1",
            "GLOO_SOCKET_IFNAME": "lo",
            "VLLM_CPU_KVCACHE_SPACE": "1",
            "VLLM_CPU_OMP_THREADS_BIND": "nobind",
            "OMP_NUM_THREADS": "1",
            "CUDA_VISIBLE_DEVICES": "",
        }
