"""One thing the agent says (a reply, a greeting, a prompt): a stream of text becomes speech for the line."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from appliance.speaking.clauses import ClauseSplitter, count_words
from appliance.speaking.normalise.rules import Normaliser
from appliance.speaking.phrase_cache import PhraseCache
from appliance.speaking.rendering import RenderedFrames, closing, render
from appliance.speaking.speech import Speech
from appliance.speaking.word_timing import WordTime
from models.tts import TextToSpeech

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Voice:
    """What an utterance is spoken with: the engine, the line's sample rate in Hz, and fixed phrases made before.

    `normaliser` makes of the text what the engine is given; without one the engine gets the text as it is. `others`
    speak other languages (ISO 639-1).
    """

    tts: TextToSpeech
    sample_rate: int
    phrases: PhraseCache
    normaliser: Normaliser | None = None
    others: Mapping[str, "Voice"] = field(default_factory=dict)

    def in_language(self, language: str | None) -> "Voice":
        """The voice for that language; this one where there is none, and for None."""
        return self.others.get(language, self) if language else self


@dataclass(frozen=True, slots=True)
class InLanguage:
    """A piece of text in another language than the voice's own (ISO 639-1)."""

    text: str
    language: str


class Stage(StrEnum):
    """Where an utterance can fail."""

    TEXT = "text"
    SYNTHESIS = "synthesis"


@dataclass(frozen=True, slots=True)
class FirstText:
    """The first text has come (for a language model: its first token)."""


@dataclass(frozen=True, slots=True)
class FirstClause:
    """The first clause is complete and goes to the engine."""


@dataclass(frozen=True, slots=True)
class FirstAudio:
    """The first frame exists."""


@dataclass(frozen=True, slots=True)
class TextComplete:
    """No more text will come."""


@dataclass(frozen=True, slots=True)
class AudioComplete:
    """All of the text is audio. Comes without `FirstAudio` when there was nothing to say."""


@dataclass(frozen=True, slots=True)
class UtteranceFailed:
    """The rest cannot be made; what exists can be played. `error` may quote what was said: log its type alone."""

    stage: Stage
    error: Exception


UtteranceEvent = FirstText | FirstClause | FirstAudio | TextComplete | AudioComplete | UtteranceFailed


@dataclass(frozen=True, slots=True)
class _Clause:
    text: str
    voice: Voice


class _StageFailed(Exception):  # noqa: N818 - never leaves this file
    def __init__(self, stage: Stage, error: Exception) -> None:
        super().__init__(stage)
        self.stage = stage
        self.error = error


class Utterance:
    """Makes `speech` from a stream of text, at most about `most_ahead_ms` ahead of what is played.

    The first clause is spoken while the text still streams. Nothing is audible until `speech` is given to `Playout`,
    so a draft is an utterance that is not played yet. Until it is `voiced`, only the first clause of its text is read,
    for most drafts are dropped; then the text is read to the end, of its audio the first `most_ahead_ms` are made, to
    the end of the clause in work, and the rest waits. `on_event` is called from `run`, in the loop's thread.
    """

    def __init__(
        self,
        text: AsyncIterator[str | InLanguage],
        voice: Voice,
        on_event: Callable[[UtteranceEvent], None],
        *,
        most_ahead_ms: int = 3000,
        voiced: bool = True,
    ) -> None:
        self._text = text
        self._voice = voice
        self._on_event = on_event
        self._most_ahead_ms = most_ahead_ms
        self._played = asyncio.Event()
        self._audio_allowed = asyncio.Event()
        if voiced:
            self._audio_allowed.set()
        self.speech = Speech(on_played=self._played.set)

    def allow_audio(self) -> None:
        """Synthesis may begin, and the text be read on, where the utterance was not `voiced`."""
        self._audio_allowed.set()

    async def run(self) -> None:
        """Make the whole utterance; returns when its last frame exists or it failed.

        Cancel it to drop the rest: text and synthesis are closed together. Of errors, those of the text and of the
        engine become `UtteranceFailed`.
        """
        clauses: asyncio.Queue[_Clause | None] = asyncio.Queue()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read(clauses))
                group.create_task(self._speak(clauses))
        except* _StageFailed as failures:
            failure = failures.exceptions[0]
            if isinstance(failure, _StageFailed):
                self.speech.end(whole=False)
                self._on_event(UtteranceFailed(failure.stage, failure.error))
        finally:
            self.speech.end(whole=False)

    async def _read(self, clauses: asyncio.Queue[_Clause | None]) -> None:
        splitter, language = ClauseSplitter(), None
        async with closing(_at_stage(Stage.TEXT, self._text)) as pieces:
            async for piece in pieces:
                text, spoken_in = (piece.text, piece.language) if isinstance(piece, InLanguage) else (piece, None)
                if text and not self.speech.text:
                    self._on_event(FirstText())
                self.speech.add_text(text)
                if spoken_in != language:
                    self._put(splitter.flush(), language, clauses)
                    splitter, language = ClauseSplitter(), spoken_in
                self._put(splitter.push(text), language, clauses)
                if not clauses.empty():
                    await self._audio_allowed.wait()
        self._put(splitter.flush(), language, clauses)
        clauses.put_nowait(None)
        self._on_event(TextComplete())

    def _put(self, texts: Iterable[str], language: str | None, clauses: asyncio.Queue[_Clause | None]) -> None:
        for text in texts:
            clauses.put_nowait(_Clause(text, self._voice.in_language(language)))

    async def _speak(self, clauses: asyncio.Queue[_Clause | None]) -> None:
        clause_seen = False
        await self._audio_allowed.wait()
        while (clause := await clauses.get()) is not None:
            self.speech.begin_clause(clause.text)
            if count_words(clause.text):
                if not clause_seen:
                    self._on_event(FirstClause())
                    clause_seen = True
                await self._room()
                await self._render(clause)
            self.speech.end_clause()
        self.speech.end(whole=True)
        self._on_event(AudioComplete())

    async def _render(self, clause: _Clause) -> None:
        words, voice = clause.text.strip(), clause.voice
        lead = len(clause.text) - len(clause.text.lstrip())
        if (known := voice.phrases.find(words, voice.sample_rate)) is not None:
            self._add(known, lead)
            return
        rendering = render(words, voice.tts, voice.sample_rate, voice.normaliser)
        async with closing(_at_stage(Stage.SYNTHESIS, rendering)) as parts:
            async for part in parts:
                self._add(part, lead)

    def _add(self, part: RenderedFrames, lead: int) -> None:
        self.speech.set_word_times(tuple(WordTime(lead + time.text_offset, time.ms) for time in part.times))
        for frame in part.frames:
            self.speech.add_frame(frame)
            if len(self.speech.frames) == 1:
                self._on_event(FirstAudio())

    async def _room(self) -> None:
        while self.speech.ahead_ms >= self._most_ahead_ms:
            self._played.clear()
            await self._played.wait()


async def _at_stage(stage: Stage, iterator: AsyncIterator[_Item]) -> AsyncIterator[_Item]:
    """The items of `iterator`, closed at the end; its errors as `_StageFailed`."""
    async with closing(iterator) as items:
        try:
            async for item in items:
                yield item
        except Exception as error:
            raise _StageFailed(stage, error) from error
