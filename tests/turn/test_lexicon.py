"""What the words of each language say about a turn: tables of cases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.turn.endpointing import silence_that_ends_the_turn
from appliance.turn.facts import Expectation, Language
from appliance.turn.lexicon import LEXICONS
from appliance.turn.settings import EndpointingSettings
from appliance.turn.tokens import same_words, words
from appliance.turn.wording import (
    asks_to_wait,
    awaits_its_verb,
    is_complete_answer,
    is_dependent,
    looks_unfinished,
    may_go_on,
    sounds_concluded,
)

EN, ES, AR = Language.ENGLISH, Language.SPANISH, Language.ARABIC
SETTINGS = EndpointingSettings()


def cases(table: dict[Language, str]) -> list[object]:
    return [
        pytest.param(language, said.strip())
        for language, block in table.items()
        for said in block.replace("\n", ";").split(";")
        if said.strip()
    ]


UNFINISHED = {
    EN: "I'd like to see Doctor; on Tuesday and; with the; um; I need it because; next; I'll ask whether they; you're",
    ES: """Quiero ver a doctor; el martes y; con la; eh; lo necesito porque; para mi; es que; me duele desde
        quería preguntar si; una cita con; mañana o""",
    AR: "أريد موعد مع; يوم الثلاثاء و; عند الدكتور; يعني; لأن; موعد في; الساعة; أو; أنا",
}
FINISHED = {
    EN: """on Tuesday; hold on; can you repeat that; Anna Miller; what should I do next; no; five five five; who is she
        not for a while; which doctor should I send it to""",
    ES: """el martes; ¿Cómo está?; ¿Dónde están?; no sé; creo que sí; con él; para mí; sí; si; claro que si; nada más
        quiero este; Ana García; ¿Quién es?""",
    AR: "يوم الثلاثاء; اسمي علي; أحمد علي; نعم; لا; أريد هذا; الساعة كم; مع دكتور خالد; كل يوم",
}


@pytest.mark.parametrize(("language", "said"), cases(UNFINISHED))
def test_more_must_follow(language: Language, said: str) -> None:
    assert looks_unfinished(said, language)


@pytest.mark.parametrize(("language", "said"), cases(FINISHED))
def test_nothing_need_follow(language: Language, said: str) -> None:
    assert not looks_unfinished(said, language)


NAMES = {
    EN: """your temporary greeting; the earlier appointment; well my call; nobody; hello; sorry; another doctor
        I have to move it because the doctor; you""",
    ES: "mi hija; la persona; buenas tardes; necesito una cita porque el doctor; usted",
}
SAYS = {
    EN: """the office has closed; my back hurts; this is about my bill; that works for me; a repeat prescription please
        no; yes; you lost my file; Anna Miller; five five five; can I come; tuesday morning
        while I connect your call; nobody answered""",
    ES: "mi hija tiene fiebre; la doctora me llamó; sí; el lunes por la mañana por favor; usted me atenderá; me duele",
    AR: "ابنتي; الطبيب",
}


@pytest.mark.parametrize(("language", "said"), cases(NAMES))
def test_what_only_names_something_awaits_its_verb(language: Language, said: str) -> None:
    assert awaits_its_verb(said, language)


@pytest.mark.parametrize(("language", "said"), cases(SAYS))
def test_what_says_something_or_is_an_answer_does_not(language: Language, said: str) -> None:
    assert not awaits_its_verb(said, language)


@pytest.mark.parametrize(
    ("language", "said"),
    cases(
        {
            EN: "I'd like to schedule; my name is; can I see; what time; while I try; change; the office is now",
            ES: """Quisiera pedir; me llamo; mi nombre es; necesito; a qué hora; podría cambiar; quiero ver; por cierto
            pues de todos modos; llamo de parte de mi madre; con respecto a mi cita; y además
            necesito hablar con la doctora; una cita con el doctor""",
            AR: "أريد أن أحجز; اسمي; عايز أحجز; ممكن; بدي أغير; رقمي",
        }
    ),
)
def test_more_is_likely(language: Language, said: str) -> None:
    assert may_go_on(said, language)


@pytest.mark.parametrize(
    ("language", "said"),
    cases(
        {
            EN: "Tuesday please; what are your opening hours; at ten; on Tuesday in the morning",
            ES: """el martes por favor; ¿a qué hora abren los sábados?; a las diez; a las diez y media; gracias
        eso es todo;         ¿cuánto cuesta una consulta?; el martes por la mañana; ¿tienen algo para mañana?""",
            AR: "الثلاثاء من فضلك; متى تفتحون يوم السبت؟; الساعة العاشرة; الساعة ١٠ ونص; شكرا; بس; هل عندكم موعد غدا؟",
        }
    ),
)
def test_the_words_could_be_all(language: Language, said: str) -> None:
    assert sounds_concluded(said, language)


@pytest.mark.parametrize(
    ("language", "said"),
    cases(
        {
            EN: "yes; no; No, thank you.; yes I have; I don't; okay; um yes",
            ES: "sí; si; no; No, gracias.; Sí, claro.; creo que no; no sé; así es; eh sí; está bien; no lo sé; adiós",
            AR: "نعم; لا; لا شكرا; أيوه; تمام; لا أعرف; مش متأكد; ما عندي; نعم لو سمحت; امم نعم; إن شاء الله",
        }
    ),
)
def test_a_whole_answer(language: Language, said: str) -> None:
    assert is_complete_answer(said, language)
    wait = silence_that_ends_the_turn(0.6, said, Expectation.YES_NO, (), SETTINGS, language)
    assert wait == SETTINGS.complete_answer_wait_ms


@pytest.mark.parametrize(
    ("said", "dependent"),
    [
        ("porque ayer por la noche", True),
        ("pero si no puede ser mañana", True),
        ("cuando me acuesto por la noche", True),
        ("es que ayer por la noche", True),
        ("ayer por la noche me caí", False),
        ("no puedo porque trabajo", False),
        ("como", False),
        ("cómo puedo cambiar la cita", False),
    ],
)
def test_a_spanish_clause_that_begins_like_a_dependent_one(said: str, *, dependent: bool) -> None:
    assert is_dependent(said, ES) is dependent


STALLS = {
    EN: "hold on; one moment please; just a second; let me check my calendar; wait; bear with me",
    ES: """espere; un momento por favor; un momentito; déjeme ver; dejeme buscar mi tarjeta; un segundo; espéreme
        no cuelgue""",
    AR: "لحظة; لحظة من فضلك; انتظر شوي; دقيقة; ثانية واحدة; استنى; خليك معي",
}


@pytest.mark.parametrize(("language", "said"), cases(STALLS))
def test_asking_for_time(language: Language, said: str) -> None:
    assert asks_to_wait(said, language)


@pytest.mark.parametrize(
    ("language", "said"),
    cases(
        {
            EN: "on Tuesday at ten; I have waited; my daughter",
            ES: "el martes; hace un mes; me siento mal; la esperanza",
            AR: "يوم الثلاثاء; بعد ثلاثين دقيقة; موعد",
        }
    ),
)
def test_not_asking_for_time(language: Language, said: str) -> None:
    assert not asks_to_wait(said, language)


@pytest.mark.parametrize(
    ("language", "said", "asked", "whole"),
    [
        (EN, "five five five one two", Expectation.DIGITS, False),
        (EN, "five five five one two three four five six seven", Expectation.DIGITS, True),
        (ES, "seis cero nueve", Expectation.DIGITS, False),
        (ES, "seis cero nueve uno dos tres cuatro cinco seis siete", Expectation.DIGITS, True),
        (ES, "609 123 4567", Expectation.DIGITS, True),
        (ES, "el cinco de marzo", Expectation.DATE, False),
        (ES, "el cinco de marzo de mil novecientos ochenta", Expectation.DATE, True),
        (ES, "el cinco de marzo de 1980", Expectation.DATE, True),
        (ES, "el martes a las diez", Expectation.DATE, True),
        (ES, "me llamo Ana", Expectation.NAME, False),
        (ES, "me llamo Ana García", Expectation.NAME, True),
        (AR, "صفر خمسة خمسة", Expectation.DIGITS, False),
        (AR, "صفر خمسة خمسة واحد اثنين ثلاثة أربعة خمسة ستة سبعة", Expectation.DIGITS, True),
        (AR, "٠٥٥١٢٣٤٥٦٧", Expectation.DIGITS, True),
        (AR, "خمسة مارس", Expectation.DATE, False),
        (AR, "خمسة مارس ١٩٨٠", Expectation.DATE, True),
        (AR, "يوم الثلاثاء الساعة عشرة", Expectation.DATE, True),
        (AR, "اسمي فاطمة", Expectation.NAME, False),
        (AR, "اسمي فاطمة حسن", Expectation.NAME, True),
    ],
)
def test_a_value_that_was_asked_for_is_waited_for_until_it_is_whole(
    language: Language, said: str, asked: Expectation, whole: bool
) -> None:
    wait = silence_that_ends_the_turn(0.95, said, asked, (), SETTINGS, language)
    assert (wait == 0) is whole


@pytest.mark.parametrize(
    ("language", "said"),
    [(ES, "¿con quién hablo, por favor?"), (AR, "مع مين أتكلم لو سمحت"), (EN, "who am I speaking to please")],
)
def test_words_in_which_no_number_has_begun_answer_something_else(language: Language, said: str) -> None:
    assert silence_that_ends_the_turn(0.95, said, Expectation.DIGITS, (), SETTINGS, language) == 0


def test_arabic_is_one_word_however_it_is_written() -> None:
    assert same_words("أُريدُ مَوعِدًا", "اريد موعدا")
    assert same_words("مرحبـــا", "مرحبا")
    assert words("٣ مارس") == ("3", "مارس")


def test_accents_tell_spanish_words_apart_however_they_are_composed() -> None:
    assert same_words("si\u0301", "sí")
    assert not same_words("sí", "si")


@given(st.sampled_from(Language), st.text(max_size=80), st.sampled_from(Expectation), st.none() | st.floats(0, 1))
def test_every_text_has_a_wait_within_the_ceiling(
    language: Language, said: str, asked: Expectation, score: float | None
) -> None:
    wait = silence_that_ends_the_turn(score, said, asked, (), SETTINGS, language)
    assert 0 <= wait <= SETTINGS.longest_digits_wait_ms


@pytest.mark.parametrize("language", Language)
def test_a_whole_answer_is_neither_unfinished_nor_a_hesitation(language: Language) -> None:
    signals = LEXICONS[language].signals
    for phrase in signals.complete_answers:
        assert not looks_unfinished(" ".join(phrase), language), phrase
        assert not set(phrase) <= signals.hesitations, phrase
