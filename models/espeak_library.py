"""The espeak-ng C library (GPL-3.0-or-later, from the espeakng-loader package) behind a typed, serialised face.

The library keeps one voice and one set of parameters per process, so there is one `EspeakLibrary` per process and every
use of it takes its lock. Constants and structures are those of espeak-ng 1.52's ``speak_lib.h``.
"""

import ctypes
import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

from models.errors import EngineError

CHUNK_MS = 40
# espeak-ng keeps the path of its data in a buffer of 160 bytes (N_PATH_HOME_DEF in speech.h) and cuts what is longer.
LONGEST_DATA_PATH = 150

AUDIO_OUTPUT_SYNCHRONOUS = 2
INITIALIZE_DONT_EXIT = 0x8000
CHARS_UTF8 = 1
PHONEMES_IPA = 0x02
PARAMETER_RATE = 1
PARAMETER_PITCH = 3
EVENT_LIST_TERMINATED = 0
EVENT_WORD = 1
POSITION_CHARACTER = 1


class _EventId(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    )


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event), use_errno=False
)


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """`name` is an espeak-ng voice ("en", "en-us+f3"), `rate` words a minute (80-450), `pitch` 0-99."""

    name: str
    rate: int
    pitch: int


@dataclass(frozen=True, slots=True)
class WordEvent:
    """A word that begins `text_offset` characters into the text and `sample` samples into the audio."""

    text_offset: int
    sample: int


AudioHandler = Callable[[NDArray[np.int16], list[WordEvent]], bool]


class EspeakLibrary:
    """The process's one espeak-ng. All methods block and may be called from any thread."""

    def __init__(self, c_library: ctypes.CDLL, sample_rate: int) -> None:
        self._c = c_library
        self._lock = threading.Lock()
        self._settings: VoiceSettings | None = None
        self.sample_rate = sample_rate

    def speak(self, text: str, settings: VoiceSettings, on_audio: AudioHandler) -> None:
        """Synthesise `text`, calling `on_audio(samples, words)` for every 40 ms as it is made.

        `on_audio` returns False to abort. What it raises ends the synthesis and is raised here. Raises `EngineError`
        for an unknown voice or a failed synthesis.
        """
        failure: list[BaseException] = []

        def receive(samples: Any, count: int, events: Any) -> int:
            if not samples:
                return 0
            try:
                audio = np.ctypeslib.as_array(samples, (count,)).copy() if count else np.zeros(0, np.int16)
                return 0 if on_audio(audio, _words(events)) else 1
            except BaseException as error:  # it may not cross the C frames: carried to the end
                failure.append(error)
                return 1

        callback = _CALLBACK(receive)
        encoded = text.replace("\0", " ").encode()
        with self._lock:
            self._use(settings)
            self._c.espeak_SetSynthCallback(callback)
            status = self._c.espeak_Synth(encoded, len(encoded) + 1, 0, POSITION_CHARACTER, 0, CHARS_UTF8, None, None)
        if failure:
            raise failure[0]
        if status != 0:
            raise EngineError(f"espeak-ng failed with status {status}", "restart the appliance")

    def check(self, settings: VoiceSettings) -> None:
        """Raise `EngineError` when the voice is unknown."""
        with self._lock:
            self._use(settings)

    def phonemes(self, word: str, voice: str) -> str:
        """The pronunciation of `word` in the International Phonetic Alphabet, stress marks included."""
        with self._lock:
            self._use(VoiceSettings(voice, 175, 50))
            position = ctypes.c_char_p(word.replace("\0", " ").encode())
            pieces: list[str] = []
            while position.value is not None:
                piece = self._c.espeak_TextToPhonemes(ctypes.byref(position), CHARS_UTF8, PHONEMES_IPA)
                pieces.append((piece or b"").decode())
        return " ".join(pieces).strip()

    def _use(self, settings: VoiceSettings) -> None:
        if settings == self._settings:
            return
        self._settings = None
        if self._c.espeak_SetVoiceByName(settings.name.encode()) != 0:
            raise EngineError(
                f"espeak-ng has no voice named {settings.name!r}",
                "use a name such as en (British), en-us, en-gb-x-rp or en-us+f3",
            )
        self._c.espeak_SetParameter(PARAMETER_RATE, settings.rate, 0)
        self._c.espeak_SetParameter(PARAMETER_PITCH, settings.pitch, 0)
        self._settings = settings


def _words(events: Any) -> list[WordEvent]:
    words: list[WordEvent] = []
    index = 0
    while events[index].type != EVENT_LIST_TERMINATED:
        if events[index].type == EVENT_WORD:
            # espeak-ng counts characters from 1.
            words.append(WordEvent(events[index].text_position - 1, events[index].sample))
        index += 1
    return words


@functools.cache
def espeak_library() -> EspeakLibrary:
    """The process's espeak-ng, loaded and initialised on first use. Raises `EngineError` when it cannot be."""
    remedy = "reinstall it: pip install --force-reinstall --no-deps espeakng-loader"
    try:
        data_path = espeakng_loader.get_data_path()
        c_library = ctypes.CDLL(espeakng_loader.get_library_path())
    except (OSError, RuntimeError) as error:
        raise EngineError("the espeakng-loader package is damaged", remedy) from error
    if len(data_path.encode()) > LONGEST_DATA_PATH:
        raise EngineError(
            f"espeak-ng cannot read its data below a path longer than {LONGEST_DATA_PATH} bytes: {data_path}",
            "install the appliance in a directory with a shorter path",
        )
    c_library.espeak_SetSynthCallback.restype = None
    c_library.espeak_Synth.argtypes = [
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_uint,
        ctypes.c_void_p,
        ctypes.c_void_p,
    ]
    c_library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    sample_rate = c_library.espeak_Initialize(
        AUDIO_OUTPUT_SYNCHRONOUS, CHUNK_MS, data_path.encode(), INITIALIZE_DONT_EXIT
    )
    if sample_rate <= 0:
        raise EngineError(f"espeak-ng cannot use its data in {data_path}", remedy)
    return EspeakLibrary(c_library, sample_rate)
