"""Configuration becomes voices."""

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from appliance.config import Config
from models.errors import EngineError
from models.espeak import EspeakNg
from models.simulated import SimulatedTextToSpeech
from models.store import Store
from models.tts import TextToSpeech

if TYPE_CHECKING:
    from models.piper.workers import Workers


def voice_builders(config: Config) -> Mapping[str, Callable[[], TextToSpeech]]:
    """By language, the clinic's first: what loads the voice, or raises `models.errors.EngineError`.

    Piper voices built from one such mapping share their threads, and are closed together.
    """
    engines, language = config.engines, config.clinic.language
    if engines.tts == "simulated":
        simulated = engines.simulated
        return {language: lambda: SimulatedTextToSpeech(simulated.tts_ttfb_ms, simulated.tts_ms_per_char)}
    if engines.tts == "espeak":
        return {language: functools.partial(_espeak, config)}
    workers = functools.cache(lambda: _workers(engines.piper.threads))
    languages = [language, *sorted(engines.piper.voices.keys() - {language})]
    return {each: functools.partial(_piper, config, each, workers) for each in languages}


def role_of_voice(config: Config, language: str) -> str:
    """What the voice is called among the engines: "tts" in the clinic's language, "tts_es" and so on in others."""
    return "tts" if language == config.clinic.language else f"tts_{language}"


def _espeak(config: Config) -> TextToSpeech:
    for word, said in config.clinic.pronunciations.items():
        if "[[" in said or "]]" in said:
            raise EngineError(
                f"clinic.pronunciations gives {word!r} in phonemes, which espeak does not speak",
                'write it in letters as it sounds, or use engines.tts = "piper"',
            )
    espeak = config.engines.espeak
    return EspeakNg(espeak.voice, espeak.words_per_minute, espeak.pitch)


def _workers(threads: int) -> "Workers":
    # Not part of the base install, so not to be imported unless it is wanted.
    try:
        from models.piper.workers import Workers
    except ImportError as error:
        raise EngineError(
            f"Piper's packages are not installed ({error.name} is missing)", "run make engines"
        ) from error
    return Workers(threads)


def _piper(config: Config, language: str, workers: "Callable[[], Workers]") -> TextToSpeech:
    piper = config.engines.piper
    name = next((name for each, name in piper.voices.items() if each == language), None)
    if name is None:
        raise EngineError(
            f"engines.piper.voices has no voice for {language}, which is clinic.language",
            f'name one, as in voices = {{ {language} = "NAME" }} (appliance models list)',
        )
    speaker = next((speaker for each, speaker in piper.speakers.items() if each == language), "")
    shared = workers()
    from models.piper.voice import PiperVoice

    model = Store(config.models.directory).installed(name)
    voice = PiperVoice(
        model.path, shared, name=f"{model.name} {model.revision[:12]}", speed=piper.speed, speaker=speaker
    )
    for said in config.clinic.pronunciations.values():
        voice.check_given_phonemes(said)
    return voice
