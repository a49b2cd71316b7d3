from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.clinic.profile import ClinicProfile
from appliance.dialogue.names import name
from appliance.dialogue.numbers import spoken_digits
from appliance.dialogue.places import department, doctor
from appliance.dialogue.questions import Question
from appliance.dialogue.understanding import choice, understand
from appliance.dialogue.words import tokens
from tests.dialogue.telephone import TODAY

PROFILE = ClinicProfile()


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("my name is anna miller", "Anna Miller"),
        ("My name is Anna Miller.", "Anna Miller"),
        ("uh my name is um anna miller", "Anna Miller"),
        ("yes my name's anna miller", "Anna Miller"),
        ("this is anna miller", "Anna Miller"),
        ("hi this is anna miller i'd like to book an appointment", "Anna Miller"),
        ("i'm anna miller", "Anna Miller"),
        ("it's anna miller", "Anna Miller"),
        ("anna miller", "Anna Miller"),
        ("anna miller please", "Anna Miller"),
        ("anna miller anna miller", "Anna Miller"),
        ("anna maria miller", "Anna Maria Miller"),
        ("anna", "Anna"),
        ("it's miller", "Miller"),
        ("the name is patrick o'brien", "Patrick O'Brien"),
        ("miller m i double l e r", "Miller"),
        ("it's miller m i double l e r", "Miller"),
        ("anna miller m i l l e r", "Anna Miller"),
        ("m u e double l e r", "Mueller"),
        ("m as in mike e y e r", "Meyer"),
        ("s m y t h e", "Smythe"),
        ("w double o d", "Wood"),
        ("double u o o d", "Wood"),
        ("my first name is anna and my last name is miller", "Anna Miller"),
        ("last name miller first name anna", "Anna Miller"),
        ("my last name is k o w a l s k i", "Kowalski"),
        ("sure it's john smith", "John Smith"),
        ("doctor john smith", "John Smith"),
        ("what", None),
        ("i don't know", None),
        ("i'm not sure", None),
        ("i'm calling about my appointment", None),
        ("can you hear me", None),
        ("yes", None),
        ("tuesday at ten", None),
        ("dtmf 1", None),
        ("my name is", None),
        ("", None),
        ("i want to speak to somebody please", None),
    ],
)
def test_names_when_one_was_asked_for(said: str, heard: str | None) -> None:
    found = name(tokens(said), asked=True)
    assert (found.text if found else None) == heard


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("my name is anna miller and i'd like an appointment", "Anna Miller"),
        ("hello this is john smith", "John Smith"),
        ("i'm john smith and i need to see a doctor", "John Smith"),
        ("anna miller", None),
        ("i'm sorry", None),
        ("this is urgent", None),
        ("i'm totally lost", None),
        ("i'm running behind", None),
        ("it's john smith", "John Smith"),
        ("i am calling to book", None),
        ("this is about my appointment", None),
    ],
)
def test_a_name_that_was_not_asked_for_needs_a_lead(said: str, heard: str | None) -> None:
    found = name(tokens(said))
    assert (found.text if found else None) == heard


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("with doctor patel please", "patel"),
        ("with dr. patel", "patel"),
        ("i want to see patel", "patel"),
        ("doctor nguyen", "nguyen"),
        ("doctor smith on tuesday", "smith"),
        ("with doctor patel no doctor garcia", "garcia"),
        ("my name is anna smith", None),
        ("anyone", None),
    ],
)
def test_doctors(said: str, key: str | None) -> None:
    assert doctor(tokens(said), PROFILE)[0] == key


def test_a_bare_surname_is_a_doctor_when_one_was_asked_for() -> None:
    assert doctor(tokens("patel"), PROFILE, asked=True)[0] == "patel"


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("cardiology", "cardiology"),
        ("the cardiologist please", "cardiology"),
        ("a heart specialist", "cardiology"),
        ("i need the skin doctor", "dermatology"),
        ("my family doctor", "general"),
        ("general practice", "general"),
        ("x-ray", "radiology"),
        ("the lab", "laboratory"),
        ("my test results", "laboratory"),
        ("a question about my bill", "billing"),
        ("children's doctor", "pediatrics"),
        ("neurology", None),
        ("label", None),
    ],
)
def test_departments(said: str, key: str | None) -> None:
    assert department(tokens(said), PROFILE)[0] == key


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("five five five one two three four", "5551234"),
        ("five double five oh one two", "555012"),
        ("triple seven", "777"),
        ("five five five oh one hundred", "5550100"),
        ("eight hundred five five five", "800555"),
        ("555-1234", "5551234"),
        ("my number is 555 12 34", "5551234"),
        ("twenty one twenty two", "2122"),
        ("dtmf 5 5 5 1 2 3 4", "5551234"),
        ("no number", ""),
    ],
)
def test_digits(said: str, digits: str) -> None:
    assert spoken_digits(tokens(said)) == digits


@pytest.mark.parametrize(
    ("said", "index"),
    [
        ("the first one", 0),
        ("first", 0),
        ("the second one please", 1),
        ("i'll take the third", 2),
        ("the last one", -1),
        ("the later one", -1),
        ("option two", 1),
        ("number three", 2),
        ("dtmf 1", 0),
        ("either is fine", 0),
        ("none", None),
        ("", None),
    ],
)
def test_choices(said: str, index: int | None) -> None:
    assert choice(tokens(said)) == index


def test_several_things_in_one_sentence() -> None:
    heard = understand(
        "hi my name is anna miller born march fifth nineteen eighty i need doctor patel tuesday at half past ten",
        PROFILE,
        TODAY,
    )
    assert heard.name is not None
    assert heard.name.text == "Anna Miller"
    assert (heard.birth_date, heard.doctor) == (date(1980, 3, 5), "patel")
    assert heard.day is not None
    assert (heard.day.first.isoformat(), heard.clock_time) == ("2026-11-24", time(10, 30))


WORDS = st.sampled_from(
    "the a i'm my name is march fifth fifteen nineteen eighty oh double triple m i l e r at ten half past to"
    " quarter next"
    " week tuesday in two thousand and of doctor patel cardiology yes no not emergency chest pain dtmf 0 1 12"
    " 1980 3/5/80"
    " 99/99/9999 10:30 25:61 pm am noon first last one appointment book cancel ' - / : ² ٣ ½ Ⅷ".split()
)


@given(st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=30).map(" ".join)), st.sampled_from(Question))
def test_any_text_gives_a_result(text: str, question: Question) -> None:
    heard = understand(text, PROFILE, TODAY, question, "march fifth")
    assert heard.text == text
    assert heard.birth_date is None or heard.birth_date <= TODAY
    assert heard.name is None or (heard.name.text and len(heard.name.text.split()) <= 8)
