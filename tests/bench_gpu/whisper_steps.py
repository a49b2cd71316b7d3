"""Whisper's final pass, by CTranslate2 and by torch."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from models.whisper.log_mel import LogMel
from tests.bench_gpu.results import FinalPass, Memory
from tests.bench_gpu.setting import CONTEXT_TOKENS, START_TOKENS, Found, NotHereError, Setting, tokens_of
from tests.bench_gpu.shapes import WHISPER, WhisperShape
from tests.bench_gpu.timing import measured, peak_memory, timing
from tests.bench_gpu.torch_whisper import TorchPass, TorchWhisper

_FRAMES_PER_S: Final = 100
_PROMPT_TOKENS: Final = CONTEXT_TOKENS + START_TOKENS


def by_torch(setting: Setting, name: str) -> Found:
    """Every length and batch by `TorchWhisper`."""
    shape = WHISPER[setting.whisper(name)]
    dtype = torch.float32 if setting.device == "cpu" else torch.float16
    rows: list[FinalPass] = []
    peak: list[float] = []
    reasons: set[str] = set()
    with torch.inference_mode(), peak_memory(setting.device, peak):
        model = TorchWhisper(shape, setting.device, dtype)
        for audio_s in setting.whisper_audio_s:
            features_ms = _features_ms(shape, audio_s)
            for batch in setting.whisper_batches:
                tokens = tokens_of(audio_s)
                one = TorchPass(model, batch, audio_s * _FRAMES_PER_S, _PROMPT_TOKENS, tokens)
                reasons |= {graph.reason for graph in one.graphs if graph.reason}
                encode = measured(one.encode, setting.device, setting.repeats)
                whole = measured(one.run, setting.device, setting.repeats)
                rows.append(
                    FinalPass(
                        shape.name,
                        f"torch {torch.__version__}",
                        audio_s,
                        batch,
                        tokens,
                        features_ms,
                        encode.p50_ms,
                        whole.p50_ms,
                        whole.p95_ms,
                    )
                )
    memory = [Memory(shape.name, 2 * shape.parameters / 1e9, peak_gb) for peak_gb in peak]
    return Found(
        {"final_passes": rows, "memory": memory}, tuple(f"{name}: no CUDA graph: {why}" for why in sorted(reasons))
    )


def by_ctranslate2(setting: Setting, name: str) -> Found:
    """Every length and batch by CTranslate2, with the appliance's way of making and running a model."""
    try:
        import ctranslate2

        from tests.engines.random_whisper import Shape, write_model
    except ImportError as error:
        raise NotHereError(f"CTranslate2 or what makes its models is not installed ({error})") from None
    if setting.device != "cpu" and not ctranslate2.get_cuda_device_count():
        raise NotHereError("CTranslate2 sees no GPU")
    shape = WHISPER[setting.whisper(name)]
    compute = "float32" if setting.device == "cpu" else "float16"
    written = Shape(
        shape.width,
        shape.heads,
        shape.encoder_layers,
        shape.decoder_layers,
        mels=shape.mels,
        languages=100 if shape.vocabulary > 51865 else 99,
        quantization=compute,
    )
    with tempfile.TemporaryDirectory(prefix="bench-gpu-") as directory:
        write_model(Path(directory), written)
        model = ctranslate2.models.Whisper(directory, device=setting.device, compute_type=compute, intra_threads=2)
    rows = []
    for audio_s in setting.whisper_audio_s:
        features_ms = _features_ms(shape, audio_s)
        for batch in setting.whisper_batches:
            encode, whole = _passes(ctranslate2, model, shape, audio_s, batch)
            encode_ms, whole_ms = _timed(encode, setting.repeats), _timed(whole, setting.repeats)
            engine = f"CTranslate2 {ctranslate2.__version__} {compute}"
            spread = timing(whole_ms)
            rows.append(
                FinalPass(
                    shape.name,
                    engine,
                    audio_s,
                    batch,
                    tokens_of(audio_s),
                    features_ms,
                    timing(encode_ms).p50_ms,
                    spread.p50_ms,
                    spread.p95_ms,
                )
            )
    return Found({"final_passes": rows})


def _passes(
    ctranslate2: Any, model: Any, shape: WhisperShape, audio_s: int, batch: int
) -> tuple[Callable[[], object], Callable[[], object]]:
    """The encoder alone, and a whole pass with exactly as many tokens as are wanted."""
    random = np.random.default_rng(0)
    mels = random.standard_normal((batch, shape.mels, audio_s * _FRAMES_PER_S), np.float32)
    tokens = tokens_of(audio_s)
    end, start = 50257, 50258
    languages = shape.vocabulary - 51865 + 99
    marks = [start, start + 1, start + 1 + languages + 1, start + 1 + languages + 5]
    prompt = [start + 1 + languages + 3, *(1000 + number for number in range(CONTEXT_TOKENS - 1)), *marks]

    def encode() -> object:
        # Copied to the host: only then is the GPU known to be done.
        return np.asarray(model.encode(ctranslate2.StorageView.from_array(mels), to_cpu=True))

    def whole() -> object:
        encoded = model.encode(ctranslate2.StorageView.from_array(mels))
        # The limit counts the prompt but for its last token, from which the first one is made.
        found = model.generate(
            encoded,
            [prompt] * batch,
            beam_size=1,
            max_length=len(prompt) + tokens - 1,
            suppress_blank=False,
            suppress_tokens=[end],
            return_no_speech_prob=True,
            return_scores=True,
        )
        lengths = {len(result.sequences_ids[0]) for result in found}
        if lengths != {tokens}:
            raise RuntimeError(f"asked for {tokens} tokens and got {sorted(lengths)}")
        return found

    return encode, whole


def _timed(work: Callable[[], object], repeats: int) -> list[float]:
    """Wall times in ms; the work waits for the device itself."""
    times_ms = []
    for number in range(repeats + 2):
        began = time.perf_counter()
        work()
        if number >= 2:
            times_ms.append((time.perf_counter() - began) * 1000)
    return times_ms


def _features_ms(shape: WhisperShape, audio_s: int) -> float:
    """The log-mel spectrogram of one stretch, by the appliance's own code."""
    samples = (np.random.default_rng(0).standard_normal(16000 * audio_s) * 3000).astype(np.int16)
    front_end = LogMel(shape.mels)
    return timing(_timed(lambda: front_end.features(samples, audio_s * _FRAMES_PER_S), 5)).p50_ms
