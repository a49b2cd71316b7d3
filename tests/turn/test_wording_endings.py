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
        "whenever you are ready to change the time",
        "as long as we know",
    ],
)
def test_a_condition_mostly_goes_on(text: str) -> None:
    assert may_go_on(text)


@pytest.mark.parametrize(
    "text",
    [
        "if you want to book an appointment call me",
        "when I walk it hurts",
        "when I wake up my back hurts",
        "if you leave now you are there at ten",
        "if this is correct press one",
        "while I was waiting the nurse called",
        "since Monday my back hurts",
        "after lunch works for me",
        "before noon is fine",
    ],
)
def test_a_condition_with_its_main_clause_may_be_all(text: str) -> None:
    assert not may_go_on(text)
    assert not looks_unfinished(text)


@pytest.mark.parametrize(
    "text",
    [
        "after lunch",
        "since Tuesday",
        "if you don't mind",
        "if that's okay",
        "if that works for you",
        "whenever you're available",
        "if you could call me back",
        "if you could call me back thank you",
        "if I could get an appointment for tomorrow",
        "only if you have something in the morning",
        "when are you open",
        "when exactly is my appointment",
        "until what time are you open",
    ],
)
def test_an_answer_a_request_or_a_question_is_no_condition(text: str) -> None:
    assert not may_go_on(text)
    assert not looks_unfinished(text)


@pytest.mark.parametrize(
    "text", ["si tengo", "si quiero una cita", "cuando puedo ir", "cuando respiro me duele el pecho"]
)
def test_spanish_without_accents_says_yes_and_asks_when(text: str) -> None:
    assert not may_go_on(text, Language.SPANISH)
    assert not looks_unfinished(text, Language.SPANISH)


@pytest.mark.parametrize("text", ["what I wanted to ask you", "when I came in with it", "where we live now"])
def test_what_begins_like_a_question_and_has_a_subject_first_is_none(text: str) -> None:
    assert not sounds_concluded(text)


@pytest.mark.parametrize(
    "text", ["what are your opening hours", "when can I come in", "when am I supposed to come", "where do I have to go"]
)
def test_a_question_may_be_all(text: str) -> None:
    assert sounds_concluded(text)


@pytest.mark.parametrize("text", ["anyway", "oh by the way", "but the thing is", "well listen"])
def test_what_leads_up_to_something_mostly_goes_on(text: str) -> None:
    assert may_go_on(text)
