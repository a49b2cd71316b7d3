import wave
from pathlib import Path

import numpy as np
import pytest

from sip.errors import SipError
from sip.wav import read_speech, read_wav, write_wav


def test_stereo_is_read_as_it_was_written(tmp_path: Path) -> None:
    left, right = np.arange(100, dtype=np.int16), np.arange(100, dtype=np.int16)[::-1].copy()
    write_wav(tmp_path / "a.wav", [left, right], 8000)
    samples, rate = read_wav(tmp_path / "a.wav")
    assert rate == 8000
    assert np.array_equal(samples[:, 0], left)
    assert np.array_equal(samples[:, 1], right)


def test_speech_of_another_rate_keeps_its_length_and_pitch(tmp_path: Path) -> None:
    time = np.arange(16000) / 16000
    write_wav(tmp_path / "a.wav", [(8000 * np.sin(2 * np.pi * 500 * time)).astype(np.int16)], 16000)
    samples = read_speech(tmp_path / "a.wav", 8000)
    assert abs(samples.size - 8000) <= 1
    assert np.abs(np.fft.rfft(samples, 8000)).argmax() == 500


@pytest.mark.parametrize("content", [b"", b"RIFF", b"no audio at all", b"RIFF\x24\x00\x00\x00WAVEfmt "])
def test_what_is_no_wav_file_is_said_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(SipError, match="16-bit PCM") as caught:
        read_wav(path)
    assert caught.value.remedy


def test_eight_bits_are_refused_with_a_remedy(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(1)
        writer.setframerate(8000)
        writer.writeframes(bytes(100))
    with pytest.raises(SipError, match="8 bits") as caught:
        read_wav(tmp_path / "a.wav")
    assert "sox" in caught.value.remedy


def test_missing_and_unwritable_files_are_errors_of_ours(tmp_path: Path) -> None:
    with pytest.raises(SipError, match="no WAV file"):
        read_wav(tmp_path / "none.wav")
    with pytest.raises(SipError, match="cannot be written"):
        write_wav(tmp_path / "none" / "a.wav", [np.zeros(1, dtype=np.int16)], 8000)
