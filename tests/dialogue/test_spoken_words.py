"""What a model writes becomes what can be spoken, however the pieces fall."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.dialogue.spoken_words import SpokenWords
from appliance.speaking.clauses import ClauseSplitter


def spoken(*pieces: str) -> str:
    words = SpokenWords()
    said = "".join(words.push(piece) for piece in pieces) + words.flush()
    assert said.rstrip() == words.text
    return words.text


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("We are open.", "We are open."),
        ("We are **open** until *six*.", "We are open until six."),
        ("# Hours\n\nWe are open", "Hours, We are open"),
        ("We have:\n- Monday\n- Tuesday\n", "We have: Monday, Tuesday"),
        ("1. Ten thirty.\n2. Eleven.", "Ten thirty. Eleven."),
        ("At 10 or 11.", "At 10 or 11."),
        ("See [our page](http://clinic.example/a_b) today", "See our page today"),
        ("`code` and ~~old~~ _new_ a_b", "code and old new a_b"),
        ("| Day | Hours |\n|---|---|\n| Monday | eight |", "Day Hours, Monday eight"),
        ("Hello! \U0001f60a How are you?", "Hello! How are you?"),
        ("It is 20° warm — really", "It is 20° warm — really"),
        ("<think>The caller wants\nhours.</think>\n\nWe are open.", "We are open."),
        ("<think>never ends", ""),
        ("a <b c", "a <b c"),
        ("Yes.</think> No", "Yes.</think> No"),
        ("", ""),
        ("  \n ", ""),
        ("***", ""),
    ],
)
def test_markup_is_not_spoken(written: str, said: str) -> None:
    assert spoken(written) == said
    assert spoken(*written) == said


@given(st.text(alphabet="ab *_#-1.[]()|`~<think>/\n😊", max_size=60), st.lists(st.integers(1, 60)))
def test_what_is_said_does_not_depend_on_how_the_pieces_fall(text: str, cuts: list[int]) -> None:
    bounds = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    pieces = [text[start:end] for start, end in pairwise(bounds)]
    assert spoken(*pieces) == spoken(text)


def test_a_word_is_given_on_with_the_space_after_it() -> None:
    words = SpokenWords()
    assert [words.push(piece) for piece in ("We", " are", " op", "en", ". ")] == ["", "We", " are", "", " open. "]


def test_the_first_clause_is_whole_with_the_space_after_its_mark() -> None:
    words, clauses = SpokenWords(), ClauseSplitter()
    given_on = [words.push(piece) for piece in ("Thank ", "you, ", "I ", "can ", "see ", "that, ", "and ", "we ")]
    assert [clauses.push(text) for text in given_on][5] == ["Thank you, I can see that,"]


def test_a_second_part_is_set_apart() -> None:
    words = SpokenWords()
    said = words.push("Let me look.") + words.flush() + words.push("Tuesday?") + words.flush()
    assert said == "Let me look. Tuesday?"
