"""How the engine is set up."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.whisper.guards import GuardSettings


@dataclass(frozen=True, slots=True)
class WhisperSettings:
    """`device` "cpu", "cuda" or "cuda:N"; `compute_type` as CTranslate2 names it, "default" on a CPU
    being int8; `workers` passes run at once, each on `threads` of the CPU.

    `languages`: one is fixed, among several each call's is detected. `prompts` (by language) and `hotwords` go before
    every transcript, at most `context_tokens` of them. `padded`: encode 30 s always, as the weights were trained,
    instead of just the audio there is. `beam_size` is that of finals. `word_times`: finals say when each word was said.
    `batch` segments go through the network together at most.
    """

    languages: tuple[str, ...] = ("en",)
    device: str = "cpu"
    compute_type: str = "default"
    threads: int = 1
    workers: int = 1
    padded: bool = False
    beam_size: int = 1
    word_times: bool = False
    batch: int = 8
    prompts: Mapping[str, str] = field(default_factory=dict)
    hotwords: tuple[str, ...] = ()
    context_tokens: int = 100
    guards: GuardSettings = field(default_factory=GuardSettings)
