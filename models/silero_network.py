"""The network of Silero VAD 6 in numpy: the sums that onnxruntime does, without what surrounds them there.

It is so small that onnxruntime spends most of its time between the sums, and after 32 ms of other work, when the
processor's caches are cold, on fetching its own code: a window costs 56 us here and 155 us there when it follows
another, and 570 us and 1000 us when nothing was computed for 32 ms. Probabilities differ by less than 0.00001.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# silero_vad/utils_vad.py, class OnnxWrapper: what the network sees of the window before, by Hz.
CONTEXT_SAMPLES = {8000: 32, 16000: 64}
_BRANCHES = {8000: "If_0_else_branch__Inline_0__", 16000: "If_0_then_branch__Inline_0__"}
_FRAMES = 4
_CELLS = 128
_FULL_SCALE = np.float32(1 / 32768)


@dataclass(frozen=True, slots=True)
class SileroWeights:
    """Weights for one sample rate, laid out for multiplication from the right; convolutions as their taps in a row.

    Of the last two convolutions only the taps that do not meet padding are kept.
    """

    basis: Floats
    first: Floats
    first_bias: Floats
    second: Floats
    second_bias: Floats
    third: Floats
    third_bias: Floats
    fourth: Floats
    fourth_bias: Floats
    memory: Floats
    memory_bias: Floats
    decision: Floats
    decision_bias: float

    @classmethod
    def of(cls, constants: Mapping[str, Floats], sample_rate: int) -> "SileroWeights":
        """From the constants of Silero's ONNX file. Raises `KeyError` or `ValueError` where it is another network."""

        def named(name: str, *shape: int) -> Floats:
            found = constants[_BRANCHES[sample_rate] + name]
            if found.shape != shape:
                raise ValueError(f"{name} has another shape")
            return found

        size = 4 * CONTEXT_SAMPLES[sample_rate]
        bins = size // 2 + 1
        taps = [
            named(f"encoder.{number}.reparam_conv.weight", outputs, inputs, 3).transpose(2, 1, 0)
            for number, (inputs, outputs) in enumerate(((bins, 128), (128, 64), (64, 64), (64, 128)))
        ]
        biases = [
            named(f"encoder.{number}.reparam_conv.bias", outputs) for number, outputs in enumerate((128, 64, 64, 128))
        ]
        inner = np.concatenate(
            (
                named("decoder.rnn.weight_ih", 4 * _CELLS, _CELLS),
                named("decoder.rnn.weight_hh", 4 * _CELLS, _CELLS),
            ),
            axis=1,
        )
        bias = named("decoder.rnn.bias_ih", 4 * _CELLS) + named("decoder.rnn.bias_hh", 4 * _CELLS)
        # tanh(x) = 2 / (1 + exp(-2x)) - 1: with the cell's gate doubled here, all four gates share one exp.
        cell = slice(2 * _CELLS, 3 * _CELLS)
        inner[cell] *= 2
        bias[cell] *= 2
        return cls(
            basis=np.ascontiguousarray(named("stft.forward_basis_buffer", 2 * bins, 1, size)[:, 0].T),
            first=np.ascontiguousarray(taps[0].reshape(3 * bins, 128)),
            first_bias=biases[0],
            second=np.ascontiguousarray(taps[1].reshape(3 * 128, 64)),
            second_bias=biases[1],
            third=np.ascontiguousarray(taps[2][1:].reshape(2 * 64, 64)),
            third_bias=biases[2],
            fourth=np.ascontiguousarray(taps[3][1]),
            fourth_bias=biases[3],
            # The other sign spares negating what goes into exp.
            memory=np.ascontiguousarray(-inner.T),
            memory_bias=-bias,
            decision=named("decoder.decoder.2.weight", 1, _CELLS, 1).reshape(_CELLS),
            decision_bias=float(named("decoder.decoder.2.bias", 1)[0]),
        )


