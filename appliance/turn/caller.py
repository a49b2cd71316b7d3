"""The caller's side: speech, pauses, words, keys, and what speech over the agent means."""

from appliance.turn.actions import FinaliseTranscript, ScoreEndOfTurn
from appliance.turn.backchannel import Meaning, Overlap, meaning_of, over_a_question
from appliance.turn.ending import judge, turn_text
from appliance.turn.events import (
    DigitPressed,
    FinalTranscript,
    PartialTranscript,
    SpeechPaused,
    SpeechStarted,
)
from appliance.turn.facts import Expectation, Prompt, Timer
from appliance.turn.state import CallerPhase, Reply, ReplyPhase
from appliance.turn.tokens import join, same_words, words
from appliance.turn.transition import Transition
from appliance.turn.wording import looks_unfinished, may_go_on

_WORDS_THAT_INTERRUPT = 2
_SINGLE_KEY_WAIT_MS = 400
_SHORTEST_WORD_MS = 200
_HARDLY_HEARD_MS = 500
_LONGEST_PAUSE_CUT_INTO_MS = 1000


def speech_started(step: Transition, event: SpeechStarted) -> None:
    """The caller begins to speak, or goes on after a pause; whatever the agent is saying is held."""
    caller = step.state.caller
    if caller.phase is CallerPhase.SPEAKING or step.state.line_held:
        return
    step.disarm(Timer.ENDPOINT, Timer.TRANSCRIPT, Timer.RELEASE, Timer.DIGITS)
    if caller.phase is CallerPhase.PAUSING:
        pause = max(0, event.began - caller.ended)
        step.update_caller(pauses=(*caller.pauses, pause))
    else:
        _open_turn(step, event)
    step.update_caller(
        phase=CallerPhase.SPEAKING,
        revision=caller.revision + 1,
        final=None,
        end_probability=None,
        sentence_end=None,
        scored=False,
        score=None,
    )
    _hold_what_is_audible(step, event)


def _open_turn(step: Transition, event: SpeechStarted) -> None:
    """Speech after silence: another turn, or the caller goes on with the one just answered."""
    state = step.state
    step.update_caller(turn=state.settled_turn + 1, base_text="", partial="", began=event.began, over=None)
    reply = state.reply
    if reply is None or reply.urgent:
        return
    step.update_caller(over=reply.id)
    step.disarm(Timer.REPLY, Timer.FILLER)
    if _goes_on(step, reply, event.began):
        step.update_caller(turn=state.settled_turn, base_text=state.answered_text)


def _goes_on(step: Transition, reply: Reply, began: int) -> bool:
    """Whether speech over `reply` that `began` then continues the turn that it answers.

    An answer may come late: who has heard next to nothing of it goes on, however long the pause was.
    """
    if reply.prompt is not None or reply.changed or reply.turn != step.state.settled_turn:
        return False
    window = step.settings.interruption.merge_window_ms
    soon = began - step.state.turn_ended_at < window
    return soon or reply.phase is ReplyPhase.APPROVED or step.now - reply.started_at < min(window, _HARDLY_HEARD_MS)


def _hold_what_is_audible(step: Transition, event: SpeechStarted) -> None:
    speaking = step.state.interruptible
    if speaking is None:
        return
    step.update_caller(agent_remaining_ms=event.agent_remaining_ms)
    step.hold(speaking)
    step.arm(Timer.HOLD_DECISION, step.now + step.settings.interruption.decision_ms)


def speech_paused(step: Transition, event: SpeechPaused) -> None:
    """Soft end: ask for the words and for the end-of-turn score of this stretch of speech.

    A draft for the partial words starts at once: if the final ones turn out the same, it has a head start.
    """
    caller = step.state.caller
    if caller.phase is not CallerPhase.SPEAKING:
        return
    caller = step.update_caller(phase=CallerPhase.PAUSING, ended=event.ended)
    over = step.find(caller.over)
    short = event.ended - caller.began < step.settings.interruption.noise_release_ms
    if over is not None and over.phase is ReplyPhase.APPROVED and short and not words(caller.partial):
        give_back_the_floor(step)
        return
    step.act(FinaliseTranscript(caller.turn, caller.revision))
    step.act(ScoreEndOfTurn(caller.turn, caller.revision))
    step.arm(Timer.TRANSCRIPT, step.now + step.settings.patience.transcript_ms)
    if caller.over is None and words(caller.partial):
        _have_draft_for(step, turn_text(step), voiced=True)


