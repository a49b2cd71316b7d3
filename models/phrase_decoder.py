"""One caller's recogniser: telephone audio in, words and how far to trust them out. Runs on worker threads.

Every figure here comes from tests/engines/evaluate_speech_to_text.py; see its docstring for the results.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.phrase_confidence import PhraseConfidence
from models.pocketsphinx_library import Decoder, Word
from models.stt import Transcript

SAMPLE_RATE: Final = 16000
FRAME_SAMPLES: Final = SAMPLE_RATE // 50

# The level is that of the first 300 ms of speech, which begins with a frame that stands out from the quietest so far;
# where nothing does in the first second, it is that of the loudest frames.
LEVEL_FRAMES: Final = 15
ONSET_RMS: Final = 150.0
ONSET_OVER_QUIETEST: Final = 3.0
LONGEST_WAIT_FRAMES: Final = 100
TARGET_RMS: Final = 1000.0
LOUDEST_GAIN: Final = 10.0
SPEECH_BELOW_PEAK: Final = 10 ** (-15 / 20)
LOUD_FRAMES_TO_GO_ON: Final = 3

# Steady noise decodes as silence with a stray word and a good score. The loud frames (95th percentile) of a turn that
# holds speech stand at least this far above its quiet ones (20th): pauses, closures, and the pre-roll see to it.
LEAST_LEVEL_RATIO: Final = 2.0

# Telephone speech ends at 3.4 kHz, the acoustic model was trained up to 6.8: a quiet mirror image of the low band fills
# the gap ("spectral folding", Makhoul & Berouti, "High-frequency regeneration in speech coding systems", 1979).
FOLDING_GAIN: Final = 0.1

# Where cepstral mean normalisation starts: the mean over telephone speech at the target level, folded as above.
# pocketsphinx's own start (40,3,-1) makes about twice the word errors in a caller's first turn.
INITIAL_CEPSTRAL_MEAN: Final = "32.24,10.94,-8.90,17.57,-3.69,-9.26,10.49,-16.70,11.39,-6.04,-5.27,6.58,-9.45"

# An utterance's search memory grows with its length: after this much the words so far are kept and a new one begins.
LONGEST_UTTERANCE_SAMPLES: Final = 20 * SAMPLE_RATE

NO_SPEECH: Final = Transcript("", 0.0, "no_speech")


class PhraseDecoder:
    """Decodes one caller turn at a time. Not thread-safe. Raises `EngineError` when the decoder fails."""

    def __init__(self, decoder: Decoder, confidence: PhraseConfidence, min_confidence: float) -> None:
        self._decoder = decoder
        self._confidence = confidence
        self._min_confidence = min_confidence
        decoder.cepstral_mean = INITIAL_CEPSTRAL_MEAN
        self._mean_before_turn = INITIAL_CEPSTRAL_MEAN
        self._in_utterance = False
        self._begin()

    def _begin(self) -> None:
        self._gain = 0.0
        self._settled: tuple[Transcript, ...] = ()
        self._begin_utterance()

    def _begin_utterance(self) -> None:
        self._audio: list[NDArray[np.int16]] = []
        self._searched = 0
        self._final: Transcript | None = None
        self._loud_frames_since_final = 0

    def new_turn(self) -> None:
        """Forget the turn: the next audio begins another."""
        if self._in_utterance:
            self._end_utterance()
        if self._final is not None and self._final.rejected:
            # Noise must not teach the decoder how this caller sounds.
            self._decoder.cepstral_mean = self._mean_before_turn
        self._mean_before_turn = self._decoder.cepstral_mean
        self._begin()

    def hear(self, samples: NDArray[np.int16]) -> Transcript | None:
        """Decode more of the turn. The transcript so far; None while there is too little audio to begin.

        After a final nothing is decoded until speech goes on, so that the silence that follows it costs nothing.
        """
        if sum(piece.size for piece in self._audio) + samples.size > LONGEST_UTTERANCE_SAMPLES:
            self._settle()
        self._audio.append(samples)
        if self._final is not None and not self._goes_on(samples, self._final):
            return self._final
        if self._final is not None and self._final.rejected:
            self._gain = 0.0
        self._final = None
        if not self._gain:
            self._gain = gain_for(np.concatenate(self._audio), wait=True)
            if not self._gain:
                return None
        self._catch_up()
        return self._joined(self._judge(self._decoder.words()))

    def _goes_on(self, samples: NDArray[np.int16], final: Transcript) -> bool:
        # What was no speech says nothing about how loud the caller is.
        threshold = ONSET_RMS if final.rejected else TARGET_RMS * SPEECH_BELOW_PEAK / self._gain
        self._loud_frames_since_final += int(np.count_nonzero(frame_levels(samples) > threshold))
        return self._loud_frames_since_final >= LOUD_FRAMES_TO_GO_ON

    def final(self) -> Transcript:
        """The transcript of the whole turn. More may be heard after: then the audio so far is decoded again."""
        if not self._audio:
            return self._joined(NO_SPEECH)
        if self._final is None:
            self._catch_up()
            self._end_utterance()
            steady = is_steady(np.concatenate(self._audio))
            self._final = self._joined(NO_SPEECH if steady else self._judge(self._decoder.words()))
            self._loud_frames_since_final = 0
        return self._final

    def _catch_up(self) -> None:
        """Decode what has not been decoded: the new audio, or the whole utterance again after it was ended."""
        if not self._gain:
            self._gain = gain_for(np.concatenate(self._audio), wait=False)
        if not self._in_utterance:
            # Decoded again after a final, the turn should come out as if it had never been ended.
            self._decoder.cepstral_mean = self._mean_before_turn
            self._decoder.start()
            self._in_utterance = True
            self._searched = 0
        if self._searched < len(self._audio):
            self._decoder.process(prepare(np.concatenate(self._audio[self._searched :]), self._gain))
            self._searched = len(self._audio)

    def _end_utterance(self) -> None:
        self._decoder.end()
        self._in_utterance = False

    def _settle(self) -> None:
        """Keep the words of an utterance that has grown too long, and begin another in the same turn."""
        self._settled = (self.final(),)
        self._begin_utterance()

    def _judge(self, words: Sequence[Word]) -> Transcript:
        if not words:
            return NO_SPEECH
        confidence = self._confidence.of(words)
        if confidence < self._min_confidence:
            return Transcript("", confidence, "low_confidence")
        text = " ".join(word.text for word in words)
        return Transcript(text, confidence, end_probability=self._confidence.ends_after(words))

    def _joined(self, transcript: Transcript) -> Transcript:
        parts = [part for part in (*self._settled, transcript) if part.text]
        if not parts:
            return transcript
        return Transcript(
            " ".join(part.text for part in parts),
            min(part.confidence for part in parts),
            end_probability=parts[-1].end_probability,
        )


def frame_levels(audio: NDArray[np.int16]) -> NDArray[np.float32]:
    """The RMS of each whole 20 ms frame."""
    whole = audio[: audio.size // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES).astype(np.float32)
    levels: NDArray[np.float32] = np.sqrt(np.mean(whole**2, axis=1))
    return levels


def is_steady(audio: NDArray[np.int16]) -> bool:
    """Whether `audio` keeps one loudness, as noise does and speech does not."""
    levels = frame_levels(audio)
    if not levels.size:
        return True
    quiet, loud = np.percentile(levels, (20, 95))
    return bool(loud < LEAST_LEVEL_RATIO * max(1.0, quiet))


def gain_for(audio: NDArray[np.int16], *, wait: bool) -> float:
    """What brings the speech in `audio` to the level that the decoder's cepstral mean was measured at.

    0 when `wait` is true and there is too little speech to tell.
    """
    levels = frame_levels(audio)
    loud = np.flatnonzero(levels > np.maximum(ONSET_RMS, ONSET_OVER_QUIETEST * np.minimum.accumulate(levels)))
    start = int(loud[0]) if loud.size else 0
    if wait and levels.size < (start + LEVEL_FRAMES if loud.size else LONGEST_WAIT_FRAMES):
        return 0.0
    window = levels[start : start + LEVEL_FRAMES] if loud.size else levels
    if not window.size:
        return 1.0
    speech = window[window >= window.max() * SPEECH_BELOW_PEAK]
    return min(LOUDEST_GAIN, TARGET_RMS / max(1.0, float(np.sqrt(np.mean(speech**2)))))


def prepare(audio: NDArray[np.int16], gain: float) -> NDArray[np.int16]:
    """`audio` at the decoder's level, with a quiet mirror image of 0-4 kHz above 4 kHz."""
    level = audio.astype(np.float32) * gain
    mirrored = level * FOLDING_GAIN
    mirrored[1::2] *= -1
    prepared: NDArray[np.int16] = np.clip(level + mirrored, -32768, 32767).astype(np.int16)
    return prepared
