"""Simulated engines keep their delays exactly and say what they are told to."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest

from models.errors import EngineError
from models.llm import TextPiece
from models.simulated import (
    SPEECH_RATE,
    SimulatedEndOfTurn,
    SimulatedLanguageModel,
    SimulatedSpeechToText,
    SimulatedTextToSpeech,
    tone,
)
from models.stt import Transcript


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A loop whose clock jumps to the next timer instead of waiting for it."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0

    def time(self) -> float:
        return self._now

    def _run_once(self) -> None:
        scheduled: list[asyncio.TimerHandle] = getattr(self, "_scheduled")  # noqa: B009
        if not getattr(self, "_ready") and scheduled:  # noqa: B009
            self._now = max(self._now, scheduled[0].when())
        super()._run_once()  # type: ignore[misc]


def in_virtual_time(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(test())


def now_ms() -> float:
    return asyncio.get_running_loop().time() * 1000


def test_the_language_model_streams_on_its_schedule() -> None:
    async def run() -> None:
        pieces = []
        async for piece in SimulatedLanguageModel(120, 20, "Thank you, goodbye.").reply(()):
            assert isinstance(piece, TextPiece)
            pieces.append((round(now_ms(), 6), piece.text))
        assert pieces == [(120, "Thank "), (140, "you, "), (160, "goodbye.")]

    in_virtual_time(run)


FRAME = SPEECH_RATE // 50


def test_finals_take_their_delay_and_transcripts_cycle() -> None:
    async def run() -> None:
        stream = SimulatedSpeechToText(80, ["yes please", "no"]).open_stream(lambda _: None)
        finals = []
        for _ in range(3):
            stream.feed(tone(SPEECH_RATE))
            finals.append((await stream.finalise()).text)
            stream.reset()
            stream.reset()
        assert finals == ["yes please", "no", "yes please"]
        assert now_ms() == pytest.approx(240)

    in_virtual_time(run)


def partials(transcript: str, *sounds_ms: tuple[bool, int], delay_ms: float = 80) -> list[tuple[int, str]]:
    """The partials of a turn of sound (True) and quiet, each with the ms that had been fed."""
    heard: list[tuple[int, str]] = []
    fed = 0
    engine = SimulatedSpeechToText(0, [transcript], stt_word_ms=300, stt_partial_delay_ms=delay_ms)
    stream = engine.open_stream(lambda partial: heard.append((fed, partial.text)))
    for audible, length_ms in sounds_ms:
        for _ in range(length_ms // 20):
            fed += 20
            stream.feed(tone(FRAME) if audible else np.zeros(FRAME, np.int16))
    return heard


def test_partials_grow_a_word_for_every_300_ms_of_sound_and_follow_it_by_their_delay() -> None:
    assert partials("one two three", (True, 1200)) == [(380, "one"), (680, "one two"), (980, "one two three")]


def test_silence_before_the_first_sound_is_no_word() -> None:
    assert partials("one two", (False, 600), (True, 400)) == [(980, "one")]


def test_partials_are_whole_when_it_has_been_quiet_for_their_delay() -> None:
    assert partials("one two three four", (True, 400), (False, 100)) == [(380, "one"), (480, "one two three four")]


def test_partials_take_back_words_that_there_was_no_room_for_when_the_sound_goes_on() -> None:
    assert partials("one two three four", (True, 400), (False, 100), (True, 200)) == [
        (380, "one"),
        (480, "one two three four"),
        (520, "one"),
        (680, "one two"),
    ]


def test_nothing_fed_is_no_speech() -> None:
    async def run() -> None:
        stream = SimulatedSpeechToText().open_stream(lambda _: None)
        assert await stream.finalise() == Transcript("", 0.0, "no_speech")

    in_virtual_time(run)


def test_a_list_of_no_transcripts_is_refused() -> None:
    with pytest.raises(EngineError, match="transcript"):
        SimulatedSpeechToText(transcripts=())


def test_speech_sounds_in_its_words_and_only_there() -> None:
    async def run() -> None:
        text = "Good morning, Anna"
        chunks = [chunk async for chunk in SimulatedTextToSpeech(50, 10).synthesise(text)]
        samples = np.concatenate([chunk.samples for chunk in chunks])
        assert now_ms() == pytest.approx(50)
        assert samples.size == len(text) * 160
        assert [(word.text_offset, word.sample) for word in chunks[-1].words] == [(0, 0), (5, 800), (14, 2240)]
        loud = np.abs(samples.astype(np.int32)).reshape(len(text), 160).max(axis=1) > 3000
        assert "".join("x" if character else " " for character in loud) == "xxxx xxxxxxxx xxxx"

    in_virtual_time(run)


def test_the_score_is_the_configured_one_after_the_delay() -> None:
    async def run() -> None:
        assert await SimulatedEndOfTurn(0.4, 30).score(np.zeros(16, np.int16)) == 0.4
        assert now_ms() == pytest.approx(30)

    in_virtual_time(run)
