"""What is learnt from sentences is what they teach; they come out of the games' catalogues as they went in."""

import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from models.word_patterns import WordPatterns, patterns_of
from tests.sentence_ends.texts import Sentence, sentences
from tests.sentence_ends.train import READ_OFTEN, area_under_curve, examples_of, learnt


def write_catalogue(file: Path, translated: Mapping[str, str], order: str) -> None:
    """A catalogue of GNU gettext."""
    file.parent.mkdir(parents=True)
    texts = [text.encode() for pair in zip(*translated.items(), strict=True) for text in pair]
    head = struct.Struct(f"{order}7I")
    begin = head.size + 8 * len(texts)
    places = b""
    for text in texts:
        places += struct.pack(f"{order}2I", len(text), begin)
        begin += len(text) + 1
    count = len(translated)
    written = head.pack(0x950412DE, 0, count, head.size, head.size + 8 * count, 0, 0)
    file.write_bytes(written + places + b"".join(text + b"\0" for text in texts))


@pytest.mark.parametrize("order", ["<", ">"])
def test_what_is_said_in_a_game_is_read_once(tmp_path: Path, order: str) -> None:
    said = {
        "": "Language: es\n",
        "a": "¡Alto ahí! ¿Quién va? <b>Soy yo</b>, tu <i>padre</i>.",
        "b": "¡Alto ahí!",
        "h": "¡Alto ahí!",
        "c": "No sé si...",
        "d": "Fuego",
        "i": "Faltan 3 días. Uno.",
        "j": " ".join(["muy"] * 40) + ".",
        "e": "un perro\0Dos perros ladran.",
        "f": "Faltan {count} oros.",
    }
    write_catalogue(tmp_path / "locale/es/LC_MESSAGES/wesnoth-one.mo", said, order)
    write_catalogue(tmp_path / "other/es/LC_MESSAGES/another.mo", {"g": "Esto no se lee."}, order)
    assert sentences(tmp_path, "es") == [
        Sentence(("alto", "ahí"), ends=True),
        Sentence(("quién", "va"), ends=True),
        Sentence(("soy", "yo", "tu", "padre"), ends=True),
        Sentence(("alto", "ahí"), ends=True),
        Sentence(("no", "sé", "si"), ends=False),
        Sentence(("faltan", "días"), ends=True),
        Sentence(("dos", "perros", "ladran"), ends=True),
    ]


def test_ends_are_told_from_other_places(tmp_path: Path) -> None:
    read = [Sentence(("me", "duele", "la", part), ends=True) for part in ("mano", "espalda", "cabeza", "boca")] * 200
    choose = np.random.default_rng(1)
    examples = examples_of(read, 0.1, choose)
    model = learnt(examples, choose.permutation(len(examples.ends)))
    assert area_under_curve(model.scores(examples.patterns), examples.ends) == 1.0
    model.write(tmp_path / "learnt.npz")
    ends = WordPatterns(tmp_path / "learnt.npz")
    whole, cut = ends.probability_after("me duele la mano"), ends.probability_after("me duele la")
    assert whole is not None
    assert cut is not None
    assert whole > 2 * cut
    # In eight bits it says what it learnt.
    score = float(model.scores(examples_of(read[:1], 0, choose).patterns[-1:])[0])
    assert whole == pytest.approx(1 / (1 + np.exp(-score)), abs=0.02)


def test_a_sentence_that_breaks_off_has_no_end() -> None:
    examples = examples_of([Sentence(("no", "sé", "si"), ends=False)], 0, np.random.default_rng(1))
    assert examples.ends.tolist() == [False, False]


def test_what_was_read_seldom_has_no_weight() -> None:
    often = [Sentence(("me", "duele"), ends=True)] * READ_OFTEN
    examples = examples_of([*often, Sentence(("otra", "vez"), ends=True)], 0, np.random.default_rng(1))
    model = learnt(examples, np.arange(len(examples.ends)))
    assert patterns_of(["me", "duele"])[0] in model.patterns
    assert patterns_of(["otra", "vez"])[0] not in model.patterns
    assert model.usual == 0.5


@pytest.mark.parametrize("following", [0.0, 1.0])
def test_a_sentence_may_stand_behind_another(following: float) -> None:
    read = [Sentence(("buenos", "días"), ends=True), Sentence(("me", "duele"), ends=True)]
    examples = examples_of(read, following, np.random.default_rng(1))
    words = ["buenos", "días", "me", "duele"] if following else ["me", "duele"]
    assert examples.patterns[-1].tolist() == patterns_of(words)
    assert examples.ends.tolist() == [False, True, False, True]


def test_equal_scores_are_half_right() -> None:
    assert area_under_curve(np.array([1.0, 1.0, 0.0]), np.array([True, False, False])) == 0.75
