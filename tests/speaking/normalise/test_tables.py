"""What is said for what is written, case by case: the tables lie beside this file, one for each language."""

from pathlib import Path

import pytest

from appliance.speaking.normalise.languages import LanguageCode, normaliser_for

TABLES: dict[LanguageCode, str] = {"en": "english.txt", "es": "spanish.txt", "ar": "arabic.txt"}
NORMALISERS = {language: normaliser_for(language) for language in TABLES}


def cases(language: LanguageCode) -> list[tuple[LanguageCode, str, str]]:
    """Lines of "written => spoken" ("\\n" for a line break); a line without an arrow is a heading."""
    lines = (Path(__file__).parent / TABLES[language]).read_text(encoding="utf-8").splitlines()
    pairs = [line.split(" => ") for line in lines if " => " in line]
    return [(language, written.replace("\\n", "\n"), spoken) for written, spoken in pairs]


CASES = [case for language in TABLES for case in cases(language)]


@pytest.mark.parametrize(("language", "written", "spoken"), CASES)
def test_what_is_written_is_said_so(language: LanguageCode, written: str, spoken: str) -> None:
    assert NORMALISERS[language].normalise(written).text == spoken


@pytest.mark.parametrize(("language", "written", "spoken"), CASES)
def test_what_is_said_is_said_unchanged(language: LanguageCode, written: str, spoken: str) -> None:
    assert NORMALISERS[language].normalise(spoken).text == spoken


@pytest.mark.parametrize("language", TABLES)
def test_every_table_has_hundreds_of_cases(language: LanguageCode) -> None:
    written = [case[1] for case in cases(language)]
    assert len(written) >= 200
    assert len(set(written)) == len(written)
