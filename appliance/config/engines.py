"""`[engines]`: which engine does what, and a table for each engine."""

from typing import Annotated, Literal

from pydantic import Field

from appliance.config.base import Section
from appliance.config.openai import OpenAiConfig
from appliance.config.piper import PiperConfig
from appliance.config.whisper import WhisperConfig

Threads = Annotated[int, Field(ge=1, le=64)]
Milliseconds = Annotated[float, Field(ge=0, le=60_000)]
Probability = Annotated[float, Field(ge=0, le=1)]

_MODEL_FILE = "The ONNX file; empty for the one that is installed."


class SileroConfig(Section):
    """Silero VAD, on one thread."""

    model_file: str = Field(default="", description=_MODEL_FILE)


class SmartTurnConfig(Section):
    """Smart Turn v3.2, the end-of-turn model."""

    threads: Threads = Field(default=1, description="Threads that score turns; each scores one at a time.")
    model_file: str = Field(default="", description=_MODEL_FILE)


class PocketsphinxConfig(Section):
    """pocketsphinx with a language model made from the clinic's own phrases."""

    threads: Threads = Field(default=2, description="Threads that decode calls; one call uses one at a time.")
    min_confidence: Probability = Field(
        default=0.3, description="Below this confidence the words are withheld and the caller is asked again."
    )


class EspeakConfig(Section):
    """espeak-ng, in-process."""

    voice: str = Field(default="en-us", min_length=1, description="Voice, as `espeak-ng --voices` names it.")
    words_per_minute: Annotated[int, Field(ge=80, le=450)] = Field(default=165, description="Speaking rate.")
    pitch: Annotated[int, Field(ge=0, le=99)] = Field(default=50, description="Pitch of the voice.")


class SimulatedConfig(Section):
    """Engines with fixed delays, for tests and benchmarks. Whichever is chosen above reads its keys here."""

    stt_delay_ms: Milliseconds = Field(default=80.0, description="From the end of speech to the final transcript, ms.")
    stt_word_ms: Annotated[float, Field(gt=0, le=5000)] = Field(
        default=300.0, description="Partial transcripts grow by a word for so much sound, ms."
    )
    stt_partial_delay_ms: Milliseconds = Field(
        default=80.0,
        description="How far partial transcripts are behind the sound; so long after it ends they are whole, ms.",
    )
    transcripts: tuple[str, ...] = Field(
        default=("hello",),
        min_length=1,
        description="What the caller is taken to have said, turn by turn, starting over.",
    )
    recordings: str = Field(
        default="",
        description="Folder of 8 kHz WAV files, each with its words in a `.txt`: they are heard for what they say, as "
        "far as they have been said, and `transcripts` are not used.",
    )
    end_of_turn_score: Probability = Field(default=0.97, description="The score of every turn.")
    llm_ttft_ms: Milliseconds = Field(default=120.0, description="Time to the language model's first token, ms.")
    llm_token_ms: Milliseconds = Field(default=20.0, description="Time between tokens, ms.")
    reply: str = Field(
        default="Thank you for calling. We are open on weekdays from eight until five.",
        min_length=1,
        description="What the language model answers.",
    )
    tts_ttfb_ms: Milliseconds = Field(default=60.0, description="Time to the first audio of a clause, ms.")
    tts_ms_per_char: Annotated[float, Field(gt=0, le=1000)] = Field(
        default=60.0, description="How long a character of the text sounds, ms."
    )


class EnginesConfig(Section):
    """Which engine does what. Every engine has a table of its own below."""

    vad: Literal["silero"] = Field(default="silero", description="Voice activity detection.")
    end_of_turn: Literal["smart_turn", "simulated"] = Field(default="smart_turn", description="End-of-turn scoring.")
    stt: Literal["pocketsphinx", "whisper", "simulated"] = Field(default="pocketsphinx", description="Speech to text.")
    llm: Literal["scripted", "openai", "simulated"] = Field(
        default="scripted", description="What answers: the scripted receptionist, or a language model."
    )
    tts: Literal["espeak", "piper", "simulated"] = Field(default="espeak", description="Text to speech.")
    silero: SileroConfig = SileroConfig()
    smart_turn: SmartTurnConfig = SmartTurnConfig()
    pocketsphinx: PocketsphinxConfig = PocketsphinxConfig()
    whisper: WhisperConfig = WhisperConfig()
    espeak: EspeakConfig = EspeakConfig()
    piper: PiperConfig = PiperConfig()
    openai: OpenAiConfig = OpenAiConfig()
    simulated: SimulatedConfig = SimulatedConfig()
