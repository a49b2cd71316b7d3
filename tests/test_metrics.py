"""What Prometheus reads: every stage, and no label value that a caller could choose."""

import pytest
from prometheus_client import REGISTRY, Counter

from appliance.line import HangUpReason
from appliance.metrics import OUTCOMES, Metrics
from appliance.trace import MEASURED


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_every_stage_of_a_trace_has_a_histogram() -> None:
    metrics = Metrics()
    metrics.observe_ms(dict.fromkeys(MEASURED, 250.0))
    for stage in MEASURED:
        assert value(metrics, f"appliance_{stage}_seconds_count") == 1
        assert value(metrics, f"appliance_{stage}_seconds_sum") == 0.25
        assert value(metrics, f"appliance_{stage}_seconds_bucket", le="0.25") == 1
        assert value(metrics, f"appliance_{stage}_seconds_bucket", le="0.2") == 0
    with pytest.raises(KeyError):
        metrics.observe_ms({"nonsense": 1.0})


def test_every_way_a_call_ends_is_an_outcome() -> None:
    assert {str(reason) for reason in HangUpReason} <= OUTCOMES


def test_label_values_are_bounded() -> None:
    metrics = Metrics()
    for name in ("Erika Mustermann", "015112345678"):
        metrics.call_ended(name)
        metrics.call_refused(name)
        metrics.engine_failed(name, name)
    assert value(metrics, "appliance_calls_total", outcome="other") == 2
    assert value(metrics, "appliance_refusals_total", reason="other") == 2
    assert value(metrics, "appliance_engine_errors_total", engine="other", kind="other") == 2
    assert b"Erika" not in metrics.exposition()
    assert b"0151" not in metrics.exposition()


def test_counters_and_gauges_say_what_happened() -> None:
    metrics = Metrics()
    metrics.call_ended("transferred")
    metrics.call_refused("full")
    metrics.interrupted()
    metrics.backchannel_resumed()
    metrics.engine_failed("stt", "timeout")
    metrics.set_active_calls(3)
    metrics.set_loop_lag_ms(12)
    metrics.set_workers_up(2)
    metrics.set_registered(registered=True)
    assert value(metrics, "appliance_calls_total", outcome="transferred") == 1
    assert value(metrics, "appliance_calls_total", outcome="drained") == 0, "present before the first, for alerts"
    assert value(metrics, "appliance_refusals_total", reason="full") == 1
    assert value(metrics, "appliance_interruptions_total") == 1
    assert value(metrics, "appliance_backchannels_total") == 1
    assert value(metrics, "appliance_engine_errors_total", engine="stt", kind="timeout") == 1
    assert value(metrics, "appliance_active_calls") == 3
    assert value(metrics, "appliance_loop_lag_p99_seconds") == 0.012
    assert value(metrics, "appliance_sip_workers_up") == 2
    assert value(metrics, "appliance_sip_registered") == 1


def test_two_appliances_in_one_process_do_not_share_numbers() -> None:
    one, other = Metrics(), Metrics()
    one.interrupted()
    assert value(other, "appliance_interruptions_total") == 0
    assert REGISTRY.get_sample_value("appliance_interruptions_total") is None


def test_transcripts_are_counted_by_confidence_or_the_reason_they_were_withheld() -> None:
    metrics = Metrics()
    metrics.transcribed(0.85, None)
    metrics.transcribed(0.1, "low_confidence")
    metrics.transcribed(0.0, "Erika Mustermann")
    assert value(metrics, "appliance_transcript_confidence_bucket", le="0.9") == 1
    assert value(metrics, "appliance_transcript_confidence_bucket", le="0.8") == 0
    assert value(metrics, "appliance_transcript_confidence_count") == 1
    assert value(metrics, "appliance_transcripts_rejected_total", reason="low_confidence") == 1
    assert value(metrics, "appliance_transcripts_rejected_total", reason="other") == 1


def test_what_an_engine_counts_is_exported_too() -> None:
    metrics = Metrics()
    counter = Counter("appliance_words", "Words.", registry=None)
    metrics.also(counter)
    counter.inc()
    assert b"appliance_words_total 1.0" in metrics.exposition()
