"""The clinic's pronunciations, from the file to the voice."""

from pathlib import Path

import pytest

from appliance.config import Config, ConfigError, load_config
from appliance.config.page import defaults_as_toml
from appliance.speaking.normalise.languages import normaliser_for


def configured(tmp_path: Path, text: str) -> Config:
    file = tmp_path / "appliance.toml"
    file.write_text(text, encoding="utf-8")
    return load_config(file)


def test_the_dictionary_of_the_file_is_spoken(tmp_path: Path) -> None:
    clinic = configured(
        tmp_path, '[clinic]\nlanguage = "es"\n[clinic.pronunciations]\nNguyen = "uin"\n"San José" = "san jossé"\n'
    ).clinic
    normaliser = normaliser_for(clinic.language, clinic.pronunciations, clinic.date_order)
    assert normaliser.normalise("La Dra. Nguyen, en San José").text == "La doctora uin, en san jossé"


@pytest.mark.parametrize("said", ['""', '"12"', '"win 2"', '" "', '"..."'])
def test_a_respelling_without_letters_or_with_digits_is_refused(tmp_path: Path, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        configured(tmp_path, f"[clinic.pronunciations]\nNguyen = {said}\n")
    assert "clinic.pronunciations" in str(caught.value)


def test_another_language_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'en', 'es' or 'ar'"):
        configured(tmp_path, '[clinic]\nlanguage = "fr"\n')


def test_without_a_dictionary_nothing_is_respelled() -> None:
    assert Config().clinic.pronunciations == {}
    assert "pronunciations = {}" in defaults_as_toml()
