from dataclasses import replace

from tests.bench_gpu.report import section
from tests.bench_gpu.results import Step
from tests.bench_gpu_parts.samples import RESULT


def test_the_section_says_where_when_and_with_what_it_was_measured() -> None:
    text = section(RESULT).as_text()
    assert "Measured 2026-11-21 12:00 UTC, commit abc1234" in text
    assert "Machine: A card, 80 GB, driver 580.1, CUDA 13.0; A processor, 16 cores, 128 GiB" in text
    assert "Packages: torch 2.11.0." in text


def test_every_kind_of_figure_is_in_the_section_with_its_engine() -> None:
    text = section(RESULT).as_text()
    assert "| calls at p95 ≤ 500 ms, stack | 21 calls |" in text
    assert "| calls at p95 ≤ 800 ms, stack (the search ended there) | 256 calls |" in text
    assert "| 8 | 7.5 | 1500 | 300 | 420 | 50 | 90 | 40 | 2.5 | 40 % | 3 |" in text
    assert "Final pass, whisper-large-v3-turbo, torch" in text
    assert "| 8 | 24 | 4.0 | 10.0 (12.0) | 5.0 | 160.0 (192.0) | 5.0 |" in text
    assert "| qwen3-8b | torch | 32 | 44.0 | 47.0 | 7.0 | 8.0 | 4571 |" in text
    assert "| piper-medium | onnxruntime | cpu | 4 | 30.0 | 33.0 | 60.0 | 0.030 |" in text
    assert "| qwen3-8b | 16.4 | 22.0 |" in text


def test_what_failed_is_said_and_what_stood_in_is_named() -> None:
    text = section(RESULT).as_text()
    assert "**vllm: not measured**: vLLM is not installed." in text
    assert "vllm: a note." in text
    assert "Where the engine is torch it is the benchmark's own loop" in text
    assert "Whisper 1.40 times, the language model 1.80 times" in text


def test_without_a_measurement_of_sharing_the_assumption_is_said() -> None:
    assert "is assumed" in section(replace(RESULT, sharing=())).as_text()


def test_a_run_in_which_everything_failed_still_says_so() -> None:
    empty = replace(
        RESULT,
        steps=(Step("whisper-torch", 1.0, "exit status 1: no CUDA"),),
        final_passes=(),
        generations=(),
        speeches=(),
        sharing=(),
        memory=(),
        loads=(),
        capacities=(),
    )
    assert section(empty).body.endswith("**whisper-torch: not measured**: exit status 1: no CUDA.")
