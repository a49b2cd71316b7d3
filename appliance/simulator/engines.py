"""Engines that hear what the scenario's caller says, when it is said, and speak as fast as it tells.

They run at the line's rate, so nothing is resampled, and look at the clock instead of the audio.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from appliance.line import FRAME_MS
from appliance.simulator.call_time import CallTime
from appliance.simulator.faults import Faults
from appliance.simulator.scenario import Engine, Scenario, Stretch
from models.stt import PartialHandler, Transcript
from models.tts import SpeechChunk, WordStart

LINE_RATE: Final = 8000
PROMPT_MS_PER_CHARACTER: Final = 60.0
"""How fast words are spoken that no agent entry times: about 165 words a minute."""

_WINDOW_MS = 32
# So delayed, one and two windows cross .5 where Silero's do (medians, DESIGN section 5): speech is found 39 and 71 ms
# after the first sound, and silence 82 and 114 ms after the last.
_ONSET_MS = 23
_RELEASE_MS = 34
_SAMPLES_PER_FRAME = LINE_RATE * FRAME_MS // 1000
_LOUDNESS = 8000
_MARKED_SAMPLE = 100


class ScenarioVad:
    """Finds the caller's sounds as late as Silero does. Nothing is heard while the line is held."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario

    @property
    def window_samples(self) -> int:
        """32 ms."""
        return LINE_RATE * _WINDOW_MS // 1000

    @property
    def sample_rate(self) -> int:
        """The line's."""
        return LINE_RATE

    def new_stream(self) -> "ScenarioVadStream":
        """The stream of the one call."""
        return ScenarioVadStream(self._scenario)

    async def warm_up(self) -> None:
        """Nothing to warm."""

    def close(self) -> None:
        """Nothing to stop."""


class ScenarioVadStream:
    """Counts windows, and knows which of them have sound."""

    silence_peak = -1  # nothing is on the line but the scenario

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._now = 0
        self._next = 0

    def probability(self, window: NDArray[np.int16]) -> float:
        """1 in sound, 0 in silence."""
        begins, self._now = self._now, self._now + _WINDOW_MS
        stretches = self._scenario.stretches
        while self._next < len(stretches) and stretches[self._next].ends + _RELEASE_MS <= begins:
            self._next += 1
        if self._next == len(stretches) or self._now <= stretches[self._next].begins + _ONSET_MS:
            return 0.0
        return 0.0 if self._scenario.holds and self._scenario.on_hold(begins) else 1.0


class ScenarioEndOfTurn:
    """Gives the score that the scenario has for the sound heard last."""

    def __init__(self, scenario: Scenario, time: CallTime, faults: Faults) -> None:
        self._scenario = scenario
        self._time = time
        self._faults = faults

    @property
    def sample_rate(self) -> int:
        """The line's."""
        return LINE_RATE

    @property
    def context_seconds(self) -> float:
        """As little as there can be: the audio is not looked at."""
        return FRAME_MS / 1000

    async def score(self, speech: NDArray[np.int16]) -> float:
        """The score, after its delay. Raises `EngineError` when the scenario says so."""
        stretch = latest_stretch(self._scenario.stretches, self._time.now_ms)
        await self._faults.meet(Engine.END_OF_TURN)
        if stretch is None:
            return 0.0
        await asyncio.sleep(stretch.score_delay / 1000)
        return stretch.score

    async def warm_up(self) -> None:
        """Nothing to warm."""

    def close(self) -> None:
        """Nothing to stop."""


def latest_stretch(stretches: Sequence[Stretch], now: float) -> Stretch | None:
    """The sound that ended last before `now`."""
    return max((stretch for stretch in stretches if stretch.ends <= now), key=lambda s: s.ends, default=None)


class ScenarioSpeechToText:
    """Hears the scenario's words as they are said, and has the final ones after their delay."""

    def __init__(self, scenario: Scenario, time: CallTime, faults: Faults) -> None:
        self._scenario = scenario
        self._time = time
        self._faults = faults

    @property
    def sample_rate(self) -> int:
        """The line's."""
        return LINE_RATE

    def open_stream(self, on_partial: PartialHandler) -> "ScenarioTranscriptStream":
        """The stream of the one call."""
        return ScenarioTranscriptStream(self._scenario, self._time, self._faults, on_partial)

    async def warm_up(self) -> None:
        """Nothing to warm."""

    def close(self) -> None:
        """Nothing to stop."""


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    begins: float
    ends: float
    stretch: Stretch

    @property
    def middle(self) -> float:
        return (self.begins + self.ends) / 2


