"""What a call leaves behind, and what it must not."""

import asyncio
import dataclasses
import errno
import json
import logging
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.trace import (
    MEASURED,
    CallTrace,
    MediaTrace,
    Stage,
    ToolTrace,
    TraceRecorder,
    UtteranceTrace,
    event_from,
    event_record,
    write_trace,
)
from appliance.turn import events

SECRET = "Erika Mustermann"


def a_call() -> TraceRecorder:
    recorder = TraceRecorder("c1", "PCMU", "2026-01-01T10:00:00+00:00")
    for stage, at in [
        (Stage.SPEECH_BEGAN, 1000),
        (Stage.SPEECH_ENDED, 2000),
        (Stage.SOFT_END, 2090),
        (Stage.TRANSCRIPT_FINAL, 2120),
        (Stage.FIRST_TOKEN, 2130),
        (Stage.FIRST_CLAUSE, 2150),
        (Stage.FIRST_AUDIO, 2160),
        (Stage.DECISION, 2200),
        (Stage.FIRST_PACKET, 2220),
    ]:
        recorder.mark(1, stage, at)
    recorder.transcript(1, SECRET)
    recorder.scored(1, 0.8)
    recorder.tool(1, ToolTrace("book", 2140, 5, "done"))
    recorder.spoken(UtteranceTrace(0, "greeting", 0, 900, "Hello", cut=False))
    recorder.spoken(UtteranceTrace(1, "reply", 2220, 3000, f"Thank you {SECRET}", cut=True))
    recorder.event(event_record(events.FinalTranscript(2120, 1, 0, SECRET, end_probability=0.3, sentence_end=0.17)))
    recorder.event(event_record(events.DigitPressed(2500, "7")))
    return recorder


def names_in(directory: Path) -> list[str]:
    return [item.name for item in directory.iterdir()]


def test_stages_count_from_what_they_wait_for() -> None:
    assert a_call().turn(1).durations_ms() == {
        "response_latency": 220,
        "soft_end": 90,
        "transcript_final": 30,
        "decision": 110,
        "first_token": 10,
        "first_clause": 20,
        "first_audio": 10,
        "first_packet": 20,
    }


def test_a_stage_that_was_not_reached_is_left_out() -> None:
    recorder = TraceRecorder("c1", "PCMU", "")
    recorder.mark(1, Stage.SPEECH_ENDED, 100)
    recorder.mark(1, Stage.FIRST_PACKET, 300)
    assert recorder.turn(1).durations_ms() == {"response_latency": 200}


def test_only_the_first_time_counts_until_the_turn_is_revised() -> None:
    recorder = a_call()
    recorder.mark(1, Stage.SOFT_END, 9999)
    assert recorder.turn(1).at_ms[Stage.SOFT_END] == 2090
    recorder.revise(1)
    assert recorder.turn(1).at_ms == {Stage.SPEECH_BEGAN: 1000}
    assert (recorder.turn(1).revision, recorder.turn(1).score) == (1, None)
    recorder.mark(1, Stage.SOFT_END, 4000)
    assert recorder.turn(1).at_ms[Stage.SOFT_END] == 4000


def test_another_draft_keeps_what_was_heard_of_the_caller() -> None:
    recorder = a_call()
    recorder.redraft(1)
    assert set(recorder.turn(1).durations_ms()) == {"soft_end", "transcript_final", "decision"}


def test_an_interruption_is_measured_to_silence() -> None:
    recorder = a_call()
    recorder.mark(1, Stage.INTERRUPTED, 2500)
    recorder.mark(1, Stage.SILENCED, 2620)
    recorder.resumed(1)
    assert recorder.turn(1).durations_ms()["barge_in_silence"] == 120
    assert recorder.turn(1).resumed_holds == 1


def test_a_turn_has_the_confidence_and_language_of_its_transcript() -> None:
    recorder = a_call()
    recorder.heard(1, 0.8, "es")
    assert (recorder.turn(1).confidence, recorder.turn(1).language) == (0.8, "es")
    plain = recorder.so_far().as_plain(with_text=False)
    assert (plain["turns"][0]["confidence"], plain["turns"][0]["language"]) == (0.8, "es"), "no words of the caller's"


