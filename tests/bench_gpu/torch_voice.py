"""A Piper voice with random weights in plain torch, split as the appliance splits it: latent, and audio by windows.

Written for its cost: the layers have the real shapes and are as many, but two things of no weight are left out, the
relative positions of the text encoder's attention and the splines of the duration predictor. Every phoneme lasts
equally long.
"""

from typing import Any

import torch
from torch import nn
from torch.nn import functional

from tests.bench_gpu.shapes import VoiceShape

_FLOW_KERNEL = 5
_TEXT_KERNEL = 3
_DURATION_FLOWS = 3
_DURATION_LAYERS = 3
_SPLINE_NUMBERS = 29
_SLOPE = 0.1


class _TextLayer(nn.Module):  # type: ignore[misc]
    def __init__(self, shape: VoiceShape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.qkv = nn.Conv1d(shape.width, 3 * shape.width, 1)
        self.output = nn.Conv1d(shape.width, shape.width, 1)
        self.attention_norm = nn.LayerNorm(shape.width)
        self.widen = nn.Conv1d(shape.width, shape.filter_width, _TEXT_KERNEL, padding="same")
        self.narrow = nn.Conv1d(shape.filter_width, shape.width, _TEXT_KERNEL, padding="same")
        self.feed_forward_norm = nn.LayerNorm(shape.width)

    def forward(self, hidden: Any) -> Any:
        batch, width, count = hidden.shape
        queries, keys, values = self.qkv(hidden).view(batch, 3, self.heads, -1, count).transpose(3, 4).unbind(1)
        attended = functional.scaled_dot_product_attention(queries, keys, values)
        hidden = hidden + self.output(attended.transpose(2, 3).reshape(batch, width, count))
        hidden = self.attention_norm(hidden.transpose(1, 2)).transpose(1, 2)
        hidden = hidden + self.narrow(functional.relu(self.widen(hidden)))
        return self.feed_forward_norm(hidden.transpose(1, 2)).transpose(1, 2)


class _SeparableConvolutions(nn.Module):  # type: ignore[misc]
    """Of the duration predictor."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.separate = nn.ModuleList(
            nn.Conv1d(width, width, _TEXT_KERNEL, groups=width, dilation=_TEXT_KERNEL**layer, padding="same")
            for layer in range(_DURATION_LAYERS)
        )
        self.mix = nn.ModuleList(nn.Conv1d(width, width, 1) for _ in range(_DURATION_LAYERS))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2 * _DURATION_LAYERS))

    def forward(self, hidden: Any) -> Any:
        for layer, (separate, mix) in enumerate(zip(self.separate, self.mix, strict=True)):
            inner = self.norms[2 * layer](separate(hidden).transpose(1, 2)).transpose(1, 2)
            inner = self.norms[2 * layer + 1](mix(functional.gelu(inner)).transpose(1, 2)).transpose(1, 2)
            hidden = hidden + functional.gelu(inner)
        return hidden


class _Flow(nn.Module):  # type: ignore[misc]
    def __init__(self, shape: VoiceShape) -> None:
        super().__init__()
        width = shape.width
        self.before = nn.Conv1d(width // 2, width, 1)
        self.gates = nn.ModuleList(
            nn.Conv1d(width, 2 * width, _FLOW_KERNEL, padding="same") for _ in range(shape.flow_layers)
        )
        self.outputs = nn.ModuleList(
            nn.Conv1d(width, 2 * width if layer < shape.flow_layers - 1 else width, 1)
            for layer in range(shape.flow_layers)
        )
        self.after = nn.Conv1d(width, width // 2, 1)

    def forward(self, latent: Any) -> Any:
        kept, changed = latent.chunk(2, dim=1)
        hidden = self.before(kept)
        skipped: Any = 0
        for gates, output in zip(self.gates, self.outputs, strict=True):
            left, right = gates(hidden).chunk(2, dim=1)
            result = output(torch.tanh(left) * torch.sigmoid(right))
            if result.shape[1] == hidden.shape[1]:
                skipped = skipped + result
            else:
                residual, skip = result.chunk(2, dim=1)
                hidden, skipped = hidden + residual, skipped + skip
        return torch.cat((kept, changed - self.after(skipped)), dim=1).flip(1)


class VoiceEncoder(nn.Module):  # type: ignore[misc]
    """Phonemes (1, n) → latent (1, width, n x `frames_per_phoneme`)."""

    def __init__(self, shape: VoiceShape, frames_per_phoneme: int) -> None:
        super().__init__()
        width = shape.width
        self.frames_per_phoneme = frames_per_phoneme
        self.embedding = nn.Embedding(shape.phonemes, width)
        self.text = nn.ModuleList(_TextLayer(shape) for _ in range(shape.encoder_layers))
        self.statistics = nn.Conv1d(width, 2 * width, 1)
        self.durations = nn.ModuleList(_SeparableConvolutions(width) for _ in range(1 + _DURATION_FLOWS))
        self.spline_numbers = nn.ModuleList(nn.Conv1d(width, _SPLINE_NUMBERS, 1) for _ in range(_DURATION_FLOWS))
        self.flows = nn.ModuleList(_Flow(shape) for _ in range(shape.flows))

    def forward(self, phonemes: Any) -> Any:
        """See the class."""
        hidden = self.embedding(phonemes).transpose(1, 2)
        for layer in self.text:
            hidden = layer(hidden)
        mean, log_scale = self.statistics(hidden).chunk(2, dim=1)
        lengths = self.durations[0](hidden)
        # Into the scale, by next to nothing, so that no exporter drops what nobody asks for.
        for convolutions, numbers in zip(self.durations[1:], self.spline_numbers, strict=True):
            lengths = lengths + numbers(convolutions(lengths)).mean(dim=1, keepdim=True)
        log_scale = log_scale + 1e-6 * lengths.mean(dim=1, keepdim=True)
        latent = self._as_frames(mean) + 0.667 * torch.exp(self._as_frames(log_scale))
        for flow in self.flows:
            latent = flow(latent)
        return latent

    def _as_frames(self, hidden: Any) -> Any:
        batch, width, count = hidden.shape
        repeated = hidden.unsqueeze(3).expand(batch, width, count, self.frames_per_phoneme)
        return repeated.reshape(batch, width, count * self.frames_per_phoneme)


class VoiceGenerator(nn.Module):  # type: ignore[misc]
    """Latent (1, width, frames) → audio (1, 1, frames x hop): HiFi-GAN with its second kind of residual block."""

    def __init__(self, shape: VoiceShape) -> None:
        super().__init__()
        channels = shape.generator_width
        self.before = nn.Conv1d(shape.width, channels, 7, padding=3)
        self.ups, self.blocks = nn.ModuleList(), nn.ModuleList()
        for rate, kernel in zip(shape.upsample_rates, shape.upsample_kernels, strict=True):
            self.ups.append(nn.ConvTranspose1d(channels, channels // 2, kernel, rate, padding=(kernel - rate) // 2))
            channels //= 2
            self.blocks.append(
                nn.ModuleList(
                    nn.ModuleList(
                        nn.Conv1d(channels, channels, size, dilation=dilation, padding="same") for dilation in dilations
                    )
                    for size, dilations in zip(shape.block_kernels, shape.block_dilations, strict=True)
                )
            )
        self.after = nn.Conv1d(channels, 1, 7, padding=3, bias=False)

    def forward(self, latent: Any) -> Any:
        """See the class."""
        hidden = self.before(latent)
        for up, blocks in zip(self.ups, self.blocks, strict=True):
            hidden = up(functional.leaky_relu(hidden, _SLOPE))
            parts = []
            for block in blocks:
                part = hidden
                for convolution in block:
                    part = part + convolution(functional.leaky_relu(part, _SLOPE))
                parts.append(part)
            hidden = sum(parts) / len(parts)
        return torch.tanh(self.after(functional.leaky_relu(hidden, _SLOPE)))


def parameters_of(*modules: Any) -> int:
    """How many numbers their weights are."""
    return sum(parameter.numel() for module in modules for parameter in module.parameters())
