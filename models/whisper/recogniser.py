"""Whisper through CTranslate2: a batch of segments in one encode and one generate.

`faster_whisper.WhisperModel.transcribe` pads every segment to 30 s and takes one call at a time, so only its parts are
used: the loaded model, the tokenizer, the list of suppressed tokens and the alignment of words.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.errors import EngineError
from models.stt import Word
from models.whisper.batching import Urgency
from models.whisper.context import context_tokens
from models.whisper.language import CallLanguage
from models.whisper.segment import Hypothesis, Segment
from models.whisper.settings import WhisperSettings
from models.whisper.windows import FRAMES_PER_SECOND, window_frames

_FILES: Final = ("model.bin", "config.json", "tokenizer.json", "preprocessor_config.json")
# Twice the tokens of fast speech in any of the three languages; a loop is cut off here. Whisper itself ends at 224.
_TOKENS_A_SECOND: Final = 15
_SLACK_TOKENS: Final = 10
_LONGEST_TOKENS: Final = 224


class CTranslate2Recogniser:
    """A Whisper model in a local directory. Raises `EngineError` when it cannot be loaded or is English-only."""

    def __init__(self, directory: Path, settings: WhisperSettings) -> None:
        self._settings = settings
        self._whisper = _load(directory, settings)
        self._model = self._whisper.model
        self._tokenizers = self._tokenizers_by_language(directory)
        any_tokenizer = self._tokenizers[settings.languages[0]]
        self._contexts = context_tokens(
            any_tokenizer.encode, settings.languages, settings.prompts, settings.hotwords, settings.context_tokens
        )
        self._suppressed = list(_suppressed(any_tokenizer))

    @property
    def mels(self) -> int:
        """Mel bins of the features it wants."""
        return int(self._model.n_mels)

    @property
    def device(self) -> str:
        """Where it runs and what it computes with, for people."""
        return f"{self._settings.device} ({self._model.compute_type})"

    @property
    def context_tokens(self) -> int:
        """Tokens before `<|startoftranscript|>`, the mark included; the same in every language."""
        context = next(iter(self._contexts.values()))
        return len(context) + 1 if context else 0

    def decode(self, batch: Sequence[Segment]) -> list[Hypothesis]:
        """A hypothesis for each segment; all have as many frames and the same urgency."""
        final = batch[0].urgency is Urgency.FINAL
        encoded = self._encode(batch)
        heard = self._hear_languages(encoded, batch)
        languages = [
            segment.language.judge(probabilities, segment.samples) if probabilities else segment.language
            for segment, probabilities in zip(batch, heard, strict=True)
        ]
        most = longest_transcript(max(segment.samples for segment in batch))
        # CTranslate2 stops after min(max_length / 2, max_length - tokens of the prompt).
        results = self._model.generate(
            encoded,
            [self._prompt(language) for language in languages],
            beam_size=self._settings.beam_size if final else 1,
            max_length=max(2 * most, most + self.context_tokens + 3),
            return_scores=True,
            return_no_speech_prob=True,
            suppress_tokens=self._suppressed,
        )
        hypotheses = [
            self._hypothesis(result, language, probabilities, most)
            for result, language, probabilities in zip(results, languages, heard, strict=True)
        ]
        if final and self._settings.word_times:
            words = self._align(encoded, batch, hypotheses, [result.sequences_ids[0] for result in results])
            return [replace(hypothesis, words=found) for hypothesis, found in zip(hypotheses, words, strict=True)]
        return hypotheses

    def _encode(self, batch: Sequence[Segment]) -> Any:
        """The encoder's output, ``[segments, positions, width]``.

        A GPU takes all of the batch at once. A CPU takes one after the other, a fifth faster: what lies between two
        layers is small enough for its cache then (docs/benchmarks.md). Where batches save is in writing the words,
        each of which reads all of the decoder's weights once, for one segment or for many.
        """
        import ctranslate2

        stacked = np.ascontiguousarray(np.stack([segment.features for segment in batch]))
        if self._settings.device != "cpu":
            return self._model.encode(ctranslate2.StorageView.from_array(stacked))
        encoded = [
            np.asarray(self._model.encode(ctranslate2.StorageView.from_array(stacked[number : number + 1])))
            for number in range(len(batch))
        ]
        return ctranslate2.StorageView.from_array(np.concatenate(encoded))

    def _hear_languages(self, encoded: Any, batch: Sequence[Segment]) -> list[Mapping[str, float]]:
        """The probability of every language, for segments whose language is to be detected; else nothing."""
        if not any(segment.language.to_detect for segment in batch):
            return [{}] * len(batch)
        found = self._model.detect_language(encoded)
        return [
            {mark.strip("<|>"): float(probability) for mark, probability in languages}
            if segment.language.to_detect
            else {}
            for segment, languages in zip(batch, found, strict=True)
        ]

    def _prompt(self, language: CallLanguage) -> list[int]:
        tokenizer = self._tokenizers[language.assumed]
        context = self._contexts[language.assumed]
        before = [tokenizer.sot_prev, *context] if context else []
        return [*before, *tokenizer.sot_sequence, tokenizer.no_timestamps]

    def _hypothesis(self, result: Any, language: CallLanguage, heard: Mapping[str, float], most: int) -> Hypothesis:
        tokens = result.sequences_ids[0]
        # The score is a mean over the tokens, the end left out; Whisper's own figure has it in.
        average = float(result.scores[0]) * len(tokens) / (len(tokens) + 1)
        return Hypothesis(
            text=self._tokenizers[language.assumed].decode(tokens).strip(),
            language=language,
            average_log_probability=average if math.isfinite(average) else -10.0,
            no_speech_probability=float(result.no_speech_prob),
            tokens=len(tokens),
            complete=len(tokens) < most,
            heard=heard,
        )

    def _align(
        self, encoded: Any, batch: Sequence[Segment], hypotheses: Sequence[Hypothesis], tokens: Sequence[list[int]]
    ) -> list[tuple[Word, ...]]:
        """When each word was said: the cross-attention's path through the audio."""
        words: list[tuple[Word, ...]] = [()] * len(batch)
        frames = [min(segment.frames, math.ceil(segment.seconds * FRAMES_PER_SECOND)) for segment in batch]
        for language in {hypothesis.language.assumed for hypothesis in hypotheses}:
            tokenizer = self._tokenizers[language]
            text_tokens = [[token for token in sequence if token < tokenizer.eot] for sequence in tokens]
            found = self._whisper.find_alignment(tokenizer, text_tokens, encoded, frames)
            for number, (hypothesis, timings) in enumerate(zip(hypotheses, found, strict=True)):
                if hypothesis.language.assumed == language:
                    words[number] = tuple(_word(timing) for timing in timings if timing["word"].strip())
        return words

    def _tokenizers_by_language(self, directory: Path) -> dict[str, Any]:
        from faster_whisper.tokenizer import Tokenizer

        try:
            return {
                language: Tokenizer(self._whisper.hf_tokenizer, True, task="transcribe", language=language)  # noqa: FBT003
                for language in self._settings.languages
            }
        except ValueError as error:
            problem = f"Whisper in {directory} knows none of these languages: {', '.join(self._settings.languages)}"
            raise EngineError(problem, 'name them by their ISO 639-1 codes, such as "en"') from error


