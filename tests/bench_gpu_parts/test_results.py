import json
from typing import Any

import pytest

from tests.bench_gpu.results import UnreadableResultError, as_json, from_json, rows_as_json, rows_from_json
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