class ScenarioTranscriptStream:
    """The ear of the one call. A word is heard when its middle was fed."""

    def __init__(self, scenario: Scenario, time: CallTime, faults: Faults, on_partial: PartialHandler) -> None:
        self._scenario = scenario
        self._time = time
        self._faults = faults
        self._on_partial = on_partial
        self._guessed = _timed(scenario, guessed=True)
        self._meant = _timed(scenario, guessed=False)
        self._fed_ms = 0
        self._since = 0.0
        self._said = 0
        self._partial: list[str] = []

    def feed(self, samples: NDArray[np.int16]) -> None:
        """Give a partial when another word has been said."""
        now, before = self._time.now_ms, self._said
        # Whole frames, some of them at once.
        self._fed_ms += round(samples.size / _SAMPLES_PER_FRAME) * FRAME_MS
        since, self._since = self._since, now - self._fed_ms
        while self._said < len(self._guessed) and self._guessed[self._said].ends <= now:
            self._said += 1
        # The beginning of what is fed moves back while what was kept from before the speech comes in.
        if self._said == before and since == self._since:
            return
        partial = [word.text for word in self._guessed[: self._said] if word.middle > self._since]
        if len(partial) > len(self._partial):
            self._partial = partial
            self._on_partial(Transcript(" ".join(partial), language=self._scenario.language))

    async def finalise(self) -> Transcript:
        """What was said since `reset`, when the delay after the last sound has passed."""
        asked, since = self._time.now_ms, self._since
        await self._faults.meet(Engine.STT)
        stretch = latest_stretch(self._scenario.stretches, asked)
        due = asked if stretch is None else stretch.ends + stretch.transcript_delay
        await asyncio.sleep(max(0.0, due - self._time.now_ms) / 1000)
        heard = [word.text for word in self._meant if since < word.middle and word.ends <= asked]
        if not heard:
            return Transcript("", confidence=0.0, rejected="no_speech")
        return Transcript(" ".join(heard), language=self._scenario.language)

    def reset(self) -> None:
        """Forget what was heard."""
        self._fed_ms = 0
        self._since = self._time.now_ms
        self._partial = []

    async def aclose(self) -> None:
        """Nothing to stop."""


def _timed(scenario: Scenario, *, guessed: bool) -> tuple[_Word, ...]:
    words = []
    for stretch in scenario.stretches:
        texts = stretch.partial_words if guessed else stretch.words
        begins = float(stretch.begins)
        for number, text in enumerate(texts):
            ends = stretch.spoken_by(number, len(texts))
            word = _Word(text, begins, ends, stretch)
            begins = ends
            if not scenario.on_hold(word.middle):
                words.append(word)
    return tuple(words)


@dataclass(frozen=True, slots=True)
class ClauseAudio:
    """A clause that was made into audio: its words begin at `word_starts` (characters, ms)."""

    text: str
    frames: int
    word_starts: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Pace:
    """How a clause is to be spoken: its frames, and the ms from text to first audio."""

    frames: int
    first_audio: int


@dataclass(slots=True)
class SpokenClauses:
    """Every clause that was made into audio, by the number that its frames carry, so that played frames name it."""

    clauses: dict[int, ClauseAudio] = field(default_factory=dict)

    def add(self, clause: ClauseAudio) -> int:
        """The clause's number."""
        number = len(self.clauses) + 1
        self.clauses[number] = clause
        return number

    def copy(self) -> "SpokenClauses":
        """For a call of its own."""
        return SpokenClauses(dict(self.clauses))


def frame_origin(pcm: bytes) -> tuple[int, int]:
    """The number of the clause that a played frame belongs to, and the frame's place in it, from 0."""
    number, place = np.frombuffer(pcm, "<i2", 2, 2 * _MARKED_SAMPLE).tolist()
    return number, place - 1


class ScenarioTextToSpeech:
    """Speaks each clause with the delay and the length that `pace_of` gives; None: as a prompt, at once."""

    def __init__(
        self,
        spoken: SpokenClauses,
        pace_of: Callable[[str], Pace | None] = lambda text: None,
        faults: Faults | None = None,
    ) -> None:
        self._spoken = spoken
        self._pace_of = pace_of
        self._faults = faults

    @property
    def sample_rate(self) -> int:
        """The line's."""
        return LINE_RATE

    async def synthesise(self, text: str) -> AsyncIterator[SpeechChunk]:
        """Frames that carry their clause's number and their place in it, and the exact start of every word."""
        if self._faults is not None:
            await self._faults.meet(Engine.TTS)
        pace = self._pace_of(text) or Pace(max(1, round(len(text) * PROMPT_MS_PER_CHARACTER / FRAME_MS)), 0)
        await asyncio.sleep(pace.first_audio / 1000)
        per_character = pace.frames * FRAME_MS / max(1, len(text))
        starts = tuple((offset, offset * per_character) for offset in _word_offsets(text))
        number = self._spoken.add(ClauseAudio(text, pace.frames, starts))
        samples = np.full((pace.frames, _SAMPLES_PER_FRAME), _LOUDNESS, np.int16)
        samples[:, _MARKED_SAMPLE] = number
        samples[:, _MARKED_SAMPLE + 1] = np.arange(1, pace.frames + 1)
        words = tuple(WordStart(offset, round(ms * LINE_RATE / 1000)) for offset, ms in starts)
        yield SpeechChunk(samples.reshape(-1), words)

    async def warm_up(self) -> None:
        """Nothing to warm."""

    def close(self) -> None:
        """Nothing to stop."""


def _word_offsets(text: str) -> list[int]:
    return [place for place, sign in enumerate(text) if not sign.isspace() and (not place or text[place - 1].isspace())]
