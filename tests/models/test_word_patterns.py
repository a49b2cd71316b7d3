"""Sentences of a language teach which words they end with; what was not learnt is not claimed."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import EngineError
from models.sentence_ends import known_sentence_ends
from models.word_patterns import LANGUAGES, WordPatterns, file_of, patterns_of, words_of

SPANISH = WordPatterns(file_of("es"))


@pytest.mark.parametrize(
    ("going_on", "whole"),
    [
        ("quiero pedir una", "quiero pedir una cita"),
        ("me duele la", "me duele la espalda"),
        ("llamo por los resultados de mi", "llamo por los resultados"),
        ("puedo hablar con", "puedo hablar con la doctora"),
        ("porque mi hijo está", "es para mi hijo"),
    ],
)
def test_spanish_sentences_end_after_some_words_more_often_than_after_others(going_on: str, whole: str) -> None:
    unlikely, likely = SPANISH.probability_after(going_on), SPANISH.probability_after(whole)
    assert unlikely is not None
    assert likely is not None
    assert unlikely < likely / 2


@pytest.mark.parametrize("text", ["", "...", "sí", "¡Alto!", "a las 10", "Buenos días. Hola"])
def test_nothing_is_said_after_single_words_and_numbers(text: str) -> None:
    assert SPANISH.probability_after(text) is None


def test_case_and_punctuation_do_not_matter() -> None:
    assert SPANISH.probability_after("¿ME duele, la espalda?") == SPANISH.probability_after("me duele la espalda")


def test_a_sentence_that_has_ended_before_is_another_one() -> None:
    assert words_of("Buenos días, señora. Me duele la espalda.") == ["me", "duele", "la", "espalda"]
    assert words_of("Me duele la espalda.") == ["me", "duele", "la", "espalda"]


@given(st.text(max_size=60))
def test_whatever_is_said_the_answer_is_a_probability_or_none(text: str) -> None:
    end = SPANISH.probability_after(text)
    assert end is None or 0 <= end <= 1


@given(st.lists(st.text("abc", min_size=1, max_size=4), min_size=1, max_size=8))
def test_a_place_in_a_sentence_has_as_many_patterns_wherever_it_is(words: list[str]) -> None:
    assert len(patterns_of(words)) == len(patterns_of(["one"]))
    assert all(0 <= pattern < 1 << 32 for pattern in patterns_of(words))


@pytest.mark.parametrize("content", [b"no archive", b"PK\x03\x04 cut off"])
def test_a_file_that_holds_something_else_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.npz"
    file.write_bytes(content)
    with pytest.raises(EngineError, match=r"broken\.npz does not hold how sentences end"):
        WordPatterns(file)


def test_a_file_without_weights_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "half.npz", patterns=np.zeros(1, np.uint32))
    with pytest.raises(EngineError, match="KeyError"):
        WordPatterns(tmp_path / "half.npz")


def test_every_language_that_was_learnt_is_known() -> None:
    assert set(LANGUAGES) < set(known_sentence_ends())
