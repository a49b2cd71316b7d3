"""Writes random Piper voices: run by `tests.engines.random_piper` with an interpreter that has torch.

    PYTHON export_piper.py SHAPE DIRECTORY SITE_PACKAGES

The model is that of the piper-tts package (in SITE_PACKAGES), and the export that of its `piper.train.export_onnx`: but
from the seeded model, since checkpoints need the whole training stack, and with torch's TorchScript exporter, which is
what real voices were written with and what torch.onnx.export meant before torch 2.9 (its successor fails on VITS).
"""

import importlib
import json
import math
import sys
import warnings
from pathlib import Path
from typing import Any, Final

import torch

SEED: Final = 20_260_101
OPSET: Final = 15
SYMBOLS: Final = 256
# Frames of each number at 22,050 Hz, noise of the lengths apart: six words then last about two seconds.
FRAMES: Final = 1.9

# `piper.train.vits.config`, ModelAudioConfig.low_quality (all voices from x_low to medium) and high_quality.
LOW: Final[dict[str, Any]] = {
    "resblock": "2",
    "resblock_kernel_sizes": (3, 5, 7),
    "resblock_dilation_sizes": ((1, 2), (2, 6), (3, 12)),
    "upsample_rates": (8, 8, 4),
    "upsample_initial_channel": 256,
    "upsample_kernel_sizes": (16, 16, 8),
}
HIGH: Final[dict[str, Any]] = {
    "resblock": "1",
    "resblock_kernel_sizes": (3, 7, 11),
    "resblock_dilation_sizes": ((1, 3, 5), (1, 3, 5), (1, 3, 5)),
    "upsample_rates": (8, 8, 2, 2),
    "upsample_initial_channel": 512,
    "upsample_kernel_sizes": (16, 16, 4, 4),
}
REAL: Final = {"inter_channels": 192, "hidden_channels": 192, "filter_channels": 768, "n_heads": 2, "n_layers": 6}
SMALLEST: Final = {"inter_channels": 96, "hidden_channels": 96, "filter_channels": 384, "n_heads": 2, "n_layers": 6}
MICRO: Final = {"inter_channels": 16, "hidden_channels": 16, "filter_channels": 32, "n_heads": 2, "n_layers": 2}
FEW: Final = {"upsample_initial_channel": 32}

# Sample rate, espeak-ng voice, speakers, and the network.
SHAPES: Final[dict[str, tuple[int, str, int, dict[str, Any]]]] = {
    "micro": (22_050, "en-us", 1, {**MICRO, **LOW, **FEW}),
    "micro-es": (22_050, "es", 1, {**MICRO, **LOW, **FEW}),
    "micro-ar": (22_050, "ar", 1, {**MICRO, **LOW, **FEW}),
    "micro-16k": (16_000, "en-us", 1, {**MICRO, **LOW, **FEW}),
    "micro-high": (22_050, "en-us", 1, {**MICRO, **HIGH, **FEW}),
    "micro-speakers": (22_050, "en-us", 3, {**MICRO, **LOW, **FEW, "gin_channels": 32}),
    "x-low": (16_000, "en-us", 1, {**SMALLEST, **LOW}),
    "medium": (22_050, "en-us", 1, {**REAL, **LOW}),
    "high": (22_050, "en-us", 1, {**REAL, **HIGH}),
}


def main(shape: str, directory: Path) -> None:
    """Write SHAPE.onnx and SHAPE.onnx.json."""
    sample_rate, espeak_voice, speakers, network = SHAPES[shape]
    models = importlib.import_module("piper.train.vits.models")
    phoneme_ids = importlib.import_module("piper.phoneme_ids").DEFAULT_PHONEME_ID_MAP
    torch.manual_seed(SEED)
    model = models.SynthesizerTrn(
        n_vocab=SYMBOLS,
        spec_channels=513,
        segment_size=32,
        kernel_size=3,
        p_dropout=0.1,
        n_speakers=speakers,
        use_sdp=True,
        **network,
    )
    model.eval()
    with torch.no_grad():
        model.dec.remove_weight_norm()
        set_pace(model, FRAMES * sample_rate / 22_050)
    export(model, directory / f"{shape}.onnx")
    hop = math.prod(network["upsample_rates"])
    config = {
        "audio": {"sample_rate": sample_rate, "quality": shape},
        "espeak": {"voice": espeak_voice},
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "phoneme_map": {},
        "phoneme_id_map": phoneme_ids,
        "num_symbols": SYMBOLS,
        "num_speakers": speakers,
        "speaker_id_map": {f"speaker-{number}": number for number in range(speakers)} if speakers > 1 else {},
        "piper_version": "1.0.0",
        "hop_length": hop,
    }
    (directory / f"{shape}.onnx.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")


def set_pace(model: Any, frames: float) -> None:
    """Shift the predicted lengths until numbers have so many `frames` on average."""
    text, sid = torch.arange(3, 123).unsqueeze(0), torch.LongTensor([0]) if model.n_speakers > 1 else None
    shortest, longest = -5.0, 5.0
    for _ in range(20):
        shift = (shortest + longest) / 2
        model.dp.flows[0].m[0] = -shift
        _, _, mask, _ = model.infer(text, torch.LongTensor([text.size(1)]), sid=sid, noise_scale_w=0.0, max_len=1)
        shortest, longest = (shift, longest) if mask.sum() < frames * text.size(1) else (shortest, shift)


def export(model: Any, path: Path) -> None:
    """As `piper.train.export_onnx` does."""

    def infer(text: Any, lengths: Any, scales: Any, sid: Any = None) -> Any:
        audio, *_ = model.infer(
            text, lengths, noise_scale=scales[0], length_scale=scales[1], noise_scale_w=scales[2], sid=sid
        )
        return audio.unsqueeze(1)

    model.forward = infer
    text = torch.randint(low=0, high=SYMBOLS, size=(1, 50), dtype=torch.long)
    sid = torch.LongTensor([0]) if model.n_speakers > 1 else None
    torch.onnx.export(
        model=model,
        args=(text, torch.LongTensor([text.size(1)]), torch.FloatTensor([0.667, 1.0, 0.8]), sid),
        f=str(path),
        opset_version=OPSET,
        input_names=["input", "input_lengths", "scales", "sid"],
        output_names=["output"],
        dynamic_axes={
            "input": {0: "batch_size", 1: "phonemes"},
            "input_lengths": {0: "batch_size"},
            "output": {0: "batch_size", 2: "time"},
        },
        dynamo=False,
    )


if __name__ == "__main__":
    # Last, so that torch's own packages come first.
    sys.path.append(sys.argv[3])
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    main(sys.argv[1], Path(sys.argv[2]))