def cut_short(step: Transition) -> None:
    """The caller can be heard no more (the line is held): what was said so far is what there is to go by."""
    caller = step.state.caller
    if caller.over is not None:
        step.forget_speech()
    elif caller.phase is CallerPhase.SPEAKING:
        speech_paused(step, SpeechPaused(step.now, step.now))


def partial_transcript(step: Transition, event: PartialTranscript) -> None:
    """Words while the caller speaks: they may take the floor, or outgrow a draft."""
    caller = step.state.caller
    if event.emergency is not None and escalate(step, event.text):
        return
    if caller.phase is CallerPhase.SILENT:
        return
    caller = step.update_caller(partial=event.text, language=event.language or caller.language)
    if caller.over is not None:
        if _meaning(step, event.text) is Meaning.SPEECH and len(words(event.text)) >= _WORDS_THAT_INTERRUPT:
            take_the_floor(step)
        return
    _draft_while_speaking(step)


def _draft_while_speaking(step: Transition) -> None:
    """Have a reply to the words so far in the making, as text: if the caller stops here, it has a head start.

    Words that cannot be a whole turn are waited out, and so are words that come soon after those drafted last.
    """
    caller = step.state.caller
    if caller.final is not None:
        return
    text = turn_text(step)
    unfinished = looks_unfinished(text, step.language) or may_go_on(text, step.language)
    complete = bool(words(text)) and not unfinished
    pausing = caller.phase is CallerPhase.PAUSING
    due = step.now >= caller.drafted_at + max(0, caller.drafts - 1) * step.settings.draft_spacing_ms
    if complete and (due or pausing) and step.settings.draft_while_speaking and not caller.draft_failed:
        _have_draft_for(step, text, voiced=pausing)
        return
    draft = step.state.reply
    if draft is not None and draft.phase is ReplyPhase.DRAFTING and len(words(text)) > len(words(draft.text)):
        step.drop_reply()


def final_transcript(step: Transition, event: FinalTranscript) -> None:
    """The words of the stretch of speech that was asked about; an older one changes nothing."""
    if event.emergency is not None and escalate(step, event.text):
        return
    caller = step.state.caller
    awaited = caller.phase is CallerPhase.PAUSING and caller.final is None
    if not awaited or (event.turn, event.revision) != (caller.turn, caller.revision):
        return
    step.update_caller(
        language=event.language or caller.language,
        end_probability=event.end_probability,
        sentence_end=event.sentence_end,
    )
    heard(step, event.text)


def heard(step: Transition, text: str) -> None:
    """The words of the present stretch of speech are known."""
    caller = step.update_caller(final=text)
    step.disarm(Timer.TRANSCRIPT)
    if caller.over is None:
        prepare(step)
        return
    meaning = _meaning(step, text)
    release = caller.ended + step.settings.interruption.release_ms
    if meaning is Meaning.NOISE and _may_be_a_first_sound(step) and step.now < release:
        step.arm(Timer.RELEASE, release)
    elif meaning in {Meaning.NOISE, Meaning.BACKCHANNEL}:
        give_back_the_floor(step)
    else:
        take_the_floor(step, answers=meaning is Meaning.ANSWER)


def _may_be_a_first_sound(step: Transition) -> bool:
    """Whether so little was heard over the agent, now held, that the word may be yet to come."""
    caller = step.state.caller
    held = step.state.audible
    short = caller.ended - caller.began < _SHORTEST_WORD_MS
    return short and held is not None and held.phase is ReplyPhase.HELD


def _meaning(step: Transition, text: str) -> Meaning:
    """What the speech over the agent means if these are its words."""
    return meaning_of(_overlap(step, text), step.settings.interruption)


