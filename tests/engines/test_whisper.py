"""faster-whisper's code paths on a random micro Whisper: what is said has no sense, everything else is real."""

import asyncio
import itertools
import json
import logging
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("faster_whisper", reason="make engines installs it")

from faster_whisper.feature_extractor import FeatureExtractor

from appliance.assembly.engines import build_engines, engine_loaders
from appliance.config import Config, parse_config
from models.errors import EngineError
from models.store import Store
from models.stt import Transcript
from models.whisper.batching import Urgency
from models.whisper.engine import Whisper
from models.whisper.guards import GuardSettings
from models.whisper.language import CallLanguage
from models.whisper.log_mel import LogMel
from models.whisper.recogniser import CTranslate2Recogniser, longest_transcript
from models.whisper.segment import Hypothesis, Segment
from models.whisper.settings import WhisperSettings
from models.whisper.windows import window_frames
from tests.engines.installed import REVISION, install_model
from tests.engines.random_whisper import random_whisper
from tests.models.audio import noise, recording

pytestmark = pytest.mark.engines

NAMES = ("name", "hours", "birth_date", "just_yes", "stop", "book_1", "day_and_time", "goodbye")
# A random network is sure of nothing and ends where it likes.
BELIEVE_ALL = GuardSettings(
    min_confidence=0.0, no_speech=1.0, max_compression=np.inf, max_letters_a_second=np.inf, min_language=0.0
)
SETTINGS = WhisperSettings(
    threads=1,
    prompts={"en": "A phone call.", "es": "Una llamada.", "ar": "مكالمة."},
    hotwords=("Doctor Patel", "cardiology", "ibuprofen"),
    guards=BELIEVE_ALL,
)
THREE = CallLanguage(("en", "es", "ar"))
ENGLISH = CallLanguage(("en",))


@pytest.fixture(scope="module")
def directory() -> Path:
    return random_whisper("micro")


@pytest.fixture(scope="module")
def recogniser(directory: Path) -> CTranslate2Recogniser:
    return CTranslate2Recogniser(directory, SETTINGS)


@pytest.fixture(scope="module")
def multilingual(directory: Path) -> CTranslate2Recogniser:
    return CTranslate2Recogniser(directory, replace(SETTINGS, languages=THREE.among, word_times=True))


@pytest.fixture
def engine(directory: Path) -> Iterator[Whisper]:
    engine = Whisper.load(directory, SETTINGS)
    yield engine
    engine.close()


def of(
    name: str, urgency: Urgency = Urgency.FINAL, language: CallLanguage = ENGLISH, *, padded: bool = False
) -> Segment:
    samples = recording(name, 16000)
    frames = window_frames(samples.size, padded=padded)
    return Segment(LogMel(80).features(samples, frames), samples.size, urgency, language)


def same(one: Hypothesis, other: Hypothesis) -> bool:
    return (one.text, one.language, one.words, one.complete) == (
        other.text,
        other.language,
        other.words,
        other.complete,
    ) and np.allclose(
        [one.average_log_probability, one.no_speech_probability],
        [other.average_log_probability, other.no_speech_probability],
        rtol=1e-3,
        atol=1e-6,
    )


# Features


@pytest.mark.parametrize("mels", [80, 128])
@pytest.mark.parametrize("name", ["name", "just_yes"])
def test_features_are_those_of_faster_whisper(name: str, mels: int) -> None:
    samples = recording(name, 16000)
    frames = window_frames(samples.size, padded=False)
    audio = np.zeros(frames * 160, np.float32)
    audio[: samples.size] = samples / 32768
    theirs = FeatureExtractor(feature_size=mels)(audio, padding=0)
    assert np.allclose(LogMel(mels).features(samples, frames), theirs[:, :frames], atol=1e-4)


# One segment


def test_every_result_has_its_figures(recogniser: CTranslate2Recogniser) -> None:
    for name in NAMES:
        (heard,) = recogniser.decode([of(name)])
        assert heard.average_log_probability < 0
        assert 0 < heard.confidence < 1
        assert 0 <= heard.no_speech_probability <= 1
        assert heard.words == ()


def test_what_is_said_depends_on_what_is_heard(recogniser: CTranslate2Recogniser) -> None:
    assert len({recogniser.decode([of(name)])[0].text for name in NAMES}) >= 3


def test_the_context_changes_what_is_written(directory: Path, recogniser: CTranslate2Recogniser) -> None:
    without = CTranslate2Recogniser(directory, replace(SETTINGS, prompts={}, hotwords=()))
    assert (without.context_tokens, recogniser.context_tokens > 5) == (0, True)
    assert any(not same(without.decode([of(name)])[0], recogniser.decode([of(name)])[0]) for name in NAMES)