class SileroMemory:
    """The network at work for one caller: its LSTM's state, and room for every intermediate result. Not thread-safe."""

    def __init__(self, weights: SileroWeights) -> None:
        size, doubled_bins = weights.basis.shape
        context, bins = size // 4, doubled_bins // 2
        self._weights = weights
        self._context = context
        # Context and window, and the end once more in a mirror: four frames of `size` samples, half a frame apart.
        self._samples = np.zeros(context + 2 * size + context, np.float32)
        self._frames = _overlapping(self._samples, _FRAMES, size, size // 2)
        # A frame of zeros before the four, and one behind them, is what the convolutions are padded with.
        self._spectrum = np.zeros((_FRAMES + 2, bins), np.float32)
        self._spectrum_taps = _overlapping(self._spectrum, _FRAMES, 3 * bins, bins)
        self._first = np.zeros((_FRAMES + 2, 128), np.float32)
        self._first_taps = _overlapping(self._first, _FRAMES // 2, 3 * 128, 2 * 128)
        self._second = np.zeros((_FRAMES // 2, 64), np.float32)
        self._into_memory = np.zeros(2 * _CELLS, np.float32)
        self._gates = np.zeros(4 * _CELLS, np.float32)
        self._cells = np.zeros(_CELLS, np.float32)

    def probability(self, window: NDArray[np.int16]) -> float:
        """Probability in 0..1 that the next `window` holds speech."""
        weights = self._weights
        self._transform(window)
        inner = self._first[1:-1]
        _layer(self._spectrum_taps, weights.first, weights.first_bias, inner)
        _layer(self._first_taps, weights.second, weights.second_bias, self._second)
        third = self._second.reshape(2 * 64) @ weights.third
        _rectified(third, weights.third_bias)
        _layer(third, weights.fourth, weights.fourth_bias, self._into_memory[:_CELLS])
        remembered = self._remember()
        z = float(np.maximum(remembered, 0) @ weights.decision) + weights.decision_bias
        return 1 / (1 + math.exp(-z))

    def _transform(self, window: NDArray[np.int16]) -> None:
        """Magnitudes of the four frames."""
        samples, context = self._samples, self._context
        end = samples.size - context
        samples[:context] = samples[end - context : end]
        np.multiply(window, _FULL_SCALE, out=samples[context:end])
        samples[end:] = samples[end - 2 : end - 2 - context : -1]
        parts = self._frames @ self._weights.basis
        parts *= parts
        bins = self._spectrum.shape[1]
        magnitudes = self._spectrum[1:-1]
        np.add(parts[:, :bins], parts[:, bins:], out=magnitudes)
        np.sqrt(magnitudes, out=magnitudes)

    def _remember(self) -> Floats:
        """One step of the LSTM: gates in PyTorch's order (input, forget, cell, output)."""
        gates, cells = self._gates, self._cells
        np.matmul(self._into_memory, self._weights.memory, out=gates)
        gates += self._weights.memory_bias
        np.exp(gates, out=gates)
        gates += 1
        np.reciprocal(gates, out=gates)
        new = gates[2 * _CELLS : 3 * _CELLS]
        new *= 2
        new -= 1
        new *= gates[:_CELLS]
        cells *= gates[_CELLS : 2 * _CELLS]
        cells += new
        output = self._into_memory[_CELLS:]
        np.tanh(cells, out=output)
        output *= gates[3 * _CELLS :]
        return output


def _layer(inputs: Floats, weights: Floats, bias: Floats, outputs: Floats) -> None:
    np.matmul(inputs, weights, out=outputs)
    _rectified(outputs, bias)


def _rectified(sums: Floats, bias: Floats) -> None:
    sums += bias
    np.maximum(sums, 0, out=sums)


def _overlapping(values: Floats, rows: int, length: int, step: int) -> Any:
    """Rows of `length` values, each beginning `step` values after the one before, without copying."""
    size = values.itemsize
    return np.lib.stride_tricks.as_strided(values, (rows, length), (step * size, size), writeable=False)