def test_heard_words_are_counted_per_turn() -> None:
    assert a_call().turn(1).heard_words == 4


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(list(Stage)), st.floats(0, 1e6)), max_size=30))
def test_durations_are_never_negative_and_have_known_names(marks: list[tuple[Stage, float]]) -> None:
    recorder = TraceRecorder("c1", "PCMU", "")
    for stage, at in marks:
        recorder.mark(1, stage, at)
    durations = recorder.turn(1).durations_ms()
    assert set(durations) <= set(MEASURED)
    assert all(duration >= 0 for duration in durations.values())


async def test_a_trace_is_written_for_its_owner_alone(tmp_path: Path) -> None:
    trace = a_call().ended("caller_hung_up", 5000, MediaTrace(100, 1, 0.5, 2.0))
    path = await write_trace(trace, tmp_path / "records" / "traces", with_text=True)
    assert path == tmp_path / "records" / "traces" / "c1.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for directory in (path.parent, path.parent.parent):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    written = json.loads(path.read_text(encoding="utf-8"))
    assert written["turns"][0]["text"] == SECRET
    assert written["turns"][0]["at_ms"]["soft_end"] == 2090
    assert written["events"][0] == {
        "at_ms": 2120,
        "event": "FinalTranscript",
        "turn": 1,
        "revision": 0,
        "text": SECRET,
        "rejected": False,
        "emergency": None,
        "end_probability": 0.3,
        "sentence_end": 0.17,
        "language": None,
    }
    assert names_in(path.parent) == ["c1.json"]


async def test_without_text_only_times_and_fixed_words_are_kept(tmp_path: Path) -> None:
    trace = a_call().ended("caller_hung_up", 5000, None)
    path = await write_trace(trace, tmp_path, with_text=False)
    assert path is not None
    text = path.read_text(encoding="utf-8")
    assert "Erika" not in text
    assert "Hello" not in text
    assert "0.17" not in text, "the last words could be guessed from it"
    assert "0.3" not in text
    written = json.loads(text)
    assert written["turns"][0]["heard_words"] == 4
    assert written["turns"][0]["tools"] == [{"name": "book", "began_ms": 2140, "duration_ms": 5, "outcome": "done"}]
    assert written["events"][1] == {"at_ms": 2500, "event": "DigitPressed", "digit": ""}
    assert (written["call_id"], written["codec"], written["end_reason"]) == ("c1", "PCMU", "caller_hung_up")


async def test_a_full_disk_is_logged_without_content_and_harms_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with caplog.at_level(logging.ERROR):
        assert await write_trace(a_call().so_far(), tmp_path, with_text=True) is None
    (record,) = caplog.records
    assert "No space left on device" in record.getMessage()
    assert record.__dict__["call_id"] == "c1"
    assert SECRET not in record.getMessage()
    assert names_in(tmp_path) == [], "no unfinished file stays"


async def test_writing_does_not_block_the_event_loop(tmp_path: Path) -> None:
    trace = dataclasses.replace(a_call().so_far(), events=tuple({"at_ms": n, "event": "X"} for n in range(20000)))
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    ticking = asyncio.create_task(tick())
    await write_trace(trace, tmp_path, with_text=True)
    ticking.cancel()
    assert ticks > 10


KINDS = {kind.__name__: kind for kind in events.Event.__args__}


def example_of(kind: type[events.Event]) -> st.SearchStrategy[events.Event]:
    return st.from_type(kind)


@settings(deadline=None)
@given(st.one_of([example_of(kind) for kind in KINDS.values()]))
def test_an_event_comes_back_from_the_log_as_it_was(event: events.Event) -> None:
    record = json.loads(json.dumps(event_record(event)))
    assert event_from(record, KINDS) == event


def test_a_record_that_is_no_event_is_refused() -> None:
    with pytest.raises(ValueError, match="no known event"):
        event_from({"at_ms": 1, "event": "Nonsense"}, KINDS)


def test_a_running_call_can_be_looked_at() -> None:
    running = a_call().so_far()
    assert isinstance(running, CallTrace)
    assert running.end_reason == ""
    assert [turn.turn for turn in running.turns] == [1]
