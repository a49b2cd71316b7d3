"""What is loaded and what is refused: model directories, settings, the configured store."""

import json
import logging
import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("faster_whisper", reason="make engines installs it")

from appliance.assembly.engines import build_engines, engine_loaders
from appliance.config import Config, parse_config
from models.errors import EngineError
from models.store import Store
from models.whisper.engine import Whisper
from models.whisper.recogniser import CTranslate2Recogniser
from tests.engines.installed import REVISION, install_model
from tests.engines.whisper.spoken import SETTINGS, speak

pytestmark = pytest.mark.engines


# Loading


def damaged(directory: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "model"
    shutil.copytree(directory, copy)
    return copy


def test_a_model_that_is_not_multilingual_is_refused(directory: Path, tmp_path: Path) -> None:
    """CTranslate2 takes a vocabulary without the empty token for an English one and would ignore the language."""
    copy = damaged(directory, tmp_path)
    vocabulary = json.loads((copy / "vocabulary.json").read_text())
    vocabulary[vocabulary.index("")] = "nothing"
    (copy / "vocabulary.json").write_text(json.dumps(vocabulary))
    with pytest.raises(EngineError, match="English-only"):
        CTranslate2Recogniser(copy, SETTINGS)


@pytest.mark.parametrize("name", ["model.bin", "config.json", "tokenizer.json", "preprocessor_config.json"])
def test_a_missing_file_is_named_and_nothing_is_fetched(directory: Path, tmp_path: Path, name: str) -> None:
    copy = damaged(directory, tmp_path)
    (copy / name).unlink()
    with pytest.raises(EngineError, match=name):
        CTranslate2Recogniser(copy, SETTINGS)


def test_features_of_another_model_are_refused(directory: Path, tmp_path: Path) -> None:
    copy = damaged(directory, tmp_path)
    (copy / "preprocessor_config.json").write_text('{"feature_size": 128}')
    with pytest.raises(EngineError, match="different models"):
        CTranslate2Recogniser(copy, SETTINGS)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"languages": ("xx",)}, "xx"), ({"device": "cuda:17"}, "cuda:17"), ({"compute_type": "int3"}, "int3")],
)
def test_what_cannot_be_loaded_has_a_remedy(directory: Path, wrong: dict[str, str], said: str) -> None:
    with pytest.raises(EngineError, match=said) as error:
        CTranslate2Recogniser(directory, replace(SETTINGS, **wrong))  # type: ignore[arg-type]
    assert error.value.remedy


# By configuration


@pytest.fixture
def store(tmp_path: Path, directory: Path) -> Store:
    store = Store(tmp_path / "models")
    install_model(store, "whisper-micro", "stt", directory)
    return store


def configured(store: Store, **settings: object) -> Config:
    whisper = {"model": "whisper-micro", "device": "cpu", **settings}
    tables = {"models": {"directory": str(store.directory)}, "engines": {"stt": "whisper", "whisper": whisper}}
    return parse_config(tables, "a test", store.directory)


async def test_the_configured_model_is_opened_from_the_store(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    engines = build_engines(configured(store, min_confidence=0.0, languages=["en", "es"]))
    try:
        assert isinstance(engines.stt, Whisper)
        await engines.stt.warm_up()
        assert engines.stt.measurements in engines.measurements()
        _, final = await speak(engines.stt, "hours")
        assert final.language in {"en", "es"}
    finally:
        engines.close()
    (model,) = store.lock().models
    assert f"model whisper-micro: made-here/whisper-micro revision {REVISION}, sha256 {model.digest}" in caplog.text


async def test_the_check_names_model_revision_and_device(store: Store) -> None:
    said = await engine_loaders(configured(store))["stt"]()
    assert said == f"whisper-micro {REVISION[:12]} on cpu (int8_float32)"


def test_a_model_that_changed_since_it_was_verified_is_not_opened(store: Store) -> None:
    path = store.installed("whisper-micro").path / "model.bin"
    later = time.time_ns() + 10**9
    os.utime(path, ns=(later, later))
    with pytest.raises(EngineError, match="changed since it was verified"):
        build_engines(configured(store))


def test_a_model_that_is_not_installed_is_named(store: Store) -> None:
    with pytest.raises(EngineError, match="whisper-large-v3-turbo is not installed"):
        build_engines(configured(store, model="whisper-large-v3-turbo"))
