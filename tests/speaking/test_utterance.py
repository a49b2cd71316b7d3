"""Utterances: speech starts while the text streams, stays a bounded way ahead, and ends cleanly however it ends."""

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest

from appliance.speaking.phrase_cache import PhraseCache
from appliance.speaking.playout import Heard, Playout
from appliance.speaking.utterance import (
    FirstAudio,
    FirstClause,
    FirstText,
    Stage,
    TextComplete,
    Utterance,
    UtteranceEvent,
    UtteranceFailed,
    Voice,
)
from models.errors import EngineError
from models.tts import SpeechChunk, WordStart
from tests.speaking.virtual_time import run_in_virtual_time

RATE = 16000
MS_PER_CHARACTER = 50


class TimedVoice:
    """A voice that takes 100 ms to the first audio of a clause, then 10 ms for each 100 ms of it."""

    def __init__(self, fail_after_clauses: int | None = None) -> None:
        self.clauses: list[str] = []
        self.started: list[float] = []
        self.open = 0
        self._fail_after_clauses = fail_after_clauses

    @property
    def sample_rate(self) -> int:
        return RATE

    async def synthesise(self, text: str) -> AsyncIterator[SpeechChunk]:
        loop = asyncio.get_running_loop()
        self.started.append(loop.time())
        self.open += 1
        try:
            await asyncio.sleep(0.1)
            if self._fail_after_clauses is not None and len(self.clauses) >= self._fail_after_clauses:
                raise EngineError("the voice failed", "restart it")
            self.clauses.append(text)
            words = [WordStart(0, 0)]
            words += [
                WordStart(at + 1, (at + 1) * MS_PER_CHARACTER * RATE // 1000)
                for at, character in enumerate(text)
                if character == " "
            ]
            ms = len(text) * MS_PER_CHARACTER
            for start in range(0, ms, 100):
                await asyncio.sleep(0.01)
                samples = np.full(min(100, ms - start) * RATE // 1000, 1000, np.int16)
                yield SpeechChunk(samples, tuple(words))
        finally:
            self.open -= 1

    async def warm_up(self) -> None: ...

    def close(self) -> None: ...


class TimedText:
    """Words that come one by one."""

    def __init__(self, text: str, seconds_per_word: float = 0.1, fail_after_words: int | None = None) -> None:
        self.closed = False
        self._words = [word + " " for word in text.split(" ")]
        self._words[-1] = self._words[-1].rstrip(" ")
        self._seconds_per_word = seconds_per_word
        self._fail_after_words = fail_after_words

    async def stream(self) -> AsyncIterator[str]:
        try:
            for number, word in enumerate(self._words):
                if number == self._fail_after_words:
                    raise ConnectionError("the language model is gone")
                await asyncio.sleep(self._seconds_per_word)
                yield word
        finally:
            self.closed = True


class Rehearsal:
    """An utterance with its events and their times in ms."""

    def __init__(self, text: TimedText, tts: TimedVoice, phrases: PhraseCache | None = None) -> None:
        self.events: list[tuple[int, UtteranceEvent]] = []
        voice = Voice(tts, 8000, phrases or PhraseCache())
        self.utterance = Utterance(text.stream(), voice, self._note)

    def _note(self, event: UtteranceEvent) -> None:
        self.events.append((round(asyncio.get_running_loop().time() * 1000), event))

    @property
    def names(self) -> list[str]:
        return [type(event).__name__ for _, event in self.events]

    def at(self, kind: type[UtteranceEvent]) -> int:
        return next(at for at, event in self.events if isinstance(event, kind))


async def play(playout: Playout, ticks: int) -> list[bool]:
    """A line for that many frames of 20 ms; whether it starved at each."""
    starved = []
    on_the_line = played = 0
    for _ in range(ticks):
        if on_the_line > played:
            played += 1
        playout.acknowledge(played)
        on_the_line += len(playout.frames_due())
        starved.append(playout.starving)
        await asyncio.sleep(0.02)
    return starved


LONG = "We are open today, from nine in the morning until five in the afternoon. Would you like to come in?"


def test_speech_starts_with_the_first_clause_while_the_text_still_streams() -> None:
    async def scenario() -> None:
        tts = TimedVoice()
        rehearsal = Rehearsal(TimedText(LONG), tts)
        playout = Playout()
        playout.play(rehearsal.utterance.speech)
        async with asyncio.TaskGroup() as group:
            group.create_task(rehearsal.utterance.run())
            await play(playout, 350)
        # The comma is certain with the space after the fourth word; then 100 ms to audio, 10 ms a chunk.
        assert rehearsal.at(FirstText) == 100
        assert rehearsal.at(FirstClause) == 400
        assert rehearsal.at(FirstAudio) == 510
        assert rehearsal.at(TextComplete) == 2000
        assert rehearsal.names[-1] == "AudioComplete"
        assert " ".join(tts.clauses) == LONG
        assert tts.clauses[0] == "We are open today,"
        assert rehearsal.utterance.speech.text == LONG

    run_in_virtual_time(scenario())


def test_the_audio_is_all_of_the_speech_in_whole_frames() -> None:
    async def scenario() -> None:
        tts = TimedVoice()
        rehearsal = Rehearsal(TimedText("It is ten."), tts)
        await rehearsal.utterance.run()
        speech = rehearsal.utterance.speech
        assert {len(frame) for frame in speech.frames} == {320}
        assert len(speech.frames) == 10 * MS_PER_CHARACTER // 20
        assert speech.ended

    run_in_virtual_time(scenario())


def test_the_next_clause_is_made_while_the_former_plays_and_the_line_does_not_starve() -> None:
    async def scenario() -> None:
        tts = TimedVoice()
        rehearsal = Rehearsal(TimedText(LONG, seconds_per_word=0.02), tts)
        playout = Playout()
        async with asyncio.TaskGroup() as group:
            group.create_task(rehearsal.utterance.run())
            await asyncio.sleep(0.3)
            playout.play(rehearsal.utterance.speech)
            starved = await play(playout, len(LONG) * MS_PER_CHARACTER // 20 + 10)
        assert not any(starved)
        assert playout.finished
        assert playout.stop() == Heard(LONG, cut=False)

    run_in_virtual_time(scenario())


def test_a_draft_is_held_back_a_bounded_way_ahead_and_goes_on_when_played() -> None:
    async def scenario() -> None:
        sentences = " ".join(["This sentence has about fifty characters in it now."] * 20)
        tts = TimedVoice()
        rehearsal = Rehearsal(TimedText(sentences, seconds_per_word=0.001), tts)
        playout = Playout()
        async with asyncio.TaskGroup() as group:
            group.create_task(rehearsal.utterance.run())
            await asyncio.sleep(60)
            speech = rehearsal.utterance.speech
            assert rehearsal.names == ["FirstText", "FirstClause", "FirstAudio", "TextComplete"]
            assert speech.text == sentences
            assert len(tts.clauses) == 2
            assert 3000 <= speech.ahead_ms < 6000
            playout.play(speech)
            starved = await play(playout, len(sentences) * MS_PER_CHARACTER // 20 + 30)
        assert not any(starved)
        assert playout.finished
        assert len(tts.clauses) == 20

    run_in_virtual_time(scenario())


@pytest.mark.parametrize("after", [0.0, 0.05, 0.45, 0.505, 0.6, 1.0, 3.0])
def test_cancelling_at_any_moment_closes_text_and_synthesis_and_leaves_no_task(after: float) -> None:
    async def scenario() -> None:
        tts = TimedVoice()
        text = TimedText(LONG)
        rehearsal = Rehearsal(text, tts)
        task = asyncio.create_task(rehearsal.utterance.run())
        await asyncio.sleep(after)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert text.closed or after == 0
        assert tts.open == 0
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert rehearsal.utterance.speech.ended or after == 0
        assert "UtteranceFailed" not in rehearsal.names
        assert "AudioComplete" not in rehearsal.names

    run_in_virtual_time(scenario())


def test_of_a_draft_without_a_voice_only_the_first_clause_is_read_until_it_has_one() -> None:
    async def scenario() -> None:
        text = TimedText(LONG)
        utterance = Utterance(text.stream(), Voice(TimedVoice(), 8000, PhraseCache()), lambda event: None, voiced=False)
        async with asyncio.TaskGroup() as group:
            group.create_task(utterance.run())
            await asyncio.sleep(30)
            assert utterance.speech.text.strip() == "We are open today,"
            utterance.allow_audio()
            await asyncio.sleep(30)
            assert utterance.speech.text == LONG
            playout = Playout()
            playout.play(utterance.speech)
            assert not any(await play(playout, len(LONG) * MS_PER_CHARACTER // 20))

    run_in_virtual_time(scenario())


def test_what_was_played_before_a_cancellation_was_heard() -> None:
    async def scenario() -> None:
        rehearsal = Rehearsal(TimedText(LONG, seconds_per_word=0.02), TimedVoice())
        playout = Playout()
        task = asyncio.create_task(rehearsal.utterance.run())
        await asyncio.sleep(0.3)
        playout.play(rehearsal.utterance.speech)
        # 25 characters at 50 ms: "today," ends with the 18th, "from" begins with the first of the next clause.
        await play(playout, 25 * MS_PER_CHARACTER // 20 + 1)
        task.cancel()
        await asyncio.wait([task])
        assert playout.stop() == Heard("We are open today, from", cut=True)

    run_in_virtual_time(scenario())


def test_a_voice_that_fails_after_one_clause_leaves_that_clause_to_be_heard() -> None:
    async def scenario() -> None:
        text, tts = TimedText(LONG), TimedVoice(fail_after_clauses=1)
        rehearsal = Rehearsal(text, tts)
        playout = Playout()
        playout.play(rehearsal.utterance.speech)
        async with asyncio.TaskGroup() as group:
            group.create_task(rehearsal.utterance.run())
            await play(playout, 200)
        failed = rehearsal.events[-1][1]
        assert isinstance(failed, UtteranceFailed)
        assert failed.stage is Stage.SYNTHESIS
        assert isinstance(failed.error, EngineError)
        assert text.closed
        assert tts.open == 0
        assert playout.finished
        assert playout.stop() == Heard("We are open today,", cut=True)

    run_in_virtual_time(scenario())


def test_a_text_that_fails_stops_the_synthesis_too() -> None:
    async def scenario() -> None:
        tts = TimedVoice()
        rehearsal = Rehearsal(TimedText(LONG, fail_after_words=5), tts)
        await rehearsal.utterance.run()
        failed = rehearsal.events[-1][1]
        assert isinstance(failed, UtteranceFailed)
        assert failed.stage is Stage.TEXT
        assert isinstance(failed.error, ConnectionError)
        assert tts.open == 0
        assert rehearsal.utterance.speech.ended

    run_in_virtual_time(scenario())


def test_a_slow_text_starves_the_line_until_it_goes_on() -> None:
    async def scenario() -> None:
        async def stalling() -> AsyncIterator[str]:
            yield "We are open today, "
            await asyncio.sleep(5)
            yield "until five."

        utterance = Utterance(stalling(), Voice(TimedVoice(), 8000, PhraseCache()), lambda _: None)
        playout = Playout()
        playout.play(utterance.speech)
        async with asyncio.TaskGroup() as group:
            group.create_task(utterance.run())
            starved = await play(playout, 350)
        first = starved.index(True)
        last = len(starved) - 1 - starved[::-1].index(True)
        # 110 ms to the first audio, 900 ms of speech; then silence until 5 s and 110 ms more.
        assert first * 20 == 1020
        assert last * 20 == 5100
        assert all(starved[first : last + 1])
        assert playout.finished

    run_in_virtual_time(scenario())


@pytest.mark.parametrize("text", ["", " \n", "...", "—"])
def test_nothing_to_say_is_complete_without_audio(text: str) -> None:
    async def scenario() -> None:
        tts = TimedVoice()
        rehearsal = Rehearsal(TimedText(text), tts)
        await rehearsal.utterance.run()
        assert rehearsal.names[-2:] == ["TextComplete", "AudioComplete"]
        assert not tts.started
        playout = Playout()
        playout.play(rehearsal.utterance.speech)
        assert playout.finished

    run_in_virtual_time(scenario())


def test_a_fixed_phrase_is_there_at_once_and_like_the_voice_itself() -> None:
    async def scenario() -> None:
        greeting = "Hello, this is the clinic. How can I help you?"
        tts, phrases = TimedVoice(), PhraseCache()
        spoken = Rehearsal(TimedText(greeting, seconds_per_word=0), tts)
        await spoken.utterance.run()
        await phrases.warm_up([greeting], tts, [8000, 16000])
        syntheses = len(tts.started)
        began = asyncio.get_running_loop().time()
        cached = Rehearsal(TimedText(greeting, seconds_per_word=0), tts, phrases)
        await cached.utterance.run()
        assert asyncio.get_running_loop().time() == began
        assert len(tts.started) == syntheses
        assert cached.utterance.speech.frames == spoken.utterance.speech.frames
        for speech in (cached.utterance.speech, spoken.utterance.speech):
            speech.play_up_to(43)
        assert cached.utterance.speech.heard_text == spoken.utterance.speech.heard_text == "Hello, this is the"

    run_in_virtual_time(scenario())


def test_words_that_were_not_warmed_up_are_not_kept() -> None:
    async def scenario() -> None:
        tts, phrases = TimedVoice(), PhraseCache()
        rehearsal = Rehearsal(TimedText("Only for you.", seconds_per_word=0), tts, phrases)
        await rehearsal.utterance.run()
        assert phrases.find("Only for you.", 8000) is None

    run_in_virtual_time(scenario())