def test_the_padded_window_is_the_long_one(directory: Path, recogniser: CTranslate2Recogniser) -> None:
    assert of("just_yes", padded=True).frames == 3000
    (short,) = recogniser.decode([of("just_yes")])
    (padded,) = recogniser.decode([of("just_yes", padded=True)])
    assert not same(short, padded), "the network hears the silence, too"


def test_a_transcript_without_an_end_is_cut_off(recogniser: CTranslate2Recogniser) -> None:
    for name in NAMES:
        most = longest_transcript(of(name).samples)
        for padded in (False, True):
            (heard,) = recogniser.decode([of(name, padded=padded)])
            assert heard.tokens <= most
            assert heard.complete == (heard.tokens < most)


def test_a_beam_is_followed_for_finals_alone(directory: Path, recogniser: CTranslate2Recogniser) -> None:
    beams = CTranslate2Recogniser(directory, replace(SETTINGS, beam_size=5))
    partials = [(beams.decode([of(n, Urgency.PARTIAL)])[0], recogniser.decode([of(n)])[0]) for n in NAMES]
    assert all(same(one, other) for one, other in partials)
    finals = [(beams.decode([of(n)])[0], recogniser.decode([of(n)])[0]) for n in NAMES]
    assert any(not same(one, other) for one, other in finals)


def test_words_have_times_within_the_audio(multilingual: CTranslate2Recogniser) -> None:
    for name in NAMES:
        segment = of(name, language=THREE)
        (heard,) = multilingual.decode([segment])
        assert " ".join(word.text for word in heard.words) == heard.text
        for word in heard.words:
            assert 0 <= word.start_ms <= word.end_ms <= segment.seconds * 1000 + 20
            assert 0 <= word.probability <= 1
        (partial,) = multilingual.decode([of(name, Urgency.PARTIAL, THREE)])
        assert partial.words == ()


# Batches


@pytest.mark.parametrize("network", ["recogniser", "multilingual"])
def test_a_batch_gives_what_each_gives_alone(network: str, request: pytest.FixtureRequest) -> None:
    recogniser: CTranslate2Recogniser = request.getfixturevalue(network)
    language = ENGLISH if network == "recogniser" else THREE
    for urgency in Urgency:
        samples = [recording(name, 16000)[: 2 * 16000] for name in NAMES]
        batch = [Segment(LogMel(80).features(each, 200), each.size, urgency, language) for each in samples]
        together = recogniser.decode(batch)
        alone = [recogniser.decode([segment])[0] for segment in batch]
        assert all(same(one, other) for one, other in zip(together, alone, strict=True))
        assert len({each.text for each in alone}) > 1, "or a mix-up would not show"


def test_languages_are_detected_and_kept_among_those_configured(multilingual: CTranslate2Recogniser) -> None:
    for name in NAMES:
        segment = of(name, language=THREE)
        (heard,) = multilingual.decode([segment])
        assert sum(heard.heard.values()) == pytest.approx(1, abs=1e-3)
        assert {"en", "es", "ar", "zh", "de"} <= set(heard.heard)
        assert heard.language == THREE.judge(heard.heard, segment.samples)
        assert heard.language.assumed in THREE.among
    assert len({multilingual.decode([of(n, language=THREE)])[0].language.assumed for n in NAMES}) > 1


def test_a_fixed_language_is_not_detected_and_can_share_a_pass(multilingual: CTranslate2Recogniser) -> None:
    spanish = CallLanguage(THREE.among, "es", settled=True)
    one, other = multilingual.decode([of("book_1", language=spanish), of("book_1", language=THREE)])
    assert one.heard == {}
    assert one.language == spanish
    assert other.heard != {}


# Streams


async def speak(engine: Whisper, name: str, pace_s: float = 0.002) -> tuple[list[Transcript], Transcript]:
    """A recording, fed in frames of 20 ms, about ten times as fast as it is spoken."""
    partials: list[Transcript] = []
    ear = engine.open_stream(partials.append)
    samples = recording(name, 16000)
    for start in range(0, samples.size, 320):
        ear.feed(samples[start : start + 320])
        await asyncio.sleep(pace_s)
    final = await ear.finalise()
    await ear.aclose()
    return partials, final


