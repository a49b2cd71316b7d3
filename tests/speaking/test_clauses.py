"""Clauses: the first comes early, nothing is cut in two, nothing is lost, nothing is held for ever."""

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from appliance.speaking.clauses import ClauseSizes, ClauseSplitter

WHOLE = [
    "3.5",
    "10:30",
    "1,200",
    "$1,200.50",
    "10 a.m.",
    "10:30 p.m.",
    "5 o'clock",
    "Dr. Patel",
    "Mrs. O'Neil",
    "St. Mary",
    "e.g. knees",
    "i.e., today",
    "No. 5",
    "March 3, 2026",
    "J. R. Smith",
    "9–5",
    "front.desk@clinic.example.org",
    "https://clinic.example.org/a,b;c?d=1.",
    "555 0123",
]
WORDS = [
    "we",
    "see",
    "you",
    "then,",
    "for",
    "tests.",
    "Thanks!",
    "and",
    "the",
    "knee;",
    "why?",
    "well...",
    "so —",
    "ok\n",
]
text_of_words = st.lists(st.sampled_from(WORDS + WHOLE), max_size=60).map(" ".join)
any_text = st.text(st.sampled_from("ab1 .,:;!?-—…\n\"')DRr"), max_size=300) | text_of_words | st.text(max_size=100)


def split(text: str, cuts: list[int] | None = None) -> list[str]:
    splitter = ClauseSplitter()
    edges = [0, *sorted(cut % (len(text) + 1) for cut in cuts or []), len(text)]
    clauses = [clause for a, b in itertools.pairwise(edges) for clause in splitter.push(text[a:b])]
    return clauses + splitter.flush()


@given(any_text, st.lists(st.integers(0, 400), max_size=30))
@example("at 10 a.m." + " " * 20 + "We", [11, 12, 30])
def test_clauses_join_to_the_text_and_do_not_depend_on_the_pieces(text: str, cuts: list[int]) -> None:
    whole = split(text)
    assert "".join(whole) == text
    assert all(whole)
    assert split(text, cuts) == whole
    assert split(text, list(range(len(text)))) == whole


@given(
    st.sampled_from(WHOLE), st.integers(0, 60), st.sampled_from([",", ".", " and", "?", "\n", ""]), st.integers(0, 9)
)
def test_numbers_times_abbreviations_and_addresses_stay_whole(
    whole: str, words_before: int, joint: str, words_after: int
) -> None:
    text = f"{'word ' * words_before}{whole}{joint}{' more' * words_after}"
    start = text.index(whole)
    ends = set(itertools.accumulate(map(len, split(text))))
    assert not ends & set(range(start + 1, start + len(whole)))


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        (
            "Sure, I can help with that, one moment. Which day suits you?",
            ["Sure, I can help with that,", " one moment. Which day suits you?"],
        ),
        (
            "We open at 10 a.m. on Monday and close at 5 p.m. We are closed on Sunday.",
            ["We open at 10 a.m. on Monday and close at 5 p.m.", " We are closed on Sunday."],
        ),
        ("Is that right? Please say yes or no.", ["Is that right?", " Please say yes or no."]),
        ("Your doctor is Dr. Patel. See you then!", ["Your doctor is Dr. Patel.", " See you then!"]),
        ("No. We have nothing on Monday.", ["No. We have nothing on Monday."]),
        ('He said "we are open." Come in any time.', ['He said "we are open."', " Come in any time."]),
        ("We need three things:\nyour name\nyour birthday", ["We need three things:", "\nyour name\nyour birthday"]),
        ("One moment please—I am looking.", ["One moment please—", "I am looking."]),
        ("", []),
    ],
)
def test_clauses_end_where_a_speaker_would_breathe(text: str, clauses: list[str]) -> None:
    assert split(text) == clauses


def test_the_first_clause_is_spoken_as_soon_as_its_mark_is_certain() -> None:
    splitter = ClauseSplitter()
    assert splitter.push("We are open today,") == []
    assert splitter.push(" until") == ["We are open today,"]


def test_later_clauses_are_larger() -> None:
    clauses = split("one two three, " * 20)
    words = [len(clause.split()) for clause in clauses]
    assert words[:3] == [3, 6, 12]


@given(st.integers(1, 12))
def test_text_without_any_mark_is_cut_between_words_and_never_held_for_ever(length: int) -> None:
    splitter = ClauseSplitter()
    sizes = ClauseSizes()
    word = "a" * length
    held = 0
    for _ in range(300):
        held += length + 1
        for clause in splitter.push(f"{word} "):
            assert set(clause.split()) == {word}
            held -= len(clause)
        assert held <= sizes.later_longest + length + 1


def test_text_without_any_space_is_cut_in_the_end() -> None:
    assert [len(clause) for clause in split("x" * 2500)] == [1000, 1000, 500]


def test_a_clause_without_a_mark_ends_before_a_new_phrase() -> None:
    first, *_ = split(
        "I can book you an appointment with the practice nurse on Tuesday at half past ten in the morning ok"
    )
    assert first == "I can book you an appointment with the practice nurse on Tuesday at half past ten"


def test_spanish_titles_and_arabic_marks_are_known() -> None:
    assert split("La Dra. Ruiz le espera con la Sra. Gil hoy. Hasta luego.") == [
        "La Dra. Ruiz le espera con la Sra. Gil hoy.",
        " Hasta luego.",
    ]
    assert split("كيف أستطيع أن أساعدك اليوم؟ نحن هنا من أجلك، تفضل.")[0] == "كيف أستطيع أن أساعدك اليوم؟"
