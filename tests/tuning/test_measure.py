"""What a way of endpointing costs, on turns small enough to reckon by hand; the sweep; its picture."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from appliance.tuning.chart import draw_sweep
from appliance.tuning.evidence import HeardTurn, SoftEnd, imagine
from appliance.tuning.measure import Outcome, measure, model_only, ours, prepare, silence_only
from appliance.tuning.report import Material, as_json, as_text
from appliance.tuning.sweep import Point, no_later, pareto, recommend, sweep
from appliance.tuning.turns import LabelledPause, LabelledTurn
from appliance.turn.facts import Expectation, Language
from appliance.turn.settings import EndpointingSettings

READY_MS = 80
PAUSE = LabelledPause(1000, 1600, "I would like to")
TURN = LabelledTurn("a", Path("a.wav"), 3000, "I would like to see a doctor please", (PAUSE,))
HEARD = HeardTurn(TURN, (SoftEnd(1115, 1000, 0.6, 1671), SoftEnd(3115, 3000, 0.9, None)))


def test_silence_longer_than_the_pause_does_not_cut_in() -> None:
    outcome = measure(prepare([HEARD]), silence_only(700), READY_MS)
    assert (outcome.pauses, outcome.cut_ins, outcome.latencies_ms) == (1, 0, (700,))


def test_silence_shorter_than_the_pause_cuts_in() -> None:
    outcome = measure(prepare([HEARD]), silence_only(600), READY_MS)
    assert (outcome.cut_in_rate, outcome.latencies_ms) == (1.0, (600,))


def test_the_answer_sounds_no_sooner_than_it_is_ready() -> None:
    outcome = measure(prepare([HEARD]), silence_only(0), READY_MS)
    assert outcome.latencies_ms == (115 + READY_MS,)


def test_the_model_alone_answers_at_its_threshold() -> None:
    assert measure(prepare([HEARD]), model_only(0.5, 3000), READY_MS).cut_ins == 1
    kept = measure(prepare([HEARD]), model_only(0.8, 3000), READY_MS)
    assert (kept.cut_ins, kept.latencies_ms) == (0, (195,))


def test_ours_goes_by_the_words_before_the_pause() -> None:
    assert measure(prepare([HEARD]), ours(EndpointingSettings()), READY_MS).cut_ins == 0


def test_only_pauses_of_the_length_asked_for_count() -> None:
    assert measure(prepare([HEARD], 700, 900), silence_only(300), READY_MS).pauses == 0


def test_a_soft_end_in_mid_speech_is_counted_apart() -> None:
    heard = HeardTurn(TURN, (SoftEnd(2100, 2000, 0.9, 2500), *HEARD.soft_ends[1:]))
    (prepared,) = prepare([heard])
    assert [silence.text for silence in prepared.elsewhere] == ["I would like to see"]
    assert measure([prepared], silence_only(300), READY_MS).cut_in_speech == 1


def test_an_end_that_was_not_heard_is_not_a_latency() -> None:
    outcome = measure(prepare([HeardTurn(TURN, ())]), silence_only(300), READY_MS)
    assert (outcome.unanswered, outcome.latencies_ms) == (1, ())


def test_a_noise_after_the_end_puts_the_answer_off() -> None:
    heard = HeardTurn(TURN, (SoftEnd(3115, 3000, 0.9, 3300), SoftEnd(3500, 3400, 0.9, None)))
    assert measure(prepare([heard]), silence_only(500), READY_MS).latencies_ms == (900,)


def test_imagined_scores_are_those_of_the_stated_distribution() -> None:
    turns = [LabelledTurn(str(n), None, 3000, "some words", (PAUSE,)) for n in range(100)]
    copies = [heard for turn in turns for heard in imagine(turn)]
    pauses = [heard.soft_ends[0].score for heard in copies]
    ends = [heard.soft_ends[1].score for heard in copies]
    for threshold, of_ends, of_pauses in ((0.5, 0.95, 0.31), (0.9, 0.61, 0.04)):
        assert sum(score >= threshold for score in ends) / len(ends) == pytest.approx(of_ends, abs=0.03)
        assert sum(score >= threshold for score in pauses) / len(pauses) == pytest.approx(of_pauses, abs=0.03)
    assert imagine(turns[0]) == imagine(turns[0])


def material() -> Material:
    return Material(1, 1, 0, 0, READY_MS, 600, 600, 0.1)


def test_the_sweep_finds_settings_within_the_budget_and_draws_them() -> None:
    prepared = prepare([HEARD, *imagine(LabelledTurn("b", None, 3000, "what are your hours", (PAUSE,)))])
    result = sweep(prepared, EndpointingSettings(), READY_MS)
    assert result.present in result.ours
    for points in (result.ours, result.silence, result.model):
        front = pareto(points, 95)
        rates = [point.outcome.cut_in_rate for point in front]
        assert rates == sorted(rates, reverse=True)
    advised = recommend(result.ours, 0.1)
    assert advised is not None
    assert advised.outcome.cut_in_rate <= 0.1
    ElementTree.fromstring(draw_sweep(result, advised, "a < b"))
    text = as_text(result, advised, material())
    assert "[turn.endpointing]" in text
    document = json.loads(json.dumps(as_json(result, advised, material())))
    assert document["present"]["settings"]["confident_score"] == EndpointingSettings().confident_score


def test_no_budget_no_recommendation() -> None:
    never = measure(prepare([HEARD]), silence_only(0), READY_MS)
    assert recommend([Point({}, never)], 0.0) is None


def test_the_question_asked_reaches_endpointing() -> None:
    digits = LabelledTurn("d", None, 3000, "one two three", (LabelledPause(1000, 1800, "one"),), Expectation.DIGITS)
    assert measure(prepare(imagine(digits)), ours(EndpointingSettings()), READY_MS).cut_ins == 0


def test_a_doubtful_score_keeps_the_appliance_out_of_a_long_pause() -> None:
    pause = LabelledPause(1000, 2000, "I had the blood test last week")
    turn = LabelledTurn("a", Path("a.wav"), 3000, "I had the blood test last week was fine", (pause,))
    end = SoftEnd(3082, 3000, 0.95, None)
    settings = EndpointingSettings()
    for score, cut_ins in ((0.5, 1), (settings.doubtful_score, 0)):
        heard = HeardTurn(turn, (SoftEnd(1082, 1000, score, 2050), end))
        assert measure(prepare([heard]), ours(settings), READY_MS).cut_ins == cut_ins


def test_the_model_alone_is_compared_where_it_is_no_later() -> None:
    def point(cut_ins: int, *latencies_ms: int) -> Point:
        return Point({"cut_ins": cut_ins}, Outcome(10, cut_ins, 0, 0, latencies_ms))

    quick, even, slow, late = point(9, 100, 100, 100), point(6, 200, 500, 600), point(3, 100, 100, 1100), point(0, 1200)
    best = no_later([quick, even, slow, late], point(2, 100, 500, 700))
    assert (best["p50"], best["p95"], best["p50 and p95"], best["mean"]) == (slow, even, even, slow)
    assert no_later([late], point(2, 100, 500, 700))["p95"] is None


def test_words_are_judged_in_the_callers_language() -> None:
    pause = LabelledPause(1000, 1900, "quisiera una cita con")
    turn = LabelledTurn("s", Path("s.wav"), 3000, "quisiera una cita con la doctora", (pause,))
    heard = HeardTurn(turn, (SoftEnd(1082, 1000, 0.95, 1950), SoftEnd(3082, 3000, 0.95, None)))
    cut_ins = [
        measure(prepare([heard]), ours(EndpointingSettings(), language), READY_MS).cut_ins
        for language in (Language.ENGLISH, Language.SPANISH)
    ]
    assert cut_ins == [1, 0]
