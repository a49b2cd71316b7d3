"""The shapes of the models that are built with random weights, and how many parameters and bytes they have.

Whisper: openai/whisper-* config.json. Qwen3: Qwen/Qwen3-* config.json. Piper, medium: the defaults of
`piper.train.vits.lightning` in piper-tts 1.8.0. The tiny ones only show that every step runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class WhisperShape:
    """An encoder-decoder as OpenAI published it; the decoder's embedding is also its output layer."""

    name: str
    encoder_layers: int
    decoder_layers: int
    width: int
    heads: int
    mels: int
    vocabulary: int
    audio_positions: int = 1500
    text_positions: int = 448

    @property
    def parameters(self) -> int:
        """How many numbers the weights are."""
        attention = 4 * self.width**2 + 3 * self.width
        feed_forward = 8 * self.width**2 + 5 * self.width
        norm = 2 * self.width
        encoder = self.encoder_layers * (attention + feed_forward + 2 * norm) + norm
        convolutions = 3 * self.width * (self.mels + self.width) + 2 * self.width
        decoder = self.decoder_layers * (2 * attention + feed_forward + 3 * norm) + norm
        embeddings = self.width * (self.vocabulary + self.text_positions + self.audio_positions)
        return encoder + convolutions + decoder + embeddings


@dataclass(frozen=True, slots=True)
class DecoderShape:
    """A Qwen3 dense decoder: grouped-query attention with normalised queries and keys, SwiGLU."""

    name: str
    layers: int
    width: int
    heads: int
    kv_heads: int
    head_width: int
    feed_forward: int
    vocabulary: int
    tied: bool

    @property
    def parameters(self) -> int:
        """How many numbers the weights are."""
        queries, keys = self.heads * self.head_width, self.kv_heads * self.head_width
        attention = self.width * (queries + 2 * keys) + queries * self.width + 2 * self.head_width
        layer = attention + 3 * self.width * self.feed_forward + 2 * self.width
        return self.layers * layer + self.width + self.vocabulary * self.width * (1 if self.tied else 2)

    @property
    def cache_bytes_per_token(self) -> int:
        """Keys and values of one token in 16 bits."""
        return 2 * self.layers * self.kv_heads * self.head_width * 2


@dataclass(frozen=True, slots=True)
class VoiceShape:
    """A Piper voice (VITS): text encoder, duration predictor, flow, and a HiFi-GAN generator."""

    name: str
    width: int
    filter_width: int
    heads: int
    encoder_layers: int
    flows: int
    flow_layers: int
    generator_width: int
    upsample_rates: tuple[int, ...]
    upsample_kernels: tuple[int, ...]
    block_kernels: tuple[int, ...]
    block_dilations: tuple[tuple[int, ...], ...]
    phonemes: int = 256
    sample_rate: int = 22050

    @property
    def hop(self) -> int:
        """Samples of one latent frame."""
        product = 1
        for rate in self.upsample_rates:
            product *= rate
        return product


WHISPER: Final[Mapping[str, WhisperShape]] = {
    shape.name: shape
    for shape in (
        WhisperShape("whisper-large-v3-turbo", 32, 4, 1280, 20, 128, 51866),
        WhisperShape("whisper-medium", 24, 24, 1024, 16, 80, 51865),
        WhisperShape("whisper-small", 12, 12, 768, 12, 80, 51865),
        WhisperShape("tiny-whisper", 2, 2, 64, 2, 80, 51865),
    )
}

DECODERS: Final[Mapping[str, DecoderShape]] = {
    shape.name: shape
    for shape in (
        DecoderShape("qwen3-4b", 36, 2560, 32, 8, 128, 9728, 151936, tied=True),
        DecoderShape("qwen3-8b", 36, 4096, 32, 8, 128, 12288, 151936, tied=False),
        DecoderShape("qwen3-14b", 40, 5120, 40, 8, 128, 17408, 151936, tied=False),
        DecoderShape("tiny-qwen3", 2, 128, 4, 2, 32, 256, 512, tied=True),
    )
}

VOICES: Final[Mapping[str, VoiceShape]] = {
    shape.name: shape
    for shape in (
        VoiceShape(
            "piper-medium", 192, 768, 2, 6, 4, 4, 256, (8, 8, 4), (16, 16, 8), (3, 5, 7), ((1, 2), (2, 6), (3, 12))
        ),
        VoiceShape("tiny-piper", 16, 32, 2, 1, 1, 1, 16, (8, 8, 4), (16, 16, 8), (3,), ((1, 2),)),
    )
}
