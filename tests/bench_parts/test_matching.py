import dataclasses

import pytest

from appliance.trace import CallTrace, Stage, TurnTrace, UtteranceTrace
from sip.caller.analysis import Kind, Turn
from tests.bench.matching import MatchedTurn, match, outside_the_session, stage_durations, survived, understood

HEARD = Turn(
    kind=Kind.SPEECH,
    name="hours.wav",
    start_ms=1000.0,
    end_ms=2500.0,
    response_latency_ms=500.0,
    agent_was_speaking=False,
    time_to_silence_ms=None,
    agent_silent_for_ms=None,
    cut_in_ms=None,
)


def traced(turn: int, ended: float, text: str = "") -> TurnTrace:
    at_ms = {Stage.SPEECH_ENDED: ended, Stage.SOFT_END: ended + 100, Stage.FIRST_PACKET: ended + 450}
    return TurnTrace(turn, at_ms=at_ms, text=text)


def test_an_utterance_is_matched_with_the_turn_that_ended_when_it_did() -> None:
    turns = [traced(1, 1200.0), traced(2, 2450.0), traced(3, 3400.0)]
    (matched,) = match([HEARD], turns)
    assert matched.trace is turns[1]


def test_an_utterance_that_nothing_was_made_of_has_no_turn() -> None:
    assert match([HEARD], [traced(1, 4000.0), TurnTrace(2)])[0].trace is None
    assert match([HEARD], [])[0].trace is None


def test_backchannels_are_no_turns() -> None:
    backchannel = dataclasses.replace(HEARD, kind=Kind.BACKCHANNEL)
    assert match([backchannel], [traced(1, 2500.0)]) == []


@pytest.mark.parametrize(
    ("transcript", "as_said"),
    [("What are your opening hours?", True), ("what are your hours", False), ("", False)],
)
def test_words_are_understood_when_they_are_the_same_words(transcript: str, as_said: bool) -> None:
    matched = MatchedTurn(HEARD, traced(1, 2500.0, transcript))
    assert understood(matched, "what are your opening hours") is as_said


def test_stages_are_gathered_over_turns_as_far_as_they_were_reached() -> None:
    durations = stage_durations([traced(1, 1000.0), traced(2, 5000.0)])
    assert durations[Stage.SOFT_END] == [100.0, 100.0]
    assert durations["response_latency"] == [450.0, 450.0]
    assert durations[Stage.FIRST_TOKEN] == []


def test_what_the_wire_adds_is_the_difference_to_the_trace() -> None:
    unmatched = MatchedTurn(HEARD, None)
    unanswered = MatchedTurn(dataclasses.replace(HEARD, response_latency_ms=None), traced(1, 2500.0))
    assert outside_the_session([MatchedTurn(HEARD, traced(1, 2500.0)), unmatched, unanswered]) == [50.0]


def spoken(began: float, ended: float, *, cut: bool) -> UtteranceTrace:
    return UtteranceTrace(1, "answer", began, ended, "We are open", cut)


def test_a_backchannel_is_survived_when_what_was_said_then_was_heard_to_its_end() -> None:
    backchannel = dataclasses.replace(HEARD, kind=Kind.BACKCHANNEL, agent_was_speaking=True)
    whole, cut = spoken(500.0, 3000.0, cut=False), spoken(500.0, 1100.0, cut=True)
    later = spoken(4000.0, 5000.0, cut=True)
    assert survived(backchannel, CallTrace("id", "", "", utterances=(whole, later))) is True
    assert survived(backchannel, CallTrace("id", "", "", utterances=(cut, spoken(3000.0, 4000.0, cut=False)))) is False
    assert survived(backchannel, CallTrace("id", "", "", utterances=(later,))) is None