def _overlap(step: Transition, text: str) -> Overlap:
    caller = step.state.caller
    over = step.find(caller.over)
    return Overlap(
        text,
        step.language,
        duration_ms=(caller.ended if caller.phase is CallerPhase.PAUSING else step.now) - caller.began,
        complete=caller.final is not None,
        asked=over.expects if over is not None else Expectation.OPEN,
        agent_remaining_ms=caller.agent_remaining_ms,
    )


def give_back_the_floor(step: Transition) -> None:
    """It was a backchannel or a noise: the agent goes on from where it was held."""
    held = step.state.audible
    step.forget_speech()
    if held is not None:
        step.resume(held)
    step.await_reply()


def take_the_floor(step: Transition, *, answers: bool = False) -> None:
    """The caller speaks for real: what the agent was saying or about to say ends.

    `answers`: the speech answers what the agent was asking, so it is no second half of the turn before.
    """
    state = step.state
    caller = state.caller
    over = step.find(caller.over)
    merges = caller.turn == state.settled_turn and not answers
    goes_on = merges and over is not None and not over.changed
    if goes_on:
        _learn_from_a_cut_in(step)
        step.update(settled_turn=state.settled_turn - 1)
    elif caller.turn != state.settled_turn + 1:
        _renumber(step)
    step.drop_reply(retracted=goes_on)
    step.update_caller(over=None, agent_remaining_ms=None, took_the_floor=True)
    step.disarm(Timer.HOLD_DECISION)
    if step.state.caller.final is not None:
        prepare(step)


def _learn_from_a_cut_in(step: Transition) -> None:
    """The answer came into a pause: it is one of the caller's own, unless the caller has listened for a while."""
    caller = step.state.caller
    pause = caller.began - step.state.turn_ended_at
    if 0 < pause <= _LONGEST_PAUSE_CUT_INTO_MS:
        step.update_caller(pauses=(*caller.pauses, pause))


def _renumber(step: Transition) -> None:
    """The speech cannot join the answered turn any more: it is a turn of its own."""
    caller = step.state.caller
    caller = step.update_caller(turn=step.state.settled_turn + 1, base_text="", revision=caller.revision + 1)
    if caller.phase is CallerPhase.PAUSING and caller.final is None:
        step.act(FinaliseTranscript(caller.turn, caller.revision))


def reply_ended_under_speech(step: Transition, reply: Reply) -> None:
    """The reply spoken over has been heard to its end: the speech stands for itself."""
    caller = step.state.caller
    if caller.over != reply.id:
        return
    step.update_caller(over=None, agent_remaining_ms=None)
    step.disarm(Timer.HOLD_DECISION)
    if caller.turn != step.state.settled_turn + 1:
        _renumber(step)


def prepare(step: Transition) -> None:
    """The caller pauses and the words are known: have a draft for exactly these words, then see whether it is time."""
    caller = step.state.caller
    if caller.phase is not CallerPhase.PAUSING or caller.over is not None or caller.final is None:
        return
    text = turn_text(step)
    if not words(text) and not _worth_asking_again(step):
        nothing_heard(step)
        return
    _have_draft_for(step, text, voiced=True)
    judge(step)


def _have_draft_for(step: Transition, text: str, *, voiced: bool) -> None:
    """Keep the draft if it answers these words, give or take case and punctuation; otherwise start another."""
    turn = step.state.caller.turn
    draft = step.state.reply
    if draft is not None and draft.phase is ReplyPhase.DRAFTING:
        if draft.turn == turn and same_words(draft.text, text):
            draft = step.update_reply(draft, text=text)
            if voiced:
                step.voice(draft)
            return
        step.drop_reply()
    if step.state.reply is None:
        step.start_draft(turn, text, voiced=voiced)
        step.update_caller(drafted_at=step.now, drafts=step.state.caller.drafts + 1)


def nothing_heard(step: Transition) -> None:
    """Sound without words is let pass; but if the agent fell silent for it, or waited for it, that is owed a word."""
    owed = step.state.caller.took_the_floor
    reply = step.state.reply
    if reply is not None and (reply.phase is ReplyPhase.DRAFTING or owed):
        step.drop_reply()
    step.forget_speech()
    if owed:
        step.start_prompt(Prompt.NOT_HEARD)


