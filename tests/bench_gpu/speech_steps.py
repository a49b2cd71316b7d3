"""A Piper voice's first audio and whole clause, on the GPU and on the CPU."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import torch

from tests.bench_gpu.results import Memory, Speech
from tests.bench_gpu.setting import FRAMES_PER_PHONEME, PHONEMES_PER_WORD, WORDS, Found, Setting
from tests.bench_gpu.shapes import VOICES, VoiceShape
from tests.bench_gpu.timing import Graphed, measured, peak_memory
from tests.bench_gpu.torch_voice import VoiceEncoder, VoiceGenerator, parameters_of

_FIRST_WINDOW_S: Final = 0.16
_REACH_FRAMES: Final = 12
_CPU_THREADS: Final = (1, 4)

Work = tuple[Callable[[], object], Callable[[], object]]


def speech(setting: Setting, name: str) -> Found:
    """Six words: until the first window, and all of it, on every device and engine that is here."""
    shape = VOICES[setting.voice(name)]
    phonemes = torch.randint(0, shape.phonemes, (1, WORDS * PHONEMES_PER_WORD))
    encoder = VoiceEncoder(shape, FRAMES_PER_PHONEME).eval()
    generator = VoiceGenerator(shape).eval()
    frames = phonemes.shape[1] * FRAMES_PER_PHONEME
    first = min(frames, round(_FIRST_WINDOW_S * shape.sample_rate / shape.hop) + _REACH_FRAMES)
    rows: list[Speech] = []
    notes: list[str] = []
    threads = [count for count in _CPU_THREADS if count <= (torch.get_num_threads() or 1)]
    try:
        with tempfile.TemporaryDirectory(prefix="bench-gpu-") as directory:
            rows += _by_onnxruntime(setting, shape, (encoder, generator, phonemes, first), Path(directory), threads)
    except Exception as error:
        notes.append(f"onnxruntime: {type(error).__name__}: {str(error).splitlines()[0]}; torch instead")
        for count in threads:
            torch.set_num_threads(count)
            work = _torch_work(encoder, generator, phonemes, first)
            rows.append(_row(shape, f"torch {torch.__version__}", ("cpu", count), frames, work, setting.repeats))
    peak: list[float] = []
    if setting.device != "cpu":
        on_gpu = (encoder.to(setting.device), generator.to(setting.device), phonemes.to(setting.device), first)
        with torch.inference_mode(), peak_memory(setting.device, peak):
            rows.append(_on_gpu(setting, shape, on_gpu, frames))
    weights_gb = 4 * parameters_of(encoder, generator) / 1e9
    return Found(
        {"speeches": rows, "memory": [Memory(shape.name, weights_gb, peak_gb) for peak_gb in peak]}, tuple(notes)
    )


def _torch_work(encoder: Any, generator: Any, phonemes: Any, first: int) -> Work:
    def first_window() -> object:
        with torch.inference_mode():
            return generator(encoder(phonemes)[:, :, :first]).cpu()

    def whole() -> object:
        with torch.inference_mode():
            return generator(encoder(phonemes)).cpu()

    return first_window, whole


def _on_gpu(setting: Setting, shape: VoiceShape, parts: tuple[Any, Any, Any, int], frames: int) -> Speech:
    """Recorded as CUDA graphs: hundreds of small kernels take longer to start than to run."""
    encoder, generator, phonemes, first = parts
    outputs: dict[str, Any] = {}

    def first_window() -> None:
        outputs["first"] = generator(encoder(phonemes)[:, :, :first])

    def whole() -> None:
        outputs["whole"] = generator(encoder(phonemes))

    recorded = {"first": Graphed(first_window, setting.device), "whole": Graphed(whole, setting.device)}

    def run(part: str) -> object:
        recorded[part]()
        return outputs[part].cpu()

    engine = f"torch {torch.__version__}{'' if recorded['first'].recorded else ', no CUDA graph'}"
    work = (lambda: run("first"), lambda: run("whole"))
    return _row(shape, engine, (setting.device, 1), frames, work, setting.repeats)


def _by_onnxruntime(
    setting: Setting, shape: VoiceShape, parts: tuple[Any, Any, Any, int], directory: Path, threads: list[int]
) -> list[Speech]:
    import onnxruntime

    encoder, generator, phonemes, first = parts
    latent = encoder(phonemes).detach()
    _export(encoder, phonemes, directory / "encoder.onnx")
    _export(generator, latent[:, :, :first].clone(), directory / "first.onnx")
    _export(generator, latent, directory / "whole.onnx")
    places = [("cpu", "CPUExecutionProvider", count) for count in threads]
    if setting.device != "cpu" and "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        places.append((setting.device, "CUDAExecutionProvider", 1))
    rows = []
    for device, provider, count in places:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = count
        sessions = {
            name: onnxruntime.InferenceSession(directory / f"{name}.onnx", options, providers=[provider])
            for name in ("encoder", "first", "whole")
        }
        if sessions["first"].get_providers()[0] != provider:
            continue
        work = _onnx_work(sessions, phonemes.numpy(), first)
        engine = f"onnxruntime {onnxruntime.__version__}"
        rows.append(_row(shape, engine, (device, count), latent.shape[2], work, setting.repeats))
    return rows


def _onnx_work(sessions: dict[str, Any], phonemes: Any, first: int) -> Work:
    def run(name: str, value: Any) -> Any:
        return sessions[name].run(None, {"value": value})[0]

    return (
        lambda: run("first", run("encoder", phonemes)[:, :, :first].copy()),
        lambda: run("whole", run("encoder", phonemes)),
    )


def _export(module: Any, value: Any, path: Path) -> None:
    """By torch's present exporter, else by the one before it."""
    try:
        torch.onnx.export(module, (value,), path, input_names=["value"], dynamo=True, verbose=False)
    except Exception:
        torch.onnx.export(module, (value,), path, input_names=["value"], dynamo=False)


def _row(shape: VoiceShape, engine: str, place: tuple[str, int], frames: int, work: Work, repeats: int) -> Speech:
    device, threads = place
    first, whole = (measured(part, device, repeats) for part in work)
    audio_s = frames * shape.hop / shape.sample_rate
    return Speech(shape.name, engine, device, threads, WORDS, audio_s, first.p50_ms, first.p95_ms, whole.p50_ms)
