"""What the engine counts and times, for Prometheus. Label values come from fixed, short lists; no text, no call."""

from collections.abc import Iterable, Sequence
from typing import Final

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics_core import Metric

from models.whisper.batching import Urgency
from models.whisper.guards import Rejection

_EDGES_S: Final = (0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.12, 0.16, 0.25, 0.4, 0.65, 1.0, 1.6, 2.5, 5.0)
_SIZES: Final = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)


class Measurements:
    """A Prometheus collector: register it with a registry. Thread-safe."""

    def __init__(self) -> None:
        def histogram(name: str, text: str, edges: tuple[float, ...]) -> Histogram:
            return Histogram(f"appliance_whisper_{name}", text, ["urgency"], buckets=edges, registry=None)

        self._wait = histogram("wait_seconds", "Time a segment waited for its pass.", _EDGES_S)
        self._pass = histogram("pass_seconds", "Time of one pass through the network.", _EDGES_S)
        self._batch = histogram("batch_segments", "Segments in a pass.", _SIZES)
        self._rejected = Counter(
            "appliance_whisper_rejected", "Transcripts withheld.", ["reason", "urgency"], registry=None
        )
        self._dropped = Counter(
            "appliance_whisper_dropped", "Segments no longer wanted before their pass.", ["urgency"], registry=None
        )
        self._waiting = Gauge("appliance_whisper_waiting", "Segments waiting for a pass.", ["urgency"], registry=None)
        self._load = Gauge("appliance_whisper_load", "Share of time the network was busy, lately.", registry=None)
        for urgency in Urgency:
            for metric in (self._wait, self._pass, self._batch, self._dropped, self._waiting):
                metric.labels(_name(urgency))
            for reason in Rejection:
                self._rejected.labels(reason, _name(urgency))

    def collect(self) -> Iterable[Metric]:
        """Everything, as a registry asks for it."""
        for metric in (self._wait, self._pass, self._batch, self._rejected, self._dropped, self._waiting, self._load):
            yield from metric.collect()

    def passed(self, urgency: Urgency, waits_s: Sequence[float], took_s: float) -> None:
        """A pass is over: how long each of its segments had waited for it, and how long it took."""
        for wait in waits_s:
            self._wait.labels(_name(urgency)).observe(wait)
        self._pass.labels(_name(urgency)).observe(took_s)
        self._batch.labels(_name(urgency)).observe(len(waits_s))

    def rejected(self, reason: Rejection, urgency: Urgency) -> None:
        """A transcript was withheld."""
        self._rejected.labels(reason, _name(urgency)).inc()

    def dropped(self, urgency: Urgency) -> None:
        """A segment was withdrawn before its pass."""
        self._dropped.labels(_name(urgency)).inc()

    def waiting(self, urgency: Urgency, segments: int) -> None:
        """So many segments wait now."""
        self._waiting.labels(_name(urgency)).set(segments)

    def load(self, share: float) -> None:
        """The share of time the network was busy."""
        self._load.set(share)


def _name(urgency: Urgency) -> str:
    return urgency.name.lower()
