"""A Piper voice's network, loaded: phonemes into audio, piece by piece where the graph allows it."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from models.errors import EngineError
from models.onnx import one_thread
from models.piper.graph import CannotSplitError, SplitGraph, durations_of, split, with_output

_log = logging.getLogger(__name__)

Audio = NDArray[np.float32]

# Of the peak. Pieces and the whole differ by the rounding of floats alone, about 1e-6.
_TOLERANCE: Final = 1e-4
_PIECE_TRIED: Final = 19
# A voice that is run whole is cut into pieces of this many samples afterwards.
_WHOLE_HOP: Final = 256
_REMEDY: Final = "install the voice again (docs/models.md)"


@dataclass(frozen=True, slots=True)
class Scales:
    """How VITS speaks: randomness of the sound, relative length, randomness of the lengths (0 for none)."""

    noise: float
    length: float
    noise_w: float


@dataclass(frozen=True, slots=True)
class Phonemes:
    """What is to be said: numbers of phonemes, and of the speaker."""

    ids: Sequence[int]
    speaker: int


_QUIET: Final = Scales(0.0, 1.0, 0.0)


class Passage(Protocol):
    """A sentence on its way to audio. Its methods block and may be called from any thread."""

    @property
    def frames(self) -> int:
        """How long it is."""
        ...

    @property
    def durations(self) -> NDArray[np.int64] | None:
        """Frames of each phoneme, together `frames`; None where the graph does not tell."""
        ...

    def audio(self, first: int, end: int) -> Audio:
        """The samples of the frames from `first` to before `end`, the same whatever pieces are asked for."""
        ...


class Network(Protocol):
    """A loaded voice. Raises `EngineError` when it fails."""

    @property
    def hop(self) -> int:
        """Samples in a frame."""
        ...

    @property
    def in_pieces(self) -> bool:
        """Whether audio is made piece by piece, not all at the beginning."""
        ...

    def passage(self, phonemes: Phonemes, scales: Scales) -> Passage:
        """Begin a sentence. Blocks; may be called from any thread."""
        ...


def load_network(path: Path, probe: Phonemes) -> tuple[Network, Audio]:
    """The network in `path`, and its audio for `probe` without randomness.

    A graph that cannot be split, or that does not say `probe` in pieces just as in one, is run whole; that is logged.
    Raises `EngineError` when it cannot be loaded at all.
    """
    try:
        model = onnx.load(str(path))
    except Exception as error:  # protobuf's errors share no base class with those of the disk
        raise EngineError(f"the voice {path} cannot be loaded ({type(error).__name__})", _REMEDY) from error
    try:
        graph = split(model)
        network = SplitNetwork(_session(graph.encoder), _session(graph.decoder), graph)
        return network, _tried(network.passage(probe, _QUIET))
    except (CannotSplitError, EngineError) as error:
        _log.warning("the voice %s is synthesised in whole sentences: %s", path.name, error)
    durations = durations_of(model)
    whole = WholeNetwork(_session(with_output(model, durations) if durations else model), durations)
    passage = whole.passage(probe, _QUIET)
    return whole, passage.audio(0, passage.frames)


def _tried(passage: Passage) -> Audio:
    """The audio of all of it. Raises `CannotSplitError` when it is not the same in pieces."""
    expected = passage.audio(0, passage.frames)
    pieces = [
        passage.audio(first, min(first + _PIECE_TRIED, passage.frames))
        for first in range(0, passage.frames, _PIECE_TRIED)
    ]
    audio = np.concatenate(pieces)
    if audio.shape != expected.shape or np.abs(audio - expected).max() > _TOLERANCE * np.abs(expected).max():
        raise CannotSplitError("in pieces it does not sound as in one")
    return expected


class SplitNetwork:
    """An encoder and a decoder. Implements `Network`."""

    def __init__(
        self, encoder: onnxruntime.InferenceSession, decoder: onnxruntime.InferenceSession, graph: SplitGraph
    ) -> None:
        self._encoder = encoder
        self._decoder = decoder
        self._graph = graph

    @property
    def hop(self) -> int:
        """Samples in a frame."""
        return self._graph.hop

    @property
    def in_pieces(self) -> bool:
        """Whether audio is made piece by piece."""
        return True

    def passage(self, phonemes: Phonemes, scales: Scales) -> "SplitPassage":
        """Run the encoder. Raises `EngineError`."""
        graph = self._graph
        names = [graph.latent, *graph.sides, *([graph.durations] if graph.durations else [])]
        outputs = dict(zip(names, _run(self._encoder, names, _feed(self._encoder, phonemes, scales)), strict=True))
        return SplitPassage(
            self._decoder,
            graph,
            outputs[graph.latent],
            {name: outputs[name] for name in graph.sides},
            _durations(outputs.get(graph.durations or ""), outputs[graph.latent].shape[2]),
        )


class SplitPassage:
    """The latent of a sentence. Implements `Passage`."""

    def __init__(
        self,
        decoder: onnxruntime.InferenceSession,
        graph: SplitGraph,
        latent: Audio,
        sides: Mapping[str, Audio],
        durations: NDArray[np.int64] | None,
    ) -> None:
        self._decoder = decoder
        self._graph = graph
        self._latent = latent
        self._sides = sides
        self.durations = durations

    @property
    def frames(self) -> int:
        """Frames of the latent."""
        return int(self._latent.shape[2])

    def audio(self, first: int, end: int) -> Audio:
        """Decode the frames with as many on either side as they depend on. Raises `EngineError`."""
        graph = self._graph
        start = max(first - graph.reach, 0)
        latent = np.ascontiguousarray(self._latent[:, :, start : end + graph.reach])
        (audio,) = _run(self._decoder, None, {graph.latent: latent, **self._sides})
        return audio.reshape(-1)[(first - start) * graph.hop : (end - start) * graph.hop]


class WholeNetwork:
    """The graph as it is. Implements `Network`."""

    def __init__(self, session: onnxruntime.InferenceSession, durations: str | None) -> None:
        self._session = session
        self._durations = durations

    @property
    def hop(self) -> int:
        """Samples in a frame."""
        return _WHOLE_HOP

    @property
    def in_pieces(self) -> bool:
        """Whether audio is made piece by piece."""
        return False

    def passage(self, phonemes: Phonemes, scales: Scales) -> "WholePassage":
        """Make all of the audio. Raises `EngineError`."""
        audio, *rest = _run(self._session, None, _feed(self._session, phonemes, scales))
        audio = audio.reshape(-1)
        frames = -(-audio.size // _WHOLE_HOP)
        return WholePassage(audio, frames, _durations(rest[0] if rest else None, frames))


@dataclass(frozen=True, slots=True)
class WholePassage:
    """The audio of a sentence. Implements `Passage`."""

    samples: Audio
    frames: int
    durations: NDArray[np.int64] | None

    def audio(self, first: int, end: int) -> Audio:
        """A part of it."""
        return self.samples[first * _WHOLE_HOP : end * _WHOLE_HOP]


def _session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    try:
        return onnxruntime.InferenceSession(
            model.SerializeToString(), sess_options=one_thread(), providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime's exceptions share no base class of their own
        raise EngineError(f"onnxruntime cannot load the voice ({type(error).__name__})", _REMEDY) from error


def _run(session: onnxruntime.InferenceSession, outputs: Sequence[str] | None, feed: Mapping[str, Any]) -> list[Audio]:
    try:
        return list(session.run(outputs, feed))
    except Exception as error:
        raise EngineError(f"onnxruntime cannot run the voice ({type(error).__name__})", _REMEDY) from error


def _feed(session: onnxruntime.InferenceSession, phonemes: Phonemes, scales: Scales) -> dict[str, Any]:
    """The inputs as Piper's exporter calls them (piper.train.export_onnx)."""
    feed = {
        "input": np.array([phonemes.ids], np.int64),
        "input_lengths": np.array([len(phonemes.ids)], np.int64),
        "scales": np.array([scales.noise, scales.length, scales.noise_w], np.float32),
    }
    if "sid" in {value.name for value in session.get_inputs()}:
        feed["sid"] = np.array([phonemes.speaker], np.int64)
    return feed


def _durations(found: Audio | None, frames: int) -> NDArray[np.int64] | None:
    if found is None:
        return None
    durations: NDArray[np.int64] = np.rint(found.reshape(-1)).astype(np.int64)
    return durations if durations.sum() == frames else None
