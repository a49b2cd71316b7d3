"""What holds for any text whatever, in every language."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.speaking.normalise.languages import LanguageCode, normaliser_for
from appliance.speaking.normalise.rules import in_plain_signs

LANGUAGES: tuple[LanguageCode, ...] = ("en", "es", "ar")
NORMALISERS = {language: normaliser_for(language) for language in LANGUAGES}
PIECES = st.sampled_from(
    "0 1 2 5 8 10 12 24 30 2026 1250 555 0100 007 12345678 . , : ; ! ? - – — / ( ) [ ] { } * ** _ ` # @ & % $ € £ + ="
    " ~ < > ° º ª № ½ ² ① 🙂 ❤️ \u200b \n mg ml h a.m. p.m. pm AM Dr. Dra. St. Mon. Mar. March marzo مارس د. ص ملغ MRI"
    " DNI https:// www. example.com info@ x 3x st nd er c/ C/ w/ e.g. room ext. call el las الساعة ١٢ word Anna".split(
        " "
    )
)
TEXTS = st.lists(st.tuples(PIECES, st.sampled_from(["", "", " "])), max_size=14).map(
    lambda pieces: "".join(piece + space for piece, space in pieces)
) | st.text(max_size=40)
PLAIN = st.lists(
    st.sampled_from(
        "we are open on Monday at ten thirty, the doctor; can you come? Yes! I'll book it. it's twenty".split()
    ),
    min_size=1,
).map(" ".join)


@pytest.mark.parametrize("language", LANGUAGES)
@given(text=TEXTS)
def test_any_text_is_spoken_without_digits_or_markup_and_aligned(language: LanguageCode, text: str) -> None:
    spoken = NORMALISERS[language].normalise(text)
    assert not any(map(str.isdigit, spoken.text))
    assert not set("*`#@&№½🙂") & set(spoken.text)
    assert all(0 <= anchor.spoken < len(spoken.text) and 0 <= anchor.readable < len(text) for anchor in spoken.anchors)
    for before, after in pairwise(spoken.anchors):
        assert before.spoken < after.spoken
        assert before.readable <= after.readable
    for offset in range(len(spoken.text) + 2):
        assert 0 <= spoken.readable_offset(offset) <= len(text)


@pytest.mark.parametrize("language", LANGUAGES)
@given(text=PLAIN)
def test_text_with_nothing_to_normalise_is_left_alone(language: LanguageCode, text: str) -> None:
    spoken = NORMALISERS[language].normalise(text)
    assert spoken.text == text
    assert all(
        spoken.readable_offset(offset) == text.rfind(" ", 0, offset + 1) + 1
        for offset in range(len(text))
        if text[offset] != " "
    )


@given(text=st.text())
def test_signs_are_made_plain_one_for_one(text: str) -> None:
    plain = in_plain_signs(text)
    assert len(plain) == len(text)
    assert all(not sign.isdigit() or sign in "0123456789" for sign in plain)
    assert all(unicodedata.category(sign) != "Nd" or sign.isascii() for sign in plain)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "text",
    [
        "9" * 1000,
        "1," * 500,
        "a-" * 500,
        "A." * 500,
        "1-" * 500,
        "*" * 1000,
        "( " * 500,
        "1/2 " * 250,
        "a@" * 500,
        "www." * 250,
        "<a " * 300,
        "& " * 500,
    ],
)
def test_a_clause_of_nonsense_takes_no_time_to_speak_of(language: LanguageCode, text: str) -> None:
    spoken = NORMALISERS[language].normalise(text)
    assert not any(map(str.isdigit, spoken.text))
