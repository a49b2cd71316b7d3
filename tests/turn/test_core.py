"""Turn-taking, one situation a test. Times are ms."""

import pytest

from appliance.turn.actions import (
    Approve,
    Cancel,
    FinaliseTranscript,
    Finish,
    ForgetSpeech,
    HangUp,
    Hold,
    Play,
    Resume,
    ScoreEndOfTurn,
    StartDraft,
    StartPrompt,
    Transfer,
    Voice,
)
from appliance.turn.events import (
    AudioReady,
    CallEnded,
    DigitPressed,
    DrainRequested,
    EndOfTurnScored,
    FinalTranscript,
    LineHeld,
    LineResumed,
    PartialTranscript,
    ReplyFailed,
    SpeechPaused,
    ToolSettled,
    ToolStarted,
    TransferRefused,
)
from appliance.turn.facts import Expectation, HangUpAfter, Prompt, Timer, TransferAfter
from appliance.turn.state import CallerPhase, CallPhase, ReplyPhase
from tests.turn.conversation import Conversation


@pytest.fixture
def call() -> Conversation:
    conversation = Conversation()
    conversation.open_and_greet()
    return conversation


def of(actions: tuple[object, ...], *kinds: type) -> list[object]:
    return [action for action in actions if isinstance(action, kinds)]


def test_the_agent_greets_when_the_call_is_answered() -> None:
    conversation = Conversation()
    conversation.open_and_greet()
    assert of(tuple(conversation.log), StartPrompt) == [StartPrompt(1, Prompt.GREETING)]
    assert Play(1) in conversation.log
    assert Finish(1) in conversation.log


def test_a_soft_end_asks_for_words_and_score_and_drafts_before_the_turn_is_over(call: Conversation) -> None:
    call.start_speaking(2000)
    actions = call.pause(3000)
    assert of(actions, FinaliseTranscript, ScoreEndOfTurn) == [FinaliseTranscript(1, 1), ScoreEndOfTurn(1, 1)]
    actions = call.transcript(3020, "what are your opening hours")
    assert of(actions, StartDraft) == [StartDraft(2, 1, "what are your opening hours")]
    assert call.reply.phase is ReplyPhase.DRAFTING


def test_a_draft_keeps_up_with_the_partial_words_and_is_kept_if_the_final_ones_are_the_same(
    call: Conversation,
) -> None:
    call.start_speaking(2000)
    actions = call.send(PartialTranscript(2900, "what are your opening hours"))
    assert of(actions, StartDraft) == [StartDraft(2, 1, "what are your opening hours", voiced=False)]
    assert of(call.pause(3000), Voice) == [Voice(2)]
    assert not of(call.score(3060, 0.95), Approve), "nothing is answered before the final words are known"
    actions = call.transcript(3100, "What are your opening hours?")
    assert of(actions, StartDraft, Cancel, Approve) == [Approve(2, 1, "What are your opening hours?")]


def test_a_draft_for_partial_words_is_dropped_unheard_if_the_final_ones_differ(call: Conversation) -> None:
    call.start_speaking(2000)
    call.send(PartialTranscript(2900, "what are your opening"))
    call.pause(3000)
    call.send(AudioReady(3050, 2))
    actions = call.transcript(3100, "what are your opening hours on sunday")
    assert of(actions, Cancel, StartDraft) == [Cancel(2), StartDraft(3, 1, "what are your opening hours on sunday")]
    assert Play(2) not in call.log


def test_a_high_score_approves_at_once_and_the_draft_plays_in_the_same_step(call: Conversation) -> None:
    call.start_speaking(2000)
    call.pause(3000)
    call.transcript(3020, "what are your opening hours")
    call.send(AudioReady(3040, call.reply.id))
    actions = call.score(3060, 0.95)
    assert of(actions, Approve, Play) == [Approve(2, 1, "what are your opening hours"), Play(2)]


def test_a_draft_without_audio_plays_as_soon_as_it_has_some(call: Conversation) -> None:
    call.say(2000, "what are your opening hours")
    assert call.reply.phase is ReplyPhase.APPROVED
    assert Play(2) in call.send(AudioReady(3300, 2))


