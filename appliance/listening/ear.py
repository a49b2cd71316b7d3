"""The ear of one call: line frames in; bounds of speech out; transcript and end-of-turn score when asked."""

from collections import deque
from dataclasses import replace

import numpy as np

from appliance.audio import Samples, StreamResampler, frame_samples, samples_of
from appliance.line import FRAME_MS
from appliance.listening.last_sound import is_audible, last_sound_ms
from appliance.listening.recent_speech import RecentSpeech
from appliance.listening.voice import VoiceBegan, VoicePaused, VoiceSettings, VoiceTracker
from models.end_of_turn import EndOfTurnModel
from models.stt import PartialHandler, SpeechToText, Transcript
from models.vad import VoiceActivityDetector

# What is kept from before the VAD noticed speech: its own delay (p95 117 ms) and a soft first consonant.
_PRE_ROLL_MS = 300
# The VAD finds a voice so long after its first sound (p95 105 ms), and an end no sooner than 48 ms after the last.
_FOUND_AFTER_MS = 100
_LATELY_MS = 200
# A recogniser may still tell of a word so long after it. Later in silence what was gathered is resampled together.
_WORDS_COME_MS = 300
_MOST_WAITING = 500 // FRAME_MS


class Ear:
    """Hears one caller. Not thread-safe; everything but `transcribe` and `score` is synchronous and quick.

    Audio reaches speech-to-text from just before the start of speech until `forget`, pauses included.
    """

    def __init__(
        self,
        line_rate: int,
        vad: VoiceActivityDetector,
        stt: SpeechToText,
        end_of_turn: EndOfTurnModel,
        on_partial: PartialHandler,
        settings: VoiceSettings,
    ) -> None:
        if vad.sample_rate != line_rate:
            raise ValueError(f"the VAD hears {vad.sample_rate} Hz, the line has {line_rate}")
        if stt.sample_rate != end_of_turn.sample_rate:
            raise ValueError("speech-to-text and end-of-turn model hear at different rates")
        self._line_rate = line_rate
        self._silence = np.zeros(frame_samples(line_rate), np.int16)
        self._voice = VoiceTracker(vad.new_stream(), vad.window_samples, line_rate, settings)
        self._resampler = StreamResampler(line_rate, stt.sample_rate)
        self._transcript_rate = stt.sample_rate
        self._wide_frame_samples = frame_samples(stt.sample_rate)
        self._transcript = stt.open_stream(on_partial)
        self._end_of_turn = end_of_turn
        self._pre_roll: deque[Samples] = deque(maxlen=_PRE_ROLL_MS // FRAME_MS)
        context_samples = round(end_of_turn.context_seconds * end_of_turn.sample_rate)
        self._recent_speech = RecentSpeech(context_samples, end_of_turn.sample_rate)
        self._gathering = False
        self._waiting: list[Samples] = []
        self._spoke_ms = 0
        self._forgotten_ms = 0
        self._heard_samples = 0

    @property
    def now_ms(self) -> int:
        """The time of the call: ms of line audio heard."""
        return self._heard_samples * 1000 // self._line_rate

    @property
    def speaking(self) -> bool:
        """Whether the caller's voice was found and has not paused since."""
        return self._voice.speaking

    @property
    def sounding(self) -> bool:
        """Whether there is sound in the last frame, be it a voice or not."""
        return bool(self._pre_roll) and is_audible(self._pre_roll[-1], self._line_rate)

    @property
    def sounded_lately(self) -> bool:
        """The same of the last 200 ms."""
        recent = tuple(self._pre_roll)[-_LATELY_MS // FRAME_MS :]
        return bool(recent) and is_audible(np.concatenate(recent), self._line_rate)

    def hear(self, pcm: bytes) -> list[VoiceBegan | VoicePaused]:
        """Take in one line frame (empty: silence)."""
        samples = samples_of(pcm) if pcm else self._silence
        self._heard_samples += samples.size
        changes = [self._exactly(change, samples) for change in self._voice.hear(samples)]
        if not self._gathering and any(isinstance(change, VoiceBegan) for change in changes):
            self._gathering = True
            self._resampler.flush()  # what it holds back belongs to an earlier turn
            self._waiting = self._before_the_voice_was_found()
        if self._gathering:
            self._waiting.append(samples)
            if self._voice.speaking:
                self._spoke_ms = self.now_ms
            if self.now_ms - self._spoke_ms <= _WORDS_COME_MS or len(self._waiting) >= _MOST_WAITING:
                self._gather()
        self._pre_roll.append(samples)
        return changes

    def _before_the_voice_was_found(self) -> list[Samples]:
        """Nothing of a turn before: one that ended less than that ago would be heard twice."""
        new_ms = self.now_ms - FRAME_MS - self._forgotten_ms
        return list(self._pre_roll)[-max(1, (new_ms + _FOUND_AFTER_MS) // FRAME_MS) :]

    def _exactly(self, change: VoiceBegan | VoicePaused, samples: Samples) -> VoiceBegan | VoicePaused:
        if isinstance(change, VoicePaused):
            ended = last_sound_ms([*self._pre_roll, samples], self._line_rate, self.now_ms)
            return change if ended is None else replace(change, ended=ended)
        return change

    def _gather(self) -> None:
        # Resampled only here: most of a call nobody gathers, and a frame costs as much as its voice detection.
        if self._waiting:
            wide = self._resampler.push(np.concatenate(self._waiting))
            self._waiting.clear()
            self._recent_speech.add(wide)
            for begin in range(0, wide.size, self._wide_frame_samples):
                self._transcript.feed(wide[begin : begin + self._wide_frame_samples])

    async def transcribe(self) -> Transcript:
        """The transcript of what was gathered. Raises `models.errors.EngineError` when the engine fails."""
        self._gather()
        return await self._transcript.finalise()

    async def score(self) -> float:
        """The end-of-turn score of what was gathered, and of what the caller said before.

        Raises `models.errors.EngineError` when the model fails.
        """
        self._gather()
        return await self._end_of_turn.score(self._recent_speech.latest())

    def forget(self, *, was_a_turn: bool) -> None:
        """Let go of what was gathered; speech that goes on, or the next, is gathered anew.

        The end-of-turn model still hears what `was_a_turn` before what comes next.
        """
        if was_a_turn:
            silent_ms = self.now_ms - self._spoke_ms - len(self._waiting) * FRAME_MS
            self._recent_speech.end_turn(max(0, silent_ms) * self._transcript_rate // 1000)
        else:
            self._recent_speech.drop_turn()
        self._forgotten_ms = self.now_ms
        self._gathering = self._voice.speaking
        self._waiting.clear()
        self._transcript.reset()

    async def aclose(self) -> None:
        """The call is over."""
        await self._transcript.aclose()
