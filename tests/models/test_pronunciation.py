"""Every word gets a pronunciation: a given one first, then the dictionary's, then espeak-ng's."""

import pytest

from models.errors import EngineError
from models.pronunciation import PHONES, arpabet_of, pronunciations_of


def test_the_dictionary_knows_common_words_in_all_their_variants() -> None:
    assert pronunciations_of(["the", "tuesday"], {})["the"] == ("DH AH", "DH IY")


def test_what_is_given_replaces_the_dictionary() -> None:
    assert pronunciations_of(["tuesday"], {"tuesday": ("T UW Z D IY",)}) == {"tuesday": ("T UW Z D IY",)}


def test_a_word_no_dictionary_has_is_said_as_espeak_would() -> None:
    assert pronunciations_of(["patelova"], {})["patelova"][0].split()[0] == "P"


@pytest.mark.parametrize("phones", ["P AH T EH1 L", "XX", ""])
def test_a_pronunciation_that_is_not_arpabet_is_refused(phones: str) -> None:
    with pytest.raises(EngineError, match="ARPAbet"):
        pronunciations_of(["patel"], {"patel": (phones,)})


def test_phonetic_symbols_map_to_the_longest_match() -> None:
    assert arpabet_of("tʃˈɜːtʃ") == "CH ER CH"
    assert set(arpabet_of("ˈoʊkfiːld ɪz wˈaɪɚd").split()) <= PHONES
