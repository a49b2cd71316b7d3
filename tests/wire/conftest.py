"""What callers say in these tests: real speech, since the appliance finds it with its real VAD."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from models.espeak import EspeakNg
from sip.wav import Samples, write_wav


@dataclass(frozen=True)
class Voice:
    """WAV files of a caller's words."""

    question: Path
    backchannel: Path
    interruption: Path


async def _speak(text: str) -> tuple[Samples, int]:
    espeak = EspeakNg(rate=170)
    try:
        chunks = [chunk.samples async for chunk in espeak.synthesise(text)]
        return np.concatenate(chunks), espeak.sample_rate
    finally:
        espeak.close()


@pytest.fixture(scope="session")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Voice:
    directory = tmp_path_factory.mktemp("voice")

    def file(name: str, text: str) -> Path:
        samples, rate = asyncio.run(_speak(text))
        write_wav(directory / f"{name}.wav", [samples], rate)
        return directory / f"{name}.wav"

    return Voice(
        file("question", "What are your opening hours"),
        file("backchannel", "Okay"),
        file("interruption", "I would like to speak to somebody please"),
    )
