"""The configuration of production in small: Whisper, vLLM and Piper, patient enough for a busy machine."""

from pathlib import Path
from typing import Final

from tests.engines.vllm.server import VllmServer
from tests.wire.running import Settings

_MOST_TOKENS: Final = 2000
_TURN_OVER_MS: Final = 2500
_WAITS: Final = [
    f"{which}_wait_ms"
    for which in "doubt unsure concluded complete_answer doubted_answer unscored longest longest_digits".split()
]


def settings(vllm: VllmServer, models: Path, probe_every_s: float) -> Settings:
    """The engines of production, patient enough for a busy machine."""
    return {
        # Unsure, so that it waits, and for long: late packets must not make two turns of one.
        "engines": {"end_of_turn": "simulated", "stt": "whisper", "llm": "openai", "tts": "piper"},
        "engines.simulated": {"end_of_turn_score": 0.5},
        "engines.whisper": {"model": "whisper-micro", "device": "cpu", "threads": 1},
        "engines.piper": {"threads": 1},
        "engines.piper.voices": {"en": "piper-micro"},
        "engines.openai": {
            "url": vllm.url,
            "temperature": 0.0,
            "max_tokens": _MOST_TOKENS,
            "prefill_words": 2,
            "connect_ms": 5000,
            "first_token_ms": 60_000,
            "between_tokens_ms": 60_000,
            "probe_every_s": probe_every_s,
        },
        "turn.endpointing": dict.fromkeys(_WAITS, _TURN_OVER_MS),
        # Who speaks over an answer that has just begun interrupts it, and does not go on with the question. The agent
        # does not go on before the words are known.
        "turn.interruption": {"merge_window_ms": 0, "decision_ms": 30_000, "noise_limit_ms": 30_000},
        "turn.patience": {
            "transcript_ms": 60_000,
            "reply_ms": 60_000,
            "idle_ms": 120_000,
            # Without "one moment": whatever the agent says is an answer.
            "filler_ms": 120_000,
            "tool_filler_ms": 120_000,
        },
        "models": {"directory": str(models)},
        "records": {"directory": "records"},
    }
