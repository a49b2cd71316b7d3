"""The language model is a probability distribution that knows its phrases and can leave them."""

import math
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.phrase_language_model import END, START, PhraseLanguageModel, words_of

WORDS: Final = ("yes", "no", "please", "doctor", "o'clock", "tuesday", "ten")
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
weighted = st.tuples(texts, st.floats(0.01, 50.0))
phrase_lists = st.lists(texts | weighted, min_size=1, max_size=12)
histories = st.lists(st.sampled_from((START, *WORDS)), max_size=3)


@given(phrase_lists, histories)
def test_probabilities_of_every_history_sum_to_one(phrases: list[str | tuple[str, float]], history: list[str]) -> None:
    model = PhraseLanguageModel(phrases)
    assert math.fsum(model.probability(word, history) for word in (*model.words, END)) == pytest.approx(1.0)


@given(phrase_lists)
def test_every_word_can_follow_every_other(phrases: list[str | tuple[str, float]]) -> None:
    model = PhraseLanguageModel(phrases)
    for before in model.words:
        for after in (*model.words, END):
            assert 0.0 < model.probability(after, (START, before)) < 1.0


@given(phrase_lists, histories)
def test_the_written_model_gives_the_same_probabilities(
    phrases: list[str | tuple[str, float]], history: list[str]
) -> None:
    model = PhraseLanguageModel(phrases)
    written = {tuple(fields[1]): fields for fields in map(_entry, model.arpa()) if fields}

    def read(ngram: tuple[str, ...]) -> float:
        if ngram in written:
            return float(written[ngram][0])
        history = written.get(ngram[:-1])
        return (float(history[2]) if history else 0.0) + read(ngram[1:])

    for word in (*model.words, END):
        assert read((*history[-2:], word)) == pytest.approx(math.log10(model.probability(word, history)), abs=1e-3)


def _entry(line: str) -> tuple[float, tuple[str, ...], float] | None:
    fields = line.split()
    try:
        probability = float(fields[0])
    except (IndexError, ValueError):
        return None
    words = [field for field in fields[1:] if not field.lstrip("-").replace(".", "").isdigit()]
    return probability, tuple(words), float(fields[-1]) if len(fields) > len(words) + 1 else 0.0


def test_the_counts_in_the_header_are_those_of_the_entries() -> None:
    lines = list(PhraseLanguageModel(["yes please", "no", ("ten o'clock", 2.5)]).arpa())
    for order in (1, 2, 3):
        start = lines.index(f"\\{order}-grams:") + 1
        entries = lines[start : lines.index("", start)]
        assert f"ngram {order}={len(entries)}" in lines


def test_a_heavier_phrase_is_likelier() -> None:
    model = PhraseLanguageModel([("yes", 10.0), "no"])
    assert model.probability("yes", (START,)) > 2 * model.probability("no", (START,))


def test_a_phrase_is_likelier_than_its_words_in_another_order() -> None:
    model = PhraseLanguageModel(["tuesday at ten", "yes please", "no thank you"])
    assert model.probability("ten", ("tuesday", "at")) > 3 * model.probability("yes", ("tuesday", "at"))


def test_words_are_plain_and_keep_their_apostrophes() -> None:
    assert words_of("I’d like Dr. Müller, at ten o'clock!") == ("i'd", "like", "dr", "muller", "at", "ten", "o'clock")


def test_digits_have_no_one_pronunciation() -> None:
    with pytest.raises(ValueError, match="digits"):
        words_of("at 10 in the morning")


@pytest.mark.parametrize("phrases", [[], ["", "…"], [("yes", 0.0)], [("yes", -1.0)], [("yes", math.nan)]])
def test_a_list_without_usable_phrases_is_refused(phrases: list[str | tuple[str, float]]) -> None:
    with pytest.raises(ValueError, match="phrase"):
        PhraseLanguageModel(phrases)
