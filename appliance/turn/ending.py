"""Whether the caller's turn is over: the words, the end-of-turn score and the silence so far, judged together."""

from appliance.turn.endpointing import silence_that_ends_the_turn
from appliance.turn.events import EndOfTurnScored
from appliance.turn.facts import Prompt, Timer
from appliance.turn.state import CallerPhase, ReplyPhase
from appliance.turn.tokens import join
from appliance.turn.transition import Transition

DIGITS_PREFIX = "dtmf"


def turn_text(step: Transition) -> str:
    """All that the turn said so far, keys included; the partial words where the final ones are not known yet."""
    caller = step.state.caller
    text = join(caller.base_text, caller.partial if caller.final is None else caller.final)
    return join(text, f"{DIGITS_PREFIX} {caller.digits}") if caller.digits else text


def judge(step: Transition) -> None:
    """Approve the draft if the silence is long enough for this turn, or wait until it is."""
    caller = step.state.caller
    reply = step.state.reply
    if caller.phase is not CallerPhase.PAUSING or caller.over is not None or caller.final is None:
        return
    draft = reply if reply is not None and reply.phase is ReplyPhase.DRAFTING else None
    if draft is None and (reply is not None or not caller.draft_failed):
        return
    rules = step.settings.endpointing
    wait = silence_that_ends_the_turn(
        caller.score,
        turn_text(step),
        step.state.expects,
        caller.pauses,
        rules,
        step.language,
        end_probability=caller.end_probability,
        sentence_end=caller.sentence_end,
    )
    due = caller.ended + wait
    if step.now < due:
        step.arm(Timer.ENDPOINT, due)
    elif draft is not None:
        step.approve(draft)
    else:
        apologise(step)


def apologise(step: Transition) -> None:
    """There is no answer to what was said: say so, and after several failures in a row hand over to a person."""
    step.forget_speech()
    failures = step.state.failures + 1
    step.update(failures=failures)
    step.start_prompt(Prompt.TROUBLE if failures >= step.settings.patience.failures else Prompt.APOLOGY)


def end_of_turn_scored(step: Transition, event: EndOfTurnScored) -> None:
    """The score of this stretch of speech; the first one counts, since it creeps up with silence."""
    caller = step.state.caller
    if (event.turn, event.revision) == (caller.turn, caller.revision) and not caller.scored:
        step.update_caller(scored=True, score=event.score)
        judge(step)