def test_a_low_score_waits_and_the_timer_ends_the_turn(call: Conversation) -> None:
    actions = call.say(2000, "I would like to see", score=0.2)
    assert not of(actions, Approve)
    due = call.armed(Timer.ENDPOINT)
    assert due is not None
    assert 3000 + 400 < due <= 3000 + 1400
    assert of(call.fire(Timer.ENDPOINT), Approve)


def test_going_on_after_a_pause_is_one_turn_with_a_new_revision(call: Conversation) -> None:
    call.say(2000, "I would like to book an appointment", score=0.3)
    first = call.reply.id
    call.start_speaking(3600)
    assert not of(call.send(PartialTranscript(3700, "I would like to book an appointment")), Cancel)
    assert (call.state.caller.turn, call.state.caller.revision) == (1, 2)
    actions = call.send(PartialTranscript(3900, "I would like to book an appointment with doctor"))
    assert of(actions, Cancel) == [Cancel(first)]
    call.pause(4500)
    actions = call.transcript(4520, "I would like to book an appointment with doctor Patel")
    assert of(actions, StartDraft) == [StartDraft(4, 1, "I would like to book an appointment with doctor Patel")]


def test_noise_after_a_pause_keeps_the_draft_when_the_words_are_the_same(call: Conversation) -> None:
    call.say(2000, "book an appointment", score=0.3)
    draft = call.reply.id
    call.start_speaking(3500)
    call.pause(3900)
    actions = call.transcript(3920, "Book an appointment.")
    assert not of(actions, Cancel, StartDraft)
    assert call.reply.id == draft


def test_answers_for_an_older_revision_change_nothing(call: Conversation) -> None:
    call.start_speaking(2000)
    call.pause(3000)
    call.start_speaking(3200)
    before = call.state
    call.send(FinalTranscript(3210, 1, 1, "hello"))
    call.send(EndOfTurnScored(3220, 1, 1, 0.99))
    assert call.state == before


def test_speech_over_the_agent_holds_in_the_same_step(call: Conversation) -> None:
    call.say(2000, "what are your opening hours")
    call.answer(3300)
    assert of(call.start_speaking(6000), Hold) == [Hold(2)]


@pytest.mark.parametrize("text", ["mm-hm", "okay", "right", "Okay, right.", "", "uh-huh"])
def test_a_backchannel_resumes_the_agent_and_makes_no_turn(call: Conversation, text: str) -> None:
    call.say(2000, "what are your opening hours")
    call.answer(3300)
    call.start_speaking(6000)
    call.pause(6400)
    actions = call.transcript(6450, text)
    assert of(actions, Resume) == [Resume(2)]
    assert not of(actions, StartDraft, Cancel)
    assert call.state.caller.phase is CallerPhase.SILENT
    call.finish(9000)
    actions = call.say(9500, "thank you")
    assert of(actions, StartDraft) == [StartDraft(3, 2, "thank you")]


def test_real_words_over_the_agent_cancel_it_and_make_a_turn(call: Conversation) -> None:
    call.say(2000, "what are your opening hours")
    call.answer(3300)
    call.start_speaking(6000)
    assert of(call.send(PartialTranscript(6400, "no I want")), Cancel) == [Cancel(2)]
    call.pause(7000)
    actions = call.transcript(7020, "no I want to cancel")
    assert of(actions, StartDraft)[-1] == StartDraft(4, 2, "no I want to cancel")


def test_a_single_real_word_takes_the_floor_with_its_final_transcript(call: Conversation) -> None:
    call.say(2000, "what are your opening hours")
    call.answer(3300)
    call.start_speaking(6000)
    call.pause(6500)
    actions = call.transcript(6520, "Stop!")
    assert of(actions, Cancel, StartDraft) == [Cancel(2), StartDraft(3, 2, "Stop!")]


