"""LocalAgreement-2: what was given out stays, and two hypotheses had it."""

from hypothesis import given
from hypothesis import strategies as st

from models.whisper.local_agreement import LocalAgreement

WORDS = st.lists(st.sampled_from(["book", "an", "appointment", "Appointment,", "with", "doctor"]), max_size=6)


def bare(words: tuple[str, ...] | list[str]) -> list[str]:
    return [word.casefold().strip(",.") for word in words]


def test_a_word_is_stable_once_two_hypotheses_have_it() -> None:
    agreement = LocalAgreement()
    assert agreement.hear(["I'd", "like", "to", "hook"]) == ()
    assert agreement.hear(["I'd", "like", "to", "book", "an"]) == ("I'd", "like", "to")
    assert agreement.hear(["I'd", "like", "to", "book", "an", "app"]) == ("I'd", "like", "to", "book", "an")
    assert agreement.hear(["I'd", "like", "to", "book", "an", "appointment"]) == ("I'd", "like", "to", "book", "an")


def test_punctuation_and_case_do_not_matter() -> None:
    agreement = LocalAgreement()
    agreement.hear(["Yes."])
    assert agreement.hear(["yes,", "please"]) == ("yes,",)


@given(st.lists(WORDS, max_size=8))
def test_what_was_given_out_stays(hypotheses: list[list[str]]) -> None:
    agreement = LocalAgreement()
    before: tuple[str, ...] = ()
    for words in hypotheses:
        after = agreement.hear(words)
        assert after[: len(before)] == before
        before = after


@given(st.lists(WORDS, max_size=8))
def test_what_is_added_stood_there_twice(hypotheses: list[list[str]]) -> None:
    agreement = LocalAgreement()
    before: tuple[str, ...] = ()
    previous: list[str] = []
    for words in hypotheses:
        after = agreement.hear(words)
        added = slice(len(before), len(after))
        assert after[added] == tuple(words[added])
        assert bare(words[added]) == bare(previous[added])
        before, previous = after, words


@given(WORDS)
def test_a_hypothesis_heard_twice_is_stable(words: list[str]) -> None:
    agreement = LocalAgreement()
    agreement.hear(words)
    assert agreement.hear(words) == tuple(words)
