"""What Prometheus reads. One `Metrics` for the process, passed around; label values come from fixed, short lists."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.registry import Collector

# Edges in seconds around what matters on a phone line: 0.12 s to fall silent, 0.3 and 0.5 s to answer, 1.2 s too late.
_EDGES = (0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.16, 0.2, 0.25, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0, 1.2, 1.6, 2.4, 5.0)
_STAGES = {
    "response_latency": "from the caller's last sound to the first packet of the answer",
    "soft_end": "from the caller's last sound to the soft end",
    "transcript_final": "from the soft end to the final transcript",
    "decision": "from the soft end to the decision that the turn is over",
    "first_token": "from the final transcript to the first token of the reply",
    "first_clause": "from the first token to the first speakable clause",
    "first_audio": "from the first clause to its first audio",
    "first_packet": "from decision and first audio, whichever is later, to the first packet",
    "barge_in_silence": "from the beginning of an interruption to silence",
}
_OTHER = "other"
OUTCOMES = frozenset(
    {"caller_hung_up", "agent_hung_up", "transferred", "media_timeout", "line_failed", "drained", "rejected", _OTHER}
)
REFUSALS = frozenset(
    {"full", "overloaded", "starting", "draining", "not_allowed", "no_common_codec", "malformed", _OTHER}
)
ENGINES = frozenset({"vad", "end_of_turn", "stt", "llm", "tts", "dialogue", _OTHER})
ENGINE_ERRORS = frozenset(
    {
        "failed",
        "timeout",
        "restarted",
        "rate_limited",
        "server_error",
        "refused",
        "connection",
        "malformed",
        _OTHER,
    }
)

REJECTIONS = frozenset({"no_speech", "low_confidence", "repetition", "hallucination", "wrong_language", _OTHER})


def _known(value: str, known: frozenset[str]) -> str:
    return value if value in known else _OTHER


class Metrics:
    """Every metric of the process, in a registry of its own. A label value that is not on its list becomes "other"."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._stages = {
            stage: Histogram(f"appliance_{stage}_seconds", f"Time {text}.", buckets=_EDGES, registry=self.registry)
            for stage, text in _STAGES.items()
        }
        self._calls = Counter("appliance_calls", "Calls that ended.", ["outcome"], registry=self.registry)
        self._refusals = Counter("appliance_refusals", "Calls not taken.", ["reason"], registry=self.registry)
        self._interruptions = Counter(
            "appliance_interruptions", "Replies that the caller cut short.", registry=self.registry
        )
        self._backchannels = Counter(
            "appliance_backchannels", "Replies held for a backchannel and resumed.", registry=self.registry
        )
        self._engine_errors = Counter(
            "appliance_engine_errors", "Failures of engines.", ["engine", "kind"], registry=self.registry
        )
        self._confidence = Histogram(
            "appliance_transcript_confidence",
            "Confidence of final transcripts that were believed.",
            buckets=[tenth / 10 for tenth in range(1, 11)],
            registry=self.registry,
        )
        self._transcripts_rejected = Counter(
            "appliance_transcripts_rejected", "Final transcripts withheld.", ["reason"], registry=self.registry
        )
        self._active_calls = Gauge("appliance_active_calls", "Calls going on.", registry=self.registry)
        self._lag = Gauge("appliance_loop_lag_p99_seconds", "Event-loop lag, 99th percentile.", registry=self.registry)
        self._workers = Gauge("appliance_sip_workers_up", "SIP workers that answer.", registry=self.registry)
        self._registered = Gauge(
            "appliance_sip_registered",
            "1 while registered with the PBX, or when no registration is configured.",
            registry=self.registry,
        )
        for outcome in OUTCOMES:
            self._calls.labels(outcome)
        for reason in REFUSALS:
            self._refusals.labels(reason)
        for reason in REJECTIONS:
            self._transcripts_rejected.labels(reason)

    def observe_ms(self, durations_ms: Mapping[str, float]) -> None:
        """A turn's stages, as `TurnTrace.durations_ms` gives them. Raises `KeyError` for a stage there is not."""
        for stage, duration in durations_ms.items():
            self._stages[stage].observe(duration / 1000)

    def call_ended(self, outcome: str) -> None:
        """A call has ended, by `HangUpReason`."""
        self._calls.labels(_known(outcome, OUTCOMES)).inc()

    def call_refused(self, reason: str) -> None:
        """A call was not taken."""
        self._refusals.labels(_known(reason, REFUSALS)).inc()

    def interrupted(self) -> None:
        """The caller cut a reply short."""
        self._interruptions.inc()

    def backchannel_resumed(self) -> None:
        """A reply went on after a backchannel."""
        self._backchannels.inc()

    def engine_failed(self, engine: str, kind: str) -> None:
        """An engine failed: which of the five, and how."""
        self._engine_errors.labels(_known(engine, ENGINES), _known(kind, ENGINE_ERRORS)).inc()

    def transcribed(self, confidence: float, rejected: str | None) -> None:
        """A final transcript with that confidence (0..1), or withheld for a reason."""
        if rejected is None:
            self._confidence.observe(confidence)
        else:
            self._transcripts_rejected.labels(_known(rejected, REJECTIONS)).inc()

    def also(self, collector: Collector) -> None:
        """Export what an engine counts as well."""
        self.registry.register(collector)

    def set_active_calls(self, calls: int) -> None:
        """How many calls go on."""
        self._active_calls.set(calls)

    def set_loop_lag_ms(self, lag_ms: float) -> None:
        """The event loop's lag, 99th percentile of the last interval, ms."""
        self._lag.set(lag_ms / 1000)

    def set_workers_up(self, workers: int) -> None:
        """How many SIP workers answer."""
        self._workers.set(workers)

    def set_registered(self, *, registered: bool) -> None:
        """Whether the PBX has us registered."""
        self._registered.set(int(registered))

    def exposition(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)