def test_going_on_just_after_the_answer_began_merges_the_halves(call: Conversation) -> None:
    call.say(2000, "I would like to book")
    call.answer(3300)
    call.start_speaking(3900)
    actions = call.send(PartialTranscript(4300, "with doctor Patel"))
    assert of(actions, Cancel) == [Cancel(2, retracted=True)]
    call.pause(4900)
    assert call.reply.text == "I would like to book with doctor Patel"
    call.transcript(4920, "with doctor Patel")
    actions = call.score(4960, 0.95)
    assert of(actions, Approve) == [Approve(3, 1, "I would like to book with doctor Patel")]


def test_going_on_before_the_answer_is_audible_merges_and_nothing_is_heard(call: Conversation) -> None:
    call.say(2000, "I would like to book")
    call.start_speaking(3300)
    assert not of(call.send(AudioReady(3350, 2)), Play)
    call.send(PartialTranscript(3700, "with doctor Patel"))
    call.pause(4300)
    assert call.reply.text == "I would like to book with doctor Patel"
    assert Play(2) not in call.log


def test_a_turn_whose_tool_has_changed_something_is_not_merged(call: Conversation) -> None:
    call.say(2000, "yes please")
    call.send(ToolStarted(3200, 2, changes=True))
    call.send(ToolSettled(3250, 2))
    call.answer(3300)
    call.start_speaking(3700)
    call.pause(4400)
    actions = call.transcript(4420, "and what are your hours")
    assert of(actions, Cancel, StartDraft) == [Cancel(2), StartDraft(3, 2, "and what are your hours")]


def test_a_short_noise_while_the_reply_is_prepared_does_not_drop_it(call: Conversation) -> None:
    call.say(2000, "what are your opening hours")
    call.start_speaking(3200)
    call.send(AudioReady(3250, 2))
    actions = call.send(SpeechPaused(3520, 3430))
    assert of(actions, Play) == [Play(2)]


def test_a_hold_without_words_ends_when_the_noise_does_not(call: Conversation) -> None:
    call.say(2000, "what are your opening hours")
    call.answer(3300)
    call.start_speaking(6000)
    assert not of(call.fire(Timer.HOLD_DECISION), Resume)
    assert of(call.fire(Timer.HOLD_DECISION), Resume) == [Resume(2)]
    assert of(call.send(PartialTranscript(8000, "excuse me please")), Cancel) == [Cancel(2)]


def test_a_gap_in_the_first_sounds_of_an_interruption_does_not_let_the_agent_go_on(call: Conversation) -> None:
    call.say(2000, "what are your opening hours")
    call.answer(3300)
    call.start_speaking(6000)
    call.pause(6070)
    assert not of(call.transcript(6080, "", rejected=True), Resume, ForgetSpeech)
    assert not of(call.start_speaking(6130), Hold)
    assert call.armed(Timer.RELEASE) is None
    assert of(call.send(PartialTranscript(6800, "excuse me please")), Cancel) == [Cancel(2)]


def test_the_agent_goes_on_when_a_short_noise_stays_alone(call: Conversation) -> None:
    call.say(2000, "what are your opening hours")
    call.answer(3300)
    call.start_speaking(6000)
    call.pause(6070)
    call.transcript(6080, "", rejected=True)
    assert call.armed(Timer.RELEASE) == 5970 + call.settings.interruption.release_ms
    actions = call.fire(Timer.RELEASE)
    assert of(actions, Resume, ForgetSpeech) == [ForgetSpeech(), Resume(2)]
    assert not call.state.timers


def test_a_noise_as_long_as_a_word_is_over_at_once(call: Conversation) -> None:
    call.say(2000, "what are your opening hours")
    call.answer(3300)
    call.start_speaking(6000)
    call.pause(6300)
    assert of(call.transcript(6450, "", rejected=True), Resume) == [Resume(2)]


def test_a_late_transcript_after_the_hold_ended_still_takes_the_floor(call: Conversation) -> None:
    call.say(2000, "what are your opening hours")
    call.answer(3300)
    call.start_speaking(6000)
    call.pause(6500)
    assert of(call.fire(Timer.HOLD_DECISION), Resume) == [Resume(2)]
    assert of(call.transcript(6900, "I need to cancel"), Cancel) == [Cancel(2)]


