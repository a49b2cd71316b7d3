"""WAV files of 16-bit PCM, mono or stereo, and conversion of whole buffers to another rate."""

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from sip.errors import SipError

Samples = NDArray[np.int16]

_CONVERT = "convert it with: sox {name} -b 16 -e signed-integer out.wav"


def read_wav(path: Path) -> tuple[Samples, int]:
    """The samples of a file as [frames, channels] (1 or 2 channels) and its rate in Hz.

    Raises SipError for a missing, damaged or empty file and for anything but 16-bit PCM with one or two channels.
    """
    try:
        with path.open("rb") as file, wave.open(file) as reader:
            channels, width, rate = reader.getnchannels(), reader.getsampwidth(), reader.getframerate()
            content = reader.readframes(reader.getnframes())
    except FileNotFoundError:
        raise SipError(f"there is no WAV file {path}", "give the path of an existing file") from None
    except OSError as error:
        raise SipError(f"{path} cannot be read: {error.strerror}", "check the path and its permissions") from None
    except (wave.Error, EOFError) as error:
        reason = str(error) or "it ends too early"
        raise SipError(f"{path} is not a 16-bit PCM WAV file: {reason}", _CONVERT.format(name=path.name)) from None
    if width != 2 or channels not in (1, 2):
        raise SipError(
            f"{path} has {channels} channel(s) of {8 * width} bits; 16-bit mono or stereo is needed",
            _CONVERT.format(name=path.name),
        )
    samples = np.frombuffer(content[: len(content) - len(content) % (2 * channels)], dtype="<i2")
    if samples.size == 0 or rate <= 0:
        raise SipError(f"{path} holds no audio", "give a file with sound in it")
    return samples.astype(np.int16).reshape(-1, channels), rate


def write_wav(path: Path, channels: Sequence[Samples], sample_rate: int) -> None:
    """Write one or two equally long channels (left, right) as 16-bit PCM. Raises SipError where it cannot."""
    interleaved = np.stack(channels, axis=1).astype("<i2")
    try:
        with path.open("wb") as file, wave.open(file, "wb") as writer:
            writer.setnchannels(len(channels))
            writer.setsampwidth(2)
            writer.setframerate(sample_rate)
            writer.writeframes(interleaved.tobytes())
    except OSError as error:
        raise SipError(f"{path} cannot be written: {error.strerror}", "check the folder and its permissions") from None


def mono(samples: Samples) -> Samples:
    """[frames, channels] mixed to [frames]: the mean of the channels."""
    if samples.shape[1] == 1:
        return samples[:, 0]
    mixed: Samples = (samples.sum(axis=1, dtype=np.int32) // samples.shape[1]).astype(np.int16)
    return mixed


def resample(samples: Samples, source_rate: int, target_rate: int) -> Samples:
    """A whole [frames] buffer at another rate in Hz (soxr, high quality). Not for streams: it looks ahead."""
    if source_rate == target_rate:
        return samples
    resampled: Samples = np.asarray(soxr.resample(samples, source_rate, target_rate), dtype=np.int16)
    return resampled


def read_speech(path: Path, sample_rate: int) -> Samples:
    """A file as mono [frames] at `sample_rate` Hz. Raises SipError as `read_wav` does."""
    samples, rate = read_wav(path)
    return resample(mono(samples), rate, sample_rate)
