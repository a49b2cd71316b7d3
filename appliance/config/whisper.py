"""`[engines.whisper]`: Whisper, for speech to text."""

from typing import Annotated, Literal

from pydantic import Field

from appliance.config.base import Section


class WhisperConfig(Section):
    """Whisper through faster-whisper (docs/models.md). Needs `make engines` or `make gpu`, and a model in the store."""

    model: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")] = Field(
        default="whisper-large-v3-turbo", description="The model's name in the store (`appliance models list`)."
    )
    device: Annotated[str, Field(pattern=r"^(cpu|cuda(:\d{1,2})?)$")] = Field(
        default="cuda", description='"cuda" for the first GPU, "cuda:1" for the second, or "cpu".'
    )
    compute_type: Literal[
        "default", "int8", "int8_float16", "int8_bfloat16", "int8_float32", "float16", "bfloat16", "float32"
    ] = Field(
        default="default",
        description='What it computes with. "default": on a GPU as the model was converted, on a CPU "int8", the '
        'quickest there; "int8_float16" saves GPU memory.',
    )
    threads: Annotated[int, Field(ge=1, le=64)] = Field(
        default=1, description="CPU threads for a pass through the network."
    )
    workers: Annotated[int, Field(ge=1, le=64)] = Field(
        default=2,
        description="Passes that run at once on a CPU: as many as the cores that it may have. Of several, one is kept "
        "for finals. On a GPU one pass runs at a time.",
    )
    languages: tuple[Literal["en", "es", "ar"], ...] = Field(
        default=(),
        description="Languages that callers speak; with several each call's is detected. Empty: clinic.language.",
    )
    batch: Annotated[int, Field(ge=1, le=64)] = Field(
        default=8, description="Calls whose waiting audio goes through the network together, at most."
    )
    padded: bool = Field(
        default=False,
        description="Encode 30 s every time, as the weights were trained, instead of just the audio there is. "
        "Many times slower; for models that do badly without.",
    )
    beam_size: Annotated[int, Field(ge=1, le=10)] = Field(
        default=1, description="Hypotheses followed for a final transcript; more is slower and at times better."
    )
    word_times: bool = Field(default=False, description="Find out when each word of a final transcript was said.")
    hotwords: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = Field(
        default=(),
        description="Words that callers say and Whisper may misspell, such as drugs. Doctors, departments and "
        "clinic.extra_names are among them anyway.",
    )
    min_confidence: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.36, description="Below this confidence the words are withheld and the caller is asked again."
    )
    no_speech: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.6, description="Probability of silence above which words that are not sure are taken for none."
    )
