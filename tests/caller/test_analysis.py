"""The measuring instrument itself: streams with known sound in them must give the known figures."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.caller.activity import Heard, Sound, SoundDetector
from sip.caller.analysis import (
    Kind,
    Turn,
    Utterance,
    describe_stream,
    digits_in,
    measure_turns,
    percentiles,
    sounds,
    summarise,
)
from sip.caller.recording import lay_out
from sip.caller.rtp import RtpPacket, TelephoneEvent
from sip.g711 import Companding
from tests.caller.packets import LOUD, MS, sound_at, stream

Spans = list[tuple[int, int]]


def measured(caller: Spans, agent: Spans, *kinds: Kind, network_ms: float = 0.0) -> list[Turn]:
    """Turns of a caller who speaks in each of the spans (ms), against an agent who sounds in others."""
    utterances = [
        Utterance(kind, "a.wav", (start - 20) * MS, (end + 20) * MS)
        for kind, (start, end) in zip(kinds, caller, strict=True)
    ]
    sent = stream(sound_at(caller, 8000))
    received = stream(sound_at(agent, 8000), start_ms=network_ms, ssrc=2)
    return measure_turns(utterances, sent, received, law=Companding.ULAW, payload_type=0, started_ns=0)


def test_latency_is_from_the_last_sound_sent_to_the_first_sound_received() -> None:
    (turn,) = measured([(1000, 1990)], [(2310, 3000)], Kind.SPEECH, network_ms=7.5)
    assert (turn.start_ms, turn.end_ms) == (1000.0, 1990.0)
    assert turn.response_latency_ms == 327.5
    assert not turn.agent_was_speaking
    assert turn.cut_in_ms is None


def test_a_pause_inside_the_callers_utterance_does_not_end_it() -> None:
    spans = [(1000, 1400), (2200, 2600)]
    utterance = Utterance(Kind.SPEECH, "a.wav", 980 * MS, 2620 * MS)
    (turn,) = measure_turns(
        [utterance],
        stream(sound_at(spans, 4000)),
        stream(sound_at([(3000, 3500)], 4000), ssrc=2),
        law=Companding.ULAW,
        payload_type=0,
        started_ns=0,
    )
    assert turn.response_latency_ms == 400.0


def test_an_agent_that_answers_into_a_pause_has_cut_in_and_has_no_latency() -> None:
    (turn,) = measured([(1000, 2000)], [(1700, 3000)], Kind.SPEECH)
    assert turn.cut_in_ms == 300.0
    assert turn.response_latency_ms is None


def test_a_cut_in_that_is_taken_back_still_leaves_the_true_answer_to_measure() -> None:
    (turn,) = measured([(1000, 2000)], [(1300, 1450), (2250, 3000)], Kind.SPEECH)
    assert turn.cut_in_ms == 700.0
    assert turn.response_latency_ms == 250.0


def test_time_to_silence_is_to_the_last_agent_sound_before_300_ms_of_silence() -> None:
    (turn,) = measured([(1000, 1600)], [(200, 1120), (2000, 3000)], Kind.INTERRUPT)
    assert turn.agent_was_speaking
    assert turn.time_to_silence_ms == 120.0
    assert turn.agent_silent_for_ms == 880.0
    assert turn.response_latency_ms == 400.0


@pytest.mark.parametrize("pause_ms", [20, 150, 290])
def test_natural_pauses_of_the_agent_are_not_silence(pause_ms: int) -> None:
    agent = [(200, 1100), (1100 + pause_ms, 1600), (2500, 3000)]
    (turn,) = measured([(1000, 2000)], agent, Kind.INTERRUPT)
    assert turn.time_to_silence_ms == 600.0


def test_an_interruption_in_a_natural_pause_still_finds_the_agent_speaking() -> None:
    (turn,) = measured([(1000, 2000)], [(200, 900), (1050, 1200), (2500, 3000)], Kind.INTERRUPT)
    assert turn.agent_was_speaking
    assert turn.time_to_silence_ms == 200.0


def test_an_answer_that_follows_a_short_word_at_once_does_not_hide_the_silence_before_it() -> None:
    (turn,) = measured([(1000, 1300)], [(200, 1120), (1380, 3000)], Kind.INTERRUPT)
    assert turn.agent_was_speaking
    assert turn.time_to_silence_ms == 120.0
    assert turn.agent_silent_for_ms == 260.0
    assert turn.response_latency_ms == 80.0
    assert turn.cut_in_ms is None


SHORT_WORD = (1000, 1250)


@pytest.mark.parametrize(
    "agent",
    [
        pytest.param([(200, 1200), (1310, 3000)], id="short enough to be one within a word"),
        pytest.param([(200, 1040), (1260, 3000)], id="no longer than a stop for a sound that is no voice"),
        pytest.param([(200, 1100), (1240, 3000)], id="over before the caller has ended"),
        pytest.param([(200, 1270), (1420, 3000)], id="begun after the caller had ended"),
        pytest.param([(200, 990), (1260, 3000)], id="begun before the caller's first sound"),
    ],
)
def test_a_pause_under_300_ms_that_may_be_the_agents_own_is_no_silence(agent: Spans) -> None:
    (turn,) = measured([SHORT_WORD], [*agent, (4000, 5000)], Kind.INTERRUPT)
    assert turn.time_to_silence_ms == 2000.0
    (without,) = measured([SHORT_WORD], [(200, 3000), (4000, 5000)], Kind.INTERRUPT)
    assert turn == without


def test_an_agent_that_goes_on_after_a_backchannel_has_not_answered_it() -> None:
    (turn,) = measured([SHORT_WORD], [(200, 1120), (1350, 3000)], Kind.BACKCHANNEL)
    assert turn.time_to_silence_ms == 2000.0
    assert turn.response_latency_ms is None


def test_an_agent_that_never_stops_has_no_time_to_silence() -> None:
    (turn,) = measured([(1000, 2000)], [(200, 8000)], Kind.INTERRUPT)
    assert turn.agent_was_speaking
    assert turn.time_to_silence_ms is None
    assert turn.response_latency_ms is None


def test_a_backchannel_asks_for_no_answer() -> None:
    first, second = measured([(1000, 1200), (4000, 4500)], [(200, 2500), (4900, 5500)], Kind.BACKCHANNEL, Kind.SPEECH)
    assert first.response_latency_ms is None
    assert second.response_latency_ms == 400.0


def test_an_answer_after_the_callers_next_words_belongs_to_those() -> None:
    first, second = measured([(1000, 1500), (3000, 3500)], [(4000, 5000)], Kind.SPEECH, Kind.SPEECH)
    assert first.response_latency_ms is None
    assert second.response_latency_ms == 500.0


def test_a_click_is_no_sound_and_late_packets_move_it() -> None:
    assert sounds(stream(sound_at([(500, 510)], 1000)), Companding.ULAW, 0) == []
    packets = stream(sound_at([(500, 600)], 1000))
    late = [replace(p, time_ns=p.time_ns + 15 * MS) for p in packets]
    assert sounds([*late, *late], Companding.ULAW, 0) == [Sound(515 * MS, 615 * MS)]


def test_the_threshold_is_minus_38_dbfs() -> None:
    full = LOUD.astype(np.float64) / np.sqrt((LOUD.astype(np.float64) ** 2).mean()) * 32768
    for level, heard in ((-37.0, True), (-39.0, False)):
        samples = np.tile(full * 10 ** (level / 20), 20).astype(np.int16)
        assert bool(sounds(stream(samples), Companding.ULAW, 0)) is heard


@given(st.lists(st.booleans(), max_size=200))
def test_sounds_are_apart_and_begin_and_end_with_loud_blocks(blocks: list[bool]) -> None:
    detector = SoundDetector()
    for number, is_loud in enumerate(blocks):
        detector.block(number * 10 * MS, is_loud=is_loud)
    found = detector.sounds()
    for sound in found:
        assert blocks[sound.start_ns // (10 * MS)]
        assert blocks[sound.end_ns // (10 * MS) - 1]
        assert sound.end_ns - sound.start_ns >= 20 * MS
    for earlier, later in pairwise(found):
        assert later.start_ns - earlier.end_ns >= 290 * MS


def test_hearing_knows_speech_from_silence() -> None:
    heard = Heard(Sound(0, 100 * MS))
    assert heard.speaking(399 * MS)
    assert not heard.speaking(400 * MS)
    assert Heard().silent_for_ns(5) is None


def test_gaps_losses_and_order_are_counted_across_the_wrap_of_sequence_numbers() -> None:
    packets = stream(sound_at([], 2000))
    del packets[20:24]
    packets[30] = replace(packets[30], time_ns=packets[31].time_ns + 1)
    report = describe_stream([*packets, replace(packets[-1])], started_ns=0)
    assert (report.lost, report.duplicates, report.reordered) == (4, 1, 1)
    assert [(gap.at_ms, gap.length_ms) for gap in report.gaps_over_60_ms] == [(380.0, 100.0)]
    assert report.max_gap_ms == 100.0
    assert report.timestamp_jumps == 0


def test_gaps_while_the_agent_is_held_are_meant() -> None:
    packets = [p for p in stream(sound_at([], 2000)) if not 500 * MS < p.time_ns < 1500 * MS]
    assert describe_stream(packets, started_ns=0, quiet=[(450 * MS, 1600 * MS)]).gaps_over_60_ms == ()


def test_a_timestamp_that_does_not_fit_is_a_jump_unless_marked() -> None:
    packets = stream(sound_at([], 400))
    jumped = [p if n < 10 else replace(p, timestamp=(p.timestamp + 80) % 2**32) for n, p in enumerate(packets)]
    assert describe_stream(jumped, started_ns=0).timestamp_jumps == 1
    marked = [replace(p, marker=n == 10) for n, p in enumerate(jumped)]
    assert describe_stream(marked, started_ns=0).timestamp_jumps == 0


def test_no_packets_give_a_report_too() -> None:
    assert describe_stream([], started_ns=0).packets == 0
    assert summarise([]).response_latency is None
    assert percentiles([1.0, 2.0, 3.0]) is not None


def test_a_key_counts_once_however_often_its_packets_come() -> None:
    packets = [
        RtpPacket(n, 101, n, 1000 * (n // 4), 1, TelephoneEvent("12#"[n // 4], 160 * n, ended=n % 4 == 3).encode())
        for n in range(12)
    ]
    assert digits_in(packets, 101) == "12#"
    assert digits_in(packets, None) == ""


def test_the_recording_lays_sound_where_it_was_on_the_wire() -> None:
    packets = stream(sound_at([(500, 600)], 1000), start_ms=100)
    jittered = [replace(p, time_ns=p.time_ns + (n % 3 - 1) * 4 * MS) for n, p in enumerate(packets)]
    laid = lay_out(jittered, law=Companding.ULAW, payload_type=0, started_ns=0, length=16000)
    loud = np.flatnonzero(np.abs(laid.astype(np.int32)) > 1000)
    assert abs(loud[0] / 8 - 600) < 1
    assert abs(loud[-1] / 8 - 700) < 1


def test_the_recording_keeps_a_stop_of_the_stream() -> None:
    tone = sound_at([(0, 200)], 200)
    packets = stream(tone) + stream(tone, start_ms=1000, sequence=4)
    laid = lay_out(packets, law=Companding.ULAW, payload_type=0, started_ns=0, length=16000)
    loud = np.abs(laid.astype(np.int32)) > 1000
    assert loud[:1600].any()
    assert not loud[1600:8000].any()
    assert loud[8000:9600].any()
