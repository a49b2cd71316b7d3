"""Pronunciations in ARPAbet: from the CMU dictionary in the pocketsphinx package, else as espeak-ng would say it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from models.errors import EngineError
from models.espeak_library import espeak_library
from models.onnx import file_in_package

PHONES: Final = frozenset(
    "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH".split()
)
ESPEAK_VOICE: Final = "en-us"

# espeak-ng's American English in IPA (phsource/ph_english_us), the longest symbols first where one begins another.
_ARPABET_OF_IPA: Final = {
    "aɪə": "AY AH",
    "aɪɚ": "AY ER",
    "tʃ": "CH",
    "dʒ": "JH",
    "aɪ": "AY",
    "aʊ": "AW",
    "eɪ": "EY",
    "oʊ": "OW",
    "ɔɪ": "OY",
    "iə": "IY AH",
    "iː": "IY",
    "uː": "UW",
    "ɑː": "AA",
    "ɔː": "AO",
    "ɜː": "ER",
    "oː": "AO",
    "əl": "AH L",
    "n̩": "AH N",
    "i": "IY",
    "u": "UW",
    "ɪ": "IH",
    "ᵻ": "IH",
    "ɛ": "EH",
    "e": "EH",
    "æ": "AE",
    "a": "AE",
    "ɑ": "AA",
    "ɒ": "AA",
    "ʌ": "AH",
    "ə": "AH",
    "ɐ": "AH",
    "ɚ": "ER",
    "ɔ": "AO",
    "o": "OW",
    "ʊ": "UH",
    "b": "B",
    "d": "D",
    "ð": "DH",
    "f": "F",
    "ɡ": "G",
    "g": "G",
    "h": "HH",
    "j": "Y",
    "k": "K",
    "l": "L",
    "m": "M",
    "n": "N",
    "ŋ": "NG",
    "p": "P",
    "ɹ": "R",
    "r": "R",
    "ɾ": "T",
    "s": "S",
    "ʃ": "SH",
    "t": "T",
    "θ": "TH",
    "v": "V",
    "w": "W",
    "x": "K",
    "z": "Z",
    "ʒ": "ZH",
    "ʔ": "T",
}
_LONGEST_SYMBOL: Final = max(map(len, _ARPABET_OF_IPA))


def pronunciations_of(words: Iterable[str], given: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """All pronunciations of each word: the `given` ones, else the CMU dictionary's, else one from espeak-ng.

    Raises `EngineError` when the dictionary is missing or a given pronunciation is not ARPAbet.
    """
    _check(given)
    wanted = set(words)
    known = _cmu_dictionary(wanted - given.keys())
    found = {word: given[word] if word in given else tuple(known.get(word, ())) for word in sorted(wanted)}
    return {word: spoken or (_as_espeak_says(word),) for word, spoken in found.items()}


def acoustic_model() -> Path:
    """The American English acoustic model inside the pocketsphinx package. Raises `EngineError` when it is missing."""
    return file_in_package("pocketsphinx", "model/en-us/en-us/mdef", distribution="pocketsphinx").parent


def _check(given: Mapping[str, tuple[str, ...]]) -> None:
    for word, phones in ((word, phones) for word, variants in given.items() for phones in variants or ("",)):
        unknown = set(phones.split()) - PHONES
        if unknown or not phones.split():
            raise EngineError(
                f"the pronunciation of {word!r} is not ARPAbet: {' '.join(sorted(unknown)) or 'it is empty'}",
                "use phones such as P AH T EH L, without stress digits",
            )


def _cmu_dictionary(wanted: set[str]) -> dict[str, list[str]]:
    path = file_in_package("pocketsphinx", "model/en-us/cmudict-en-us.dict", distribution="pocketsphinx")
    found: dict[str, list[str]] = defaultdict(list)
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            entry, _, phones = line.strip().partition(" ")
            word = entry.partition("(")[0]
            if word in wanted:
                found[word].append(phones)
    return found


def _as_espeak_says(word: str) -> str:
    phones = arpabet_of(espeak_library().phonemes(word, ESPEAK_VOICE))
    if not phones:
        raise EngineError(f"there is no pronunciation for {word!r}", "give one in ARPAbet, or leave the word out")
    return phones


def arpabet_of(ipa: str) -> str:
    """espeak-ng's International Phonetic Alphabet as ARPAbet; stress, length and other marks are dropped."""
    phones: list[str] = []
    position = 0
    while position < len(ipa):
        for length in range(_LONGEST_SYMBOL, 0, -1):
            if symbol := _ARPABET_OF_IPA.get(ipa[position : position + length]):
                phones.append(symbol)
                break
        else:
            length = 1
        position += length
    return " ".join(phones)
