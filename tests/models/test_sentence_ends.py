"""A language knows after which words a sentence can end, and general English says nothing where it knows nothing."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import EngineError
from models.sentence_ends import EnglishSentenceEnds, known_sentence_ends
from models.word_patterns import WordPatterns

KNOWN = known_sentence_ends()
ENGLISH = EnglishSentenceEnds()


@pytest.mark.parametrize(
    ("language", "going_on", "whole"),
    [
        ("en", "I need a new", "I need a new appointment"),
        ("en", "I use a strong", "I use a strong sun block"),
        ("en", "can you tell me when you", "can you tell me what you need"),
        ("en", "the results of my", "the results of my test"),
        ("en", "I was wondering if", "I was wondering about that"),
        ("es", "quiero pedir una", "quiero pedir una cita"),
        ("es", "me duele la", "me duele la espalda"),
        ("es", "llamo por los resultados de mi", "llamo por los resultados"),
        ("es", "puedo hablar con", "puedo hablar con la doctora"),
        ("es", "porque mi hijo está", "es para mi hijo"),
    ],
)
def test_sentences_end_after_some_words_more_often_than_after_others(language: str, going_on: str, whole: str) -> None:
    unlikely, likely = (KNOWN[language].probability_after(text) for text in (going_on, whole))
    assert unlikely is not None
    assert likely is not None
    assert unlikely < likely / 2


def test_case_and_punctuation_do_not_matter() -> None:
    plain = ENGLISH.probability_after("it's my left knee")
    assert plain is not None
    assert ENGLISH.probability_after("It’s my LEFT knee!") == plain


def test_only_the_last_two_words_count() -> None:
    assert ENGLISH.probability_after("he broke his left knee") == ENGLISH.probability_after("left knee")


@pytest.mark.parametrize(
    "text", ["", "...", "no", "Stop!", "half past 9", "a refill of my metformin", "this is about zqxv"]
)
def test_nothing_is_said_after_single_words_numbers_and_words_that_are_not_known(text: str) -> None:
    assert ENGLISH.probability_after(text) is None


@given(st.sampled_from(sorted(KNOWN)), st.text(max_size=60))
def test_whatever_is_said_the_answer_is_a_probability_or_none(language: str, text: str) -> None:
    end = KNOWN[language].probability_after(text)
    assert end is None or 0 <= end <= 1


def test_a_file_that_is_no_language_model_is_named(tmp_path: Path) -> None:
    file = tmp_path / "broken.lm.bin"
    file.write_bytes(b"not a model")
    with pytest.raises(EngineError, match=r"broken\.lm\.bin is not a language model"):
        EnglishSentenceEnds(file)


def test_english_and_spanish_are_known() -> None:
    assert isinstance(KNOWN["en"], EnglishSentenceEnds)
    assert isinstance(KNOWN["es"], WordPatterns)
