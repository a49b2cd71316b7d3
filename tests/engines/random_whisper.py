"""Whisper models with random weights, in CTranslate2's format: the real layout, sizes and vocabulary, and no sense.

    python -m tests.engines.random_whisper base        # makes it if need be and prints its directory

`micro` (1 MB) runs every option of the engine in milliseconds; `tiny`, `base` and `turbo` have the shapes of the real
models, for timing: speed does not depend on the values. Seeded, made with numpy alone, cached in ~/.cache outside git.
"""

import argparse
import hashlib
import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import tokenizers
from ctranslate2.specs import WhisperSpec
from ctranslate2.specs.common_spec import Conv1DSpec, LayerNormSpec, LinearSpec
from numpy.typing import NDArray
from tokenizers.models import BPE

ShapeName = Literal["micro", "tiny", "base", "turbo"]
TEXT_TOKENS: Final = 50257
TIMESTAMPS: Final = 1501
AUDIO_POSITIONS: Final = 1500
TEXT_POSITIONS: Final = 448


@dataclass(frozen=True, slots=True)
class Shape:
    """Width, attention heads, layers and mel bins; `languages` 99 (to v2) or 100 (v3 and turbo).

    `tied`: tokens have one vector as input and as output, as in every Whisper. A random one then repeats itself.
    """

    width: int
    heads: int
    encoder_layers: int
    decoder_layers: int
    mels: int = 80
    languages: int = 99
    tied: bool = True
    quantization: str = "float32"

    @property
    def vocabulary(self) -> int:
        """Tokens: text, <|endoftext|>, <|startoftranscript|>, languages, six more marks and timestamps."""
        return TEXT_TOKENS + 2 + self.languages + 6 + TIMESTAMPS


# Radford et al., Robust Speech Recognition via Large-Scale Weak Supervision, 2022, table 1; turbo: openai/whisper.
SHAPES: Final[dict[ShapeName, Shape]] = {
    "micro": Shape(16, 2, 2, 2, tied=False, quantization="int8"),
    "tiny": Shape(384, 6, 4, 4),
    "base": Shape(512, 8, 6, 6),
    "turbo": Shape(1280, 20, 32, 4, mels=128, languages=100, quantization="float16"),
}

# In the order of their numbers.
_LANGUAGES: Final = """
en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la mi ml cy sk
te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be tg sd gu am yi lo uz fo
ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su yue
""".split()

# A small text to learn merges from, so that prompts and hotwords do not fall apart into bytes.
_SAMPLE: Final = """
hello thank you yes please no I would like to book an appointment with Doctor Patel Garcia Nguyen Smith Cohen
cardiology dermatology general practice radiology pediatrics billing the laboratory on Tuesday at ten in the morning
my name is Anna Miller and I was born on March the fifth nineteen eighty what are your opening hours ibuprofen
hola gracias quisiera una cita con el doctor el martes por la mañana
مرحبا شكرا أريد موعدا مع الطبيب يوم الثلاثاء صباحا
"""


def random_whisper(name: ShapeName, seed: int = 1, ends_at: int | None = None) -> Path:
    """The directory of a model of that shape, made unless it is cached.

    With `ends_at` every transcript ends at that position of the decoder, prompt included, and otherwise where it likes.
    """
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "appliance-engines"
    recipe = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    directory = home / f"whisper-{name}-{seed}-{ends_at or 'anywhere'}-{recipe}"
    if not directory.is_dir():
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home) as unfinished:
            made = Path(unfinished) / "model"
            made.mkdir()
            write_model(made, SHAPES[name], seed, ends_at)
            if not directory.is_dir():
                shutil.move(made, directory)
    return directory


def write_model(directory: Path, shape: Shape, seed: int = 1, ends_at: int | None = None) -> None:
    """Write model.bin, config.json, vocabulary.json, tokenizer.json and preprocessor_config.json."""
    spec = _spec(shape, np.random.default_rng(seed))
    if ends_at is not None:
        _end_at(spec, ends_at)
    write_spec(directory, shape, spec, whisper_tokenizer(shape))


