"""What speech over the agent means: tables of cases a language, and what holds for any words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.turn.backchannel import Meaning, Overlap, meaning_of
from appliance.turn.facts import Expectation, Language
from appliance.turn.lexicon import LEXICONS
from appliance.turn.settings import InterruptionSettings

SETTINGS = InterruptionSettings()
NEAR_THE_END = SETTINGS.answer_near_end_ms

BACKCHANNELS = {
    Language.ENGLISH: """mm-hm; Mm-hmm.; uh-huh; okay; Okay, right.; yeah; Yeah yeah yeah yeah.; I see.; got it
        oh okay; sure; all right; right, right; Great!; mhm; OK; um; of course""",
    Language.SPANISH: """Ajá.; sí; Sí, sí, sí.; claro; vale; de acuerdo; Ya veo.; ah, ya; mm; entiendo; ok; Muy bien.
        bueno; claro que sí; está bien; perfecto; Ah, vale, vale.""",
    Language.ARABIC: """نعم; أيوه; ايوة; تمام; طيب; آه; اه; طيب طيب; ماشي; فهمت; إن شاء الله; أوكي; صحيح؛ صحيح; امم
        تمامً; اي نعم; ما شاء الله""",
}
SPEECH = {
    Language.ENGLISH: """stop; wait; no; No, not Tuesday.; okay but when; yes I would like Friday; hello
        I see a problem; got to go; what; sorry; right now please; Tuesday""",
    Language.SPANISH: """no; espere; pare; no, el martes no; sí pero no puedo; claro que no; el jueves; perdón; qué
        bueno y el precio; ya no""",
    Language.ARABIC: "لا; قف; لحظة; نعم لكن متى; طيب وكم السعر; الخميس; عفوا; لا أريد; تمام بس مش الثلاثاء",
}


def split(block: str) -> list[str]:
    return [said.strip() for said in block.replace("\n", ";").split(";") if said.strip()]


def cases(table: dict[Language, str]) -> list[object]:
    return [pytest.param(language, said) for language, block in table.items() for said in split(block)]


def meaning(
    language: Language,
    said: str,
    *,
    duration_ms: int = 500,
    complete: bool = True,
    asked: Expectation = Expectation.OPEN,
    remaining: int | None = 3000,
) -> Meaning:
    return meaning_of(Overlap(said, language, duration_ms, complete, asked, remaining), SETTINGS)


@pytest.mark.parametrize(("language", "said"), cases(BACKCHANNELS))
def test_a_sign_of_listening_over_a_statement_is_a_backchannel(language: Language, said: str) -> None:
    assert meaning(language, said) is Meaning.BACKCHANNEL
    assert meaning(language, said, complete=False) is Meaning.BACKCHANNEL


@pytest.mark.parametrize(("language", "said"), cases(SPEECH))
def test_what_says_something_is_speech(language: Language, said: str) -> None:
    assert meaning(language, said) is Meaning.SPEECH


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (Language.ENGLISH, "yes"), (Language.ENGLISH, "okay"), (Language.ENGLISH, "mm-hm"),
        (Language.ENGLISH, "oh yes"),
        (Language.SPANISH, "sí"), (Language.SPANISH, "si"), (Language.SPANISH, "vale"), (Language.SPANISH, "ah claro"),
        (Language.ARABIC, "نعم"), (Language.ARABIC, "أيوه"), (Language.ARABIC, "تمام تمام"),
    ],
)  # fmt: skip
def test_assent_answers_a_yes_or_no_question_and_nothing_else(language: Language, said: str) -> None:
    def over(asked: Expectation, remaining: int | None) -> Meaning:
        return meaning(language, said, asked=asked, remaining=remaining)

    assert over(Expectation.YES_NO, NEAR_THE_END) is Meaning.ANSWER
    assert over(Expectation.YES_NO, 0) is Meaning.ANSWER
    assert over(Expectation.YES_NO, NEAR_THE_END + 1) is Meaning.BACKCHANNEL
    assert over(Expectation.YES_NO, None) is Meaning.BACKCHANNEL
    assert over(Expectation.OPEN, 0) is Meaning.BACKCHANNEL
    assert over(Expectation.DATE, 0) is Meaning.BACKCHANNEL


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (Language.ENGLISH, "oh"), (Language.ENGLISH, "I see"), (Language.SPANISH, "ah"), (Language.SPANISH, "ya veo"),
        (Language.ARABIC, "امم"), (Language.ARABIC, "فهمت"),
    ],
)  # fmt: skip
def test_listening_alone_answers_nothing(language: Language, said: str) -> None:
    assert meaning(language, said, asked=Expectation.YES_NO, remaining=0) is Meaning.BACKCHANNEL


@pytest.mark.parametrize("language", Language)
def test_one_language_s_words_are_not_another_s(language: Language) -> None:
    others = {Language.ENGLISH: "claro", Language.SPANISH: "نعم", Language.ARABIC: "right"}
    assert meaning(language, others[language]) is Meaning.SPEECH


def test_words_that_have_only_begun_may_still_become_a_backchannel() -> None:
    assert meaning(Language.ENGLISH, "got", complete=False) is Meaning.BACKCHANNEL
    assert meaning(Language.ENGLISH, "got", complete=True) is Meaning.SPEECH
    assert meaning(Language.SPANISH, "ah de", complete=False) is Meaning.BACKCHANNEL
    assert meaning(Language.ENGLISH, "got to", complete=False) is Meaning.SPEECH


def test_one_word_out_of_a_long_sound_is_not_all_that_was_said() -> None:
    assert meaning(Language.ENGLISH, "okay", duration_ms=1500) is Meaning.BACKCHANNEL
    assert meaning(Language.ENGLISH, "okay", duration_ms=1501) is Meaning.SPEECH
    assert meaning(Language.ENGLISH, "okay okay", duration_ms=2300) is Meaning.BACKCHANNEL
    assert meaning(Language.ENGLISH, "yeah okay right sure fine") is Meaning.SPEECH


anything = st.text(max_size=60)
languages = st.sampled_from(Language)


@given(
    languages,
    anything,
    st.integers(0, 5000),
    st.booleans(),
    st.sampled_from(Expectation),
    st.none() | st.integers(0, 9000),
)
def test_every_text_has_one_meaning(
    language: Language, said: str, duration: int, complete: bool, asked: Expectation, remaining: int | None
) -> None:
    found = meaning(language, said, duration_ms=duration, complete=complete, asked=asked, remaining=remaining)
    letters = any(letter.isalnum() for letter in said)
    assert letters or found is Meaning.NOISE
    assert found is not Meaning.ANSWER or (asked is Expectation.YES_NO and remaining is not None)


@given(languages, st.data())
def test_up_to_three_phrases_in_any_order_and_spelling_are_a_backchannel(
    language: Language, data: st.DataObject
) -> None:
    signals = LEXICONS[language].signals
    known = sorted(signals.assents | signals.listening)
    phrases = data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=3))
    said = ", ".join(" ".join(phrase) for phrase in phrases).upper() + "."
    assert meaning(language, said) is Meaning.BACKCHANNEL
    assert meaning(language, said, duration_ms=700 + 800 * 3 + 1) is Meaning.SPEECH


@given(languages, anything)
def test_longer_or_further_from_the_question_is_never_more_of_an_answer(language: Language, said: str) -> None:
    rank = [Meaning.NOISE, Meaning.BACKCHANNEL, Meaning.SPEECH]
    durations = [meaning(language, said, duration_ms=ms) for ms in (200, 900, 1700, 4000)]
    assert durations == sorted(durations, key=rank.index)


@pytest.mark.parametrize("language", Language)
def test_complete_answers_of_a_language_do_not_pass_unheard(language: Language) -> None:
    """What ends a turn over a question is assent, or takes the floor."""
    signals = LEXICONS[language].signals
    for phrase in signals.complete_answers:
        found = meaning(language, " ".join(phrase), asked=Expectation.YES_NO, remaining=0)
        assert found in {Meaning.ANSWER, Meaning.SPEECH}, phrase
