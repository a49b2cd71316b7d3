"""Text to speech with a Piper voice: first audio after a fraction of a second's worth, the rest while that plays."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.errors import EngineError
from models.piper.arabic import VowelSigns
from models.piper.network import Audio, Passage, Phonemes, Scales, load_network
from models.piper.phonemes import GIVEN_PHONEMES, Sentence, phonemes_in, sentences_of
from models.piper.voice_config import BEGIN, END, PAD, read_voice_config
from models.piper.windows import windows
from models.piper.workers import Workers
from models.tts import SpeechChunk, WordStart

_log = logging.getLogger(__name__)

# A window is decoded while the one before it plays, so each may be twice as long: decoding takes a tenth of that time.
_FIRST_WINDOW_MS: Final = 160
_LONGEST_WINDOW_MS: Final = 960
# Digits are read in every language.
_PROBE: Final = "1, 2, 3, 4, 5."
# Peaks of a voice differ by a few dB from sentence to sentence; what exceeds full scale is clipped.
_PROBE_PEAK: Final = 0.7
_SILENT_PEAK: Final = 1e-4
# As models.espeak trims: what is below -40 dBFS before the first sound, but for 5 ms.
_AUDIBLE: Final = 328
_ONSET_MS: Final = 5
# A medium voice takes a tenth on one core.
_SLOW: Final = 0.5
_WARM_UP: Final = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12."


@dataclass(frozen=True, slots=True)
class _Numbered:
    """A sentence as the network takes it; `starts` has the place of each phoneme, and then the number of ids."""

    ids: tuple[int, ...]
    starts: tuple[int, ...]


class PiperVoice:
    """One Piper voice, shared by all calls. Implements `models.tts.TextToSpeech`.

    `directory` holds one NAME.onnx with its NAME.onnx.json; `name` is what people call the voice. `speed` 1 is as the
    voice was trained, 2 twice as fast.
    `speaker` is a name or number where the voice has several. `lively` False takes the randomness out, so that a text
    always sounds the same. Raises `EngineError` when the voice cannot be used.
    """

    def __init__(
        self,
        directory: Path,
        workers: Workers,
        *,
        name: str = "",
        speed: float = 1.0,
        speaker: str = "",
        lively: bool = True,
    ) -> None:
        network_file, config_file = _files(directory)
        self._name = name or network_file.stem
        self._config = read_voice_config(config_file)
        self._workers = workers
        self._speaker = self._config.speaker(speaker)
        inference = self._config.inference
        self._scales = Scales(
            inference.noise_scale if lively else 0.0,
            inference.length_scale / speed,
            inference.noise_w if lively else 0.0,
        )
        self._clusters = {tuple(cluster) for cluster in self._config.vowel_clusters}
        self._longest_cluster = max(map(len, self._clusters), default=1)
        self._vowel_signs: Callable[[str], str] = VowelSigns() if self._config.espeak.voice == "ar" else str
        self._unknown: set[str] = set()
        probe = [self._numbered(sentence.phonemes) for sentence in self._sentences(_PROBE)]
        if not probe:
            raise EngineError(f"the voice {self._name} has no phonemes for digits", "choose another Piper voice")
        self._network, audio = load_network(network_file, Phonemes(probe[0].ids, self._speaker))
        peak = float(np.abs(audio).max())
        self._window_sizes = (self._frames(_FIRST_WINDOW_MS), self._frames(_LONGEST_WINDOW_MS))
        self._gain = 32767 * (_PROBE_PEAK / peak if peak > _SILENT_PEAK else 1.0)

    @property
    def sample_rate(self) -> int:
        """Hz of the audio it makes: the voice's, 16000 or 22050."""
        return self._config.audio.sample_rate

    @property
    def description(self) -> str:
        """Voice, and how and where it speaks."""
        return f"{self._name} on the CPU, {'in windows' if self._network.in_pieces else 'in whole sentences'}"

    def check_given_phonemes(self, text: str) -> None:
        """Raise `EngineError` when `text` has phonemes in [[ ]] that the voice lacks, or half a pair of brackets."""
        if any(bracket in GIVEN_PHONEMES.sub("", text) for bracket in ("[[", "]]")):
            raise EngineError(f"{text} is not in phonemes", "write them between [[ and ]], as in [[ŋwˈɪən]]")
        for given in GIVEN_PHONEMES.finditer(text):
            phonemes = phonemes_in(given[1])
            if unknown := sorted(set(phonemes) - self._config.phoneme_id_map.keys()):
                raise EngineError(
                    f"the voice {self._name} does not know the phonemes {' '.join(unknown)} of {given[0]}",
                    "find them with python -m models.piper en-us WORD, or respell the word in letters",
                )

    async def synthesise(self, text: str) -> AsyncIterator[SpeechChunk]:
        """Speak `text` in windows, the first one short, from the first audible sound on.

        Closing the iterator stops the work after the window in progress. Raises `EngineError` when the voice fails or
        the engine is closed.
        """
        loop = asyncio.get_running_loop()
        chunks = self._chunks(text)
        deadline = loop.time()
        begun = False
        while (chunk := await self._workers.run(deadline, lambda: next(chunks, None))) is not None:
            # The line falls silent when all that was made has been played.
            deadline = (deadline if begun else loop.time()) + chunk.samples.size / self.sample_rate
            begun = True
            yield chunk

    async def warm_up(self) -> None:
        """Speak to nobody, so that there is memory for windows of every size; a voice that is too slow is logged."""
        loop = asyncio.get_running_loop()
        began, samples = loop.time(), 0
        async for chunk in self.synthesise(_WARM_UP):
            samples += chunk.samples.size
        share = (loop.time() - began) * self.sample_rate / max(samples, 1)
        if share > _SLOW:
            _log.warning(
                "the voice %s takes %.1f s to make a second of speech here, so callers hear gaps: use a smaller one",
                self._name,
                share,
            )

    def close(self) -> None:
        """Stop the threads, which other voices may share."""
        self._workers.close()

    def _chunks(self, text: str) -> Iterator[SpeechChunk]:
        """The windows of `text`, each made when it is asked for. Blocks."""
        lead = _Lead(self.sample_rate * _ONSET_MS // 1000)
        words: tuple[WordStart, ...] = ()
        sentence_start = 0
        for sentence in self._sentences(text):
            passage, places = self._passage(sentence)
            told = False
            for first, end in windows(passage.frames, *self._window_sizes):
                samples = lead.cut(self._pcm(passage.audio(first, end)))
                if not told and lead.over:
                    told = True
                    words += tuple(
                        WordStart(place.text_offset, max(sentence_start + place.sample - lead.trimmed, 0))
                        for place in places
                    )
                if samples.size:
                    yield SpeechChunk(samples, words)
            sentence_start += passage.frames * self._network.hop

    def _sentences(self, text: str) -> list[Sentence]:
        return sentences_of(text, self._config.espeak.voice, self._vowel_signs)

    def _passage(self, sentence: Sentence) -> tuple[Passage, list[WordStart]]:
        """The network at the beginning of `sentence`, and where in its audio each word begins."""
        numbered = self._numbered(sentence.phonemes)
        passage = self._network.passage(Phonemes(numbered.ids, self._speaker), self._scales)
        if passage.durations is None:
            return passage, []
        samples = np.concatenate(([0], np.cumsum(passage.durations))) * self._network.hop
        places = [(word.text_offset, numbered.starts[word.phoneme]) for word in sentence.words]
        return passage, [WordStart(offset, int(samples[place])) for offset, place in places]

    def _numbered(self, phonemes: Sequence[str]) -> _Numbered:
        """Piper's numbers: each phoneme, a pad after each, a beginning and an end; unknown phonemes are left out."""
        numbers = self._config.phoneme_id_map
        ids = [*numbers[BEGIN], *numbers[PAD]]
        starts: list[int] = []
        while len(starts) < len(phonemes):
            cluster = self._cluster(phonemes, len(starts))
            symbol = "".join(cluster)
            starts += [len(ids)] * len(cluster)
            if symbol in numbers:
                ids += [*numbers[symbol], *numbers[PAD]]
            elif symbol not in self._unknown:
                self._unknown.add(symbol)
                _log.warning("the voice %s leaves out the phoneme %r, which it does not know", self._name, symbol)
        return _Numbered((*ids, *numbers[END]), tuple(starts))

    def _cluster(self, phonemes: Sequence[str], at: int) -> Sequence[str]:
        """The phonemes from `at` that the voice has as one, the longest such group; else that one phoneme."""
        for length in range(self._longest_cluster, 1, -1):
            if tuple(phonemes[at : at + length]) in self._clusters:
                return phonemes[at : at + length]
        return phonemes[at : at + 1]

    def _frames(self, ms: int) -> int:
        return max(1, round(ms * self.sample_rate / 1000 / self._network.hop))

    def _pcm(self, audio: Audio) -> NDArray[np.int16]:
        pcm: NDArray[np.int16] = np.clip(audio * self._gain, -32767, 32767).astype(np.int16)
        return pcm


class _Lead:
    """Cuts the silence before the first sound."""

    def __init__(self, onset: int) -> None:
        self._onset = onset
        self.trimmed = 0
        self.over = False

    def cut(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        if self.over:
            return samples
        audible = np.flatnonzero(np.abs(samples) > _AUDIBLE)
        self.over = audible.size > 0
        silent = max(0, int(audible[0]) - self._onset) if self.over else samples.size
        self.trimmed += silent
        return samples[silent:]


def _files(directory: Path) -> tuple[Path, Path]:
    networks = sorted(directory.glob("*.onnx"))
    if len(networks) != 1:
        raise EngineError(
            f"{directory} holds {len(networks)} files NAME.onnx, not the one of a Piper voice",
            "name another model in engines.piper.voices",
        )
    return networks[0], networks[0].with_name(networks[0].name + ".json")
