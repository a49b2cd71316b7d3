"""A reply in another language than the clinic's is spoken by that language's voice, and heard as written."""

from collections.abc import AsyncIterator, Sequence

import numpy as np
import pytest

from appliance.speaking.normalise.languages import normaliser_for
from appliance.speaking.phrase_cache import PhraseCache
from appliance.speaking.speech import Speech
from appliance.speaking.utterance import InLanguage, Utterance, Voice
from models.tts import SpeechChunk
from tests.speaking.virtual_time import run_in_virtual_time

RATE = 8000


class NotingVoice:
    """Says 100 ms a word at `sample_rate` Hz and notes what it was given."""

    def __init__(self, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        self.said: list[str] = []

    async def synthesise(self, text: str) -> AsyncIterator[SpeechChunk]:
        self.said.append(text)
        yield SpeechChunk(np.full(len(text.split()) * self.sample_rate // 10, 1000, np.int16))

    async def warm_up(self) -> None: ...

    def close(self) -> None: ...


class Heard:
    """What two voices, English and Spanish at rates of their own, made of `pieces`."""

    def __init__(self, pieces: Sequence[str | InLanguage]) -> None:
        self.english, self.spanish = NotingVoice(22_050), NotingVoice(16_000)
        spanish = Voice(self.spanish, RATE, PhraseCache(), normaliser_for("es"))
        self._voice = Voice(self.english, RATE, PhraseCache(), normaliser_for("en"), {"es": spanish})
        self._pieces = pieces
        self.speech = run_in_virtual_time(self._speak())

    async def _speak(self) -> Speech:
        utterance = Utterance(self._text(), self._voice, lambda _: None, most_ahead_ms=10**6)
        await utterance.run()
        return utterance.speech

    async def _text(self) -> AsyncIterator[str | InLanguage]:
        for piece in self._pieces:
            yield piece


def test_each_language_has_its_voice_and_its_way_to_read() -> None:
    heard = Heard([InLanguage("Tome 5 mg a las ", "es"), InLanguage("10:30.", "es")])
    assert not heard.english.said
    assert " ".join(heard.spanish.said) == "Tome cinco miligramos a las diez y media."
    assert heard.speech.text == "Tome 5 mg a las 10:30."
    assert heard.speech.ended


def test_the_voice_changes_where_the_language_does_even_within_a_sentence() -> None:
    heard = Heard([InLanguage("Un momento", "es"), " I'm sorry, something went wrong.", InLanguage(" Adiós.", "es")])
    assert heard.spanish.said == ["Un momento", "Adiós."]
    assert " ".join(heard.english.said) == "I'm sorry, something went wrong."
    assert heard.speech.text == "Un momento I'm sorry, something went wrong. Adiós."
    heard.speech.play_up_to(len(heard.speech.frames))
    assert heard.speech.heard_text == heard.speech.text


def test_both_rates_become_that_of_the_line() -> None:
    frames = Heard(["Good morning.", InLanguage(" Buenos días.", "es")]).speech.frames
    assert {len(frame) for frame in frames} == {320}
    assert len(frames) == pytest.approx(20, abs=2)


def test_a_language_without_a_voice_is_spoken_by_the_clinics_own() -> None:
    heard = Heard([InLanguage("Guten Tag.", "de")])
    assert heard.english.said == ["Guten Tag."]
