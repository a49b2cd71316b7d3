"""From lessons to a directory that faster-whisper opens: features here, training where torch is, the network here."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import tokenizers
from ctranslate2.specs import WhisperSpec
from numpy.typing import NDArray

from appliance.assembly.speech_to_text import whisper_settings
from appliance.config import parse_config
from models.whisper.context import context_tokens
from tests.engines.cache import made_once
from tests.engines.micro_whisper.lessons import SAID, Lesson, lessons
from tests.engines.random_whisper import (
    AUDIO_POSITIONS,
    Shape,
    sinusoids,
    whisper_tokenizer,
    write_spec,
)
from tests.engines.training import contents, learnt

SHAPE: Final = Shape(width=64, heads=2, encoder_layers=2, decoder_layers=2)
_HERE: Final = Path(__file__).parent
_MADE_OF: Final = ("lessons.py", "make.py", "train.py", "../random_whisper.py", "../micro_qwen/phrases.py")
_NEVER: Final = -1e4

Weights = dict[str, NDArray[Any]]


def micro_whisper(python: str) -> Path:
    """The model's directory, made unless it is there; `python` has torch."""

    def make(directory: Path) -> None:
        lessons_file, weights_file = directory.with_name("lessons.npz"), directory.with_name("weights.npz")
        tokens = Tokens()
        np.savez(lessons_file, allow_pickle=False, **tokens.of(lessons()))
        learnt(python, _HERE / "train.py", lessons_file, weights_file)
        with np.load(weights_file) as weights:
            spec = spec_of(dict(weights), tokens.used)
        write_spec(directory, SHAPE, spec, tokens.tokenizer)

    made_of = contents(_HERE, _MADE_OF) + json.dumps(Tokens().context).encode()
    return made_once("micro-whisper", made_of, make)


class Tokens:
    """The tokenizer, and the few tokens that lessons use: `used` in the order of the numbers the training has."""

    def __init__(self) -> None:
        self.tokenizer = _tokenizer()
        settings = whisper_settings(parse_config({}, "test", Path()))
        contexts = context_tokens(self.encode, ("en",), settings.prompts, settings.hotwords, settings.context_tokens)
        self.context = [self._mark("startofprev"), *contexts["en"]]
        self.start = [self._mark(mark) for mark in ("startoftranscript", "en", "transcribe", "notimestamps")]
        self.end, self.no_speech = self._mark("endoftext"), self._mark("nospeech")
        texts = [token for text in SAID.values() for token in self.encode(f" {text}")]
        self.used = sorted({*self.context, *self.start, self.end, self.no_speech, *texts})

    def encode(self, text: str) -> list[int]:
        """Tokens of a text."""
        return list(self.tokenizer.encode(text, add_special_tokens=False).ids)

    def of(self, taught: list[Lesson]) -> dict[str, NDArray[Any]]:
        """Lessons as the training wants them."""
        number = {token: index for index, token in enumerate(self.used)}
        frames = [lesson.features.shape[1] for lesson in taught]
        features = np.zeros((len(taught), SHAPE.mels, max(frames)), np.float16)
        spoken = [f" {lesson.text}" if lesson.text else "" for lesson in taught]
        texts = [[number[token] for token in self.encode(text)] for text in spoken]
        tokens = np.full((len(taught), max(map(len, texts))), -1)
        for index, (lesson, text) in enumerate(zip(taught, texts, strict=True)):
            features[index, :, : frames[index]] = lesson.features
            tokens[index, : len(text)] = text
        return {
            "features": features,
            "frames": np.array(frames),
            "tokens": tokens,
            "whole": np.array([lesson.whole for lesson in taught]),
            "context": np.array([number[token] for token in self.context]),
            "start": np.array([number[token] for token in self.start]),
            "end": np.array(number[self.end]),
            "no_speech": np.array(number[self.no_speech]),
            "size": np.array(len(self.used)),
        }

    def _mark(self, name: str) -> int:
        return self.encode(f"<|{name}|>")[0]


@cache
def _tokenizer() -> tokenizers.Tokenizer:
    return whisper_tokenizer(SHAPE, "\n".join(["", *SAID.values()]))


def spec_of(weights: Weights, used: list[int]) -> WhisperSpec:
    """The network with the trained weights. Tokens that no lesson used are never written."""
    spec = WhisperSpec(SHAPE.encoder_layers, SHAPE.heads, SHAPE.decoder_layers, SHAPE.heads)
    encoder, decoder = spec.encoder, spec.decoder
    for name, conv in (("conv1", encoder.conv1), ("conv2", encoder.conv2)):
        conv.weight, conv.bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
    encoder.position_encodings.encodings = sinusoids(AUDIO_POSITIONS, SHAPE.width).astype(np.float32)
    decoder.position_encodings.encodings = weights["positions"]
    embeddings = np.zeros((SHAPE.vocabulary, SHAPE.width), np.float32)
    embeddings[used] = weights["embeddings"]
    never = np.full(SHAPE.vocabulary, _NEVER, np.float32)
    never[used] = 0
    decoder.embeddings.weight = decoder.projection.weight = embeddings
    decoder.projection.bias = never
    _set_norm(encoder.layer_norm, weights, "encoder_norm")
    _set_norm(decoder.layer_norm, weights, "decoder_norm")
    for part, layers in (("encoder", encoder.layer), ("decoder", decoder.layer)):
        for number, layer in enumerate(layers):
            _set_layer(layer, weights, f"{part}.{number}")
    return spec


def _set_layer(layer: Any, weights: Weights, name: str) -> None:
    _set_norm(layer.self_attention.layer_norm, weights, f"{name}.attention.norm")
    fused, out = layer.self_attention.linear
    _set_linear(fused, weights, *(f"{name}.attention.{part}" for part in ("query", "key", "value")))
    _set_linear(out, weights, f"{name}.attention.out")
    if hasattr(layer, "attention"):
        _set_norm(layer.attention.layer_norm, weights, f"{name}.cross.norm")
        query, fused, out = layer.attention.linear
        _set_linear(query, weights, f"{name}.cross.query")
        _set_linear(fused, weights, f"{name}.cross.key", f"{name}.cross.value")
        _set_linear(out, weights, f"{name}.cross.out")
    _set_norm(layer.ffn.layer_norm, weights, f"{name}.norm")
    _set_linear(layer.ffn.linear_0, weights, f"{name}.wide")
    _set_linear(layer.ffn.linear_1, weights, f"{name}.narrow")


def _set_linear(linear: Any, weights: Weights, *names: str) -> None:
    linear.weight = np.concatenate([weights[f"{name}.weight"] for name in names])
    linear.bias = np.concatenate([weights[f"{name}.bias"] for name in names])


def _set_norm(norm: Any, weights: Weights, name: str) -> None:
    norm.gamma, norm.beta = weights[f"{name}.weight"], weights[f"{name}.bias"]
