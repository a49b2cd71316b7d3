"""Everything a call needs, put together once and handed out call by call."""

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.assembly.clinic import Clinic
from appliance.assembly.engines import Engines, line_rates
from appliance.assembly.language_model import DialogueParts
from appliance.assembly.settings import build_turn_settings
from appliance.config import Config
from appliance.dialogue.emergency import emergency_in
from appliance.line import Line
from appliance.listening.ear import Ear
from appliance.metrics import Metrics
from appliance.records.recording import CallRecording
from appliance.session.journal import Journal
from appliance.session.mind import Mind, words_for, words_in_others
from appliance.session.session import AudioTap, Session
from appliance.speaking.normalise.languages import LANGUAGES, normaliser_for
from appliance.speaking.normalise.rules import Normaliser
from appliance.speaking.phrase_cache import PhraseCache
from appliance.speaking.utterance import Voice
from appliance.switchboard import SessionFactory, Switchboard


@dataclass(frozen=True, slots=True)
class CallParts:
    """What every call shares."""

    config: Config
    engines: Engines
    clinic: Clinic
    phrases: PhraseCache
    normaliser: Normaliser
    dialogues: DialogueParts
    other_normalisers: Mapping[str, Normaliser]
    other_phrases: Mapping[str, PhraseCache]

    def session(self, line: Line, journal: Journal, tap: AudioTap | None) -> Session:
        """A session for one answered line."""
        settings, voice_settings = build_turn_settings(self.config)
        engines = self.engines
        dialogue = self.dialogues.dialogue(line.info, journal.engine_failed)
        operator = self.clinic.profile.operator_target
        return Session(
            line=line,
            ear_for=lambda on_partial: Ear(
                line.info.sample_rate,
                engines.vads[line.info.sample_rate],
                engines.stt,
                engines.end_of_turn,
                on_partial,
                voice_settings,
            ),
            voice=self.voice(line.info.sample_rate),
            mind=Mind(
                dialogue,
                words_for(self.clinic.prompts, dialogue.greeting(), operator),
                self.clinic.tools,
                emergency_in,
                words_in_others(self.clinic.prompts_in(self.engines.other_voices), operator),
                self.engines.sentence_ends,
            ),
            settings=settings,
            journal=journal,
            tap=tap,
        )

    def voice(self, sample_rate: int) -> Voice:
        """The clinic's language, and the others that there are voices for."""
        others = {
            language: Voice(tts, sample_rate, self.other_phrases[language], self.other_normalisers[language])
            for language, tts in self.engines.other_voices.items()
        }
        return Voice(self.engines.tts, sample_rate, self.phrases, self.normaliser, others)


async def build_calls(config: Config, engines: Engines, clinic: Clinic) -> CallParts:
    """Make the fixed phrases into audio. Raises `models.errors.EngineError`."""
    phrases = PhraseCache()
    normaliser = normaliser_for(config.clinic.language, config.clinic.pronunciations, config.clinic.date_order)
    await phrases.warm_up(clinic.prompts.all(), engines.tts, line_rates(config), normaliser)
    other_normalisers = _other_normalisers(config)
    other_phrases = {}
    for language, prompts in clinic.prompts_in(engines.other_voices).items():
        other_phrases[language] = PhraseCache()
        voice, normaliser_of = engines.other_voices[language], other_normalisers[language]
        await other_phrases[language].warm_up(prompts.all(), voice, line_rates(config), normaliser_of)
    dialogues = DialogueParts.of(config, clinic, tuple(engines.llm.values()), tuple(engines.other_voices))
    return CallParts(config, engines, clinic, phrases, normaliser, dialogues, other_normalisers, other_phrases)


def _other_normalisers(config: Config) -> Mapping[str, Normaliser]:
    """For the languages that are not the clinic's: respellings go by its language, but phonemes are the same in all."""
    clinic = config.clinic
    phonemes = {word: said for word, said in clinic.pronunciations.items() if "[[" in said}
    return {
        language: normaliser_for(language, phonemes, clinic.date_order)
        for language in LANGUAGES
        if language != clinic.language
    }


def build_switchboard(config: Config, metrics: Metrics, session_for: SessionFactory) -> Switchboard:
    """The switchboard that gives every line a session from `session_for`."""
    records = config.records

    def recording_for(call_id: str, sample_rate: int) -> CallRecording | None:
        return CallRecording(records.recordings_directory, call_id, sample_rate) if records.record_calls else None

    return Switchboard(session_for, recording_for, records.traces_directory, metrics, with_text=records.trace_text)
