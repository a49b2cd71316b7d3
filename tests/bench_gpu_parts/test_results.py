import json
from dataclasses import replace
from typing import Any

import pytest

from tests.bench_gpu.results import (
    Generation,
    Step,
    UnreadableResultError,
    as_json,
    from_json,
    joined,
    rows_as_json,
    rows_from_json,
)
from tests.bench_gpu_parts.samples import RESULT


def test_a_result_survives_its_file() -> None:
    assert from_json(as_json(RESULT)) == RESULT


def test_the_rows_of_a_step_survive() -> None:
    rows: dict[str, list[Any]] = {"final_passes": list(RESULT.final_passes), "memory": list(RESULT.memory)}
    assert rows_from_json(rows_as_json(rows)) == {name: tuple(found) for name, found in rows.items()}


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", json.dumps({"schema": 0}), as_json(RESULT).replace("cores", "kernels")]
)
def test_what_is_no_result_is_refused(text: str) -> None:
    with pytest.raises(UnreadableResultError):
        from_json(text)


def test_a_later_run_of_some_steps_renews_these_and_keeps_the_others() -> None:
    by_vllm = Generation("qwen3-8b", "vLLM 1", 1, 500, 32, 9.0, 10.0, 6.0, 7.0)
    steps = (Step("vllm", 90.0),)
    later = replace(RESULT, when="later", steps=steps, final_passes=(), generations=(by_vllm,), speeches=(), sharing=())
    both = joined(RESULT, later)
    assert both.when == "later"
    assert both.steps == (Step("whisper", 20.0), Step("vllm", 90.0))
    assert both.final_passes == RESULT.final_passes
    assert both.generations == (*RESULT.generations, by_vllm)
    assert (both.speeches, both.sharing, both.memory) == (RESULT.speeches, RESULT.sharing, RESULT.memory)
    assert (both.loads, both.capacities) == ((), ()), "they are replayed from all of it"


def test_what_was_measured_again_takes_the_place_of_the_first() -> None:
    again = replace(RESULT.generations[0], first_token_p50_ms=1.0)
    assert joined(RESULT, replace(RESULT, generations=(again,))).generations == (again,)


def test_packages_may_have_come_since() -> None:
    added = replace(RESULT.machine, packages={"ctranslate2": "4"})
    assert joined(RESULT, replace(RESULT, machine=added)).machine.packages == {"torch": "2.11.0", "ctranslate2": "4"}


@pytest.mark.parametrize("other", [{"tiny": True}, {"machine": replace(RESULT.machine, gpu="Another card")}])
def test_results_of_different_machines_are_not_joined(other: dict[str, Any]) -> None:
    with pytest.raises(UnreadableResultError, match="another machine"):
        joined(RESULT, replace(RESULT, **other))
