"""Audio: what goes through frames, resampling and WAV files comes out as it should."""

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.audio import (
    SILENCE_DBFS,
    FrameCutter,
    Samples,
    StreamResampler,
    frame_samples,
    level_dbfs,
    pcm_of,
    read_wav,
    resample,
    samples_of,
    write_wav,
)
from appliance.errors import ApplianceError

RATIOS = [(8000, 16000), (16000, 8000), (22050, 8000), (22050, 16000), (16000, 22050), (24000, 8000), (8000, 8000)]


def tone(frequency: float, rate: int, seconds: float = 0.5, amplitude: float = 10000) -> Samples:
    return np.asarray(
        np.rint(amplitude * np.sin(2 * np.pi * frequency * np.arange(int(rate * seconds)) / rate)), np.int16
    )


def stream(samples: Samples, from_rate: int, to_rate: int, cuts: list[int] | None = None) -> Samples:
    resampler = StreamResampler(from_rate, to_rate)
    pieces = np.split(samples, sorted(cut % (samples.size + 1) for cut in cuts or []))
    return np.concatenate([*(resampler.push(piece) for piece in pieces), resampler.flush()])


@pytest.mark.parametrize(("from_rate", "to_rate"), RATIOS)
def test_a_tone_keeps_its_time_and_level_through_the_stream_resampler(from_rate: int, to_rate: int) -> None:
    resampled = stream(tone(1000, from_rate), from_rate, to_rate).astype(float)
    expected = tone(1000, to_rate).astype(float)
    assert resampled.size == expected.size
    edge = to_rate // 100
    error = (resampled - expected)[edge:-edge]
    assert np.sqrt(np.mean(error**2)) < 10000 * 10 ** (-45 / 20)


@pytest.mark.parametrize(("from_rate", "to_rate"), [(16000, 8000), (22050, 8000), (24000, 8000), (48000, 16000)])
def test_what_the_lower_rate_cannot_carry_is_removed_not_aliased(from_rate: int, to_rate: int) -> None:
    above = tone(to_rate / 2 + 200, from_rate)
    assert level_dbfs(stream(above, from_rate, to_rate)[200:-200]) < level_dbfs(above) - 45


