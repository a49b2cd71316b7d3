"""Which written word a spoken word says."""

import pytest

from appliance.speaking.normalise.languages import LanguageCode, normaliser_for
from appliance.speaking.normalise.rules import Normaliser

ENGLISH = normaliser_for("en")


def said_for(written: str, normaliser: Normaliser = ENGLISH) -> list[tuple[str, str]]:
    """Each written word that is spoken, with the words that say it."""
    spoken = normaliser.normalise(written)
    pairs: list[tuple[str, str]] = []
    starts = [anchor.spoken for anchor in spoken.anchors]
    for start, end in zip(starts, [*starts[1:], len(spoken.text)], strict=True):
        at = spoken.readable_offset(start)
        begin = max(written.rfind(" ", 0, at), written.rfind("\n", 0, at)) + 1
        word = written[begin:].split()[0]
        said = spoken.text[start:end].strip()
        if pairs and pairs[-1][0] == word:
            pairs[-1] = (word, f"{pairs[-1][1]} {said}")
        else:
            pairs.append((word, said))
    return pairs


@pytest.mark.parametrize(
    ("language", "written", "pairs"),
    [
        ("en", "at 10:30 please", [("at", "at"), ("10:30", "ten thirty"), ("please", "please")]),
        (
            "en",
            "on March 5, 1980 at",
            [("on", "on"), ("March", "March"), ("5,", "fifth,"), ("1980", "nineteen eighty"), ("at", "at")],
        ),
        (
            "en",
            "Dr. Kim has 5mg, **now**.",
            [("Dr.", "Doctor"), ("Kim", "Kim"), ("has", "has"), ("5mg,", "five milligrams ,"), ("**now**.", "now .")],
        ),
        (
            "en",
            "call 555 010 1234 today",
            [
                ("call", "call"),
                ("555", "five five five, zero"),
                ("010", "one zero, one"),
                ("1234", "two three four"),
                ("today", "today"),
            ],
        ),
        ("en", "Hi 🙂 and bye", [("Hi", "Hi"), ("and", "and"), ("bye", "bye")]),
        ("en", "he/she is in", [("he/she", "he or she"), ("is", "is"), ("in", "in")]),
        ("en", "the 5th of March", [("the", "the"), ("5th", "fifth of"), ("March", "March")]),
        ("es", "a las 10:30 con la Dra. Ruiz", [
            ("a", "a"), ("las", "las"), ("10:30", "diez y media"), ("con", "con"), ("la", "la"), ("Dra.", "doctora"),
            ("Ruiz", "Ruiz"),
        ]),
        ("ar", "الساعة 10:30 غداً", [("الساعة", "الساعة"), ("10:30", "العاشرة والنصف"), ("غداً", "غداً")]),
    ],
)  # fmt: skip
def test_a_spoken_word_says_the_written_word_it_stands_for(
    language: LanguageCode, written: str, pairs: list[tuple[str, str]]
) -> None:
    assert said_for(written, normaliser_for(language)) == pairs


def test_the_clinics_pronunciations_come_first_in_any_case_and_as_whole_words() -> None:
    normaliser = normaliser_for(
        "en", {"Nguyen": "win", "MRI": "magnetic scan", "Saint Croix": "saint croy", "Dr. No": "doctor nope"}
    )
    assert normaliser.normalise("Dr. Nguyen's MRI").text == "Doctor win's magnetic scan"
    assert normaliser.normalise("NGUYEN and nguyens").text == "win and nguyens"
    assert normaliser.normalise("in saint  croix with Dr. No").text == "in saint croy with doctor nope"
    assert said_for("see Nguyen now", normaliser) == [("see", "see"), ("Nguyen", "win"), ("now", "now")]


def test_a_pronunciation_may_hold_signs() -> None:
    normaliser = normaliser_for("en", {"(c)": "copyright", "5-HT": "serotonin"})
    assert normaliser.normalise("the 5-HT level").text == "the serotonin level"


def test_dates_in_figures_follow_the_clinics_order() -> None:
    assert normaliser_for("en", date_order="mdy").normalise("3/5").text == "March fifth"
    assert normaliser_for("en", date_order="dmy").normalise("3/5").text == "May third"
    assert normaliser_for("es", date_order="mdy").normalise("3/5").text == "tres de mayo"


def test_offsets_between_and_beyond_words_belong_to_the_word_before() -> None:
    spoken = ENGLISH.normalise("at 10:30 please")
    assert spoken.text == "at ten thirty please"
    assert [spoken.readable_offset(offset) for offset in (-1, 0, 2, 3, 7, 13, 14, 99)] == [0, 0, 0, 3, 3, 3, 9, 9]
    assert ENGLISH.normalise("").readable_offset(0) == 0
