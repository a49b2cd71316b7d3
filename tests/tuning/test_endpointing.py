"""How much silence ends a turn, situation by situation."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.turn.endpointing import silence_that_ends_the_turn
from appliance.turn.facts import Expectation, Language
from appliance.turn.settings import EndpointingSettings
from models.sentence_ends import known_sentence_ends

SETTINGS = EndpointingSettings()


def wait(
    text: str,
    score: float | None,
    asked: Expectation = Expectation.OPEN,
    own_pauses: tuple[int, ...] = (),
    *,
    sentence_end: float | None = None,
) -> int:
    return silence_that_ends_the_turn(score, text, asked, own_pauses, SETTINGS, sentence_end=sentence_end)


def test_a_confident_score_ends_a_turn_at_once() -> None:
    assert wait("I'd like to see doctor Patel", 0.9) == 0


@pytest.mark.parametrize(
    "text", ["I'd like to schedule", "hmm", "I'd like to see her actually", "my name is", "can I see"]
)
def test_after_unfinished_words_and_a_low_score_a_pause_of_1200_ms_is_not_cut_into(text: str) -> None:
    # The voice is found up to 96 ms after it begins, and its end is estimated up to 82 ms early.
    assert wait(text, 0.4) >= 1200 + 96 + 82


@pytest.mark.parametrize("text", ["I'd like to", "the office is", "with"])
def test_after_unfinished_words_a_pause_of_900_ms_is_not_cut_into_whatever_the_score(text: str) -> None:
    assert wait(text, 0.99) >= 900 + 96 + 82


@pytest.mark.parametrize("text", ["the blood test from last week", "my other appointment"])
def test_words_that_only_name_something_need_a_higher_score_or_more_silence(text: str) -> None:
    assert wait(text, SETTINGS.hesitant_confident_score) == 0
    assert wait(text, SETTINGS.confident_score) >= 1100
    assert wait(text, 0.5) == wait("I had the blood test last week", 0.5) + SETTINGS.naming_extra_ms


def test_words_that_only_name_something_may_be_known_to_be_all() -> None:
    known = silence_that_ends_the_turn(0.1, "the earlier one", Expectation.OPEN, (), SETTINGS, end_probability=0.9)
    assert known == SETTINGS.concluded_wait_ms


def test_what_answers_a_question_may_only_name_something() -> None:
    assert wait("the first one", SETTINGS.confident_score, Expectation.YES_NO) == 0


@pytest.mark.parametrize(
    ("score", "least"), [(0.0, SETTINGS.doubtful_wait_ms), (0.4, SETTINGS.doubtful_wait_ms), (0.41, 0), (None, 0)]
)
def test_a_doubtful_score_waits_longest(score: float | None, least: int) -> None:
    text = "I had the blood test last week"
    assert (wait(text, score) >= SETTINGS.doubtful_wait_ms) is (least > 0)
    assert wait("what are your opening hours", score, Expectation.YES_NO) >= least
    assert wait("Yes.", score, Expectation.YES_NO) <= SETTINGS.doubted_answer_wait_ms


@pytest.mark.parametrize("score", [0.2, 0.5, 0.9])
@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (Expectation.DIGITS, "five five five one two three"),
        (Expectation.DIGITS, "555 123"),
        (Expectation.DATE, "the third of March"),
        (Expectation.DATE, "Tuesday"),
        (Expectation.SPELLING, "P A T"),
    ],
)
def test_between_groups_800_ms_are_waited_whatever_the_score(asked: Expectation, text: str, score: float) -> None:
    assert wait(text, score, asked) >= 800 + 96 + 82


@pytest.mark.parametrize("score", [0.2, 0.9])
@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (Expectation.DIGITS, "five five five one two three four five six seven"),
        (Expectation.DIGITS, "0207 946 0188"),
        (Expectation.DATE, "the third of March nineteen eighty"),
        (Expectation.DATE, "the twelfth of June nineteen ninety two"),
        (Expectation.DATE, "Tuesday at ten in the morning"),
        (Expectation.NAME, "my name is Anna Miller"),
    ],
)
def test_a_whole_value_is_answered_soon(asked: Expectation, text: str, score: float) -> None:
    assert wait(text, score, asked) <= SETTINGS.concluded_wait_ms


@pytest.mark.parametrize("asked", [Expectation.YES_NO, Expectation.OPEN])
@pytest.mark.parametrize("text", ["Yes.", "No.", "yes please"])
def test_yes_or_no_alone_is_answered_soon(text: str, asked: Expectation) -> None:
    assert wait(text, 0.6, asked) <= 300


def test_words_that_may_be_all_need_less_silence_than_others() -> None:
    score = SETTINGS.concluded_score
    assert wait("what are your opening hours", score) < wait("the blood test from last week was fine", score)


@pytest.mark.parametrize(
    ("end_probability", "longest"),
    [(0.9, SETTINGS.concluded_wait_ms), (0.2, SETTINGS.doubted_answer_wait_ms), (0.01, None), (None, None)],
)
def test_words_that_are_known_to_be_all_need_no_score(end_probability: float | None, longest: int | None) -> None:
    text = "I would like to book an appointment"
    known = silence_that_ends_the_turn(0.1, text, Expectation.OPEN, (), SETTINGS, end_probability=end_probability)
    assert known == (wait(text, 0.1) if longest is None else longest)


def test_a_value_in_groups_goes_on_though_its_words_may_be_all() -> None:
    asked = Expectation.DIGITS
    known = silence_that_ends_the_turn(0.9, "five five five", asked, (), SETTINGS, end_probability=1.0)
    assert known == wait("five five five", 0.9, asked)


def test_a_callers_own_pauses_prolong_a_wait_a_little_and_never_make_one() -> None:
    assert wait("I want the other one", 0.5) < wait("I want the other one", 0.5, own_pauses=(900, 1000, 900))
    assert wait("I want the other one", SETTINGS.hesitant_confident_score, own_pauses=(900, 1000, 900)) == 0
    assert wait("I want the other one", 0.5, own_pauses=(900,)) == wait("I want the other one", 0.5)


def test_a_caller_who_has_paused_for_long_in_mid_turn_needs_a_higher_score() -> None:
    score = SETTINGS.confident_score
    assert wait("I want the other one", score, own_pauses=(200, 600, 300, 200)) == 0
    assert wait("I want the other one", score, own_pauses=(200, 600, 300, 700)) >= SETTINGS.doubt_wait_ms
    assert wait("I want the other one", score, own_pauses=(600, 700, *[200] * 8)) == 0, "that was long ago"


def test_words_that_seldom_end_a_sentence_need_a_higher_score() -> None:
    text = "I had trouble with my strong"
    assert wait(text, 0.96) == 0
    assert wait(text, 0.96, sentence_end=0.02) >= SETTINGS.doubt_wait_ms
    assert wait(text, 0.99, sentence_end=0.05) == 0


def test_words_that_often_end_a_sentence_need_a_lower_score() -> None:
    text = "I had the blood test last week"
    assert wait(text, 0.75) >= SETTINGS.doubt_wait_ms
    assert wait(text, 0.75, sentence_end=0.3) == 0
    assert wait(text, 0.5, sentence_end=1.0) >= SETTINGS.doubt_wait_ms, "words alone end no turn"


def test_words_that_end_sentences_as_often_as_any_change_nothing() -> None:
    text, usual = "I had the blood test last week", SETTINGS.usual_sentence_end
    for score in (0.3, 0.6, 0.89, 0.91):
        assert wait(text, score, sentence_end=usual) == wait(text, score)


def test_a_doubtful_score_waits_longest_whatever_the_words() -> None:
    assert wait("I had the blood test last week", 0.4, sentence_end=0.5) >= SETTINGS.doubtful_wait_ms


@pytest.mark.parametrize("text", ["can I come at half past nine", "yes it is", "I'd like to come at noon please"])
def test_words_that_could_well_be_all_take_nothing_from_the_score(text: str) -> None:
    assert wait(text, 0.9, sentence_end=0.001) == wait(text, 0.9)


def test_a_question_may_still_go_on_after_words_that_seldom_end_one() -> None:
    assert wait("has anybody told you that you look", 0.89) <= SETTINGS.concluded_wait_ms
    assert wait("has anybody told you that you look", 0.89, sentence_end=0.02) >= SETTINGS.doubt_wait_ms


@pytest.mark.parametrize("text", ["hello", "Hi there!", "good morning", "excuse me"])
def test_after_a_greeting_alone_there_is_time_to_say_what_it_is_about(text: str) -> None:
    assert wait(text, 0.99) >= SETTINGS.opening_wait_ms
    assert wait(text, 0.99, Expectation.YES_NO) == 0
    assert wait(f"{text} I'd like to come today", 0.99) == 0


@pytest.mark.parametrize("asked", [Expectation.DIGITS, Expectation.DATE, Expectation.SPELLING, Expectation.NAME])
def test_where_a_value_was_asked_for_sentences_say_nothing(asked: Expectation) -> None:
    only_the_score = EndpointingSettings(digits_wait_ms=0, date_wait_ms=0, name_wait_ms=0)
    assert silence_that_ends_the_turn(0.99, "I forgot it", asked, (), only_the_score, sentence_end=0.001) == 0


def test_without_weight_the_words_change_nothing() -> None:
    settings = EndpointingSettings(words_weight=0.0, confident_score=0.999)
    for score in (0.3, 0.9, 1.0):
        told = silence_that_ends_the_turn(score, "I'd like it", Expectation.OPEN, (), settings, sentence_end=0.001)
        assert told == silence_that_ends_the_turn(score, "I'd like it", Expectation.OPEN, (), settings)


@pytest.mark.parametrize("text", ["no thank you", "yes that's right", "yes please"])
def test_a_yes_with_a_doubtful_score_waits_longest_however_sentences_end(text: str) -> None:
    assert wait(text, 0.4, sentence_end=0.5) == wait(text, 0.4) >= SETTINGS.doubtful_wait_ms


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.sampled_from(["I see it", "my name is", "what is it now"]))
def test_words_that_end_sentences_more_often_never_wait_longer(
    score: float, one: float, other: float, text: str
) -> None:
    seldom, often = sorted((one, other))
    assert wait(text, score, sentence_end=often) <= wait(text, score, sentence_end=seldom)


@given(
    st.none() | st.floats(0, 1),
    st.text(max_size=40),
    st.sampled_from(Expectation),
    st.lists(st.integers(0, 10_000), max_size=12).map(tuple),
)
def test_the_wait_is_never_longer_than_its_ceiling(
    score: float | None, text: str, asked: Expectation, own_pauses: tuple[int, ...]
) -> None:
    assert 0 <= wait(text, score, asked, own_pauses) <= SETTINGS.longest_digits_wait_ms


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from(["I see", "my name is", "with", "what is it now", ""]))
def test_a_higher_score_never_waits_longer(one: float, other: float, text: str) -> None:
    low, high = sorted((one, other))
    assert wait(text, high) <= wait(text, low)


@pytest.mark.parametrize(
    "said", ["porque ayer por la noche", "cuando me acuesto por la noche", "si no puede ser mañana"]
)
def test_a_dependent_clause_is_not_over_because_sentences_end_with_its_words(said: str) -> None:
    after = partial(silence_that_ends_the_turn, 0.75, said, Expectation.OPEN, (), SETTINGS, Language.SPANISH)
    assert after(sentence_end=0.3) == after() >= SETTINGS.doubt_wait_ms
    assert after(sentence_end=0.01) >= after()


SPANISH = known_sentence_ends()["es"]


@pytest.mark.parametrize(
    ("whole", "going_on"),
    [
        ("me duele mucho la espalda", "me duele mucho la"),
        ("necesito hablar con la doctora", "necesito hablar con la"),
        ("tengo una pregunta sobre mi factura", "tengo una pregunta sobre mi"),
        ("quiero ver al pediatra", "quiero ver al"),
    ],
)
def test_spanish_requests_are_answered_and_what_goes_on_is_waited_for(whole: str, going_on: str) -> None:
    def after(said: str) -> int:
        ends = SPANISH.probability_after(said)
        return silence_that_ends_the_turn(
            0.92, said, Expectation.OPEN, (), SETTINGS, Language.SPANISH, sentence_end=ends
        )

    assert after(whole) == 0
    assert after(going_on) >= SETTINGS.doubt_wait_ms