def longest_transcript(samples: int) -> int:
    """Tokens after which a transcript of so much audio is cut off: by whole seconds, as segments share a pass."""
    seconds = window_frames(samples, padded=False) // FRAMES_PER_SECOND
    return min(_LONGEST_TOKENS, _SLACK_TOKENS + _TOKENS_A_SECOND * seconds)


def _word(timing: Mapping[str, Any]) -> Word:
    return Word(
        timing["word"].strip(),
        max(0, round(float(timing["start"]) * 1000)),
        max(0, round(float(timing["end"]) * 1000)),
        float(timing["probability"]),
    )


def _suppressed(tokenizer: Any) -> Sequence[int]:
    from faster_whisper.transcribe import get_suppressed_tokens

    suppressed: Sequence[int] = get_suppressed_tokens(tokenizer, [-1])
    return suppressed


def _compute_type(settings: WhisperSettings) -> str:
    """On a CPU "default" is int8: what is published in float16 would be computed as float32 there, 3 times slower."""
    return "int8" if (settings.device, settings.compute_type) == ("cpu", "default") else settings.compute_type


def _load(directory: Path, settings: WhisperSettings) -> Any:
    for name in _FILES:
        # Without its tokenizer, faster-whisper would fetch one from the hub.
        if not (directory / name).is_file():
            raise EngineError(f"{directory / name} is missing", "install the model again (docs/models.md)")
    try:
        from faster_whisper import WhisperModel
    except ImportError as error:
        raise EngineError("faster-whisper is not installed", "run make engines, or make gpu") from error
    device, _, index = settings.device.partition(":")
    try:
        whisper = WhisperModel(
            str(directory),
            device=device,
            device_index=int(index or 0),
            compute_type=_compute_type(settings),
            cpu_threads=settings.threads,
            num_workers=settings.workers,
            local_files_only=True,
        )
    except (RuntimeError, ValueError, OSError) as error:
        problem = f"Whisper in {directory} cannot be loaded on {settings.device} as {_compute_type(settings)}: {error}"
        raise EngineError(
            problem, "correct [engines.whisper], or verify the model (appliance models verify)"
        ) from error
    if not whisper.model.is_multilingual:
        # CTranslate2 from 4.7 on looks for the empty token, number 50256 of the multilingual vocabulary. A conversion
        # that lost it would silently transcribe everything as English.
        problem = f"Whisper in {directory} is English-only, or its vocabulary.json lacks the empty token"
        raise EngineError(problem, "use a multilingual model, converted with its whole vocabulary")
    if whisper.model.n_mels != whisper.feature_extractor.mel_filters.shape[0]:
        problem = f"model.bin and preprocessor_config.json in {directory} belong to different models"
        raise EngineError(problem, "install the model again (docs/models.md)")
    return whisper
