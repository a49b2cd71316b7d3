"""A Qwen3 decoder with random weights in plain torch: cached keys and values, every step one CUDA graph.

It stands in for vLLM where that is not installed. All lines are at the same position, which costs what different ones
do; attention goes over the whole of a cache that is hardly longer than what is written.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from tests.bench_gpu.shapes import DecoderShape
from tests.bench_gpu.timing import weights

_EPSILON = 1e-6
_ROPE_BASE = 1e6


@dataclass(frozen=True, slots=True)
class _Layer:
    attention_norm: Any
    qkv: Any
    query_norm: Any
    key_norm: Any
    output: Any
    feed_forward_norm: Any
    gate_and_up: Any
    down: Any
    keys: Any
    values: Any


class TorchDecoder:
    """Weights and cache for `lines` lines of `length` tokens."""

    def __init__(self, shape: DecoderShape, lines: int, length: int, device: str, dtype: Any) -> None:
        self.shape, self.lines, self.device, self.dtype = shape, lines, device, dtype
        self.length = -(-length // 64) * 64
        self._embedding = weights(shape.vocabulary, shape.width, device=device, dtype=dtype)
        self._head = (
            self._embedding if shape.tied else weights(shape.vocabulary, shape.width, device=device, dtype=dtype)
        )
        self._norm = torch.ones(shape.width, device=device, dtype=dtype)
        self._layers = [self._layer() for _ in range(shape.layers)]
        half = shape.head_width // 2
        frequencies = _ROPE_BASE ** (-torch.arange(half, device=device, dtype=torch.float32) / half)
        angles = torch.outer(torch.arange(self.length, device=device, dtype=torch.float32), frequencies)
        self._cosines = torch.cat((angles.cos(), angles.cos()), dim=-1).to(dtype)
        self._sines = torch.cat((angles.sin(), angles.sin()), dim=-1).to(dtype)
        self._slots = torch.arange(self.length, device=device)
        # What a recorded step reads and writes.
        self.position = torch.zeros(1, device=device, dtype=torch.int64)
        self.tokens = torch.zeros(lines, 1, device=device, dtype=torch.int64)

    def _layer(self) -> _Layer:
        shape, kind = self.shape, {"device": self.device, "dtype": self.dtype}
        queries, keys = shape.heads * shape.head_width, shape.kv_heads * shape.head_width
        cache = (self.lines, shape.kv_heads, self.length, shape.head_width)
        return _Layer(
            attention_norm=torch.ones(shape.width, **kind),
            qkv=weights(queries + 2 * keys, shape.width, **kind),
            query_norm=torch.ones(shape.head_width, **kind),
            key_norm=torch.ones(shape.head_width, **kind),
            output=weights(shape.width, queries, **kind),
            feed_forward_norm=torch.ones(shape.width, **kind),
            gate_and_up=weights(2 * shape.feed_forward, shape.width, **kind),
            down=weights(shape.width, shape.feed_forward, **kind),
            keys=torch.zeros(*cache, **kind),
            values=torch.zeros(*cache, **kind),
        )

    def fill_prefix(self, tokens: int) -> None:
        """Compute a prefix of `tokens` tokens once and have it in the cache of every line."""
        prompt = torch.randint(0, self.shape.vocabulary, (1, tokens), device=self.device)
        self.position.zero_()
        self.forward(prompt)
        for layer in self._layers:
            for cache in (layer.keys, layer.values):
                cache[1:, :, :tokens] = cache[:1, :, :tokens]

    def first_tokens(self, fresh: Any) -> None:
        """From `fresh` tokens of every line (lines, n), at `position`: the first token of each reply."""
        self.tokens[: fresh.shape[0]] = self.forward(fresh)
        self.position += fresh.shape[1]

    def next_tokens(self, lines: int) -> None:
        """One token more of the first `lines` lines."""
        self.tokens[:lines] = self.forward(self.tokens[:lines])
        self.position += 1

    def forward(self, tokens: Any) -> Any:
        """The likeliest token after `tokens` (lines, n), which stand at `position` and after it; writes the cache."""
        positions = self.position + torch.arange(tokens.shape[1], device=self.device)
        cosines, sines = self._cosines[positions], self._sines[positions]
        groups = self.shape.heads // self.shape.kv_heads
        seen = self._slots <= positions[:, None]
        mask = torch.zeros(seen.shape, device=self.device, dtype=self.dtype).masked_fill(~seen, float("-inf"))
        mask = mask.repeat(groups, 1)
        hidden = functional.embedding(tokens, self._embedding)
        for layer in self._layers:
            hidden = self._forward_layer(layer, hidden, positions, (cosines, sines), mask)
        last = functional.rms_norm(hidden[:, -1], (self.shape.width,), self._norm, _EPSILON)
        return functional.linear(last, self._head).argmax(dim=-1, keepdim=True)

    def _forward_layer(self, layer: _Layer, hidden: Any, positions: Any, angles: tuple[Any, Any], mask: Any) -> Any:
        shape = self.shape
        lines, count, _ = hidden.shape
        normed = functional.rms_norm(hidden, (shape.width,), layer.attention_norm, _EPSILON)
        parts = functional.linear(normed, layer.qkv).view(lines, count, -1, shape.head_width).transpose(1, 2)
        queries, keys, values = parts.split((shape.heads, shape.kv_heads, shape.kv_heads), dim=1)
        queries = _rotated(functional.rms_norm(queries, (shape.head_width,), layer.query_norm, _EPSILON), *angles)
        keys = _rotated(functional.rms_norm(keys, (shape.head_width,), layer.key_norm, _EPSILON), *angles)
        layer.keys[:lines].index_copy_(2, positions, keys)
        layer.values[:lines].index_copy_(2, positions, values)
        # The queries that share a key head stand behind each other, so that nothing of the cache is repeated.
        queries = queries.reshape(lines, shape.kv_heads, -1, shape.head_width)
        attended = functional.scaled_dot_product_attention(
            queries, layer.keys[:lines], layer.values[:lines], attn_mask=mask
        )
        attended = attended.reshape(lines, shape.heads, count, shape.head_width).transpose(1, 2)
        hidden = hidden + functional.linear(attended.reshape(lines, count, -1), layer.output)
        normed = functional.rms_norm(hidden, (shape.width,), layer.feed_forward_norm, _EPSILON)
        gate, up = functional.linear(normed, layer.gate_and_up).chunk(2, dim=-1)
        return hidden + functional.linear(functional.silu(gate) * up, layer.down)


def _rotated(heads: Any, cosines: Any, sines: Any) -> Any:
    """Rotary position embedding, the halves of a head as pairs (as in Qwen and Llama)."""
    first, second = heads.chunk(2, dim=-1)
    return heads * cosines + torch.cat((-second, first), dim=-1) * sines
