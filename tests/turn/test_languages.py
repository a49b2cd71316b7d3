"""Facts carry the language in which words were heard; what they mean is read in that language."""

import pytest

from appliance.turn.actions import Action, Approve, Cancel, Resume, StartDraft
from appliance.turn.events import FinalTranscript, PartialTranscript
from appliance.turn.facts import Expectation, Language, Timer
from appliance.turn.settings import TurnSettings
from tests.turn.conversation import Conversation


def of(actions: tuple[Action, ...], *kinds: type[Action]) -> list[Action]:
    return [action for action in actions if isinstance(action, kinds)]


def answering(language: Language, expects: Expectation = Expectation.OPEN) -> Conversation:
    """The agent speaks since 3300 ms, in answer to the first turn."""
    call = Conversation(TurnSettings(language=language))
    call.open_and_greet()
    call.say(2000, "2")
    call.answer(3300, expects=expects)
    return call


def heard_over(call: Conversation, text: str, language: Language | None = None) -> tuple[Action, ...]:
    call.start_speaking(6000, 800)
    call.pause(6400)
    caller = call.state.caller
    return call.send(FinalTranscript(6450, caller.turn, caller.revision, text, language=language))


@pytest.mark.parametrize(
    ("language", "text"), [(Language.ENGLISH, "right"), (Language.SPANISH, "claro"), (Language.ARABIC, "طيب")]
)
def test_a_clinic_s_language_says_what_a_backchannel_is(language: Language, text: str) -> None:
    assert of(heard_over(answering(language), text), Resume)
    for other in set(Language) - {language}:
        assert of(heard_over(answering(other), text), Cancel)


def test_the_language_of_the_transcript_comes_before_the_clinic_s() -> None:
    assert of(heard_over(answering(Language.ENGLISH), "claro", Language.SPANISH), Resume)


def test_the_language_stays_until_another_is_heard() -> None:
    call = answering(Language.ENGLISH)
    heard_over(call, "vale", Language.SPANISH)
    call.start_speaking(7000, 800)
    assert call.send(PartialTranscript(7200, "claro claro")) == ()
    assert of(call.send(PartialTranscript(7400, "claro claro", language=Language.ENGLISH)), Cancel)


@pytest.mark.parametrize(
    ("language", "text"), [(Language.ENGLISH, "yes"), (Language.SPANISH, "sí"), (Language.ARABIC, "نعم")]
)
def test_yes_over_the_question_is_an_answer_of_its_own_however_soon(language: Language, text: str) -> None:
    """Not the second half of the turn before, as other words so soon after the answer began would be."""
    call = answering(language, Expectation.YES_NO)
    call.start_speaking(3900, 800)
    call.pause(4300)
    actions = call.transcript(4320, text)
    assert of(actions, Cancel, StartDraft) == [Cancel(2), StartDraft(3, 2, text)]
    call.score(4360, 0.9)
    assert Approve(3, 2, text) in call.log


@pytest.mark.parametrize(
    ("language", "unfinished"),
    [(Language.ENGLISH, "Tuesday and"), (Language.SPANISH, "el martes y"), (Language.ARABIC, "يوم الثلاثاء و")],
)
def test_unfinished_words_of_the_language_are_waited_out(language: Language, unfinished: str) -> None:
    call = Conversation(TurnSettings(language=language))
    call.open_and_greet()
    assert not of(call.say(2000, unfinished, score=0.9), Approve)


@pytest.mark.parametrize(
    ("language", "stall"),
    [(Language.ENGLISH, "hold on"), (Language.SPANISH, "un momento"), (Language.ARABIC, "لحظة من فضلك")],
)
def test_a_stall_of_the_language_earns_patience(language: Language, stall: str) -> None:
    call = Conversation(TurnSettings(language=language))
    call.open_and_greet()
    call.say(2000, stall)
    call.answer(3300)
    call.finish(4000)
    assert call.armed(Timer.IDLE) == 4000 + call.settings.patience.idle_waiting_ms