def write_spec(directory: Path, shape: Shape, spec: WhisperSpec, tokenizer: tokenizers.Tokenizer) -> None:
    """Write the files of a network and its tokenizer."""
    vocabulary = [token for token, _ in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])]
    spec.register_vocabulary(vocabulary)
    spec.config.suppress_ids = [TEXT_TOKENS + 1, *range(TEXT_TOKENS + 2 + shape.languages, shape.vocabulary)]
    spec.config.suppress_ids_begin = [220, TEXT_TOKENS]
    spec.config.lang_ids = list(range(TEXT_TOKENS + 2, TEXT_TOKENS + 2 + shape.languages))
    layers = range(shape.decoder_layers // 2, shape.decoder_layers)
    spec.config.alignment_heads = list(itertools.product(layers, range(shape.heads)))
    spec.validate()
    spec.optimize(quantization=shape.quantization)
    spec.save(str(directory))
    tokenizer.save(str(directory / "tokenizer.json"))
    front_end = {"feature_size": shape.mels, "sampling_rate": 16000, "hop_length": 160, "n_fft": 400}
    (directory / "preprocessor_config.json").write_text(json.dumps({**front_end, "chunk_length": 30}) + "\n")


def _spec(shape: Shape, random: np.random.Generator) -> WhisperSpec:
    dtype = np.float16 if shape.quantization == "float16" else np.float32

    def normal(*size: int, scale: float) -> NDArray[Any]:
        return (random.standard_normal(size, np.float32) * np.float32(scale)).astype(dtype)

    width = shape.width
    spec = WhisperSpec(shape.encoder_layers, shape.heads, shape.decoder_layers, shape.heads)
    encoder, decoder = spec.encoder, spec.decoder
    for conv, channels in ((encoder.conv1, shape.mels), (encoder.conv2, width)):
        _set_conv(conv, normal(width, channels, 3, scale=3 * (3 * channels) ** -0.5), dtype)
    encoder.position_encodings.encodings = sinusoids(AUDIO_POSITIONS, width).astype(dtype)
    decoder.position_encodings.encodings = normal(TEXT_POSITIONS, width, scale=2.0)
    decoder.embeddings.weight = normal(shape.vocabulary, width, scale=1.0)
    decoder.scale_embeddings = False
    tied = decoder.embeddings.weight
    decoder.projection.weight = tied if shape.tied else normal(shape.vocabulary, width, scale=1.0)
    # No Whisper has this bias: it lets a model without sense end its sentences, some after a few words.
    bias = np.zeros(shape.vocabulary, dtype)
    bias[TEXT_TOKENS] = 4.2 * width**0.5
    decoder.projection.bias = bias
    for layer_norm in (encoder.layer_norm, decoder.layer_norm):
        _set_norm(layer_norm, width, dtype)
    for layer in (*encoder.layer, *decoder.layer):
        attentions: list[tuple[Any, tuple[int, ...]]] = [(layer.self_attention, (3,))]
        if hasattr(layer, "attention"):
            attentions.append((layer.attention, (1, 2)))
        for attention, widths in attentions:
            _set_norm(attention.layer_norm, width, dtype)
            # Strong enough for what is heard to outweigh the token before, or every sentence repeats one word.
            strength = 2 if attention is layer.self_attention else 6
            for linear, outputs in zip(attention.linear, (*widths, 1), strict=True):
                _set_linear(linear, normal(outputs * width, width, scale=strength * width**-0.5), dtype)
        _set_norm(layer.ffn.layer_norm, width, dtype)
        _set_linear(layer.ffn.linear_0, normal(4 * width, width, scale=width**-0.5), dtype)
        _set_linear(layer.ffn.linear_1, normal(width, 4 * width, scale=(4 * width) ** -0.5), dtype)
    return spec


def _end_at(spec: WhisperSpec, position: int) -> None:
    """From `position` on one direction drowns all others, and the end of the text lies in it."""
    decoder = spec.decoder
    decoder.position_encodings.encodings[position:, 0] = 20000.0
    decoder.projection.weight[TEXT_TOKENS] = 0
    decoder.projection.weight[TEXT_TOKENS, 0] = 10.0
    decoder.projection.bias[TEXT_TOKENS] = 0


def _set_conv(conv: Conv1DSpec, weight: NDArray[Any], dtype: type) -> None:
    conv.weight, conv.bias = weight, np.zeros(weight.shape[0], dtype)


def _set_linear(linear: LinearSpec, weight: NDArray[Any], dtype: type) -> None:
    linear.weight, linear.bias = weight, np.zeros(weight.shape[0], dtype)


def _set_norm(norm: LayerNormSpec, width: int, dtype: type) -> None:
    norm.gamma, norm.beta = np.ones(width, dtype), np.zeros(width, dtype)


def sinusoids(length: int, channels: int) -> NDArray[np.float64]:
    """Whisper's encoder positions: Vaswani et al. 2017, sines first, cosines after."""
    rates = np.exp(-np.log(10000) / (channels // 2 - 1) * np.arange(channels // 2))
    angles = np.arange(length)[:, None] * rates[None, :]
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)


def whisper_tokenizer(shape: Shape, more: str = "") -> tokenizers.Tokenizer:
    """Byte-level BPE with Whisper's numbering: text, end, start, languages, marks, timestamps.

    Frequent words are one token each: those of a small text in three languages, and of `more`.
    """
    trained = tokenizers.Tokenizer(BPE())
    trained.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = list(_byte_characters())
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=1000, min_frequency=1, initial_alphabet=alphabet, show_progress=False
    )
    trained.train_from_iterator([f" {line}" for line in (_SAMPLE + more).split("\n")], trainer)
    merges = [tuple(merge) for merge in json.loads(trained.to_str())["model"]["merges"]]
    words = list(dict.fromkeys([*alphabet, *(left + right for left, right in merges)]))
    known = set(words)
    words += itertools.islice((word for word in _syllables() if word not in known), TEXT_TOKENS - 1 - len(words))
    words.append("")  # the real one has it, and by it CTranslate2 4.7 and later knows a multilingual model
    model = BPE({word: number for number, word in enumerate(words)}, merges)
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    tokenizer.add_special_tokens([f"<|{mark}|>" for mark in _marks(shape.languages)])
    tokenizer.add_tokens([f"<|{number * 0.02:.2f}|>" for number in range(TIMESTAMPS)])
    return tokenizer


def _marks(languages: int) -> Iterator[str]:
    yield from ("endoftext", "startoftranscript", *_LANGUAGES[:languages])
    yield from ("translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps")


def _byte_characters() -> Iterator[str]:
    """The characters that stand for the 256 bytes, in GPT-2's order (the space is number 220)."""
    shown: Callable[[int], bool] = lambda byte: 33 <= byte <= 126 or 161 <= byte <= 172 or byte >= 174  # noqa: E731
    yield from (chr(byte) for byte in range(256) if shown(byte))
    hidden = [byte for byte in range(256) if not shown(byte)]
    yield from (chr(256 + number) for number, _ in enumerate(hidden))


def _syllables() -> Iterator[str]:
    """Made-up words, most of which begin with a space (GPT-2 writes it Ġ)."""
    syllables = [first + vowel for first in "bdfgklmnprstvz" for vowel in "aeiou"]
    for length in itertools.count(1):
        for parts in itertools.product(syllables, repeat=length):
            yield "Ġ" + "".join(parts)
            if length == 1:
                yield "".join(parts)


def main() -> None:
    """Make one and say where it is."""
    parser = argparse.ArgumentParser()
    parser.add_argument("shape", choices=sorted(SHAPES))
    print(random_whisper(parser.parse_args().shape))


if __name__ == "__main__":
    main()