def _worth_asking_again(step: Transition) -> bool:
    """Whether unintelligible sound was long enough to be somebody speaking, and we have not asked too often."""
    caller = step.state.caller
    patience = step.settings.patience
    long_enough = caller.ended - caller.began >= patience.shortest_speech_ms
    # What the other side's hold cut short may have been meant for somebody else.
    return long_enough and step.state.unheard_turns < patience.failures and not step.state.line_held


def escalate(step: Transition, text: str) -> bool:
    """An emergency was heard: answer it now, whatever else is going on. False when that is already happening."""
    reply = step.state.reply
    if reply is not None and reply.urgent:
        return False
    caller = step.state.caller
    step.drop_reply()
    whole = join(caller.base_text, text) if caller.phase is not CallerPhase.SILENT else text
    turn = max(caller.turn, step.state.settled_turn + 1) if caller.turn else step.state.settled_turn + 1
    if caller.turn == step.state.settled_turn:
        turn = step.state.settled_turn + 1
    step.update_caller(turn=turn, ended=step.now)
    draft = step.start_draft(turn, whole)
    step.approve(step.update_reply(draft, urgent=True))
    if caller.phase is CallerPhase.SPEAKING:
        # The answer is spoken over what follows, which is a turn of its own.
        step.update_caller(
            phase=CallerPhase.SPEAKING, turn=turn + 1, revision=caller.revision + 1, began=step.now, ended=step.now
        )
    return True


def digit_pressed(step: Transition, event: DigitPressed) -> None:
    """A key ends what the agent says, as speech would, and is answered when no further key follows."""
    state = step.state
    if state.reply is not None and state.reply.urgent:
        return
    if state.reply is not None:
        step.drop_reply()
    caller = step.update_caller(digits=state.caller.digits + event.digit, over=None)
    step.disarm(Timer.HOLD_DECISION)
    if caller.phase is CallerPhase.SILENT and caller.turn != state.settled_turn + 1:
        caller = step.update_caller(turn=state.settled_turn + 1, revision=caller.revision + 1)
    grouped = state.expects in {Expectation.DIGITS, Expectation.DATE} or len(caller.digits) > 1
    wait = step.settings.patience.digits_ms if grouped else _SINGLE_KEY_WAIT_MS
    step.arm(Timer.DIGITS, step.now if event.digit == "#" else step.now + wait)


def digits_complete(step: Transition) -> None:
    """No further key came: answer those pressed, with what was said before them."""
    caller = step.state.caller
    if not caller.digits or caller.phase is CallerPhase.SPEAKING:
        return
    if caller.phase is CallerPhase.PAUSING and caller.final is None:
        return
    step.drop_reply()
    turn = step.state.settled_turn + 1
    text = turn_text(step)
    step.update_caller(turn=turn, ended=step.now)
    step.approve(step.start_draft(turn, text))


def transcript_missing(step: Transition) -> None:
    """Speech-to-text gave no final words: go by the partial ones, or say that nothing was heard."""
    caller = step.state.caller
    if caller.phase is not CallerPhase.PAUSING or caller.final is not None:
        return
    if words(caller.partial) or caller.over is not None:
        heard(step, caller.partial)
        return
    step.update_caller(took_the_floor=True)
    nothing_heard(step)


def hold_undecided(step: Transition) -> None:
    """The hold has lasted long enough: decide by what has been understood so far."""
    caller = step.state.caller
    held = step.state.audible
    if caller.over is None or held is None:
        return
    meaning = _meaning(step, caller.partial)
    if meaning in {Meaning.ANSWER, Meaning.SPEECH}:
        take_the_floor(step, answers=meaning is Meaning.ANSWER)
        return
    rules = step.settings.interruption
    if caller.phase is CallerPhase.SPEAKING and step.now < caller.began + rules.noise_limit_ms:
        step.arm(Timer.HOLD_DECISION, caller.began + rules.noise_limit_ms)
        return
    awaited = caller.phase is CallerPhase.PAUSING and caller.final is None
    if awaited and over_a_question(_overlap(step, caller.partial), rules):
        # To go on with a question that may have been answered would be worse than a moment's silence: the transcript's
        # own deadline ends the hold.
        return
    # The agent goes on; words that still come take the floor then.
    step.resume(held)