async def test_a_call_is_heard(engine: Whisper, recogniser: CTranslate2Recogniser) -> None:
    await engine.warm_up()
    partials, final = await speak(engine, "book_1")
    (expected,) = recogniser.decode([of("book_1")])
    assert final.text == expected.text
    assert final.confidence == pytest.approx(expected.confidence, rel=1e-3)
    assert (final.rejected, final.language) == (None, "en")
    assert all(partial.text and partial.rejected is None for partial in partials)


async def test_partials_come_while_the_caller_speaks_and_only_grow(engine: Whisper) -> None:
    """However slow the machine: turns go on until one has had two partials."""
    ear_has: list[str] = []
    ear = engine.open_stream(lambda partial: ear_has.append(partial.text))
    for name in itertools.cycle(NAMES):
        ear.reset()
        ear_has.clear()
        samples = np.tile(recording(name, 16000), 2)[: 7 * 16000]
        for start in range(0, samples.size, 320):
            ear.feed(samples[start : start + 320])
            await asyncio.sleep(0.005)
        if len(ear_has) >= 2:
            break
    await ear.aclose()
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(ear_has))


async def test_eight_calls_at_once_hear_what_each_would_alone(engine: Whisper) -> None:
    alone = [(await speak(engine, name))[1].text for name in NAMES]
    together = await asyncio.gather(*(speak(engine, name) for name in NAMES))
    assert [final.text for _, final in together] == alone


async def test_a_turn_longer_than_the_window_is_heard_to_its_end(engine: Whisper) -> None:
    ear = engine.open_stream(lambda _: None)
    speech = np.concatenate([recording(name, 16000) for name in NAMES])
    assert speech.size > 12 * 16000
    ear.feed(speech)
    final = await ear.finalise()
    await ear.aclose()
    assert len(final.text.split()) >= 2


async def test_the_loop_is_never_blocked(engine: Whisper) -> None:
    ears = [engine.open_stream(lambda _: None) for _ in range(4)]
    for ear in ears:
        ear.feed(np.tile(recording("birth_date", 16000), 3))
    finals = asyncio.gather(*(ear.finalise() for ear in ears))
    turns_of_the_loop = 0
    while not finals.done():
        turns_of_the_loop += 1
        await asyncio.sleep(0.001)
    assert turns_of_the_loop > 10, "decoding must not hold the interpreter lock"
    for ear in ears:
        await ear.aclose()


async def test_a_call_that_ends_leaves_nothing_queued(engine: Whisper) -> None:
    ears = [engine.open_stream(lambda _: None) for _ in range(12)]
    for ear in ears:
        ear.feed(recording("birth_date", 16000))
    finals = [asyncio.create_task(ear.finalise()) for ear in ears]
    await asyncio.sleep(0)
    for final, ear in zip(finals[1:], ears[1:], strict=True):
        final.cancel()
        await ear.aclose()
    assert (await finals[0]).rejected is None
    await asyncio.wait(finals)
    waiting = [
        sample.value
        for metric in engine.measurements.collect()
        for sample in metric.samples
        if sample.name == "appliance_whisper_waiting"
    ]
    assert waiting == [0, 0]
    assert (await speak(engine, "hours"))[1].rejected is None


@pytest.mark.parametrize("rms", [0.0, 5.0])
async def test_silence_has_no_words(engine: Whisper, rms: float) -> None:
    ear = engine.open_stream(lambda _: None)
    ear.feed(noise(2, 16000, rms))
    assert await ear.finalise() == Transcript("", 0.0, "no_speech")
    await ear.aclose()


async def test_a_random_network_is_not_believed(directory: Path) -> None:
    """The guards on what a network without sense makes of speech."""
    engine = Whisper.load(directory, replace(SETTINGS, guards=GuardSettings(min_confidence=0.6)))
    finals = [(await speak(engine, name))[1] for name in NAMES]
    engine.close()
    assert all(final.text == "" and final.rejected for final in finals)
    counted = sum(
        sample.value
        for metric in engine.measurements.collect()
        for sample in metric.samples
        if sample.name == "appliance_whisper_rejected_total" and sample.labels["urgency"] == "final"
    )
    assert counted == len(NAMES)


async def test_a_closed_engine_says_so(directory: Path) -> None:
    engine = Whisper.load(directory, SETTINGS)
    engine.close()
    with pytest.raises(EngineError, match="closed"):
        await engine.warm_up()
    ear = engine.open_stream(lambda _: None)
    ear.feed(recording("hours", 16000))
    with pytest.raises(EngineError, match="closed"):
        await ear.finalise()
    await ear.aclose()


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
