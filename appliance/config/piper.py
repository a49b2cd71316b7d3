"""`[engines.piper]`."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from appliance.config.base import Section

SpokenLanguage = Literal["en", "es", "ar"]
VoiceName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]


class PiperConfig(Section):
    """Piper voices from the model store, in-process, on the CPU."""

    voices: Mapping[SpokenLanguage, VoiceName] = Field(
        default={"en": "piper-en-us-ljspeech-medium"},
        min_length=1,
        description="By language, the voice as `appliance models list` names it; `clinic.language` needs one.",
    )
    speakers: Mapping[SpokenLanguage, Annotated[str, Field(min_length=1)]] = Field(
        default_factory=dict, description="By language, the speaker of a voice that has several: its name or number."
    )
    speed: Annotated[float, Field(ge=0.5, le=2)] = Field(
        default=1.0, description="Speaking rate: 1 as the voice was recorded, 1.2 a fifth faster."
    )
    threads: Annotated[int, Field(ge=1, le=64)] = Field(
        default=2, description="Threads that speak; each makes a second or less of one call's speech at a time."
    )