def test_okay_near_the_end_of_a_yes_or_no_question_is_an_answer(call: Conversation) -> None:
    call.say(2000, "tuesday at ten")
    call.answer(3300, expects=Expectation.YES_NO)
    call.start_speaking(6000, remaining=400)
    call.pause(6400)
    assert of(call.transcript(6450, "okay"), StartDraft) == [StartDraft(3, 2, "okay")]


def test_an_emergency_is_answered_in_the_same_step_over_whatever_goes_on(call: Conversation) -> None:
    call.say(2000, "what are your opening hours")
    call.answer(3300)
    call.start_speaking(6000)
    actions = call.send(PartialTranscript(6600, "I have chest pain", emergency="chest_pain"))
    assert of(actions, Cancel, StartDraft, Approve) == [
        Cancel(2),
        StartDraft(3, 2, "I have chest pain"),
        Approve(3, 2, "I have chest pain"),
    ]
    assert of(call.send(AudioReady(6620, 3)), Play) == [Play(3)]
    assert not of(call.start_speaking(7000), Hold)


def test_a_slow_reply_is_bridged_by_a_filler_and_plays_after_it(call: Conversation) -> None:
    call.say(2000, "what are your opening hours")
    assert of(call.fire(Timer.FILLER), StartPrompt) == [StartPrompt(3, Prompt.FILLER)]
    assert of(call.send(AudioReady(4310, 3)), Play) == [Play(3)]
    assert not of(call.send(AudioReady(4400, 2)), Play)
    assert of(call.finish(5000), Play) == [Play(2)]


def test_a_running_tool_is_bridged_sooner_and_by_its_own_words(call: Conversation) -> None:
    call.say(2000, "is tuesday free")
    call.send(ToolStarted(3200, 2))
    due = call.armed(Timer.FILLER)
    assert due is not None
    assert due <= 3000 + 800
    assert of(call.fire(Timer.FILLER), StartPrompt) == [StartPrompt(3, Prompt.TOOL_FILLER)]


def test_a_reply_that_never_comes_is_given_up_with_an_apology(call: Conversation) -> None:
    call.say(2000, "what are your opening hours")
    call.fire(Timer.FILLER)
    call.send(AudioReady(4310, 3))
    call.finish(4900)
    actions = call.fire(Timer.REPLY)
    assert of(actions, Cancel, StartPrompt)[-1] == StartPrompt(4, Prompt.APOLOGY)


def test_repeated_failures_hand_over_to_a_person(call: Conversation) -> None:
    prompts: list[Prompt] = []
    for start in (2000, 7000, 12000):
        call.say(start, "I lost my card")
        actions = call.send(ReplyFailed(start + 1300, call.reply.id))
        prompts += [action.prompt for action in actions if isinstance(action, StartPrompt)]
        call.answer(start + 1400)
        call.finish(start + 2500)
    assert prompts == [Prompt.APOLOGY, Prompt.APOLOGY, Prompt.TROUBLE]


def test_a_missing_transcript_falls_back_to_the_partial_words(call: Conversation) -> None:
    call.start_speaking(2000)
    call.send(PartialTranscript(2600, "opening hours"))
    call.pause(3000)
    call.score(3060, 0.95)
    assert of(call.fire(Timer.TRANSCRIPT), Approve) == [Approve(2, 1, "opening hours")]


def test_a_missing_transcript_without_partial_words_says_so(call: Conversation) -> None:
    call.start_speaking(2000)
    call.pause(3000)
    assert of(call.fire(Timer.TRANSCRIPT), StartPrompt) == [StartPrompt(2, Prompt.NOT_HEARD)]


