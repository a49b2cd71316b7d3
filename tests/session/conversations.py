"""Sessions in virtual time with simulated engines."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from appliance.clinic.profile import ClinicProfile
from appliance.clinic.tool import Tool
from appliance.dialogue.emergency import emergency_in
from appliance.dialogue.prompts import Prompts
from appliance.dialogue.reply import Afterwards, Expectation, ReplyEnd, ReplyPiece, Text, Tools
from appliance.line import HangUpReason, LineEvent
from appliance.listening.ear import Ear
from appliance.listening.voice import VoiceSettings
from appliance.metrics import Metrics
from appliance.session.journal import Journal
from appliance.session.mind import Mind, words_for, words_in_others
from appliance.session.session import Session
from appliance.simulator.line import SimulatedLine, Sound
from appliance.simulator.virtual_loop import run_virtually
from appliance.speaking.phrase_cache import PhraseCache
from appliance.speaking.utterance import Voice
from appliance.trace import CallTrace, TraceRecorder
from appliance.turn.settings import TurnSettings
from models.sentence_ends import SentenceEnds
from models.simulated import SimulatedEndOfTurn, SimulatedSpeechToText, SimulatedTextToSpeech
from models.simulated_vad import SimulatedVad
from models.stt import PartialHandler, Transcript, TranscriptStream

DraftFunction = Callable[[int, str, Tools], AsyncIterator[ReplyPiece]]


@dataclass
class Echo:
    """A dialogue that says what it is told to, and keeps what it hears of the call."""

    drafter: DraftFunction
    accepted: list[tuple[int, str]] = field(default_factory=list)
    heard: list[tuple[str, bool]] = field(default_factory=list)
    drafted: list[tuple[int, str]] = field(default_factory=list)
    overheard: list[tuple[int, str, str | None]] = field(default_factory=list)

    def greeting(self) -> str:
        return "Hello."

    def draft(self, turn: int, text: str, tools: Tools) -> AsyncIterator[ReplyPiece]:
        self.drafted.append((turn, text))
        return self.drafter(turn, text, tools)

    def overhear(self, turn: int, text: str, language: str | None) -> None:
        self.overheard.append((turn, text, language))

    def accept(self, turn: int, text: str) -> None:
        self.accepted.append((turn, text))

    def spoken(self, text: str, *, cut: bool) -> None:
        self.heard.append((text, cut))


def saying(
    reply: str, expects: Expectation = Expectation.OPEN, afterwards: Afterwards = None, delay_s: float = 0.0
) -> DraftFunction:
    async def draft(turn: int, text: str, tools: Tools) -> AsyncIterator[ReplyPiece]:
        import asyncio

        await asyncio.sleep(delay_s)
        yield Text(reply)
        yield ReplyEnd(expects, afterwards)

    return draft


@dataclass
class InLanguage:
    """Speech-to-text that tells the language, as Whisper does."""

    engine: SimulatedSpeechToText
    language: str | None

    @property
    def sample_rate(self) -> int:
        return self.engine.sample_rate

    def open_stream(self, on_partial: PartialHandler) -> "StreamInLanguage":
        stream = self.engine.open_stream(lambda heard: on_partial(replace(heard, language=self.language)))
        return StreamInLanguage(stream, self.language)

    async def warm_up(self) -> None:
        await self.engine.warm_up()

    def close(self) -> None:
        self.engine.close()


@dataclass
class StreamInLanguage:
    stream: TranscriptStream
    language: str | None

    def feed(self, samples: NDArray[np.int16]) -> None:
        self.stream.feed(samples)

    async def finalise(self) -> Transcript:
        return replace(await self.stream.finalise(), language=self.language)

    def reset(self) -> None:
        self.stream.reset()

    async def aclose(self) -> None:
        await self.stream.aclose()


@dataclass
class EndsAfter:
    """General language in which sentences end so often, whatever their words; it remembers which it was asked about."""

    probability: float
    asked: list[str] = field(default_factory=list)

    def probability_after(self, text: str) -> float | None:
        self.asked.append(text)
        return self.probability


@dataclass
class Outcome:
    reason: HangUpReason
    line: SimulatedLine
    dialogue: Echo
    trace: CallTrace
    metrics: Metrics


@dataclass
class Plan:
    """A call in virtual time. The greeting "Hello." sounds from 0.06 to about 0.5 s."""

    sounds: Sequence[Sound]
    transcripts: Sequence[str]
    drafter: DraftFunction
    ends_ms: int = 12_000
    events: Sequence[tuple[int, LineEvent]] = ()
    score: float = 0.95
    stt_delay_ms: float = 50
    stt_partial_delay_ms: float = 80
    tools: Sequence[Tool] = ()
    tts: SimulatedTextToSpeech = field(default_factory=lambda: SimulatedTextToSpeech(50, 60))
    settings: TurnSettings = field(default_factory=TurnSettings)
    language: str | None = None
    vad: SimulatedVad = field(default_factory=SimulatedVad)
    sentence_ends: Mapping[str, SentenceEnds] = field(default_factory=dict)

    def run(self) -> Outcome:
        return run_virtually(self._run())

    async def _run(self) -> Outcome:
        line = SimulatedLine(self.sounds, self.ends_ms, self.events)
        dialogue = Echo(self.drafter)
        metrics = Metrics()
        recorder = TraceRecorder("simulated", "", "")
        phrases = PhraseCache()
        prompts = Prompts.of(ClinicProfile())
        await phrases.warm_up((*prompts.all(), "Hello."), self.tts, (8000,))
        spanish = Prompts.of(ClinicProfile(), "es")
        session = Session(
            line=line,
            ear_for=lambda on_partial: Ear(
                8000,
                self.vad,
                InLanguage(
                    SimulatedSpeechToText(
                        self.stt_delay_ms, tuple(self.transcripts), stt_partial_delay_ms=self.stt_partial_delay_ms
                    ),
                    self.language,
                ),
                SimulatedEndOfTurn(self.score),
                on_partial,
                VoiceSettings(),
            ),
            voice=Voice(self.tts, 8000, phrases, others={"es": Voice(self.tts, 8000, PhraseCache())}),
            mind=Mind(
                dialogue,
                words_for(prompts, "Hello.", "sip:operator"),
                self.tools,
                emergency_in,
                words_in_others({"es": spanish}, "sip:operator"),
                self.sentence_ends,
            ),
            settings=self.settings,
            journal=Journal(recorder, metrics),
        )
        reason = await session.run()
        return Outcome(reason, line, dialogue, recorder.ended(str(reason), 0, None), metrics)
