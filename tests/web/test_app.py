"""What an admin, Prometheus and a health check see over HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from appliance.metrics import Metrics
from appliance.trace import Stage, TraceRecorder
from appliance.web.app import create_app
from appliance.web.directory import CallSummary, ServiceState


@dataclass
class Switchboard:
    """Two calls, one of them over."""

    accepting: bool = True
    reasons: tuple[str, ...] = ()

    def state(self) -> ServiceState:
        return ServiceState(self.accepting, self.reasons, active_calls=1, max_calls=4)

    def calls(self) -> Sequence[CallSummary]:
        return [
            CallSummary("c2", "active", "2026-01-01T10:05:00+00:00", 4000, "PCMA", 1),
            CallSummary("c1", "ended", "2026-01-01T10:00:00+00:00", 60000, "PCMU", 7, "caller_hung_up"),
        ]

    async def call(self, call_id: str) -> Mapping[str, Any] | None:
        if call_id != "c1":
            return None
        recorder = TraceRecorder("c1", "PCMU", "2026-01-01T10:00:00+00:00")
        recorder.mark(1, Stage.SPEECH_ENDED, 1200)
        return recorder.ended("caller_hung_up", 60000, None).as_plain(with_text=True)


def client(switchboard: Switchboard, metrics: Metrics | None = None) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_app(switchboard, metrics or Metrics()))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080")


async def test_health_is_200_only_while_calls_are_accepted() -> None:
    async with client(Switchboard()) as http:
        response = await http.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"accepting_calls": True, "reasons": [], "active_calls": 1, "max_calls": 4}
    async with client(Switchboard(accepting=False, reasons=("draining",))) as http:
        response = await http.get("/healthz")
    assert response.status_code == 503
    assert response.json()["reasons"] == ["draining"]


async def test_metrics_are_in_prometheus_format() -> None:
    metrics = Metrics()
    metrics.call_ended("transferred")
    async with client(Switchboard(), metrics) as http:
        response = await http.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    assert 'appliance_calls_total{outcome="transferred"} 1.0' in response.text


async def test_calls_are_listed_active_first() -> None:
    async with client(Switchboard()) as http:
        response = await http.get("/api/calls")
    assert [(call["call_id"], call["state"]) for call in response.json()["calls"]] == [
        ("c2", "active"),
        ("c1", "ended"),
    ]
    assert response.json()["calls"][1]["end_reason"] == "caller_hung_up"
    assert response.headers["cache-control"] == "no-store"


async def test_a_call_has_turns_and_trace() -> None:
    async with client(Switchboard()) as http:
        response = await http.get("/api/calls/c1")
        missing = await http.get("/api/calls/c9")
        odd = await http.get("/api/calls/..%2f..%2fetc%2fpasswd")
    assert response.json()["turns"][0]["at_ms"] == {"speech_ended": 1200}
    assert response.json()["end_reason"] == "caller_hung_up"
    assert (missing.status_code, missing.json()) == (404, {"detail": "there is no such call"})
    assert odd.status_code in {404, 422}


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
async def test_there_is_no_page_that_fetches_from_elsewhere(path: str) -> None:
    async with client(Switchboard()) as http:
        assert (await http.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8080", 200),
        ("localhost", 200),
        ("[::1]:8080", 200),
        ("[::1]", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example:8080", 421),
        ("", 421),
    ],
)
async def test_only_names_of_this_machine_are_answered(host: str, status: int) -> None:
    async with client(Switchboard()) as http:
        assert (await http.get("/healthz", headers={"host": host})).status_code == status
