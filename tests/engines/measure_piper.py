"""How soon a Piper voice is heard, and how much of a core it takes: windowed beside whole sentences.

    python -m tests.engines.measure_piper [SHAPE…] [--runs 30]

One session thread on one core (the process is bound to it); random weights of the real shapes, since speed does not
depend on the values. "First audio" is from the text to the first samples, with everything in between, as the speaking
room sees it. Times are by the wall clock and, in brackets, of the core: on a busy machine only the latter say anything.
"""

import argparse
import asyncio
import os
import statistics
import time
from collections.abc import Sequence

import numpy as np
import onnxruntime

from models.onnx import one_thread
from models.piper.phonemes import sentences_of
from models.piper.voice import PiperVoice
from models.piper.voice_config import read_voice_config
from models.piper.workers import Workers
from tests.engines.random_piper import random_piper

SIX_WORDS = "Your appointment is on Tuesday morning."
LONG = "Thank you for calling Riverside Clinic, we are open on weekdays from eight in the morning until five."


def whole_sentence_ms(shape: str, runs: int) -> "list[Stamp]":
    """From the text to the audio of all of it, through the voice's own graph."""
    directory = random_piper(shape)
    config = read_voice_config(directory / f"{shape}.onnx.json")
    session = onnxruntime.InferenceSession(str(directory / f"{shape}.onnx"), one_thread())
    times = []
    for _ in range(runs + 3):
        began = _now()
        ids = [1, 0]
        for phoneme in sentences_of(SIX_WORDS, config.espeak.voice)[0].phonemes:
            ids += [*config.phoneme_id_map.get(phoneme, []), 0]
        feed = {
            "input": np.array([[*ids, 2]]),
            "input_lengths": np.array([len(ids) + 1]),
            "scales": np.array([0.667, 1.0, 0.8], np.float32),
        }
        session.run(None, feed)
        times.append(_since(began))
    return times[3:]


Stamp = tuple[float, float]


def _now() -> Stamp:
    return time.perf_counter(), time.process_time()


def _since(began: Stamp) -> Stamp:
    """Milliseconds by the wall clock, and of the core."""
    wall, core = _now()
    return 1000 * (wall - began[0]), 1000 * (core - began[1])


async def windowed_ms(voice: PiperVoice, text: str, runs: int) -> tuple[list[Stamp], list[Stamp], list[float]]:
    """Times to the first audio and to the last, and how long the audio is; all in ms."""
    first: list[Stamp] = []
    last: list[Stamp] = []
    length: list[float] = []
    for _ in range(runs + 3):
        began = _now()
        stamps: list[Stamp] = []
        samples = 0
        async for chunk in voice.synthesise(text):
            stamps.append(_since(began))
            samples += chunk.samples.size
        first.append(stamps[0])
        last.append(stamps[-1])
        length.append(1000 * samples / voice.sample_rate)
    return first[3:], last[3:], length[3:]


def _shown(times: Sequence[Stamp]) -> str:
    wall, core = zip(*times, strict=True)
    p50, p95 = statistics.median(wall), np.percentile(wall, 95)
    return (
        f"p50 {p50:6.1f} ms  p95 {p95:6.1f} ms  (core: {statistics.median(core):6.1f}, {np.percentile(core, 95):6.1f})"
    )


async def measure(shape: str, runs: int) -> None:
    """Print the figures of one shape."""
    began = time.perf_counter()
    voice = PiperVoice(random_piper(shape), Workers(1))
    print(f"{shape}: loaded in {time.perf_counter() - began:.1f} s; {voice.description}")
    await voice.warm_up()
    first, last, length = await windowed_ms(voice, SIX_WORDS, runs)
    print(f"  six words ({statistics.median(length) / 1000:.2f} s of speech)")
    print(f"    first audio, windowed        {_shown(first)}")
    print(f"    first audio, whole sentence  {_shown(whole_sentence_ms(shape, runs))}")
    print(f"    all of it, windowed          {_shown(last)}")
    first, last, length = await windowed_ms(voice, LONG, max(runs // 3, 3))
    factor = sum(core for _, core in last) / sum(length)
    print(f"  a long sentence ({statistics.median(length) / 1000:.2f} s of speech)")
    print(f"    first audio, windowed        {_shown(first)}")
    print(f"    of one core for a second of speech: {factor:.3f} s")
    voice.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shapes", nargs="*", default=["x-low", "medium", "high"])
    parser.add_argument("--runs", type=int, default=30)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    for name in arguments.shapes:
        asyncio.run(measure(name, arguments.runs))
