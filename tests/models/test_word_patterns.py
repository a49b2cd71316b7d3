"""Sentences of a language teach which words they end with; what was not learnt is not claimed."""

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from models.errors import EngineError
from models.word_patterns import WordPatterns, file_of, patterns_of, words_of

SPANISH = WordPatterns(file_of("es"))
RIGHT: Mapping[str, object] = {
    "patterns": np.array([1, 2], np.uint32),
    "weights": np.array([1, 2], np.int8),
    "step": 0.25,
    "bias": -2.0,
    "usual": 0.1,
}


@pytest.mark.parametrize("text", ["", "...", "sí", "¡Alto!", "a las 10", "Buenos días. Hola"])
def test_nothing_is_said_after_single_words_and_numbers(text: str) -> None:
    assert SPANISH.probability_after(text) is None


def test_case_and_punctuation_do_not_matter() -> None:
    assert SPANISH.probability_after("¿ME duele, la espalda?") == SPANISH.probability_after("me duele la espalda")


def test_a_sentence_that_has_ended_before_is_another_one() -> None:
    assert words_of("Buenos días, señora. Me duele la espalda.") == ["me", "duele", "la", "espalda"]
    assert words_of("Me duele la espalda.") == ["me", "duele", "la", "espalda"]


def held(file: Path, weights: dict[int, int]) -> Path:
    """A file with weights of patterns, in quarters of log-odds."""
    patterns = sorted(weights)
    numbers = {
        **RIGHT,
        "patterns": np.array(patterns, np.uint32),
        "weights": np.array([*map(weights.get, patterns)], np.int8),
    }
    np.savez(file, **numbers)  # type: ignore[arg-type]
    return file


def log_odds(probability: float | None) -> float:
    assert probability is not None
    return math.log(probability / (1 - probability))


def test_only_what_was_learnt_counts(tmp_path: Path) -> None:
    last, second, *_ = patterns_of(["una", "cita"])
    ends = WordPatterns(held(tmp_path / "two.npz", {last: 4, second: 2}))
    assert log_odds(ends.probability_after("una cita")) == pytest.approx(-2 + 1 + 0.5)
    assert log_odds(ends.probability_after("otra cita")) == pytest.approx(-2 + 1)
    greatest = WordPatterns(held(tmp_path / "greatest.npz", {min(last, second): 4}))
    assert log_odds(greatest.probability_after("ver vacuna")) == pytest.approx(-2)


def test_a_word_that_is_not_known_takes_nothing(tmp_path: Path) -> None:
    second = patterns_of(["una", "vacuna"])[1]
    unlikely = WordPatterns(held(tmp_path / "less.npz", {second: -8}))
    assert unlikely.probability_after("una vacuna") == pytest.approx(0.1)
    likely = WordPatterns(held(tmp_path / "more.npz", {second: 8}))
    assert log_odds(likely.probability_after("una vacuna")) == pytest.approx(-2 + 2)
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
    np.savez(tmp_path / "right.npz", **RIGHT)  # type: ignore[arg-type]
    WordPatterns(tmp_path / "right.npz")
    np.savez(tmp_path / "wrong.npz", **{**RIGHT, **broken})  # type: ignore[arg-type]
    with pytest.raises(EngineError, match=r"wrong\.npz"):
        WordPatterns(tmp_path / "wrong.npz")


def test_a_file_without_weights_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "half.npz", patterns=np.zeros(1, np.uint32))
    with pytest.raises(EngineError, match="KeyError"):
        WordPatterns(tmp_path / "half.npz")
