"""Words of the caller so far that make a look at the calendar likely."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.dialogue.foresight import FIND_SLOTS, tools_needed_soon
from appliance.turn.facts import Expectation, Language

EN, ES, AR = Language.ENGLISH, Language.SPANISH, Language.ARABIC


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (EN, "I'd like to book"),
        (EN, "I'd like to make an appointment with"),
        (EN, "do you have anything free on Tuesday"),
        (EN, "can I see the dermatologist"),
        (EN, "I need to reschedule"),
        (EN, "cancel my appointment and book another one"),
        (EN, "is Doctor Patel available"),
        (ES, "Quisiera pedir una cita"),
        (ES, "quiero reservar"),
        (ES, "necesito ver al médico"),
        (ES, "¿Tienen hora para el martes? ¿Hay hueco?"),
        (ES, "quiero cancelar mi cita y pedir otra"),
        (AR, "أريد أن أحجز موعدًا"),
        (AR, "عايز احجز"),
        (AR, "هل عندكم مواعيد يوم الثلاثاء"),
        (AR, "بدي أغير الموعد"),
    ],
)
def test_words_of_booking_need_the_calendar(language: Language, said: str) -> None:
    assert tools_needed_soon(said, language) == (FIND_SLOTS,)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (EN, ""),
        (EN, "what are your opening hours"),
        (EN, "I want to cancel my appointment"),
        (EN, "can I speak to a person"),
        (EN, "are you open on Saturday"),
        (EN, "Anna Miller"),
        (ES, "¿a qué hora abren?"),
        (ES, "quiero cancelar mi cita"),
        (ES, "quiero hablar con una persona"),
        (AR, "متى تفتحون"),
        (AR, "أريد إلغاء الموعد"),
        (AR, "اسمي فاطمة"),
    ],
)
def test_other_words_do_not(language: Language, said: str) -> None:
    assert tools_needed_soon(said, language) == ()


@pytest.mark.parametrize(
    ("language", "said"), [(EN, "on tuesday at"), (EN, "tomorrow"), (ES, "el martes"), (AR, "يوم الثلاثاء")]
)
def test_a_day_needs_the_calendar_where_a_date_was_asked_for(language: Language, said: str) -> None:
    assert tools_needed_soon(said, language, Expectation.DATE) == (FIND_SLOTS,)
    assert tools_needed_soon(said, language, Expectation.OPEN) == ()


@pytest.mark.parametrize(
    ("language", "said"), [(EN, "march the fifth nineteen eighty"), (ES, "el cinco de marzo"), (AR, "خمسة مارس")]
)
def test_a_date_of_birth_does_not(language: Language, said: str) -> None:
    assert tools_needed_soon(said, language, Expectation.DATE) == ()


@given(st.text(max_size=80), st.sampled_from(Language), st.sampled_from(Expectation))
def test_any_text_is_read(text: str, language: Language, asked: Expectation) -> None:
    assert tools_needed_soon(text, language, asked) in {(), (FIND_SLOTS,)}
