"""Rolling audio, windows, load and context: nothing lost, nothing too long."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.whisper.context import context_tokens
from models.whisper.load import LONGEST_MS, SHORTEST_MS, Load, partial_interval_ms
from models.whisper.rolling_audio import LONGEST_SAMPLES, RollingAudio, is_audible, speaks_since
from models.whisper.windows import LONGEST_FRAMES, window_frames
from tests.models.audio import noise, recording


@given(st.integers(0, 20 * 16000))
def test_a_window_is_the_next_whole_second(samples: int) -> None:
    frames = window_frames(samples, padded=False)
    assert frames % 100 == 0
    assert frames * 160 >= samples
    assert frames == 100 or (frames - 100) * 160 < samples
    assert window_frames(samples, padded=True) == LONGEST_FRAMES


@given(st.lists(st.integers(0, 30000), max_size=12), st.integers(0, 2**32 - 1))
def test_heads_and_rest_are_the_whole(pieces: list[int], seed: int) -> None:
    random = np.random.default_rng(seed)
    fed = [random.integers(-1000, 1000, size).astype(np.int16) for size in pieces]
    audio = RollingAudio()
    settled = []
    for piece in fed:
        audio.append(piece)
        while audio.overfull:
            head = audio.head()
            assert LONGEST_SAMPLES // 2 <= head.size <= LONGEST_SAMPLES
            settled.append(head.copy())
            audio.drop(head.size)
    whole = np.concatenate([*settled, audio.samples()])
    assert np.array_equal(whole, np.concatenate([np.zeros(0, np.int16), *fed]))


def test_the_head_ends_in_a_pause() -> None:
    audio = RollingAudio()
    loud = noise(9, 16000, 2000)
    loud[int(6.3 * 16000) : int(6.6 * 16000)] //= 100
    audio.append(loud)
    assert 6.3 * 16000 <= audio.head().size <= 6.6 * 16000


def test_a_line_that_only_hums_is_not_audible() -> None:
    assert not is_audible(noise(1, 16000, 20))
    assert not is_audible(np.zeros(0, np.int16))
    assert is_audible(recording("just_yes", 16000))
    assert is_audible(recording("just_yes", 16000) // 10)


def test_silence_after_speech_needs_no_partial() -> None:
    speech = recording("name", 16000, trail_ms=0)
    samples = np.concatenate([speech, noise(1, 16000, 6)])
    assert speaks_since(samples, 0)
    assert speaks_since(samples, speech.size - 3200)
    assert not speaks_since(samples, speech.size + 640)


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 10)), max_size=20))
def test_load_is_a_share(passes: list[tuple[float, float]]) -> None:
    load, now = Load(), 0.0
    for idle, busy in passes:
        load.worked(now + idle, now + idle + busy)
        now += idle + busy
        assert 0 <= load.at(now + 1) <= load.at(now) <= 1
        assert SHORTEST_MS <= partial_interval_ms(load.at(now)) <= LONGEST_MS


@given(st.lists(st.tuples(st.integers(0, 2), st.floats(0, 10), st.floats(0, 10)), max_size=20))
def test_load_of_several_workers_is_the_mean_of_theirs(passes: list[tuple[int, float, float]]) -> None:
    together, alone, ends = Load(workers=3), [Load() for _ in range(3)], [0.0] * 3
    timed = []
    for worker, idle, busy in passes:
        began = ends[worker] + idle
        ends[worker] = began + busy
        timed.append((ends[worker], began, worker))
    for ended, began, worker in sorted(timed):
        together.worked(began, ended)
        alone[worker].worked(began, ended)
        assert together.at(ended) == pytest.approx(sum(load.at(ended) for load in alone) / 3, abs=1e-9)


def test_partials_are_rarer_under_load() -> None:
    load = Load()
    load.worked(0, 60)
    assert partial_interval_ms(load.at(60)) > 499
    assert partial_interval_ms(load.at(63)) == SHORTEST_MS


@given(
    st.dictionaries(st.sampled_from(["en", "es", "ar"]), st.text("ab ", max_size=30)),
    st.lists(st.text("xyz", min_size=1), max_size=8),
    st.integers(0, 60),
)
def test_contexts_are_equally_long(prompts: dict[str, str], hotwords: list[str], limit: int) -> None:
    contexts = context_tokens(lambda text: list(map(ord, text)), ("en", "es", "ar"), prompts, hotwords, limit)
    assert set(contexts) == {"en", "es", "ar"}
    assert len({len(tokens) for tokens in contexts.values()}) == 1
    assert all(len(tokens) <= limit for tokens in contexts.values())


def test_the_context_has_sentence_and_names() -> None:
    contexts = context_tokens(lambda text: list(text.encode()), ("en",), {"en": "A call."}, ("Patel", "Kim"), 100)
    assert bytes(contexts["en"]).decode() == " A call. Patel, Kim."
    contexts = context_tokens(lambda text: list(text.encode()), ("en",), {"en": "A call."}, ("Patel", "Kim"), 16)
    assert bytes(contexts["en"]).decode() == "all. Patel, Kim."
    assert context_tokens(lambda text: list(text.encode()), ("en",), {}, (), 100) == {"en": ()}
