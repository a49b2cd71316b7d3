"""faster-whisper's code paths on the random micro Whisper: one segment, and several in a batch."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("faster_whisper", reason="make engines installs it")

from faster_whisper.feature_extractor import FeatureExtractor

from models.whisper.batching import Urgency
from models.whisper.language import CallLanguage
from models.whisper.log_mel import LogMel
from models.whisper.recogniser import CTranslate2Recogniser, longest_transcript
from models.whisper.segment import Segment
from models.whisper.windows import window_frames
from tests.engines.whisper.spoken import ENGLISH, NAMES, SETTINGS, THREE, of, same
from tests.models.audio import recording

pytestmark = pytest.mark.engines


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
