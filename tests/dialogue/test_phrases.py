import importlib.util
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from appliance.clinic.profile import ClinicProfile
from appliance.dialogue.emergency import emergency_in
from appliance.dialogue.phrase_lists import EMERGENCIES
from appliance.dialogue.phrases import expected_phrases, pronunciations
from models.phrase_language_model import PhraseLanguageModel

PROFILE = ClinicProfile()
PHRASES = [text for text, _ in expected_phrases(PROFILE)]
DEMO = (
    "i'd like to book an appointment",
    "with doctor patel please",
    "my name is anna miller",
    "march the fifth nineteen eighty",
    "tuesday at ten in the morning",
    "yes",
    "mm-hm",
    "what are your opening hours",
    "no thank you goodbye",
)


def test_there_are_some_thousand_plain_phrases_each_once() -> None:
    assert 3000 <= len(PHRASES) <= 8000
    assert len(PHRASES) == len(set(PHRASES))
    for phrase in PHRASES:
        assert re.fullmatch(r"[a-z'-]+( [a-z']+)*", phrase), phrase


@pytest.mark.parametrize("line", [line for line in DEMO if len(line.split()) >= 3])
def test_the_language_model_tells_a_whole_phrase_from_its_halves(line: str) -> None:
    """With the thresholds that endpointing sets: see `EndpointingSettings.possible_end`."""
    model = PhraseLanguageModel(expected_phrases(PROFILE, ["anna miller"]))
    words = ("<s>", *line.split())
    assert model.probability("</s>", words) >= 0.1
    assert model.probability("</s>", words[:3]) < 0.1


def test_every_pair_of_words_of_the_demo_call_is_covered() -> None:
    phrases = expected_phrases(PROFILE, ["anna miller"])
    pairs = {pair for phrase, _ in phrases for pair in pairwise(phrase.split())}
    for line in DEMO:
        words = line.split()
        assert set(words) <= {word for phrase in PHRASES for word in phrase.split()}
        assert [pair for pair in pairwise(words) if pair not in pairs] == []


def test_every_date_digit_and_doctor_is_covered() -> None:
    text = "\n".join(PHRASES)
    for doctor in PROFILE.doctors:
        assert f"doctor {doctor.surname}" in text
    for month in ("january", "december"):
        assert f"{month} thirty first" in text
    runs = [phrase for phrase in PHRASES if len(phrase.split()) == 7]
    assert any("oh one two" in run for run in runs)


def test_names_of_ones_own_can_be_added() -> None:
    added = {text for text, _ in expected_phrases(PROFILE, ["zebulon quist"])} - set(PHRASES)
    assert "my name is zebulon quist" in added
    assert "q u i s t" in added


def test_the_emergency_phrases_are_emergencies_or_denials() -> None:
    missed = [phrase for phrase in EMERGENCIES if emergency_in(phrase) is None]
    assert missed == ["it is not an emergency", "no it's not an emergency", "no chest pain", "help me please"]


def test_a_doctor_may_bring_a_pronunciation() -> None:
    odd = replace(PROFILE.doctors[0], surname="szczepanski", pronunciation="SH CH EH P AE N S K IY")
    profile = replace(PROFILE, doctors=(odd, *PROFILE.doctors[1:]))
    assert pronunciations(profile)["szczepanski"] == ("SH CH EH P AE N S K IY",)


def test_every_word_can_be_pronounced() -> None:
    spec = importlib.util.find_spec("pocketsphinx")
    if spec is None or spec.origin is None:
        pytest.skip("pocketsphinx is not installed: no CMU dictionary to compare with")
    found = sorted(Path(spec.origin).parent.rglob("cmudict-en-us.dict"))
    if not found:
        pytest.skip("pocketsphinx came without its English dictionary")
    known = {line.split(maxsplit=1)[0] for line in found[0].read_text(encoding="utf-8").splitlines() if line.strip()}
    known |= set(pronunciations(PROFILE))
    assert {word for phrase in PHRASES for word in phrase.split()} - known == set()
