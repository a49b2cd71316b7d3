"""What Whisper and the language model do to each other on one GPU, in two processes as in the appliance."""

import multiprocessing
import time
from multiprocessing.connection import Connection
from typing import Final

import numpy as np
import torch

from tests.bench_gpu.llm_steps import on_host, recorded
from tests.bench_gpu.results import Sharing
from tests.bench_gpu.setting import FRESH_TOKENS, PREFIX_TOKENS, Found, Setting, tokens_of
from tests.bench_gpu.shapes import DECODERS, WHISPER
from tests.bench_gpu.torch_decoder import TorchDecoder
from tests.bench_gpu.torch_whisper import TorchPass, TorchWhisper

_AUDIO_S: Final = 4
_STRETCHES: Final = 4
_LINES: Final = 8
_TIMEOUT_S: Final = 60.0


def sharing(setting: Setting, whisper: str, decoder: str) -> Found:
    """Each alone, then both without pause, medians over some seconds."""
    seconds = 0.5 if setting.tiny else 3.0
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    writer = context.Process(target=_write, args=(there, setting, decoder), daemon=True)
    writer.start()
    try:
        with torch.inference_mode():
            one_pass = _whisper_pass(setting, whisper)
            if _received(here) != 0.0:
                raise RuntimeError("the language model's process did not begin")
            listening_alone = _median_ms(one_pass.run, seconds)
            here.send(seconds)
            writing_alone = _received(here)
            here.send(seconds + 1.0)
            listening_beside = _median_ms(one_pass.run, seconds)
            writing_beside = _received(here)
    finally:
        writer.kill()
        writer.join()
    return Found({"sharing": [Sharing(listening_beside / listening_alone, writing_beside / writing_alone)]})


def _received(connection: Connection) -> float:
    if not connection.poll(_TIMEOUT_S):
        raise RuntimeError(f"the language model's process said nothing for {_TIMEOUT_S:.0f} s")
    return float(connection.recv())


def _whisper_pass(setting: Setting, name: str) -> TorchPass:
    dtype = torch.float32 if setting.device == "cpu" else torch.float16
    model = TorchWhisper(WHISPER[setting.whisper(name)], setting.device, dtype)
    return TorchPass(model, _STRETCHES, _AUDIO_S * 100, 104, tokens_of(_AUDIO_S))


def _write(connection: Connection, setting: Setting, name: str) -> None:
    """The other process: writes for as many seconds as it is told, and says how long a token took."""
    dtype = torch.float32 if setting.device == "cpu" else torch.bfloat16
    lines = min(_LINES, max(setting.lines))
    with torch.inference_mode():
        decoder = TorchDecoder(
            DECODERS[setting.decoder(name)], lines, PREFIX_TOKENS + FRESH_TOKENS + 96, setting.device, dtype
        )
        decoder.fill_prefix(PREFIX_TOKENS)
        _, step = recorded(decoder, lines)

        def write() -> None:
            decoder.position.fill_(PREFIX_TOKENS + FRESH_TOKENS)
            on_host(step, decoder)

        _median_ms(write, 0.1)
        connection.send(0.0)
        while True:
            connection.send(_median_ms(write, float(connection.recv())))


def _median_ms(work: object, seconds: float) -> float:
    """Of as many repetitions as there is time for; the work waits for the device itself."""
    assert callable(work)
    times_ms = []
    end = time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        work()
        times_ms.append((time.perf_counter() - began) * 1000)
    return float(np.median(times_ms))
