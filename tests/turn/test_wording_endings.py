"""Last words that usually go on, and when they do not."""

import pytest

from appliance.turn.endpointing import silence_that_ends_the_turn
from appliance.turn.facts import Expectation, Language
from appliance.turn.settings import EndpointingSettings
from appliance.turn.wording import looks_unfinished, may_go_on, sounds_concluded


@pytest.mark.parametrize(
    "text", ["sorry can you repeat that", "what should I do next", "I'd like that", "what was that"]
)
def test_an_object_at_the_end_is_an_end(text: str) -> None:
    assert not looks_unfinished(text)


@pytest.mark.parametrize("text", ["I was told that", "the doctor who said it that", "next", "on tuesday and next"])
def test_a_conjunction_at_the_end_is_none(text: str) -> None:
    assert looks_unfinished(text)


def test_words_that_do_not_begin_the_number_asked_for_are_taken_for_themselves() -> None:
    def wait(text: str, expectation: Expectation) -> int:
        return silence_that_ends_the_turn(0.95, text, expectation, (), EndpointingSettings())

    assert wait("five five five", Expectation.DIGITS) >= 1000
    assert wait("march the fifth", Expectation.DATE) >= 900
    assert wait("who am I speaking to please", Expectation.DIGITS) == 0
    assert wait("can I speak to somebody please", Expectation.DATE) == 0


@pytest.mark.parametrize(
    "text",
    [
        "if you want to book an appointment",
        "so as soon as you have these five things",
        "when I was young",
        "if I could come in the morning",
        "if it wasn't because it hurts",
        "whenever you are ready to change the time",
    ],
)
def test_a_condition_waits_for_its_main_clause(text: str) -> None:
    assert looks_unfinished(text)


@pytest.mark.parametrize(
    "text",
    [
        "if you want to book an appointment call me",
        "when it hurts I take two",
        "when the pain started on Monday I called you",
        "if this is correct press one",
        "if the doctor prescribes it I take it",
        "while I was waiting the nurse called",
    ],
)
def test_a_condition_with_its_main_clause_may_be_all(text: str) -> None:
    assert not looks_unfinished(text)


@pytest.mark.parametrize(
    "text", ["after lunch", "since Tuesday", "if you don't mind", "if that's okay", "when are you open", "before noon"]
)
def test_an_answer_a_courtesy_or_a_question_is_no_condition(text: str) -> None:
    assert not looks_unfinished(text)


def test_a_spanish_condition_waits_for_its_main_clause_too() -> None:
    assert looks_unfinished("si tengo fiebre", Language.SPANISH)
    assert not looks_unfinished("si tengo fiebre voy", Language.SPANISH)
    assert not looks_unfinished("cuándo puedo ir", Language.SPANISH)
    assert not looks_unfinished("si es posible", Language.SPANISH)


@pytest.mark.parametrize("text", ["what I wanted to ask you", "when I came in with it", "where we live now"])
def test_what_begins_like_a_question_and_has_a_subject_first_is_none(text: str) -> None:
    assert not sounds_concluded(text)


@pytest.mark.parametrize("text", ["what are your opening hours", "when can I come in", "where do I have to go"])
def test_a_question_may_be_all(text: str) -> None:
    assert sounds_concluded(text)


@pytest.mark.parametrize("text", ["anyway", "oh by the way", "but the thing is", "well listen"])
def test_what_leads_up_to_something_mostly_goes_on(text: str) -> None:
    assert may_go_on(text)
