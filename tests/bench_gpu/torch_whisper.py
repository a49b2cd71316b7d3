"""Whisper with random weights in plain torch: only the audio there is is encoded, and decoding is greedy.

It stands in for CTranslate2 where that is not installed or cannot use the GPU. Encoder, prompt and decoding step are
one CUDA graph each; after every token the host looks at it, as an engine does that waits for the end of the text.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from tests.bench_gpu.shapes import WhisperShape
from tests.bench_gpu.timing import Graphed, weights


@dataclass(frozen=True, slots=True)
class _Attention:
    norm: tuple[Any, Any]
    qkv: tuple[Any, Any]
    output: tuple[Any, Any]


@dataclass(frozen=True, slots=True)
class _Layer:
    itself: _Attention
    audio: _Attention | None
    feed_forward_norm: tuple[Any, Any]
    widen: tuple[Any, Any]
    narrow: tuple[Any, Any]


class TorchWhisper:
    """The weights."""

    def __init__(self, shape: WhisperShape, device: str, dtype: Any) -> None:
        self.shape, self.device, self.dtype = shape, device, dtype
        width = shape.width
        self._first = (self._new(width, shape.mels, 3), self._new(width))
        self._second = (self._new(width, width, 3), self._new(width))
        self._audio_positions = self._new(shape.audio_positions, width)
        self._encoder = [self._layer(with_audio=False) for _ in range(shape.encoder_layers)]
        self._encoder_norm = self._norm()
        self._embedding = self._new(shape.vocabulary, width)
        self.text_positions = self._new(shape.text_positions, width)
        self.decoder = [self._layer(with_audio=True) for _ in range(shape.decoder_layers)]
        self._decoder_norm = self._norm()

    def _new(self, *shape: int) -> Any:
        return weights(*shape, device=self.device, dtype=self.dtype)

    def _norm(self) -> tuple[Any, Any]:
        width = self.shape.width
        return torch.ones(width, device=self.device, dtype=self.dtype), self._new(width)

    def _attention(self) -> _Attention:
        width = self.shape.width
        return _Attention(
            self._norm(),
            (self._new(3 * width, width), self._new(3 * width)),
            (self._new(width, width), self._new(width)),
        )

    def _layer(self, *, with_audio: bool) -> _Layer:
        width = self.shape.width
        return _Layer(
            self._attention(),
            self._attention() if with_audio else None,
            self._norm(),
            (self._new(4 * width, width), self._new(4 * width)),
            (self._new(width, 4 * width), self._new(width)),
        )

    def encode(self, mels: Any) -> Any:
        """(batch, mels, frames) of 10 ms → (batch, frames / 2, width)."""
        hidden = functional.gelu(functional.conv1d(mels, *self._first, padding=1))
        hidden = functional.gelu(functional.conv1d(hidden, *self._second, stride=2, padding=1)).transpose(1, 2)
        hidden = hidden + self._audio_positions[: hidden.shape[1]]
        for layer in self._encoder:
            attention = layer.itself
            queries, keys, values = self.heads(
                functional.linear(self.normed(hidden, attention.norm), *attention.qkv), parts=3
            )
            attended = functional.scaled_dot_product_attention(queries, keys, values)
            hidden = hidden + functional.linear(joined(attended), *attention.output)
            hidden = self.fed_forward(layer, hidden)
        return self.normed(hidden, self._encoder_norm)

    def audio_keys_and_values(self, layer: _Layer, encoded: Any) -> tuple[Any, Any]:
        """What a decoder layer looks for in the audio; made once a pass."""
        assert layer.audio is not None
        width = self.shape.width
        matrix, bias = layer.audio.qkv
        keys, values = self.heads(functional.linear(encoded, matrix[width:], bias[width:]), parts=2)
        return keys, values

    def heads(self, hidden: Any, parts: int) -> tuple[Any, ...]:
        """(batch, n, parts x width) → `parts` times (batch, heads, n, head width)."""
        batch, count, _ = hidden.shape
        split = hidden.view(batch, count, parts, self.shape.heads, -1).permute(2, 0, 3, 1, 4)
        return tuple(split.unbind(0))

    def normed(self, hidden: Any, norm: tuple[Any, Any]) -> Any:
        """Layer normalisation."""
        return functional.layer_norm(hidden, (self.shape.width,), *norm)

    def fed_forward(self, layer: _Layer, hidden: Any) -> Any:
        """The second half of a layer."""
        widened = functional.gelu(functional.linear(self.normed(hidden, layer.feed_forward_norm), *layer.widen))
        return hidden + functional.linear(widened, *layer.narrow)

    def embedded(self, tokens: Any) -> Any:
        """Tokens as vectors, without their positions."""
        return functional.embedding(tokens, self._embedding)

    def likeliest(self, hidden: Any) -> Any:
        """The likeliest token after (batch, width)."""
        return functional.linear(self.normed(hidden, self._decoder_norm), self._embedding).argmax(dim=-1, keepdim=True)


def joined(attended: Any) -> Any:
    """(batch, heads, n, head width) → (batch, n, width)."""
    batch, _, count, _ = attended.shape
    return attended.transpose(1, 2).reshape(batch, count, -1)


class TorchPass:
    """Passes over `batch` stretches of `frames` mel frames: a prompt of `prompt` tokens, then `tokens` more."""

    def __init__(self, model: TorchWhisper, batch: int, frames: int, prompt: int, tokens: int) -> None:
        self._model, self._tokens = model, tokens
        shape, kind = model.shape, {"device": model.device, "dtype": model.dtype}
        length = -(-(prompt + tokens) // 8) * 8
        cache = (batch, shape.heads, length, shape.width // shape.heads)
        self._caches = [(torch.zeros(*cache, **kind), torch.zeros(*cache, **kind)) for _ in model.decoder]
        self._slots = torch.arange(length, device=model.device)
        self.mels = torch.randn(batch, shape.mels, frames, **kind)
        self.prompt = torch.randint(0, 50000, (batch, prompt), device=model.device)
        self._position = torch.zeros(1, device=model.device, dtype=torch.int64)
        self._token = torch.zeros(batch, 1, device=model.device, dtype=torch.int64)
        self._encoded = model.encode(self.mels)
        self._audio = [model.audio_keys_and_values(layer, self._encoded) for layer in model.decoder]
        self._encode = Graphed(self._run_encoder, model.device)
        self._begin = Graphed(self._run_prompt, model.device)
        # Recording runs the step some times: it must begin where there is room for that.
        self._position.zero_()
        self._step = Graphed(self._run_step, model.device)
        self.graphs = (self._encode, self._begin, self._step)

    def encode(self) -> None:
        """The audio, and what the decoder looks for in it."""
        self._encode()

    def run(self) -> list[list[int]]:
        """A whole pass; the text's tokens, line by line."""
        self._encode()
        self._begin()
        text = [self._token.flatten().tolist()]
        for _ in range(self._tokens - 1):
            self._step()
            text.append(self._token.flatten().tolist())
        return [list(line) for line in zip(*text, strict=True)]

    def _run_encoder(self) -> None:
        self._encoded.copy_(self._model.encode(self.mels))
        for layer, (keys, values) in zip(self._model.decoder, self._audio, strict=True):
            new_keys, new_values = self._model.audio_keys_and_values(layer, self._encoded)
            keys.copy_(new_keys)
            values.copy_(new_values)

    def _run_prompt(self) -> None:
        self._position.zero_()
        self._decode(self.prompt)

    def _run_step(self) -> None:
        self._decode(self._token)

    def _decode(self, tokens: Any) -> None:
        model, count = self._model, tokens.shape[1]
        positions = self._position + torch.arange(count, device=model.device)
        seen = self._slots <= positions[:, None]
        mask = torch.zeros(seen.shape, device=model.device, dtype=model.dtype).masked_fill(~seen, float("-inf"))
        hidden = model.embedded(tokens) + model.text_positions[positions]
        for layer, cache, audio in zip(model.decoder, self._caches, self._audio, strict=True):
            hidden = self._decode_layer(layer, hidden, positions, mask, cache, audio)
        self._token.copy_(model.likeliest(hidden[:, -1]))
        self._position += count

    def _decode_layer(
        self, layer: _Layer, hidden: Any, positions: Any, mask: Any, cache: tuple[Any, Any], audio: tuple[Any, Any]
    ) -> Any:
        model, width = self._model, self._model.shape.width
        itself = layer.itself
        queries, keys, values = model.heads(functional.linear(model.normed(hidden, itself.norm), *itself.qkv), parts=3)
        cache[0].index_copy_(2, positions, keys)
        cache[1].index_copy_(2, positions, values)
        attended = functional.scaled_dot_product_attention(queries, *cache, attn_mask=mask)
        hidden = hidden + functional.linear(joined(attended), *itself.output)
        assert layer.audio is not None
        matrix, bias = layer.audio.qkv
        (queries,) = model.heads(
            functional.linear(model.normed(hidden, layer.audio.norm), matrix[:width], bias[:width]), parts=1
        )
        attended = functional.scaled_dot_product_attention(queries, *audio)
        hidden = hidden + functional.linear(joined(attended), *layer.audio.output)
        return model.fed_forward(layer, hidden)
