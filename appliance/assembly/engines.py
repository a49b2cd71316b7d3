"""Configuration becomes engines."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from prometheus_client.registry import Collector

from appliance.assembly.clinic import build_profile
from appliance.assembly.gpu_memory import gpu_memory_mb
from appliance.assembly.language_model import model_builders, warm_up_or_do_without
from appliance.assembly.speech_to_text import build_whisper
from appliance.assembly.text_to_speech import role_of_voice, voice_builders
from appliance.config import Config, EnginesConfig
from appliance.dialogue.phrases import expected_phrases, pronunciations
from models.about import Described, Measured
from models.end_of_turn import EndOfTurnModel
from models.llm import LanguageModel
from models.openai_chat.measurements import LanguageModelMeasurements
from models.pocketsphinx import Pocketsphinx
from models.sentence_ends import SentenceEnds, known_sentence_ends
from models.silero import SileroVad
from models.simulated import SimulatedEndOfTurn, SimulatedSpeechToText
from models.simulated_recordings import KnownRecordings, RecordingsSpeechToText
from models.smart_turn import SmartTurn
from models.stt import SpeechToText
from models.tts import TextToSpeech
from models.vad import VoiceActivityDetector


class _Engine(Protocol):
    async def warm_up(self) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Engines:
    """All engines, loaded; `vads` by the sample rate of a line, `llm` by role in order of preference.

    `tts` speaks the clinic's language, `other_voices` further ones (ISO 639-1). Without any `llm` the scripted dialogue
    answers. `sentence_ends` are by language too.
    """

    vads: Mapping[int, VoiceActivityDetector]
    end_of_turn: EndOfTurnModel
    stt: SpeechToText
    tts: TextToSpeech
    llm: Mapping[str, LanguageModel]
    other_voices: Mapping[str, TextToSpeech] = field(default_factory=dict)
    sentence_ends: Mapping[str, SentenceEnds] = field(default_factory=dict)

    def all(self) -> Mapping[str, _Engine]:
        """The engines by role."""
        return {**self._indispensable(), **self.llm}

    def measurements(self) -> Sequence[Collector]:
        """What those engines count that count anything, for Prometheus."""
        measured = [engine.measurements for engine in self.all().values() if isinstance(engine, Measured)]
        return [*measured, LanguageModelMeasurements(self.llm)]

    def _indispensable(self) -> Mapping[str, _Engine]:
        return {
            **{f"vad_{sample_rate}": vad for sample_rate, vad in self.vads.items()},
            "end_of_turn": self.end_of_turn,
            "stt": self.stt,
            "tts": self.tts,
            **{f"tts_{language}": voice for language, voice in self.other_voices.items()},
        }

    async def warm_up(self) -> None:
        """Run each engine once. Raises `models.errors.EngineError`, but not for a language model that is not ready."""
        for engine in self._indispensable().values():
            await engine.warm_up()
        for role, model in self.llm.items():
            await warm_up_or_do_without(role, model)

    def close(self) -> None:
        """Stop their threads."""
        for engine in self.all().values():
            engine.close()


def build_engines(config: Config) -> Engines:
    """Load the configured engines. Raises `models.errors.EngineError` naming what is missing."""
    engines = config.engines
    voices = {language: build() for language, build in voice_builders(config).items()}
    return Engines(
        vads=build_vads(config),
        end_of_turn=_end_of_turn(engines),
        stt=_stt(config),
        tts=voices.pop(config.clinic.language),
        llm={role: build() for role, build in model_builders(config).items()},
        other_voices=voices,
        sentence_ends=known_sentence_ends(),
    )


def engine_loaders(config: Config) -> Mapping[str, Callable[[], Awaitable[str]]]:
    """By role: load the configured engine, run it once and let it go; what it is, if it says so."""

    def loader(build: Callable[[], _Engine]) -> Callable[[], Awaitable[str]]:
        async def load() -> str:
            engine = build()
            try:
                await engine.warm_up()
                held = await gpu_memory_mb()
                said = [engine.description] if isinstance(engine, Described) else []
                return ", ".join([*said, *([f"{held} MB of GPU memory"] if held else [])])
            finally:
                engine.close()

        return load

    engines = config.engines
    loaders = {
        "vad": loader(lambda: build_vad(config)),
        "end_of_turn": loader(lambda: _end_of_turn(engines)),
        "stt": loader(lambda: _stt(config)),
    }
    voices = {
        # Each with threads of its own, since each is closed before the next.
        role_of_voice(config, language): loader(voice_builders(config)[language])
        for language in voice_builders(config)
    }
    models = {role: loader(build) for role, build in model_builders(config).items()}
    return {**loaders, **voices, **(models or {"llm": _scripted})}


async def _scripted() -> str:
    return "the scripted receptionist, without a model"


def line_rates(config: Config) -> tuple[int, ...]:
    """Hz that a line may have: media streams are always at 8 kHz, SIP is where it is not wideband."""
    return (8_000, 16_000) if config.sip.wideband else (8_000,)


def build_vad(config: Config, sample_rate: int = 8_000) -> SileroVad:
    """Voice activity detection for lines at `sample_rate` Hz. Raises `models.errors.EngineError`."""
    file = config.engines.silero.model_file
    return SileroVad(sample_rate, Path(file) if file else None)


def build_vads(config: Config) -> Mapping[int, VoiceActivityDetector]:
    """Voice activity detection for every rate that a line may have. Raises `models.errors.EngineError`."""
    return {rate: build_vad(config, rate) for rate in line_rates(config)}


def _end_of_turn(engines: EnginesConfig) -> SmartTurn | SimulatedEndOfTurn:
    if engines.end_of_turn == "simulated":
        return SimulatedEndOfTurn(engines.simulated.end_of_turn_score)
    file = engines.smart_turn.model_file
    return SmartTurn(engines.smart_turn.threads, Path(file) if file else None)


def _stt(config: Config) -> SpeechToText:
    engines = config.engines
    if engines.stt == "whisper":
        return build_whisper(config)
    if engines.stt == "simulated":
        simulated = engines.simulated
        if simulated.recordings:
            return RecordingsSpeechToText(simulated.stt_delay_ms, KnownRecordings(Path(simulated.recordings)))
        return SimulatedSpeechToText(
            simulated.stt_delay_ms,
            simulated.transcripts,
            stt_word_ms=simulated.stt_word_ms,
            stt_partial_delay_ms=simulated.stt_partial_delay_ms,
        )
    profile = build_profile(config.clinic)
    return Pocketsphinx(
        expected_phrases(profile, config.clinic.extra_names),
        pronunciations(profile),
        threads=engines.pocketsphinx.threads,
        min_confidence=engines.pocketsphinx.min_confidence,
    )
