"""Sentences of a language teach which words they end with; what was not learnt is not claimed."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import EngineError
from models.sentence_ends import known_sentence_ends
from models.word_patterns import WordPatterns, file_of, patterns_of, words_of

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


def held(file: Path, weights: dict[int, int], **other: object) -> Path:
    """A file with weights of patterns, in whole log-odds over a quarter."""
    numbers = {"step": 0.25, "bias": -2.0, "usual": 0.1} | other
    patterns = np.array(sorted(weights), np.uint32)
    np.savez(file, patterns=patterns, weights=np.array([weights[p] for p in sorted(weights)], np.int8), **numbers)  # type: ignore[arg-type]
    return file


def odds(probability: float | None) -> float:
    assert probability is not None
    return math.log(probability / (1 - probability))


def test_only_what_was_learnt_counts(tmp_path: Path) -> None:
    last, second, *_ = patterns_of(["una", "cita"])
    ends = WordPatterns(held(tmp_path / "two.npz", {last: 4, second: 2}))
    assert odds(ends.probability_after("una cita")) == pytest.approx(-2 + 1 + 0.5)
    assert odds(ends.probability_after("otra cita")) == pytest.approx(-2 + 1)
    greatest = WordPatterns(held(tmp_path / "greatest.npz", {min(last, second): 4}))
    assert odds(greatest.probability_after("ver vacuna")) == pytest.approx(-2)


def test_a_word_that_is_not_known_takes_nothing(tmp_path: Path) -> None:
    second = patterns_of(["una", "vacuna"])[1]
    unlikely = WordPatterns(held(tmp_path / "less.npz", {second: -8}))
    assert unlikely.probability_after("una vacuna") == pytest.approx(0.1)
    likely = WordPatterns(held(tmp_path / "more.npz", {second: 8}))
    assert odds(likely.probability_after("una vacuna")) == pytest.approx(-2 + 2)
    for said in ("quiero una vacuna", "necesito una receta", "una ecografía"):
        assert (SPANISH.probability_after(said) or 0) > 0.08


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Quiero una cita… con el dentista", "quiero una cita con el dentista"),
        ("Quiero una cita... con el dentista", "quiero una cita con el dentista"),
        ("Quiero ver a la Dra. García", "quiero ver a la dra garcía"),
        ("a las 10 a.m. por favor", "a las 10 a m por favor"),
        ("Hola. ¿Qué tal? Me duele la mano", "me duele la mano"),
        ('¡Hola! "Me duele." Aquí mismo.', "aquí mismo"),
        ("man\u0303ana", "mañana"),
        ("l’été d'ahora", "l'été d'ahora"),
        ("palabra " * 50, ("palabra " * 40).strip()),
    ],
)
def test_the_words_of_the_last_sentence(text: str, words: str) -> None:
    assert words_of(text) == words.split()


@pytest.mark.parametrize("text", ["." * 50_000, ". " * 50_000, "¿? " * 30_000, "palabra " * 20_000, "a." * 50_000])
def test_long_texts_take_no_time(text: str) -> None:
    assert len(words_of(text)) <= 40


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut off"])
def test_a_file_that_holds_something_else_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.npz"
    file.write_bytes(content)
    with pytest.raises(EngineError, match=r"broken\.npz does not hold how sentences end"):
        WordPatterns(file)


@pytest.mark.parametrize(
    "broken",
    [
        {"patterns": np.zeros(0, np.uint32), "weights": np.zeros(0, np.int8)},
        {"weights": np.zeros(1, np.int8)},
        {"weights": np.zeros(2, np.float64)},
        {"step": 1e300},
        {"bias": math.nan},
        {"usual": 0.0},
    ],
)
def test_a_file_with_something_wrong_in_it_is_named_before_any_call(tmp_path: Path, broken: dict[str, object]) -> None:
    right: dict[str, object] = {"patterns": np.array([1, 2], np.uint32), "weights": np.array([1, 2], np.int8)}
    right |= {"step": 0.1, "bias": -2.0, "usual": 0.1}
    np.savez(tmp_path / "right.npz", **right)  # type: ignore[arg-type]
    WordPatterns(tmp_path / "right.npz")
    np.savez(tmp_path / "wrong.npz", **(right | broken))  # type: ignore[arg-type]
    with pytest.raises(EngineError, match=r"wrong\.npz"):
        WordPatterns(tmp_path / "wrong.npz")


def test_a_file_without_weights_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "half.npz", patterns=np.zeros(1, np.uint32))
    with pytest.raises(EngineError, match="KeyError"):
        WordPatterns(tmp_path / "half.npz")


def test_spanish_is_known() -> None:
    assert isinstance(known_sentence_ends()["es"], WordPatterns)
