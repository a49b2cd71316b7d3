"""Audio as every room handles it: 16-bit mono samples, 20 ms frames, resampling, levels and WAV files."""

import functools
import io
import math
import struct
import wave
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from appliance.errors import ApplianceError

Samples = NDArray[np.int16]

FRAME_MS: Final = 20
SILENCE_DBFS: Final = -100.0

_FULL_SCALE = 32768.0
_LOOK_AHEAD_MS = 2.0
_STOP_BAND_DB = 50.0
_OUTPUTS_AT_ONCE = 2048


def frame_samples(sample_rate: int) -> int:
    """Samples in one 20 ms frame."""
    return sample_rate * FRAME_MS // 1000


def samples_of(pcm: bytes) -> Samples:
    """The samples of 16-bit little-endian `pcm`, without copying; read-only."""
    return np.frombuffer(pcm, dtype="<i2")


def pcm_of(samples: Samples) -> bytes:
    """`samples` as 16-bit little-endian bytes."""
    return samples.astype("<i2", copy=False).tobytes()


def level_dbfs(samples: Samples) -> float:
    """RMS level in dB relative to full scale: a full-scale square wave is 0, a sine -3.0, silence `SILENCE_DBFS`."""
    if samples.size == 0:
        return SILENCE_DBFS
    power = float(np.mean(np.square(samples, dtype=np.float32)))
    return max(SILENCE_DBFS, 10 * math.log10(power / _FULL_SCALE**2)) if power > 0 else SILENCE_DBFS


def block_levels(samples: Samples, block: int) -> NDArray[np.float64]:
    """Root mean square of each `block` samples (full scale: 32768); there must be whole blocks only."""
    levels: NDArray[np.float64] = np.sqrt(np.mean(samples.astype(np.float64).reshape(-1, block) ** 2, axis=1))
    return levels


class FrameCutter:
    """Cuts a stream of samples into 20 ms frames of 16-bit little-endian bytes."""

    def __init__(self, sample_rate: int) -> None:
        self._bytes_per_frame = 2 * frame_samples(sample_rate)
        self._rest = b""

    def push(self, samples: Samples) -> Iterator[bytes]:
        """Every frame that `samples` completes."""
        data = self._rest + pcm_of(samples)
        whole = len(data) - len(data) % self._bytes_per_frame
        self._rest = data[whole:]
        return (data[start : start + self._bytes_per_frame] for start in range(0, whole, self._bytes_per_frame))

    def flush(self) -> bytes | None:
        """What is left as a last frame, padded with silence; None when nothing is. The cutter can be used again."""
        last, self._rest = self._rest, b""
        return last.ljust(self._bytes_per_frame, b"\0") if last else None


