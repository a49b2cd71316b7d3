"""When the caller's turn is over: doubtful scores, short answers, words that are slow to come, drafts in long turns."""

import pytest

from appliance.turn.actions import Approve, Resume, StartDraft
from appliance.turn.events import AudioReady, PartialTranscript
from appliance.turn.facts import Expectation, Timer
from appliance.turn.state import ReplyPhase
from tests.turn.conversation import Conversation


@pytest.fixture
def call() -> Conversation:
    conversation = Conversation()
    conversation.open_and_greet()
    return conversation


def of(actions: tuple[object, ...], *kinds: type) -> list[object]:
    return [action for action in actions if isinstance(action, kinds)]


def test_an_agent_that_asked_for_yes_or_no_does_not_go_on_before_the_words_over_its_question_are_known(
    call: Conversation,
) -> None:
    call.say(2000, "tuesday at ten")
    call.answer(3300, expects=Expectation.YES_NO)
    call.start_speaking(6000, remaining=400)
    call.pause(6400)
    assert not of(call.fire(Timer.HOLD_DECISION), Resume)
    assert of(call.transcript(6900, "yes"), StartDraft) == [StartDraft(3, 2, "yes")]


def test_after_words_that_never_come_such_a_question_is_asked_to_its_end(call: Conversation) -> None:
    call.say(2000, "tuesday at ten")
    call.answer(3300, expects=Expectation.YES_NO)
    call.start_speaking(6000, remaining=400)
    call.pause(6400)
    call.fire(Timer.HOLD_DECISION)
    assert of(call.fire(Timer.TRANSCRIPT), Resume) == [Resume(2)]


@pytest.mark.parametrize(("score", "wait"), [(0.6, "complete_answer_wait_ms"), (0.2, "doubted_answer_wait_ms")])
def test_yes_alone_after_a_yes_or_no_question_is_answered_soon(call: Conversation, score: float, wait: str) -> None:
    call.say(2000, "tuesday at ten")
    call.answer(3300, expects=Expectation.YES_NO)
    call.finish(6000)
    call.start_speaking(7000)
    call.pause(7400)
    call.transcript(7410, "Yes.")
    call.score(7420, score)
    assert call.state.timers[Timer.ENDPOINT] == 7300 + getattr(call.settings.endpointing, wait)
    call.fire(Timer.ENDPOINT)
    assert call.reply.phase is ReplyPhase.APPROVED


def test_a_doubtful_score_waits_longest_unless_the_words_may_be_all(call: Conversation) -> None:
    rules = call.settings.endpointing
    call.start_speaking(2000)
    call.pause(3000)
    call.transcript(3010, "I need the blood test from last week")
    call.score(3020, rules.doubtful_score)
    assert call.state.timers[Timer.ENDPOINT] == 2900 + rules.doubtful_wait_ms
    assert of(call.fire(Timer.ENDPOINT), Approve)


def test_only_the_first_score_counts(call: Conversation) -> None:
    rules = call.settings.endpointing
    call.start_speaking(2000)
    call.pause(3000)
    call.transcript(3010, "I need the blood test from last week")
    call.score(3020, 0.5)
    due = call.state.timers[Timer.ENDPOINT]
    assert not call.score(3400, 0.99), "it creeps up with silence"
    assert call.state.timers[Timer.ENDPOINT] == due <= 2900 + rules.unsure_wait_ms


def test_a_long_turn_is_drafted_ever_more_rarely(call: Conversation) -> None:
    call.start_speaking(2000)
    said = [f"word{number}" for number in range(1, 101)]
    drafts = 0
    for number in range(1, 101):
        actions = call.send(PartialTranscript(2000 + 300 * number, " ".join(said[:number])))
        drafts += len(of(actions, StartDraft))
        if number == 2:
            assert drafts == 2
    assert drafts <= 21
    assert of(call.pause(2000 + 300 * 101), StartDraft), "the pause has its draft at once"


def test_a_pause_that_was_cut_into_is_one_of_the_callers_own(call: Conversation) -> None:
    call.say(2000, "tuesday at ten")
    ended = call.state.turn_ended_at
    call.send(AudioReady(3200, 2))
    call.start_speaking(ended + 770)
    call.send(PartialTranscript(ended + 1200, "if that is possible"))
    assert call.state.caller.pauses == (700,)


def test_an_interruption_of_an_answer_that_was_listened_to_is_no_pause(call: Conversation) -> None:
    call.say(2000, "tuesday at ten")
    ended = call.state.turn_ended_at
    call.send(AudioReady(3200, 2))
    call.start_speaking(ended + 1300)
    call.send(PartialTranscript(ended + 1800, "no wait a moment"))
    assert call.state.caller.turn == 1, "it is still soon enough to be the same turn"
    assert call.state.caller.pauses == ()


def test_an_interruption_long_after_the_last_sound_is_a_turn_of_its_own(call: Conversation) -> None:
    call.say(2000, "what are your opening hours")
    ended = call.state.turn_ended_at
    call.send(AudioReady(ended + 300, 2))
    call.start_speaking(ended + 1700)
    call.send(PartialTranscript(ended + 2200, "no wait a moment"))
    assert call.state.caller.turn == 2


def test_who_has_hardly_heard_a_late_answer_goes_on(call: Conversation) -> None:
    call.say(2000, "what are your opening hours")
    ended = call.state.turn_ended_at
    call.send(AudioReady(ended + 1600, 2))
    call.start_speaking(ended + 1900)
    call.send(PartialTranscript(ended + 2400, "on a sunday I mean"))
    assert call.state.caller.turn == 1
