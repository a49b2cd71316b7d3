"""From the configuration to voices, as far as that goes without Piper's packages (tests/engines has the rest)."""

from pathlib import Path
from typing import Any

import pytest

from appliance.assembly.text_to_speech import role_of_voice, voice_builders
from appliance.config import Config, ConfigError, parse_config
from models.errors import EngineError
from models.espeak import EspeakNg
from models.simulated import SimulatedTextToSpeech


def config(tts: str, clinic: dict[str, Any] | None = None, **piper: Any) -> Config:
    return parse_config({"engines": {"tts": tts, "piper": piper}, "clinic": clinic or {}}, "test", Path())


@pytest.mark.parametrize(("tts", "kind"), [("espeak", EspeakNg), ("simulated", SimulatedTextToSpeech)])
def test_the_embedded_voices_speak_one_language(tts: str, kind: type) -> None:
    (build,) = voice_builders(config(tts, {"language": "es"})).values()
    voice = build()
    assert isinstance(voice, kind)
    voice.close()


def test_piper_has_a_voice_for_each_language_the_clinics_first() -> None:
    settings = config("piper", {"language": "es"}, voices={"ar": "a", "en": "b", "es": "c"})
    assert list(voice_builders(settings)) == ["es", "ar", "en"]
    assert [role_of_voice(settings, language) for language in voice_builders(settings)] == ["tts", "tts_ar", "tts_en"]


def test_phonemes_need_a_voice_that_speaks_them() -> None:
    settings = config("espeak", {"pronunciations": {"Nguyen": "[[wˈɪn]]"}})
    with pytest.raises(EngineError, match="gives 'Nguyen' in phonemes") as caught:
        voice_builders(settings)["en"]()
    assert 'engines.tts = "piper"' in caught.value.remedy


@pytest.mark.parametrize(
    "piper", [{"voices": {}}, {"voices": {"de": "x"}}, {"voices": {"en": "../x"}}, {"speed": 3}, {"threads": 0}]
)
def test_what_cannot_be_meant_is_refused(piper: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"engines\.piper"):
        config("piper", **piper)
