"""A VITS graph cut in two: an encoder from phonemes to a latent, and a decoder from the latent to audio.

In VITS (Kim, Kong, Son 2021) everything random and everything that looks at the whole sentence happens before the
latent. What follows is a HiFi-GAN generator: convolutions alone, each output sample of which sees a few frames of the
latent. So the latent can be decoded piece by piece, exactly, when each piece is given that many frames more.

The cut is found by structure, not by names, which differ between exporters: the first transposed convolution upsamples
the latent, and the convolution before it is the decoder's first.
"""

import math
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, helper

# What acts on each sample by itself, so that it widens nobody's view.
_POINTWISE: Final = frozenset(
    "Add Sub Mul Div Neg Pow Sqrt Reciprocal Exp Sin Cos Tanh Sigmoid Relu LeakyRelu PRelu Elu Clip Identity Cast "
    "Unsqueeze Squeeze Constant".split()
)


class CannotSplitError(Exception):
    """The graph is not an encoder and a decoder of the kind described above; the text says why."""


@dataclass(frozen=True, slots=True)
class SplitGraph:
    """Two models. `latent` names the tensor between them, [batch, channels, frames]; `sides` what else crosses.

    A frame of the latent becomes `hop` samples, which depend on it and on `reach` frames on either side. `durations`
    names the encoder's output of frames for each phoneme; None where the graph does not tell.
    """

    encoder: ModelProto
    decoder: ModelProto
    latent: str
    sides: tuple[str, ...]
    durations: str | None
    hop: int
    reach: int


def split(model: ModelProto) -> SplitGraph:
    """Cut `model` in two. Raises `CannotSplitError`."""
    graph = _Graph(model)
    latent = graph.decoder_input()
    decoder = graph.after(latent)
    sides = graph.crossing(decoder, latent)
    hop, reach = graph.view(decoder, latent)
    durations = durations_of(model)
    constants = graph.ancestors(graph.taken_from_outside(decoder) - {latent, *sides})
    encoder_ends = [latent, *sides, *([durations] if durations else [])]
    return SplitGraph(
        encoder=graph.extract(graph.ancestors(encoder_ends), [i.name for i in model.graph.input], encoder_ends),
        decoder=graph.extract(decoder | constants, [latent, *sides], [graph.output]),
        latent=latent,
        sides=tuple(sides),
        durations=durations,
        hop=hop,
        reach=reach,
    )


def durations_of(model: ModelProto) -> str | None:
    """The tensor with the frames of each phoneme, [batch, 1, phonemes]: VITS rounds them up, and nothing else."""
    rounded = [node.output[0] for node in model.graph.node if node.op_type == "Ceil"]
    return rounded[0] if len(rounded) == 1 else None


def with_output(model: ModelProto, tensor: str) -> ModelProto:
    """A copy of `model` that also gives `tensor`, of floats."""
    copy = ModelProto()
    copy.CopyFrom(model)
    copy.graph.output.append(helper.make_tensor_value_info(tensor, TensorProto.FLOAT, None))
    return copy