def test_an_idle_caller_is_asked_twice_then_said_goodbye_to(call: Conversation) -> None:
    prompts = []
    for number in range(3):
        actions = call.fire(Timer.IDLE)
        prompts += [action.prompt for action in actions if isinstance(action, StartPrompt)]
        call.answer(20000 * (number + 1), afterwards=HangUpAfter() if number == 2 else None)
        actions = call.finish(20000 * (number + 1) + 1000)
    assert prompts == [Prompt.IDLE, Prompt.IDLE_AGAIN, Prompt.IDLE_GOODBYE]
    assert of(actions, HangUp) == [HangUp()]


def test_a_caller_who_asks_for_a_moment_gets_longer(call: Conversation) -> None:
    usual = call.armed(Timer.IDLE)
    assert usual is not None
    call.say(2000, "hold on one moment please")
    call.answer(3300)
    call.finish(4000)
    longer = call.armed(Timer.IDLE)
    assert longer is not None
    assert longer - 4000 > 2 * (usual - 1000)


def test_a_transfer_follows_the_words_and_a_refusal_comes_back_to_the_caller(call: Conversation) -> None:
    call.say(2000, "cardiology please")
    call.answer(3300, afterwards=TransferAfter("sip:1", "cardiology"))
    assert of(call.finish(5000), Transfer) == [Transfer("sip:1", "cardiology")]
    assert call.state.call is CallPhase.TRANSFERRING
    actions = call.send(TransferRefused(8000))
    assert of(actions, StartPrompt) == [StartPrompt(3, Prompt.TRANSFER_FAILED)]


def test_keys_end_the_prompt_and_are_answered_together(call: Conversation) -> None:
    call.say(2000, "what are your opening hours")
    call.answer(3300)
    assert of(call.send(DigitPressed(4000, "1")), Cancel) == [Cancel(2)]
    call.send(DigitPressed(4200, "2"))
    actions = call.fire(Timer.DIGITS)
    assert of(actions, StartDraft, Approve) == [StartDraft(3, 2, "dtmf 12"), Approve(3, 2, "dtmf 12")]


def test_a_caller_who_goes_on_after_an_emergency_is_answered_once_the_urgent_words_are_out(call: Conversation) -> None:
    call.start_speaking(2000)
    call.send(PartialTranscript(2600, "I have chest pain", emergency="chest_pain"))
    call.answer(2620)
    call.pause(4000)
    assert not of(call.transcript(4020, "and my arm hurts"), StartDraft)
    assert of(call.finish(6000), StartDraft) == [StartDraft(3, 2, "and my arm hurts")]


def test_a_turn_that_a_line_hold_cuts_short_is_answered_when_the_line_is_back(call: Conversation) -> None:
    call.start_speaking(2000)
    call.send(PartialTranscript(2900, "what are your opening hours"))
    call.send(LineHeld(3000))
    call.transcript(3100, "what are your opening hours")
    call.score(3150, 0.95)
    assert not of(call.answer(3200), Play)
    assert of(call.send(LineResumed(9000)), Play) == [Play(2)]


def test_line_hold_pauses_the_agent_and_stops_the_idle_clock(call: Conversation) -> None:
    call.say(2000, "what are your opening hours")
    call.answer(3300)
    assert of(call.send(LineHeld(4000)), Hold) == [Hold(2)]
    assert call.armed(Timer.IDLE) is None
    assert of(call.send(LineResumed(60000)), Resume) == [Resume(2)]


def test_drain_says_goodbye(call: Conversation) -> None:
    call.say(2000, "what are your opening hours")
    actions = call.send(DrainRequested(3200))
    assert of(actions, Cancel, StartPrompt) == [Cancel(2), StartPrompt(3, Prompt.CLOSING)]


def test_the_end_of_the_call_cancels_everything(call: Conversation) -> None:
    call.say(2000, "what are your opening hours")
    actions = call.send(CallEnded(3200))
    assert of(actions, Cancel) == [Cancel(2)]
    assert not call.state.timers
    assert call.state.call is CallPhase.ENDED


def test_a_very_short_noise_with_no_words_is_forgotten(call: Conversation) -> None:
    call.start_speaking(2000)
    call.pause(2150)
    actions = call.transcript(2200, "")
    assert of(actions, ForgetSpeech)
    assert not of(actions, StartDraft)
