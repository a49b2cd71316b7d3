"""The random micro Whisper: what it writes has no sense, everything else about it is real."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from models.whisper.engine import Whisper
from models.whisper.recogniser import CTranslate2Recogniser
from tests.engines.whisper.spoken import SETTINGS, THREE


@pytest.fixture(scope="module")
def directory() -> Path:
    from tests.engines.random_whisper import random_whisper

    return random_whisper("micro")


@pytest.fixture(scope="module")
def recogniser(directory: Path) -> CTranslate2Recogniser:
    return CTranslate2Recogniser(directory, SETTINGS)


@pytest.fixture(scope="module")
def multilingual(directory: Path) -> CTranslate2Recogniser:
    return CTranslate2Recogniser(directory, replace(SETTINGS, languages=THREE.among, word_times=True))


@pytest.fixture(params=[1, 2], ids=["one worker", "two workers"])
def engine(directory: Path, request: pytest.FixtureRequest) -> Iterator[Whisper]:
    engine = Whisper.load(directory, replace(SETTINGS, workers=request.param))
    yield engine
    engine.close()
