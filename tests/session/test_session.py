"""Whole conversations through the real session in virtual time: times are exact, so they are asserted."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from appliance.clinic.tool import Tool, ToolFailed
from appliance.dialogue.reply import Expectation, HangUpAfter, ReplyEnd, ReplyPiece, Text, Tools, TransferAfter
from appliance.line import DigitReceived, HangUpReason, HoldChanged, LineEvent, TransferFailed
from appliance.simulator.line import Sound
from appliance.trace import Stage
from models.errors import EngineError
from models.simulated import SimulatedTextToSpeech
from tests.session.conversations import EndsAfter, Plan, saying

LONG = "We are open from eight in the morning until six in the evening on every weekday of the year."


def test_the_caller_hears_the_greeting_then_an_answer_soon_after_the_question() -> None:
    call = Plan([Sound(1500, 2500)], ["what are your hours"], saying("From eight to six.")).run()
    greeting, answer = call.line.audible_spans()[:2]
    assert greeting[0] <= 40
    assert 2500 < answer[0] <= 2500 + 250
    assert call.dialogue.accepted == [(1, "what are your hours")]
    assert call.dialogue.heard[:2] == [("Hello.", False), ("From eight to six.", False)]


def test_the_dialogue_overhears_each_turn_growing_up_to_its_final_words() -> None:
    text = "what are your opening hours on a saturday please"
    call = Plan([Sound(1500, 4500)], [text], saying("From nine to one.")).run()
    turns, texts, _ = zip(*call.dialogue.overheard, strict=True)
    assert set(turns) == {1}
    assert len(texts) > 2, "partial words came while the caller spoke"
    assert texts[-1] == text
    assert all(text.startswith(part) for part in texts)
    assert [len(part) for part in texts] == sorted(len(part) for part in texts)


def test_words_over_the_agent_are_not_overheard_until_they_are_a_turn() -> None:
    call = Plan([Sound(1500, 2500), Sound(5000, 5400)], ["hours please", "mm-hm"], saying(LONG), ends_ms=14_000).run()
    assert {turn for turn, _, _ in call.dialogue.overheard} == {1}


def test_a_barge_in_silences_the_line_at_once_and_is_answered() -> None:
    call = Plan([Sound(1500, 2500), Sound(5000, 6000)], ["hours please", "no wait stop that"], saying(LONG)).run()
    spans = call.line.audible_spans()
    interrupted = next(span for span in spans if span[0] < 5000 < span[1])
    assert interrupted[1] <= 5000 + 120
    assert call.dialogue.accepted == [(1, "hours please"), (2, "no wait stop that")]
    heard, cut = call.dialogue.heard[1]
    assert cut
    assert LONG.startswith(heard)
    assert 0 < len(heard) < len(LONG)
    assert call.trace.turns[0].durations_ms()["barge_in_silence"] <= 120


def test_a_backchannel_holds_and_resumes_without_losing_or_repeating_audio() -> None:
    plain = Plan([Sound(1500, 2500)], ["hours please"], saying(LONG), ends_ms=14_000).run()
    call = Plan([Sound(1500, 2500), Sound(5000, 5400)], ["hours please", "mm-hm"], saying(LONG), ends_ms=14_000).run()
    assert call.dialogue.accepted == [(1, "hours please")]
    assert call.dialogue.heard[1] == (LONG, False)

    def sounding(played: list[bytes]) -> int:
        return sum(1 for pcm in played if pcm)

    assert sounding(call.line.played) == sounding(plain.line.played)
    assert call.trace.turns[0].resumed_holds == 1
    assert [turn.text for turn in call.trace.turns] == ["hours please"]
    held = [end for start, end in call.line.audible_spans() if 4900 < end < 5400]
    resumed = [start for start, end in call.line.audible_spans() if 5000 < start < 6000]
    assert resumed[0] - held[0] <= 700


def test_a_backchannel_just_after_the_answer_began_leaves_the_turn_as_it_was() -> None:
    call = Plan([Sound(1500, 2500), Sound(3400, 3800)], ["hours please", "mm-hm"], saying(LONG), ends_ms=14_000).run()
    assert [(turn.turn, turn.text) for turn in call.trace.turns] == [(1, "hours please")]
    assert call.dialogue.heard[1] == (LONG, False)


def test_going_on_after_a_wrong_high_score_merges_into_one_turn() -> None:
    call = Plan(
        [Sound(1500, 2500), Sound(3000, 4000)],
        ["I want to book", "with doctor Patel"],
        saying("Certainly, when would you like to come?"),
        score=0.99,
    ).run()
    assert call.dialogue.accepted == [(1, "I want to book"), (1, "I want to book with doctor Patel")]
    assert call.dialogue.heard[1] == ("Certainly, when would you like to come?", False)
    wrong = next(span for span in call.line.audible_spans() if 2500 < span[0] < 3000)
    assert wrong[1] <= 3000 + 120


def test_a_pause_with_a_low_score_is_not_answered() -> None:
    call = Plan(
        [Sound(1500, 2500), Sound(3000, 4000)], ["I want to book an appointment"], saying("Certainly."), score=0.2
    ).run()
    assert call.dialogue.accepted == [(1, "I want to book an appointment")]
    assert not [span for span in call.line.audible_spans() if 2400 < span[0] < 4000]


def test_a_pause_after_words_that_seldom_end_a_sentence_is_not_answered() -> None:
    sounds, words = [Sound(1500, 2500), Sound(3000, 4000)], ["I want to book an appointment"]
    call = Plan(sounds, words, saying("Certainly."), sentence_ends={"en": EndsAfter(0.01)}).run()
    assert call.dialogue.accepted == [(1, "I want to book an appointment")]
    assert not [span for span in call.line.audible_spans() if 2400 < span[0] < 4000]


def test_how_often_sentences_end_is_asked_of_all_words_of_the_turn() -> None:
    ends = EndsAfter(0.5)
    sounds, words = [Sound(1500, 2500), Sound(3000, 4000)], ["I want to book", "with doctor Patel"]
    Plan(sounds, words, saying("Certainly."), score=0.99, sentence_ends={"en": ends}).run()
    assert ends.asked == ["I want to book", "I want to book with doctor Patel"]


def test_how_sentences_end_is_asked_of_the_language_that_was_heard() -> None:
    english, spanish = EndsAfter(0.5), EndsAfter(0.5)
    known = {"en": english, "es": spanish}
    Plan([Sound(1500, 2500)], ["quiero una cita"], saying("Claro."), language="es", sentence_ends=known).run()
    assert (english.asked, spanish.asked) == ([], ["quiero una cita"])


@pytest.mark.parametrize("goes_on_at", [3320, 3340, 3360])
def test_a_caller_who_goes_on_just_before_the_wait_is_over_is_heard_out(goes_on_at: int) -> None:
    sounds = [Sound(1500, 2500), Sound(goes_on_at, 4400)]
    call = Plan(sounds, ["I want to book it"], saying("Certainly."), score=0.05).run()
    assert call.dialogue.accepted == [(1, "I want to book it")]
    assert not [span for span in call.line.audible_spans() if 2400 < span[0] < 4400]


def test_an_idle_caller_is_asked_and_then_the_line_is_closed() -> None:
    call = Plan([], ["hello"], saying("x"), ends_ms=120_000).run()
    assert call.reason is HangUpReason.AGENT_HUNG_UP
    assert len(call.dialogue.heard) == 4


def test_a_reply_that_fails_is_apologised_for() -> None:
    async def broken(turn: int, text: str, tools: Tools) -> AsyncIterator[ReplyPiece]:
        raise EngineError("the model is gone", "start it")
        yield Text("")

    call = Plan([Sound(1500, 2500)], ["hello there"], broken).run()
    assert "went wrong" in call.dialogue.heard[1][0]


def test_a_voice_that_fails_after_one_clause_plays_it_and_apologises() -> None:
    class OneClause(SimulatedTextToSpeech):
        async def synthesise(self, text: str) -> Any:
            if "second" in text:
                raise EngineError("no voice", "restart")
            async for chunk in super().synthesise(text):
                yield chunk

    reply = "This is the first sentence. And the second one is never made."
    call = Plan([Sound(1500, 2500)], ["hello there"], saying(reply), tts=OneClause(50, 60)).run()
    assert call.dialogue.heard[1] == ("This is the first sentence.", True)
    assert "went wrong" in call.dialogue.heard[2][0]


def test_a_slow_reply_is_bridged_by_a_filler() -> None:
    call = Plan([Sound(1500, 2500)], ["hello there"], saying("There you are.", delay_s=3.0)).run()
    filler = next(span for span in call.line.audible_spans() if span[0] > 2500)
    assert filler[0] <= 2500 + 1500
    assert [heard for heard, _ in call.dialogue.heard][:2] == ["Hello.", "There you are."]


def test_a_changing_tool_waits_for_approval_and_runs_once() -> None:
    ran: list[Mapping[str, Any]] = []

    async def book(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        ran.append(arguments)
        await asyncio.sleep(2.0)
        return {"done": True}

    async def drafter(turn: int, text: str, tools: Tools) -> AsyncIterator[ReplyPiece]:
        await tools.call("book", {"day": "tuesday"})
        yield Text("It is booked.")
        yield ReplyEnd()

    tool = Tool("book", book, changes=True, filler="One moment, I'll book that.")
    call = Plan(
        [Sound(1500, 2500), Sound(2750, 3300)], ["I would like to book with"], drafter, tools=[tool], score=0.3
    ).run()
    assert len(ran) == 1
    assert call.dialogue.accepted == [(1, "I would like to book with")]
    spans = [span for span in call.line.audible_spans() if span[0] > 3300]
    assert len(spans) == 2
    assert call.trace.turns[0].tools[0].outcome == "done"


def test_a_tool_that_fails_is_told_to_the_dialogue() -> None:
    async def full(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        raise ToolFailed("storage_full")

    async def drafter(turn: int, text: str, tools: Tools) -> AsyncIterator[ReplyPiece]:
        try:
            await tools.call("book", {})
        except ToolFailed as failure:
            yield Text(f"I could not: {failure.reason}.")
        yield ReplyEnd()

    tool = Tool("book", full, changes=False, filler="One moment.")
    call = Plan([Sound(1500, 2500)], ["book it now"], drafter, tools=[tool]).run()
    assert call.dialogue.heard[1][0] == "I could not: storage_full."


def test_words_then_hang_up() -> None:
    call = Plan([Sound(1500, 2500)], ["goodbye then"], saying("Goodbye.", afterwards=HangUpAfter())).run()
    assert call.reason is HangUpReason.AGENT_HUNG_UP
    assert call.dialogue.heard[-1] == ("Goodbye.", False)


def test_words_then_transfer_and_back_when_nobody_answers() -> None:
    events: list[tuple[int, LineEvent]] = [(6000, TransferFailed(480))]
    afterwards = TransferAfter("sip:201", "cardiology")
    call = Plan(
        [Sound(1500, 2500)], ["cardiology please"], saying("Putting you through.", afterwards=afterwards), events=events
    ).run()
    assert [what for _, what in call.line.control if what.startswith("transfer")] == ["transfer sip:201"]
    assert "nobody is answering" in call.dialogue.heard[-1][0]


def test_an_emergency_in_a_partial_transcript_is_answered_while_the_caller_speaks() -> None:
    call = Plan(
        [Sound(1500, 6000)], ["I have chest pain and my arm hurts and I do not know"], saying("Call now.")
    ).run()
    assert any(start < 6000 and start > 1500 for start, _ in call.line.audible_spans())


def test_keys_are_answered() -> None:
    events: list[tuple[int, LineEvent]] = [(2000, DigitReceived("1")), (2200, DigitReceived("2"))]
    call = Plan([], ["hello"], saying("Thank you."), events=events, ends_ms=6000).run()
    assert call.dialogue.accepted == [(1, "dtmf 12")]


def test_hold_and_resume_by_the_other_side_goes_on_where_it_was() -> None:
    events: list[tuple[int, LineEvent]] = [(4000, HoldChanged(held=True)), (9000, HoldChanged(held=False))]
    call = Plan([Sound(1500, 2500)], ["hours please"], saying(LONG), events=events, ends_ms=18_000).run()
    assert call.dialogue.heard[1] == (LONG, False)
    assert not [span for span in call.line.audible_spans() if 4100 < span[0] < 9000]


def test_confidence_and_refusals_of_transcripts_are_in_trace_and_metrics() -> None:
    call = Plan([Sound(1500, 2500), Sound(6000, 7000)], ["hours please", ""], saying("We are open.")).run()
    assert call.trace.turns[0].confidence == 1.0
    value = call.metrics.registry.get_sample_value
    assert value("appliance_transcript_confidence_count") == 1
    assert value("appliance_transcripts_rejected_total", {"reason": "no_speech"}) == 1


def test_the_stages_of_a_turn_are_in_its_trace() -> None:
    call = Plan([Sound(1500, 2500)], ["what are your hours"], saying("From eight to six.")).run()
    turn = call.trace.turns[0]
    assert set(turn.at_ms) >= {
        Stage.SPEECH_BEGAN, Stage.SPEECH_ENDED, Stage.SOFT_END, Stage.TRANSCRIPT_FINAL, Stage.DECISION,
        Stage.FIRST_TOKEN, Stage.FIRST_CLAUSE, Stage.FIRST_AUDIO, Stage.FIRST_PACKET,
    }  # fmt: skip
    assert abs(turn.at_ms[Stage.SPEECH_ENDED] - 2500) <= 60
    assert turn.durations_ms()["response_latency"] <= 250
    assert b"appliance_response_latency_seconds_count 1.0" in call.metrics.exposition()


@pytest.mark.parametrize("ends_ms", [40, 1600, 2600, 2700, 3000, 5100])
def test_a_caller_who_hangs_up_at_any_time_leaves_no_task_behind(ends_ms: int) -> None:
    call = Plan(
        [Sound(1500, 2500), Sound(5000, 6000)], ["hours please", "no stop it"], saying(LONG), ends_ms=ends_ms
    ).run()
    assert call.reason is HangUpReason.CALLER_HUNG_UP


def test_yes_to_a_question_is_answered_although_the_score_is_low() -> None:
    call = Plan(
        [Sound(1500, 2500), Sound(5500, 5900)],
        ["book tuesday", "Yes."],
        saying("Is that right?", expects=Expectation.YES_NO),
        score=0.6,
    ).run()
    answer = next(start for start, _ in call.line.audible_spans() if start > 5900)
    assert answer <= 5900 + 600


def test_fixed_words_follow_the_language_that_the_caller_speaks() -> None:
    call = Plan([Sound(1500, 2500)], ["quiero una cita"], saying("Claro."), ends_ms=45_000, language="es").run()
    heard = [text for text, _ in call.dialogue.heard]
    assert heard[:3] == ["Hello.", "Claro.", "¿Sigue ahí?"]
    assert heard[-1].endswith("Adiós.")
    assert call.reason is HangUpReason.AGENT_HUNG_UP


def test_fixed_words_stay_in_the_clinics_language_where_there_are_none_in_the_callers() -> None:
    call = Plan([Sound(1500, 2500)], ["أريد موعدا"], saying("Yes."), ends_ms=14_000, language="ar").run()
    assert [text for text, _ in call.dialogue.heard][:3] == ["Hello.", "Yes.", "Are you still there?"]


def test_the_wait_for_a_tool_is_bridged_in_the_callers_language() -> None:
    async def find(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        await asyncio.sleep(3.0)
        return {}

    async def drafter(turn: int, text: str, tools: Tools) -> AsyncIterator[ReplyPiece]:
        await tools.call("find_slots", {})
        yield Text("Hay una a las diez.")
        yield ReplyEnd()

    tool = Tool("find_slots", find, changes=False, filler="Let me check the calendar.")
    call = Plan([Sound(1500, 2500)], ["quiero una cita"], drafter, tools=[tool], language="es").run()
    kinds = {spoken.kind: spoken.heard for spoken in call.trace.utterances}
    assert kinds["tool_filler"] == "Voy a mirar la agenda."
