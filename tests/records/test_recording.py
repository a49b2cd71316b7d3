"""Recordings: both sides in step, valid whatever happens to the process or the disk, and never in the way of a call."""

import asyncio
import logging
import stat
import subprocess
import sys
import textwrap
import threading
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.records.recording import CallRecording


def frame(value: int, samples: int = 160) -> bytes:
    return np.full(samples, value, "<i2").tobytes()


def channels(path: Path) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (2, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    return samples[:, 0], samples[:, 1]


async def test_the_caller_is_left_and_the_agent_right_in_step(tmp_path: Path) -> None:
    recording = CallRecording(tmp_path / "recordings", "c-1", 8000)
    for number in range(130):
        recording.write(frame(number), b"" if number % 2 else frame(-number))
    recording.close()
    path = await recording.wait_closed()
    assert path == tmp_path / "recordings" / "c-1.wav"
    caller, agent = channels(path)
    assert np.array_equal(caller, np.repeat(np.arange(130), 160))
    assert np.array_equal(agent, np.repeat([0 if number % 2 else -number for number in range(130)], 160))


async def test_a_frame_of_another_length_does_not_shift_the_sides(tmp_path: Path) -> None:
    recording = CallRecording(tmp_path, "c-2", 16000)
    recording.write(frame(1, 100), frame(2, 500))
    recording.write(b"", frame(3, 320))
    recording.close()
    path = await recording.wait_closed()
    assert path is not None
    caller, agent = channels(path)
    assert caller.tolist() == [1] * 100 + [0] * 540
    assert agent.tolist() == [2] * 320 + [3] * 320


async def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    recording = CallRecording(tmp_path / "new", "c-3", 8000)
    recording.close()
    path = await recording.wait_closed()
    assert path is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [side.size for side in channels(path)] == [0, 0]


async def test_a_directory_that_cannot_be_made_is_logged_and_the_call_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    with caplog.at_level(logging.ERROR):
        recording = CallRecording(tmp_path / "file" / "below", "c-4", 8000)
        assert await recording.wait_closed() is None
        for _ in range(200):
            recording.write(frame(1), frame(2))
        recording.close()
    (record,) = caplog.records
    assert "Not a directory" in record.getMessage()
    assert record.__dict__["call_id"] == "c-4"


async def test_a_recording_that_exists_is_not_overwritten(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "c-5.wav").write_bytes(b"another call")
    recording = CallRecording(tmp_path, "c-5", 8000)
    assert await recording.wait_closed() is None
    assert (tmp_path / "c-5.wav").read_bytes() == b"another call"
    assert "File exists" in caplog.text


async def test_a_disk_that_hangs_ends_the_recording_and_nothing_waits_for_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fifo = tmp_path / "disk"
    answered = threading.Event()

    class HangingPath(type(fifo)):  # type: ignore[misc] # the concrete path of this platform
        def mkdir(self, *_: object, **__: object) -> None:
            answered.wait(10)

    recording = CallRecording(HangingPath(fifo) / "below", "c-6", 8000)
    for _ in range(62 * 50):
        recording.write(frame(1), frame(2))
    recording.close()
    assert await recording.wait_closed() is None
    assert "too slow" in caplog.text
    answered.set()


async def test_waiting_for_a_recording_can_be_cancelled_without_losing_it(tmp_path: Path) -> None:
    recording = CallRecording(tmp_path, "c-7", 8000)
    recording.write(frame(1), frame(2))
    waiting = asyncio.create_task(recording.wait_closed())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    recording.close()
    assert await recording.wait_closed() == tmp_path / "c-7.wav"


def run_script(directory: Path, script: str) -> subprocess.CompletedProcess[str]:
    preamble = """
        import asyncio, os, resource, sys, time
        from pathlib import Path
        from appliance.records.recording import CallRecording
        directory = Path(sys.argv[1])
    """
    source = textwrap.dedent(preamble) + textwrap.dedent(script)
    return subprocess.run(
        [sys.executable, "-c", source, str(directory)], capture_output=True, text=True, timeout=60, check=False
    )


def test_a_process_that_dies_leaves_a_valid_file(tmp_path: Path) -> None:
    died = run_script(
        tmp_path,
        """
        recording = CallRecording(directory, "c-8", 8000)
        for number in range(170):
            recording.write(bytes([1, 0]) * 160, bytes([2, 0]) * 160)
        while not (directory / "c-8.wav").exists() or (directory / "c-8.wav").stat().st_size < 44 + 3 * 32000:
            time.sleep(0.01)
        time.sleep(0.1)
        os._exit(9)
        """,
    )
    assert died.returncode == 9
    caller, agent = channels(tmp_path / "c-8.wav")
    assert caller.size == agent.size == 3 * 8000
    assert set(caller.tolist()) == {1}
    assert set(agent.tolist()) == {2}


def test_a_full_disk_is_logged_and_leaves_a_valid_file(tmp_path: Path) -> None:
    full = run_script(
        tmp_path,
        """
        resource.setrlimit(resource.RLIMIT_FSIZE, (80_000, 80_000))
        recording = CallRecording(directory, "c-9", 8000)
        for number in range(500):
            recording.write(bytes(320), bytes(320))
        recording.close()
        assert asyncio.run(recording.wait_closed()) is None
        print("the call went on")
        """,
    )
    assert full.stdout == "the call went on\n"
    assert "the recording has stopped: File too large" in full.stderr
    caller, _ = channels(tmp_path / "c-9.wav")
    assert caller.size == 2 * 8000