@given(
    ratio=st.sampled_from(RATIOS),
    size=st.integers(0, 2000),
    cuts=st.lists(st.integers(0, 2000), max_size=6),
    seed=st.integers(0, 9),
)
def test_the_resampled_stream_does_not_depend_on_how_it_was_cut(
    ratio: tuple[int, int], size: int, cuts: list[int], seed: int
) -> None:
    samples = np.random.default_rng(seed).integers(-32768, 32768, size).astype(np.int16)
    whole = stream(samples, *ratio)
    assert whole.size == -(-size * ratio[1] // ratio[0])
    np.testing.assert_allclose(stream(samples, *ratio, cuts).astype(int), whole.astype(int), atol=1)


@pytest.mark.parametrize(("from_rate", "to_rate"), RATIOS)
def test_the_stream_resampler_holds_back_no_more_than_its_look_ahead(from_rate: int, to_rate: int) -> None:
    resampler = StreamResampler(from_rate, to_rate)
    assert resampler.look_ahead_ms <= 2.05
    out = resampler.push(tone(300, from_rate, seconds=0.02))
    assert out.size / to_rate >= 0.02 - resampler.look_ahead_ms / 1000 - 1 / to_rate


def test_a_flushed_resampler_starts_another_stream_from_silence() -> None:
    resampler = StreamResampler(22050, 8000)
    first = np.concatenate([resampler.push(tone(500, 22050)), resampler.flush()])
    second = np.concatenate([resampler.push(tone(500, 22050)), resampler.flush()])
    assert np.array_equal(first, second)


def test_a_loud_signal_is_clipped_and_does_not_wrap_around() -> None:
    square = np.where(tone(440, 22050) >= 0, 32767, -32768).astype(np.int16)
    resampled = stream(square, 22050, 16000)
    steps = np.abs(np.diff(resampled.astype(int)))
    assert np.count_nonzero(steps > 60000) <= 2 * 440 * 0.5


def test_whole_buffers_resample_to_the_expected_length() -> None:
    assert resample(tone(440, 22050), 22050, 8000).size == 4000
    same = tone(440, 8000)
    assert resample(same, 8000, 8000) is same


@given(st.lists(st.integers(0, 700), max_size=8))
def test_frames_hold_every_sample_once_and_the_last_is_padded(sizes: list[int]) -> None:
    samples = np.arange(1, sum(sizes) + 1).astype(np.int16)
    cutter = FrameCutter(8000)
    frames = [frame for piece in np.split(samples, np.cumsum(sizes)) for frame in cutter.push(piece)]
    last = cutter.flush()
    frames += [last] if last else []
    assert {len(frame) for frame in frames} <= {2 * frame_samples(8000)}
    joined = samples_of(b"".join(frames))
    assert np.array_equal(joined[: samples.size], samples)
    assert joined.size - samples.size < frame_samples(8000)
    assert not joined[samples.size :].any()
    assert cutter.flush() is None


def test_levels_are_relative_to_full_scale() -> None:
    assert level_dbfs(np.full(100, -32768, np.int16)) == pytest.approx(0.0)
    assert level_dbfs(tone(1000, 8000, amplitude=3276.8)) == pytest.approx(-23.01, abs=0.01)
    assert level_dbfs(np.zeros(160, np.int16)) == SILENCE_DBFS
    assert level_dbfs(np.zeros(0, np.int16)) == SILENCE_DBFS


def test_a_wav_file_comes_back_as_written(tmp_path: Path) -> None:
    path = tmp_path / "prompt.wav"
    write_wav(path, tone(440, 8000), 8000)
    sound = read_wav(path, (8000, 16000))
    assert sound.sample_rate == 8000
    assert sound.seconds == 0.5
    assert np.array_equal(sound.samples, tone(440, 8000))


def wav_bytes(tag: int, channels: int, rate: int, bits: int, pcm: bytes = b"\0" * 64, extra: bytes = b"") -> bytes:
    fmt = struct.pack("<HHIIHH", tag, channels, rate, 0, channels * bits // 8, bits) + extra
    body = b"WAVE" + b"fmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", len(pcm)) + pcm
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (wav_bytes(1, 1, 44100, 16), "16-bit PCM, 1 channel, 44100 Hz"),
        (wav_bytes(1, 2, 8000, 16), "16-bit PCM, 2 channels, 8000 Hz"),
        (wav_bytes(1, 1, 8000, 24), "24-bit PCM"),
        (wav_bytes(3, 1, 8000, 32), "32-bit float"),
        (wav_bytes(7, 1, 8000, 8), "8-bit mu-law"),
        (wav_bytes(0x1234, 1, 8000, 16), "format 0x1234"),
        (b"ID3\x04 an mp3 file", "not a WAV file"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "not a WAV file"),
        (b"", "not a WAV file"),
    ],
)
def test_a_wav_file_of_another_format_is_named_with_the_remedy(tmp_path: Path, data: bytes, named: str) -> None:
    path = tmp_path / "prompt.wav"
    path.write_bytes(data)
    with pytest.raises(ApplianceError) as raised:
        read_wav(path, (8000, 16000))
    assert named in raised.value.message
    assert "-ar 8000 -c:a pcm_s16le" in raised.value.remedy


def test_a_wav_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ApplianceError, match=r"missing\.wav: No such file"):
        read_wav(tmp_path / "missing.wav")


def test_an_extensible_header_around_plain_pcm_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "prompt.wav"
    extension = struct.pack("<HHIH", 22, 16, 4, 1) + b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
    path.write_bytes(wav_bytes(0xFFFE, 1, 16000, 16, pcm_of(tone(440, 16000)), extension))
    assert np.array_equal(read_wav(path).samples, tone(440, 16000))


def test_a_wav_file_that_was_cut_short_gives_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "prompt.wav"
    path.write_bytes(wav_bytes(1, 1, 8000, 16, pcm_of(tone(440, 8000)))[:-101])
    assert np.array_equal(read_wav(path).samples, tone(440, 8000)[:-51])


def test_a_wav_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ApplianceError, match="cannot write"):
        write_wav(tmp_path / "missing" / "out.wav", tone(440, 8000), 8000)
