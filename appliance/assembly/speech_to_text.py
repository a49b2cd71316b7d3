"""Configuration becomes Whisper, told what this clinic's callers say."""

from typing import Final

from appliance.assembly.clinic import build_profile
from appliance.clinic.profile import ClinicProfile
from appliance.config import Config
from models.store import Store
from models.whisper.engine import Whisper
from models.whisper.guards import GuardSettings
from models.whisper.settings import WhisperSettings

_PROMPTS: Final = {
    "en": "A phone call to {clinic}. The caller wants an appointment.",
    "es": "Una llamada telefónica a {clinic}. El paciente quiere una cita.",
    "ar": "مكالمة هاتفية مع {clinic}. المتصل يريد موعدا.",
}


def build_whisper(config: Config) -> Whisper:
    """Load Whisper from the model store. Raises `models.errors.EngineError` naming what is missing."""
    model = Store(config.models.directory).installed(config.engines.whisper.model)
    return Whisper.load(model.path, whisper_settings(config), name=f"{model.name} {model.revision[:12]}")


def whisper_settings(config: Config) -> WhisperSettings:
    """How the configuration and the clinic's profile have it."""
    whisper, profile = config.engines.whisper, build_profile(config.clinic)
    return WhisperSettings(
        languages=whisper.languages or (config.clinic.language,),
        device=whisper.device,
        compute_type=whisper.compute_type,
        threads=whisper.threads,
        # A GPU shares itself among the segments of one pass.
        workers=whisper.workers if whisper.device == "cpu" else 1,
        padded=whisper.padded,
        beam_size=whisper.beam_size,
        word_times=whisper.word_times,
        batch=whisper.batch,
        prompts={language: prompt.format(clinic=profile.name) for language, prompt in _PROMPTS.items()},
        hotwords=(*_names(profile), *config.clinic.extra_names, *whisper.hotwords),
        guards=GuardSettings(min_confidence=whisper.min_confidence, no_speech=whisper.no_speech),
    )


def _names(profile: ClinicProfile) -> tuple[str, ...]:
    doctors = (doctor.spoken_name for doctor in profile.doctors)
    departments = (department.spoken_name for department in profile.departments)
    return (*doctors, *departments)