class StreamResampler:
    """Changes the sample rate of a stream as it flows, by any ratio: a windowed-sinc polyphase filter.

    `push` gives every output sample that the input so far decides, which holds back `look_ahead_ms` (2 ms);
    `flush` gives the rest. In all, n samples become ceil(n * to_rate / from_rate), not shifted in time.
    The filter is a sinc under a Kaiser window (attenuation 50 dB, transition 0.73 kHz wide and ending at the lower
    Nyquist frequency; Kaiser's formulas as in Oppenheim and Schafer, Discrete-Time Signal Processing, section 7.5.3).
    """

    def __init__(self, from_rate: int, to_rate: int) -> None:
        common = math.gcd(from_rate, to_rate)
        self._up, self._down = to_rate // common, from_rate // common
        self._half = math.ceil(from_rate * _LOOK_AHEAD_MS / 1000) if from_rate != to_rate else 0
        self._filters = _polyphase_filters(from_rate, to_rate, self._up, self._half)
        self.look_ahead_ms = 1000 * self._half / from_rate
        self._restart()

    def _restart(self) -> None:
        # `_input` begins `half - 1` samples before the input sample that the next output lies on or just after.
        self._input = np.zeros(max(0, self._half - 1), np.float32)
        self._phase = 0
        self._owed = 0

    def push(self, samples: Samples) -> Samples:
        """The output that `samples` completes."""
        if not self._half:
            return samples
        self._owed += samples.size * self._up
        self._input = np.concatenate((self._input, samples.astype(np.float32)))
        # Output k lies at input position (phase + k * down) / up and needs the `half` samples on either side.
        positions = self._input.size - 2 * self._half + 1
        count = max(0, (positions * self._up - self._phase + self._down - 1) // self._down)
        return self._produce(count)

    def flush(self) -> Samples:
        """The output still held back, as if silence followed. The resampler can be used for another stream then."""
        if not self._half:
            return np.zeros(0, np.int16)
        self._input = np.concatenate((self._input, np.zeros(self._half, np.float32)))
        rest = self._produce(-(-self._owed // self._down))
        self._restart()
        return rest

    def _produce(self, count: int) -> Samples:
        if count == 0:
            return np.zeros(0, np.int16)
        # `sliding_window_view` checks its arguments for 20 us longer than this, on every frame.
        shape = (self._input.size - 2 * self._half + 1, 2 * self._half)
        windows = np.ndarray(shape, np.float32, self._input, strides=2 * self._input.strides)
        parts = []
        for first in range(0, count, _OUTPUTS_AT_ONCE):
            last = min(count, first + _OUTPUTS_AT_ONCE)
            if self._down == 1 and (first + self._phase) % self._up == 0:
                # Every filter meets every window: a matrix product, a third of the time of picking them one by one.
                begin, end = (first + self._phase) // self._up, -(-(last + self._phase) // self._up)
                parts.append((windows[begin:end] @ self._filters.T).ravel()[: last - first])
                continue
            at = self._phase + self._down * np.arange(first, last)
            parts.append(np.einsum("ij,ij->i", windows[at // self._up], self._filters[at % self._up]))
        used, self._phase = divmod(self._phase + count * self._down, self._up)
        self._owed -= count * self._down
        self._input = self._input[used:]
        output = np.rint(np.concatenate(parts))
        return np.asarray(np.minimum(np.maximum(output, -_FULL_SCALE), _FULL_SCALE - 1), np.int16)


@functools.cache
def _polyphase_filters(from_rate: int, to_rate: int, up: int, half: int) -> NDArray[np.float32]:
    """One row of `2 * half` taps for each of the `up` positions between two input samples; each sums to 1."""
    if not half:
        return np.ones((1, 1), np.float32)
    span_seconds = 2 * half / from_rate
    transition_hz = (_STOP_BAND_DB - 7.95) / (14.36 * span_seconds)
    cutoff_hz = (min(from_rate, to_rate) - transition_hz) / 2
    distances = np.arange(1 - half, half + 1)[None, :] - np.arange(up)[:, None] / up
    shape = 0.5842 * (_STOP_BAND_DB - 21) ** 0.4 + 0.07886 * (_STOP_BAND_DB - 21)
    window = np.i0(shape * np.sqrt(np.maximum(0.0, 1 - (distances / half) ** 2))) / np.i0(shape)
    taps = np.sinc(2 * cutoff_hz / from_rate * distances) * window
    return np.asarray(taps / taps.sum(axis=1, keepdims=True), np.float32)


def resample(samples: Samples, from_rate: int, to_rate: int) -> Samples:
    """A whole recording at another sample rate, by soxr's high-quality filter."""
    if from_rate == to_rate:
        return samples
    return np.asarray(soxr.resample(samples, from_rate, to_rate), np.int16)


@dataclass(frozen=True, slots=True)
class Sound:
    """A mono recording: 16-bit `samples` at `sample_rate` Hz."""

    samples: Samples
    sample_rate: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.samples.size / self.sample_rate


_PCM, _EXTENSIBLE = 0x0001, 0xFFFE
_FORMAT_NAMES = {_PCM: "PCM", 0x0002: "ADPCM", 0x0003: "float", 0x0006: "A-law", 0x0007: "mu-law", 0x0055: "MP3"}


def read_wav(path: Path, sample_rates: Collection[int] = ()) -> Sound:
    """The mono 16-bit PCM WAV file at `path`, at one of `sample_rates` Hz (any when empty).

    Raises `ApplianceError` that names what the file is instead, and the command that converts it.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ApplianceError(f"cannot read {path}: {error.strerror}", "check its path and permissions") from error
    convert = (
        f"convert it: ffmpeg -i {path} -ac 1 -ar {min(sample_rates, default=8000)} -c:a pcm_s16le {path.stem}-line.wav"
    )
    chunks = _riff_chunks(data)
    header = chunks.get(b"fmt ", b"")
    if len(header) < 16 or b"data" not in chunks:
        raise ApplianceError(f"{path} is not a WAV file", convert)
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", header)
    if tag == _EXTENSIBLE and len(header) >= 26:
        (tag,) = struct.unpack_from("<H", header, 24)
    wanted = " or ".join(map(str, sorted(sample_rates)))
    if (tag, channels, bits) != (_PCM, 1, 16) or rate == 0 or (sample_rates and rate not in sample_rates):
        name = _FORMAT_NAMES.get(tag, f"format {tag:#x}")
        raise ApplianceError(
            f"{path} is {bits}-bit {name}, {channels} channel{'s' * (channels != 1)}, {rate} Hz; "
            f"16-bit PCM, 1 channel{f', {wanted} Hz' * bool(wanted)} is needed",
            convert,
        )
    pcm = chunks[b"data"]
    return Sound(samples_of(pcm[: len(pcm) // 2 * 2]), rate)


def _riff_chunks(data: bytes) -> dict[bytes, bytes]:
    """The chunks of a RIFF WAVE file by name; the last may be cut short. Empty when it is not one."""
    chunks: dict[bytes, bytes] = {}
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return chunks
    position = 12
    while position + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, position)
        chunks.setdefault(name, data[position + 8 : position + 8 + size])
        position += 8 + size + size % 2
    return chunks


def write_wav(path: Path, samples: Samples, sample_rate: int) -> None:
    """Write 16-bit `samples`, one-dimensional or of shape (n, channels), as a WAV file.

    Raises `ApplianceError` when the file cannot be written.
    """
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(pcm_of(samples))
    try:
        path.write_bytes(buffer.getvalue())
    except OSError as error:
        raise ApplianceError(f"cannot write {path}: {error.strerror}", "check disk space and permissions") from error
