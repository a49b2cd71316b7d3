"""Last words that usually go on, and when they do not."""

import pytest

from appliance.turn.endpointing import silence_that_ends_the_turn
from appliance.turn.facts import Expectation
from appliance.turn.settings import EndpointingSettings
from appliance.turn.wording import looks_unfinished


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
