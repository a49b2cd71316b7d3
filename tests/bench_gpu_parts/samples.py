"""Service times and results to test with."""

from tests.bench_gpu.results import (
    Capacity,
    FinalPass,
    Generation,
    Load,
    Machine,
    Memory,
    Result,
    Sharing,
    Speech,
    Step,
)
from tests.bench_gpu.service_times import ServiceTimes

TIMES = ServiceTimes(
    stack="whisper (engine), model (engine), voice on the CPU (engine)",
    features_ms=5.0,
    final_pass={1: [(1.0, 10.0), (8.0, 38.0)], 4: [(1.0, 22.0), (8.0, 80.0)]},
    first_token=[(1, 14.0), (32, 60.0)],
    per_token=[(1, 7.0), (32, 10.0)],
    first_audio_ms=40.0,
    speech_ms_per_s=30.0,
    speech_on_gpu=False,
    speech_threads=4,
    slowed=2.0,
)

MACHINE = Machine("A card", 80.0, "580.1", "13.0", "A processor", 16, 128.0, "Linux 6", "3.12.3", {"torch": "2.11.0"})

RESULT = Result(
    when="2026-11-21 12:00 UTC",
    commit="abc1234",
    tiny=False,
    machine=MACHINE,
    steps=(Step("whisper", 20.0), Step("vllm", 1.0, "vLLM is not installed", ("a note",))),
    final_passes=tuple(
        FinalPass(
            "whisper-large-v3-turbo", "torch", float(audio), batch, 3 * audio, 4.0, 5.0, 10.0 * batch, 12.0 * batch
        )
        for audio in (1, 8)
        for batch in (1, 16)
    ),
    generations=tuple(
        Generation("qwen3-8b", "torch", lines, 500, 32, 12.0 + lines, 15.0 + lines, 7.0, 8.0) for lines in (1, 32)
    ),
    speeches=(Speech("piper-medium", "onnxruntime", "cpu", 4, 6, 2.0, 30.0, 33.0, 60.0),),
    sharing=(Sharing(1.4, 1.8),),
    memory=(Memory("qwen3-8b", 16.4, 22.0),),
    loads=(Load("stack", 8, 1500, 7.5, 300.0, 420.0, 50.0, 90.0, 40.0, 2.5, 0.4, 3, 6),),
    capacities=(Capacity("stack", 500, 21, False), Capacity("stack", 800, 256, True)),
)
