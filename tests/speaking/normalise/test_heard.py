"""What was heard is told in the words that are kept, though other words were spoken."""

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.speaking.normalise.languages import LanguageCode, normaliser_for
from appliance.speaking.phrase_cache import PhraseCache
from appliance.speaking.speech import Speech
from appliance.speaking.utterance import AudioComplete, Utterance, UtteranceEvent, Voice
from models.tts import SpeechChunk, WordStart
from tests.speaking.virtual_time import run_in_virtual_time

RATE = 8000
MS_PER_WORD = 200


class WordVoice:
    """Says every word in 200 ms."""

    sample_rate = RATE

    def __init__(self) -> None:
        self.said: list[str] = []

    async def synthesise(self, text: str) -> AsyncIterator[SpeechChunk]:
        self.said.append(text)
        step = RATE * MS_PER_WORD // 1000
        starts: list[WordStart] = []
        at = 0
        for number, word in enumerate(text.split()):
            at = text.index(word, at)
            starts.append(WordStart(at, number * step))
            at += len(word)
            yield SpeechChunk(np.full(step, 1000, np.int16), tuple(starts))

    async def warm_up(self) -> None: ...

    def close(self) -> None: ...


async def _text(text: str) -> AsyncIterator[str]:
    for piece in text.split(" "):
        yield piece + " "


def spoken(text: str, language: LanguageCode = "en") -> tuple[Speech, WordVoice, list[UtteranceEvent]]:
    voice, events = WordVoice(), list[UtteranceEvent]()

    async def speak() -> Speech:
        utterance = Utterance(
            _text(text), Voice(voice, RATE, PhraseCache(), normaliser_for(language)), events.append, most_ahead_ms=10**6
        )
        await utterance.run()
        return utterance.speech

    return run_in_virtual_time(speak()), voice, events


def heard(speech: Speech, ms: int) -> str:
    speech.play_up_to(ms // 20)
    return speech.heard_text.strip()


def test_the_engine_is_given_spoken_words_and_the_history_written_ones() -> None:
    speech, voice, _ = spoken("Take 5 mg at 10:30 with Dr. Patel")
    assert voice.said == ["Take five milligrams at ten thirty with Doctor Patel"]
    assert speech.text.strip() == "Take 5 mg at 10:30 with Dr. Patel"
    assert heard(speech, 200) == "Take"
    assert heard(speech, 280) == "Take"
    assert heard(speech, 300) == "Take 5"
    assert heard(speech, 500) == "Take 5 mg"
    assert heard(speech, 700) == "Take 5 mg at"
    assert heard(speech, 960) == "Take 5 mg at"
    assert heard(speech, 1000) == "Take 5 mg at 10:30"
    assert heard(speech, 1300) == "Take 5 mg at 10:30 with"
    assert heard(speech, 1800) == "Take 5 mg at 10:30 with Dr. Patel"


def test_a_number_at_the_beginning_is_heard_when_half_of_it_was() -> None:
    speech, voice, _ = spoken("1,250 people")
    assert voice.said == ["one thousand two hundred fifty people"]
    assert heard(speech, 480) == ""
    assert heard(speech, 500) == "1,250"
    assert heard(speech, 1100) == "1,250 people"


@pytest.mark.parametrize("text", ["🙂 🙂", "**", "- \n- ", "1️⃣"])
def test_nothing_to_say_is_no_audio_and_no_failure(text: str) -> None:
    speech, voice, events = spoken(text)
    assert voice.said == []
    assert not speech.frames
    assert isinstance(events[-1], AudioComplete)
    assert speech.ended


PIECES = st.sampled_from(
    "Take 5 mg, at 10:30 a.m. with Dr. Patel. **Call** 555 010 1234 now! 🙂 on 11/24/2026 (room 204) A & B MRI".split()
)


@given(st.lists(PIECES, min_size=1, max_size=25).map(" ".join), st.sampled_from(["en", "es", "ar"]))
def test_what_is_heard_is_whole_written_words_and_only_grows(text: str, language: LanguageCode) -> None:
    speech, _, _ = spoken(text, language)
    before = ""
    for frame in range(len(speech.frames) + 1):
        speech.play_up_to(frame)
        now = speech.heard_text
        assert speech.text.startswith(now)
        assert len(now) >= len(before)
        assert not now or now == speech.text or speech.text[len(now)].isspace() or now[-1].isspace()
        before = now
    assert not speech.frames or before == speech.text


def test_fixed_phrases_are_kept_as_they_are_spoken() -> None:
    async def kept() -> list[str]:
        voice, phrases = WordVoice(), PhraseCache()
        await phrases.warm_up(["Call 911 now."], voice, (RATE,), normaliser_for("en"))
        assert phrases.find("Call 911 now.", RATE) is not None
        return voice.said

    assert asyncio.run(kept()) == ["Call nine one one now."]
