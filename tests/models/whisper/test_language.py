"""The language of a call: detected once there is enough to tell, changed only when sure."""

from hypothesis import given
from hypothesis import strategies as st

from models.whisper.language import ENOUGH_SAMPLES, CallLanguage

THREE = CallLanguage(("en", "es", "ar"))
LONG, SHORT = ENOUGH_SAMPLES, ENOUGH_SAMPLES // 3
LANGUAGES = st.sampled_from(["en", "es", "ar", "de", "zh"])
HEARD = st.dictionaries(LANGUAGES, st.floats(0, 1))


def test_a_fixed_language_is_never_detected() -> None:
    fixed = CallLanguage(("es",))
    assert not fixed.to_detect
    assert fixed.assumed == "es"
    assert fixed.judge({"en": 1.0}, LONG).assumed == "es"


def test_the_first_turn_decides() -> None:
    call = THREE.judge({"es": 0.5, "en": 0.3, "de": 0.2}, LONG)
    assert call.assumed == "es"
    assert not call.to_detect, "known for this turn"
    assert call.next_turn().to_detect


def test_a_word_decides_only_when_it_is_sure() -> None:
    assert THREE.judge({"es": 0.5, "en": 0.3}, SHORT) == THREE
    call = THREE.judge({"es": 0.9, "en": 0.1}, SHORT)
    assert (call.assumed, call.to_detect) == ("es", True)


def test_a_call_changes_over_only_when_sure() -> None:
    call = THREE.judge({"en": 1.0}, LONG).next_turn()
    assert call.judge({"es": 0.6, "en": 0.4}, LONG).assumed == "en"
    assert call.judge({"es": 0.95, "en": 0.05}, SHORT).assumed == "en"
    assert call.judge({"es": 0.95, "en": 0.05}, LONG).assumed == "es"


@given(st.lists(st.tuples(HEARD, st.integers(0, 5 * ENOUGH_SAMPLES), st.booleans())))
def test_it_is_always_one_of_the_languages_configured(heard: list[tuple[dict[str, float], int, bool]]) -> None:
    call = THREE
    for probabilities, samples, turn_ends in heard:
        call = call.judge(probabilities, samples)
        assert call.assumed in THREE.among
        if turn_ends:
            call = call.next_turn()
