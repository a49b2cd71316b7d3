"""The JSON beside a Piper voice: what it was trained on, and how its phonemes are numbered."""

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.errors import EngineError

BEGIN: Final = "^"
END: Final = "$"
PAD: Final = "_"

_Scale = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Audio(_Part):
    sample_rate: Annotated[int, Field(ge=8_000, le=48_000)]


class _Espeak(_Part):
    voice: Annotated[str, Field(min_length=1)]


class _Inference(_Part):
    noise_scale: _Scale = 0.667
    length_scale: Annotated[float, Field(gt=0, le=10, allow_inf_nan=False)] = 1.0
    noise_w: _Scale = 0.8


class VoiceConfig(_Part):
    """What is needed of the file; the rest of it is ignored. Scales are those of VITS, defaults those of Piper."""

    audio: _Audio
    espeak: _Espeak
    phoneme_type: Literal["espeak"] = "espeak"
    num_symbols: Annotated[int, Field(ge=1)]
    num_speakers: Annotated[int, Field(ge=1)]
    phoneme_id_map: dict[str, Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)]]
    inference: _Inference = _Inference()
    speaker_id_map: dict[str, int] = {}
    default_speaker_id: int = 0
    vowel_clusters: list[list[str]] = []

    @model_validator(mode="after")
    def _phonemes_have_ids(self) -> "VoiceConfig":
        if missing := [symbol for symbol in (BEGIN, END, PAD) if symbol not in self.phoneme_id_map]:
            raise ValueError(f"phoneme_id_map has no id for {' '.join(missing)}")
        if max(max(ids) for ids in self.phoneme_id_map.values()) >= self.num_symbols:
            raise ValueError(f"phoneme_id_map has an id of {self.num_symbols} or more, which num_symbols rules out")
        return self

    def speaker(self, name: str) -> int:
        """The number of the speaker called `name` (or that number itself); the voice's own choice for an empty name.

        Raises `EngineError` when the voice has no such speaker.
        """
        if not name:
            return self.default_speaker_id
        if name in self.speaker_id_map:
            return self.speaker_id_map[name]
        if name.isdecimal() and int(name) < self.num_speakers:
            return int(name)
        known = ", ".join([*self.speaker_id_map][:10]) or f"0 to {self.num_speakers - 1}"
        raise EngineError(f"the voice has no speaker {name!r}", f"use one of its own: {known}")


def read_voice_config(path: Path) -> VoiceConfig:
    """The configuration in `path`. Raises `EngineError` naming the key that is wrong."""
    remedy = "install the voice again (docs/models.md), or choose a voice that espeak-ng phonemes were used for"
    try:
        return VoiceConfig.model_validate_json(path.read_bytes())
    except OSError as error:
        raise EngineError(f"{path} cannot be read: {error.strerror or error}", remedy) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(map(str, first["loc"]))
        raise EngineError(f"{path} is no Piper voice: {key + ': ' if key else ''}{first['msg']}", remedy) from error
