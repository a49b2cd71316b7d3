"""Piper speaks at once, says where its words are, and stops when nobody listens: the real engine on random voices."""

import asyncio
import itertools
import logging
from collections.abc import AsyncGenerator, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("onnx", reason="make engines installs it")

from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.assembly import build_calls, build_engines, engine_loaders, open_clinic
from appliance.config import Config, parse_config
from appliance.dialogue.prompts import Prompts
from appliance.speaking.clauses import ClauseSplitter
from appliance.speaking.normalise.languages import normaliser_for
from appliance.speaking.rendering import render
from models.errors import EngineError
from models.piper.phonemes import sentences_of
from models.piper.voice import PiperVoice
from models.piper.workers import Workers
from models.store import Store
from models.tts import SpeechChunk
from tests.engines.installed import REVISION, install_model
from tests.engines.random_piper import random_piper

pytestmark = pytest.mark.engines

_Result = TypeVar("_Result")


class CountingWorkers(Workers):
    """Counts the windows that were asked for."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self.jobs = 0
        self.third_asked = asyncio.Event()

    async def run(self, deadline: float, job: Callable[[], _Result]) -> _Result:
        self.jobs += 1
        if self.jobs == 3:
            self.third_asked.set()
        return await super().run(deadline, job)


@pytest.fixture(scope="module")
def steady() -> Iterator[PiperVoice]:
    voice = PiperVoice(random_piper("micro"), Workers(1), lively=False)
    yield voice
    voice.close()


async def spoken(voice: PiperVoice, text: str) -> list[SpeechChunk]:
    return [chunk async for chunk in voice.synthesise(text)]


def joined(chunks: list[SpeechChunk]) -> NDArray[np.int16]:
    return np.concatenate([chunk.samples for chunk in chunks])


async def test_the_first_window_is_short_and_begins_with_sound(steady: PiperVoice) -> None:
    chunks = await spoken(
        steady, "Thank you for calling Riverside Clinic, we are open on weekdays from eight until five."
    )
    assert chunks[0].samples.size <= steady.sample_rate * 250 // 1000
    assert len(chunks) > 3
    first = int(np.flatnonzero(np.abs(joined(chunks)) > 328)[0])
    assert first <= steady.sample_rate * 6 // 1000


async def test_words_start_where_they_stand_in_the_text(steady: PiperVoice) -> None:
    text = "See Doctor Patel, on Tuesday. Then call us back!"
    chunks = await spoken(steady, text)
    words = chunks[-1].words
    assert [text[word.text_offset :].split()[0] for word in words] == text.split()
    starts = [word.sample for word in words]
    assert starts == sorted(set(starts))
    assert starts[-1] < joined(chunks).size
    for earlier, later in itertools.pairwise(chunks):
        assert later.words[: len(earlier.words)] == earlier.words


async def test_a_text_always_sounds_the_same_without_liveliness(steady: PiperVoice) -> None:
    one, other = [joined(await spoken(steady, "One moment, please.")) for _ in range(2)]
    assert np.array_equal(one, other)


async def test_a_lively_voice_is_never_the_same_twice() -> None:
    voice = PiperVoice(random_piper("micro"), Workers(1))
    one, other = [joined(await spoken(voice, "One moment, please.")) for _ in range(2)]
    assert not np.array_equal(one, other)
    voice.close()


async def test_twice_the_speed_takes_less_time_but_not_less_than_half() -> None:
    text = "We are open on weekdays from eight until five."
    lengths = []
    for speed in (0.5, 1.0):
        voice = PiperVoice(random_piper("micro"), Workers(1), lively=False, speed=speed)
        lengths.append(joined(await spoken(voice, text)).size)
        voice.close()
    # The network rounds the length of every phoneme up to whole frames.
    assert 1.25 < lengths[0] / lengths[1] < 2.01


@pytest.mark.parametrize("text", ["", "   ", "...", "—", "?!", "[[]]"])
async def test_a_text_without_words_is_silent(steady: PiperVoice, text: str) -> None:
    assert await spoken(steady, text) == []


async def test_closing_the_iterator_stops_the_work_after_the_window_in_progress() -> None:
    workers = CountingWorkers(1)
    voice = PiperVoice(random_piper("micro"), workers)
    speech = voice.synthesise("This sentence takes a while to say. " * 50)
    assert isinstance(speech, AsyncGenerator)
    await anext(speech)
    await speech.aclose()
    assert workers.jobs == 1
    assert await spoken(voice, "And the next one is not kept waiting.")
    voice.close()


async def test_cancelling_a_listener_leaves_the_engine_usable() -> None:
    workers = CountingWorkers(1)
    voice = PiperVoice(random_piper("micro"), workers)
    listener = asyncio.create_task(spoken(voice, "Some words are being said. " * 100))
    await workers.third_asked.wait()
    listener.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listener
    begun = workers.jobs
    assert await spoken(voice, "Still here.")
    assert workers.jobs <= begun + 4
    voice.close()


async def test_calls_at_once_do_not_mix(steady: PiperVoice) -> None:
    texts = ["One moment, please.", "Are you still there?", "Let me check the calendar for you.", "Goodbye."]
    alone = [joined(await spoken(steady, text)) for text in texts]
    together = await asyncio.gather(*(spoken(steady, text) for text in texts))
    for one, other in zip(alone, map(joined, together), strict=True):
        assert np.array_equal(one, other)


async def test_a_closed_engine_says_so() -> None:
    voice = PiperVoice(random_piper("micro"), Workers(1))
    voice.close()
    with pytest.raises(EngineError, match="closed"):
        await spoken(voice, "Anybody there?")


async def test_speakers_have_voices_of_their_own() -> None:
    audio = []
    for speaker in ("speaker-0", "2", ""):
        voice = PiperVoice(random_piper("micro-speakers"), Workers(1), speaker=speaker, lively=False)
        audio.append(joined(await spoken(voice, "Good morning.")))
        voice.close()
    assert not np.array_equal(audio[0], audio[1])
    assert np.array_equal(audio[0], audio[2])
    with pytest.raises(EngineError, match="no speaker 'nobody'"):
        PiperVoice(random_piper("micro-speakers"), Workers(1), speaker="nobody")


async def test_phonemes_may_be_given(steady: PiperVoice) -> None:
    text = "See Doctor [[ŋwˈɪən]], please."
    chunks = await spoken(steady, text)
    assert [text[word.text_offset :].split()[0] for word in chunks[-1].words] == text.split()
    assert np.array_equal(joined(chunks), joined(await spoken(steady, "See Doctor [[ ŋwˈɪən ]], please.")))
    assert not np.array_equal(joined(chunks), joined(await spoken(steady, "See Doctor Nguyen, please.")))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[ŋwˈɪən]]'s office", "ŋwˈɪənz ˈɑːfɪs"),
        ("[[pˈɪt]]’s office", "pˈɪts ˈɑːfɪs"),
        ("[[kˈɹɪs]]'s, please.", "kˈɹɪsɪz, plˈiːz."),
        ("Ask [[ŋwˈɪən]]. Or her.", "ˈæsk ŋwˈɪən. ɔːɹ hɜː."),
    ],
)
def test_what_follows_given_phonemes_belongs_to_them(text: str, said: str) -> None:
    assert "".join("".join(sentence.phonemes) for sentence in sentences_of(text, "en-us")) == said


async def test_phonemes_that_the_voice_does_not_know_are_named(
    steady: PiperVoice, caplog: pytest.LogCaptureFixture
) -> None:
    steady.check_given_phonemes("Doctor [[ŋwˈɪən]]")
    with pytest.raises(EngineError, match="does not know the phonemes ☃"):
        steady.check_given_phonemes("Doctor [[ŋ☃]]")
    with pytest.raises(EngineError, match="not in phonemes"):
        steady.check_given_phonemes("[[wˈɪn")
    with caplog.at_level(logging.WARNING):
        await spoken(steady, "Doctor [[ŋ☃]].")
        await spoken(steady, "Doctor [[ŋ☃]].")
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        ("micro-es", "Buenos días, ¿en qué puedo ayudarle hoy?"),
        ("micro-ar", "مرحبا بكم في العيادة، كيف يمكنني مساعدتك؟"),
    ],
)
async def test_other_languages_have_words_too(shape: str, text: str) -> None:
    voice = PiperVoice(random_piper(shape), Workers(1), lively=False)
    words = (await spoken(voice, text))[-1].words
    said = [text[word.text_offset :].split()[0] for word in words]
    assert said == [word for word in text.split() if word in said]
    assert len(said) >= len(text.split()) - 1
    voice.close()


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=60), st.sampled_from(["en-us", "es", "ar"]))
def test_any_text_has_its_words_in_order(text: str, voice: str) -> None:
    for sentence in sentences_of(text, voice):
        assert sentence.phonemes
        offsets = [word.text_offset for word in sentence.words]
        places = [word.phoneme for word in sentence.words]
        assert offsets == sorted(offsets)
        assert places == sorted(places)
        assert all(0 <= offset < len(text) for offset in offsets)
        assert all(0 <= place < len(sentence.phonemes) for place in places)


@pytest.mark.parametrize(("shape", "sample_rate"), [("micro", 22_050), ("micro-16k", 16_000)])
@pytest.mark.parametrize("line_rate", [8_000, 16_000])
async def test_the_line_gets_frames_at_its_own_rate(shape: str, sample_rate: int, line_rate: int) -> None:
    voice = PiperVoice(random_piper(shape), Workers(1), lively=False)
    assert voice.sample_rate == sample_rate
    text = "You take 5 mg at 8:30."
    seconds = joined(await spoken(voice, normaliser_for("en").normalise(text).text)).size / sample_rate
    parts = [part async for part in render(text, voice, line_rate, normaliser_for("en"))]
    frames = [frame for part in parts for frame in part.frames]
    assert {len(frame) for frame in frames} == {line_rate // 50 * 2}
    assert len(frames) * 0.02 == pytest.approx(seconds, abs=0.04)
    heard = [text[time.text_offset :].split()[0] for time in parts[-1].times]
    assert heard == text.split()
    voice.close()


# From the configuration -----------------------------------------------------------------------------------------------


def configured(tmp_path: Path, voices: dict[str, str], clinic: dict[str, Any], **piper: Any) -> Config:
    store = Store(tmp_path / "models")
    for shape in set(voices.values()):
        install_model(store, shape, "tts", random_piper(shape))
    tables = {
        "engines": {
            "tts": "piper",
            "stt": "simulated",
            "end_of_turn": "simulated",
            "piper": {"voices": voices} | piper,
        },
        "clinic": clinic,
        "models": {"directory": "models"},
        "records": {"directory": "records"},
    }
    return parse_config(tables, "a test", tmp_path)


async def test_voices_come_from_the_store_and_fixed_phrases_are_made_at_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = configured(tmp_path, {"en": "micro", "es": "micro-es"}, {"pronunciations": {"Nguyen": "[[ŋwˈɪən]]"}})
    with caplog.at_level(logging.INFO):
        engines = build_engines(config)
    assert f"model micro: made-here/micro revision {REVISION}, sha256 " in caplog.text
    assert set(engines.other_voices) == {"es"}
    await engines.warm_up()
    clinic = await open_clinic(config)
    calls = await build_calls(config, engines, clinic)
    for prompts, phrases in (
        (clinic.prompts, calls.phrases),
        (Prompts.of(clinic.profile, "es"), calls.other_phrases["es"]),
    ):
        for phrase in prompts.all():
            splitter = ClauseSplitter()
            for clause in splitter.push(phrase) + splitter.flush():
                found = phrases.find(clause.strip(), 8000)
                assert found is not None
                assert found.frames
    await clinic.close()
    engines.close()


async def test_checking_names_and_times_every_voice(tmp_path: Path) -> None:
    loaders = engine_loaders(configured(tmp_path, {"en": "micro", "es": "micro-es"}, {"language": "es"}))
    assert await loaders["tts"]() == f"micro-es {REVISION[:12]} on the CPU, in windows"
    assert await loaders["tts_en"]() == f"micro {REVISION[:12]} on the CPU, in windows"


@pytest.mark.parametrize(
    ("clinic", "problem"),
    [
        ({"language": "ar"}, "no voice for ar, which is clinic.language"),
        ({"pronunciations": {"Snow": "[[s☃]]"}}, "does not know the phonemes ☃"),
    ],
)
def test_what_cannot_be_said_is_refused_at_start(tmp_path: Path, clinic: dict[str, Any], problem: str) -> None:
    with pytest.raises(EngineError, match=problem):
        build_engines(configured(tmp_path, {"en": "micro"}, clinic))


def test_a_voice_that_changed_since_it_was_verified_is_not_opened(tmp_path: Path) -> None:
    config = configured(tmp_path, {"en": "micro"}, {})
    voice = next((tmp_path / "models" / "micro").rglob("*.onnx"))
    voice.write_bytes(voice.read_bytes() + b"\0")
    with pytest.raises(EngineError, match="has changed since it was verified"):
        build_engines(config)


def test_a_model_that_is_no_voice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.bin").write_bytes(b"weights")
    with pytest.raises(EngineError, match="holds 0 files"):
        PiperVoice(tmp_path, Workers(1))
    (tmp_path / "a.onnx").write_bytes(b"weights")
    with pytest.raises(EngineError, match=r"a\.onnx\.json cannot be read"):
        PiperVoice(tmp_path, Workers(1))


async def test_the_callers_language_has_a_voice_at_its_own_rate(tmp_path: Path) -> None:
    voices = {"en": "micro-16k", "es": "micro-es", "ar": "micro-ar"}
    clinic = {"pronunciations": {"Nguyen": "[[ŋwˈɪən]]", "Cohen": "koen"}}
    config = configured(tmp_path, voices, clinic)
    engines = build_engines(config)
    opened = await open_clinic(config)
    calls = await build_calls(config, engines, opened)
    voice = calls.voice(8000)
    assert voice.tts.sample_rate == 16_000
    spanish = voice.in_language("es")
    assert spanish.tts.sample_rate == 22_050
    assert spanish.normaliser is not None
    # Phonemes are the same in every language, letters are not.
    assert spanish.normaliser.normalise("Doctor Nguyen y Cohen").text == "Doctor [[ŋwˈɪən]] y Cohen"
    parts = [part async for part in render("Hola, buenos días.", spanish.tts, 8000, spanish.normaliser)]
    assert sum(len(part.frames) for part in parts) > 20
    assert voice.in_language("fr") is voice
    await opened.close()
    engines.close()
