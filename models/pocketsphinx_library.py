"""The pocketsphinx 5 C library (BSD-2-Clause), reached through ctypes in the pocketsphinx package's extension module.

The package's own Python classes hold the interpreter lock while they decode, which stops the event loop for as long
(800 ms for 4 s of speech, measured); ctypes releases it. Signatures are those of ``pocketsphinx.h`` 5.1.
"""

import ctypes
import functools
import json
import re
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.errors import EngineError
from models.onnx import file_in_package

# <s>, </s>, <sil>, [NOISE] and the like; "yes(2)" is the second pronunciation of "yes".
FILLER_MARKS: Final = "<[+"
VARIANT_MARK: Final = re.compile(r"\(\d+\)$")

_SAMPLES = np.ctypeslib.ndpointer(np.int16, ndim=1, flags="C_CONTIGUOUS")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a path: `frames` of 10 ms, and its share of the path's score.

    Both are log-likelihoods to base 1.0001, negative, and nearer to zero when all is as expected: `acoustic_score` is
    relative to the best senone of each frame and summed over the frames, `language_score` is the language model's.
    """

    text: str
    frames: int
    acoustic_score: int
    language_score: int


class Decoder:
    """One recogniser, freed with its last reference. Not thread-safe; calls block without the interpreter lock.

    Raises `EngineError` when it cannot be built or fails.
    """

    def __init__(self, settings: Mapping[str, str | float | bool]) -> None:
        self._c = _library()
        config = self._c.ps_config_parse_json(None, json.dumps(dict(settings)).encode())
        if not config:
            raise EngineError("pocketsphinx refused its settings", "reinstall from requirements/base.lock")
        self._decoder = self._c.ps_init(config)
        self._c.ps_config_free(config)
        if not self._decoder:
            raise EngineError(
                "pocketsphinx cannot load its acoustic model, dictionary or language model",
                "reinstall it: pip install --force-reinstall --no-deps pocketsphinx",
            )
        weakref.finalize(self, self._c.ps_free, self._decoder)

    def start(self) -> None:
        """Begin an utterance."""
        self._check(self._c.ps_start_utt(self._decoder))

    def process(self, samples: NDArray[np.int16]) -> None:
        """Search on through more audio of the utterance (16 kHz mono)."""
        self._check(self._c.ps_process_raw(self._decoder, np.ascontiguousarray(samples), samples.size, 0, 0))

    def end(self) -> None:
        """End the utterance: the hypothesis becomes final."""
        self._check(self._c.ps_end_utt(self._decoder))

    def words(self) -> tuple[Word, ...]:
        """The best path of the utterance, running or ended, without its pauses and noises."""
        return tuple(word for word in self._segments() if word.text[0] not in FILLER_MARKS)

    def _segments(self) -> Iterator[Word]:
        first, last, acoustic, language, backoff = ctypes.c_int(), ctypes.c_int(), *(ctypes.c_int32() for _ in range(3))
        segment = self._c.ps_seg_iter(self._decoder)
        while segment:
            self._c.ps_seg_frames(segment, first, last)
            self._c.ps_seg_prob(segment, acoustic, language, backoff)
            text = VARIANT_MARK.sub("", self._c.ps_seg_word(segment).decode())
            yield Word(text, last.value - first.value + 1, acoustic.value, language.value)
            segment = self._c.ps_seg_next(segment)

    @property
    def cepstral_mean(self) -> str:
        """The mean that cepstra are normalised by: it adapts at the end of an utterance."""
        text: bytes = self._c.ps_get_cmn(self._decoder, 0)
        return text.decode()

    @cepstral_mean.setter
    def cepstral_mean(self, mean: str) -> None:
        self._check(self._c.ps_set_cmn(self._decoder, mean.encode()))

    def _check(self, status: int) -> None:
        if status < 0:
            raise EngineError("pocketsphinx failed while decoding", "restart the appliance")


@functools.cache
def _library() -> ctypes.CDLL:
    package = file_in_package("pocketsphinx", "__init__.py", distribution="pocketsphinx").parent
    extension = next(iter(package.glob("_pocketsphinx*.so")), None)
    try:
        if extension is None:
            raise OSError("the extension module is missing")
        library = ctypes.CDLL(str(extension))
        _declare(library)
    except (OSError, AttributeError) as error:
        raise EngineError(
            "the pocketsphinx package does not hold the library it should",
            "reinstall it: pip install --force-reinstall --no-deps pocketsphinx",
        ) from error
    return library


def _declare(library: ctypes.CDLL) -> None:
    pointer, integer, text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
    signatures = {
        "ps_config_parse_json": (pointer, [pointer, text]),
        "ps_config_free": (integer, [pointer]),
        "ps_init": (pointer, [pointer]),
        "ps_free": (integer, [pointer]),
        "ps_start_utt": (integer, [pointer]),
        "ps_process_raw": (integer, [pointer, _SAMPLES, ctypes.c_size_t, integer, integer]),
        "ps_end_utt": (integer, [pointer]),
        "ps_seg_iter": (pointer, [pointer]),
        "ps_seg_next": (pointer, [pointer]),
        "ps_seg_word": (text, [pointer]),
        "ps_seg_frames": (None, [pointer, *2 * [ctypes.POINTER(integer)]]),
        "ps_seg_prob": (ctypes.c_int32, [pointer, *3 * [ctypes.POINTER(ctypes.c_int32)]]),
        "ps_get_cmn": (text, [pointer, integer]),
        "ps_set_cmn": (integer, [pointer, text]),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
