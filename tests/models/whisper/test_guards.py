"""What Whisper says of noise, silence and other languages is withheld; what callers say is not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.whisper.guards import GuardSettings, Rejection, has_loop, judge
from models.whisper.language import CallLanguage
from tests.models.whisper.hypotheses import hypothesis

SETTINGS = GuardSettings()
CALLERS = [
    "Yes.",
    "No, no, no.",
    "Thank you.",
    "Thank you, bye bye.",
    "I'd like to book an appointment with Doctor Patel on Tuesday at ten.",
    "My number is 555-555-5555.",
    "five five five five five five five",
    "It's A-N-N-A, M-I-L-L-E-R.",
    "ha ha ha ha",
    "I have chest pain.",
]


@pytest.mark.parametrize("text", CALLERS)
def test_what_callers_say_is_believed(text: str) -> None:
    assert judge(hypothesis(text), 4.0, SETTINGS) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [("Quiero una cita con el doctor García, por favor.", "es"), ("أريد موعدا مع الطبيب يوم الثلاثاء", "ar")],
)
def test_other_languages_are_believed_where_they_are_spoken(text: str, language: str) -> None:
    assert judge(hypothesis(text, language=CallLanguage((language,))), 4.0, SETTINGS) is None


@pytest.mark.parametrize(
    "text",
    [
        "Thank you for watching!",
        "Thanks for watching. Please subscribe.",
        "Subtitles by the Amara.org community",
        "¡Suscríbete al canal!",
        "Subtítulos realizados por la comunidad de Amara.org",
        "اشتركوا في القناة",
        "ترجمة نانسي قنقر",
    ],
)
def test_the_ends_of_subtitles_are_hallucinated(text: str) -> None:
    language = CallLanguage(("en", "es", "ar"))
    assert judge(hypothesis(text, language=language), 2.0, SETTINGS) is Rejection.HALLUCINATION


def test_a_courtesy_over_silence_is_not_believed() -> None:
    assert judge(hypothesis("Thank you.", 0.9, no_speech=0.8), 2.0, SETTINGS) is Rejection.HALLUCINATION
    assert judge(hypothesis("Thank you.", 0.9, no_speech=0.1), 2.0, SETTINGS) is None


def test_doubtful_words_over_silence_are_none() -> None:
    assert judge(hypothesis("Maybe so", 0.5, no_speech=0.8), 2.0, SETTINGS) is Rejection.NO_SPEECH
    assert judge(hypothesis("...", 0.9), 2.0, SETTINGS) is Rejection.NO_SPEECH
    assert judge(hypothesis("", 0.9), 2.0, SETTINGS) is Rejection.NO_SPEECH


@pytest.mark.parametrize(
    "text",
    [
        "you " * 8,
        "I want to I want to I want to I want to",
        "the doctor said the doctor said the doctor said the doctor said",
        "ahahahahahahahahahahahahahahahahahahahahahahahahahahahahahahah",
        "so I went to the place where so I went to the place where so I went to the place where",
    ],
)
def test_loops_are_repetition(text: str) -> None:
    assert judge(hypothesis(text), 6.0, SETTINGS) is Rejection.REPETITION


def test_what_nobody_can_say_in_the_time_is_repetition() -> None:
    text = "I would like to book an appointment with a doctor for tomorrow morning"
    assert judge(hypothesis(text), 0.5, SETTINGS) is Rejection.REPETITION
    assert judge(hypothesis("Yes, I do", complete=False), 1.0, SETTINGS) is Rejection.REPETITION


def test_another_script_is_the_wrong_language() -> None:
    assert judge(hypothesis("спасибо большое"), 2.0, SETTINGS) is Rejection.WRONG_LANGUAGE
    assert judge(hypothesis("شكرا جزيلا لك"), 2.0, SETTINGS) is Rejection.WRONG_LANGUAGE
    arabic = CallLanguage(("ar",))
    assert judge(hypothesis("good morning", language=arabic), 2.0, SETTINGS) is Rejection.WRONG_LANGUAGE


def test_a_language_that_is_not_expected_is_the_wrong_one() -> None:
    three = CallLanguage(("en", "es", "ar"))
    german = hypothesis("Gooden morgan", language=three)
    assert judge(replace(german, heard={"de": 0.95, "en": 0.03}), 2.0, SETTINGS) is Rejection.WRONG_LANGUAGE
    assert judge(replace(german, heard={"de": 0.4, "en": 0.5}), 2.0, SETTINGS) is None


def test_low_confidence_asks_again() -> None:
    assert judge(hypothesis("doctor petal", 0.3), 2.0, SETTINGS) is Rejection.LOW_CONFIDENCE
    assert judge(hypothesis("doctor petal", 0.3), 2.0, GuardSettings(min_confidence=0.2)) is None


@given(
    st.lists(st.sampled_from("abcdef"), min_size=1, max_size=5, unique=True),
    st.sampled_from([[], ["well"], ["so", "then"]]),
    st.sampled_from([[], ["thanks"]]),
)
def test_a_loop_is_found_wherever_it_stands(words: list[str], before: list[str], after: list[str]) -> None:
    assert has_loop([*before, *words * 8, *after])


@given(st.lists(st.integers(0, 10**6).map(str), unique=True, max_size=40))
def test_words_that_are_all_different_are_no_loop(words: list[str]) -> None:
    assert not has_loop(words)