class _Graph:
    """Nodes by number, in the order of the model, which is one in which they can run."""

    def __init__(self, model: ModelProto) -> None:
        self._model = model
        self._nodes = list(model.graph.node)
        self.inputs = [tuple(_consumed(node)) for node in self._nodes]
        self._producer = {name: number for number, node in enumerate(self._nodes) for name in node.output if name}
        self._initializers = {tensor.name: tensor for tensor in model.graph.initializer}
        if not model.graph.input or not model.graph.output:
            raise CannotSplitError("the graph has no input or no output")
        self._phonemes = model.graph.input[0].name
        self.output = model.graph.output[0].name

    def decoder_input(self) -> str:
        """The latent: what the convolution before the first transposed one takes."""
        upsampling = [
            number for number in sorted(self.ancestors([self.output])) if self._nodes[number].op_type == "ConvTranspose"
        ]
        if not upsampling:
            raise CannotSplitError("there is no transposed convolution")
        first = upsampling[0]
        candidates = [
            number
            for number in self._convolutions_before(self._nodes[first].input[0])
            if self._depends_on_phonemes(self._nodes[number].input[0])
        ]
        if len(candidates) != 1:
            raise CannotSplitError(f"{len(candidates)} convolutions lead to the first transposed one, instead of one")
        return str(self._nodes[candidates[0]].input[0])

    def _convolutions_before(self, tensor: str) -> Iterator[int]:
        number = self._producer.get(tensor)
        if number is None:
            return
        node = self._nodes[number]
        if node.op_type == "Conv":
            yield number
        elif node.op_type in _POINTWISE:
            for name in node.input:
                yield from self._convolutions_before(name)

    def _depends_on_phonemes(self, tensor: str) -> bool:
        return any(self._phonemes in self.inputs[number] for number in self.ancestors([tensor]))

    def ancestors(self, tensors: Iterable[str]) -> set[int]:
        """All nodes that `tensors` need."""
        found: set[int] = set()
        waiting = list(tensors)
        while waiting:
            number = self._producer.get(waiting.pop())
            if number is not None and number not in found:
                found.add(number)
                waiting.extend(self.inputs[number])
        return found

    def after(self, tensor: str) -> set[int]:
        """All nodes between `tensor` and the output."""
        reached = {tensor}
        nodes: set[int] = set()
        for number in sorted(self.ancestors([self.output])):
            if reached.intersection(self.inputs[number]):
                nodes.add(number)
                reached.update(self._nodes[number].output)
        return nodes

    def crossing(self, decoder: Collection[int], latent: str) -> list[str]:
        """What the decoder takes from before the cut, beside the latent, and is no constant: the speaker's vector."""
        inputs = {value.name for value in self._model.graph.input} - self._initializers.keys()
        names = self.taken_from_outside(decoder) - {latent}
        return sorted(
            name
            for name in names
            if name in inputs or any(inputs.intersection(self.inputs[node]) for node in self.ancestors([name]))
        )

    def taken_from_outside(self, nodes: Collection[int]) -> set[str]:
        """What `nodes` need and do not make themselves."""
        return {name for number in nodes for name in self.inputs[number] if self._producer.get(name) not in nodes}

    def view(self, decoder: Collection[int], latent: str) -> tuple[int, int]:
        """Samples for a frame, and how many frames on either side a sample sees."""
        views = {latent: _View(1, 0.0)}
        for number in sorted(decoder):
            node = self._nodes[number]
            known = [views[name] for name in node.input if name in views]
            if not known or len({view.rate for view in known}) != 1:
                raise CannotSplitError(f"{node.op_type} joins what has different rates")
            view = _View(known[0].rate, max(view.reach for view in known))
            if node.op_type in {"Conv", "ConvTranspose"}:
                view = view.through(node, self._kernel(node))
            elif node.op_type not in _POINTWISE:
                raise CannotSplitError(f"the decoder has an operation of the kind {node.op_type}")
            views.update(dict.fromkeys(node.output, view))
        end = views[self.output]
        return end.rate, math.ceil(end.reach)

    def _kernel(self, node: NodeProto) -> int:
        weight = self._initializers.get(node.input[1])
        if weight is None or len(weight.dims) != 3:
            raise CannotSplitError("a convolution of the decoder has no weights of its own, or not one dimension")
        return int(weight.dims[2])

    def extract(self, nodes: Collection[int], inputs: Iterable[str], outputs: Iterable[str]) -> ModelProto:
        """A model of `nodes` alone."""
        wanted = {name for number in nodes for name in self.inputs[number]}
        kinds = {value.name: value for value in (*self._model.graph.input, *self._model.graph.output)}

        def described(name: str) -> ValueInfoProto:
            return kinds[name] if name in kinds else helper.make_tensor_value_info(name, TensorProto.FLOAT, None)

        part = ModelProto()
        part.CopyFrom(self._frame)
        part.graph.CopyFrom(
            helper.make_graph(
                [self._nodes[number] for number in sorted(nodes)],
                self._model.graph.name,
                [described(name) for name in inputs],
                [described(name) for name in outputs],
                [tensor for name, tensor in self._initializers.items() if name in wanted],
            )
        )
        return part

    @cached_property
    def _frame(self) -> ModelProto:
        frame = ModelProto(ir_version=self._model.ir_version, producer_name=self._model.producer_name)
        frame.opset_import.extend(self._model.opset_import)
        frame.functions.extend(self._model.functions)
        return frame


@dataclass(frozen=True, slots=True)
class _View:
    """Of a tensor in the decoder: its samples for a frame, and the frames on either side that one of them sees."""

    rate: int
    reach: float

    def through(self, node: NodeProto, kernel: int) -> "_View":
        """After a convolution."""
        stride = _number(node, "strides", 1)
        dilation = _number(node, "dilations", 1)
        before, after = _pads(node)
        width = (kernel - 1) * dilation
        if node.op_type == "ConvTranspose":
            if width + 1 - before - after + _number(node, "output_padding", 0) != stride:
                raise CannotSplitError("a transposed convolution does not give a whole number of samples for each")
            return _View(self.rate * stride, self.reach + max(width - before, before) / stride / self.rate)
        if stride != 1 or before + after != width:
            raise CannotSplitError("a convolution changes the length")
        return _View(self.rate, self.reach + max(before, after) / self.rate)


def _number(node: NodeProto, name: str, default: int) -> int:
    numbers = next((list(attribute.ints) for attribute in node.attribute if attribute.name == name), [])
    if len(numbers) > 1:
        raise CannotSplitError("a convolution of the decoder has more than one dimension")
    return int(numbers[0]) if numbers else default


def _pads(node: NodeProto) -> tuple[int, int]:
    automatic = next((attribute.s for attribute in node.attribute if attribute.name == "auto_pad"), b"NOTSET")
    pads = next((attribute.ints for attribute in node.attribute if attribute.name == "pads"), [0, 0])
    if automatic != b"NOTSET" or len(pads) != 2:
        raise CannotSplitError("a convolution of the decoder does not name its padding")
    return int(pads[0]), int(pads[1])


def _consumed(node: NodeProto) -> Iterator[str]:
    """What a node takes, also inside the branches of an If or the body of a Loop."""
    yield from filter(None, node.input)
    for attribute in node.attribute:
        if attribute.type == AttributeProto.GRAPH:
            yield from _consumed_inside(attribute.g)
        elif attribute.type == AttributeProto.GRAPHS:
            for inner in attribute.graphs:
                yield from _consumed_inside(inner)


def _consumed_inside(graph: GraphProto) -> Iterator[str]:
    own = {value.name for value in graph.input} | {tensor.name for tensor in graph.initializer}
    for node in graph.node:
        yield from (name for name in _consumed(node) if name not in own)
        own.update(node.output)
    yield from (value.name for value in graph.output if value.name not in own)
