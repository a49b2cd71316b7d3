"""Who is let in, and why not."""

from pathlib import Path
from typing import cast

import pytest

from appliance.cli.reception import Directory, Reception
from appliance.metrics import Metrics
from appliance.switchboard import Switchboard


async def reception(*, reasons: list[str], lag_ms: float = 0.0, max_calls: int = 2) -> Reception:
    metrics = Metrics()
    switchboard = Switchboard(lambda *_: pytest.fail("no call"), lambda *_: None, Path(), metrics, with_text=False)
    switchboard.loop_lag_ms = lag_ms
    return Reception(Directory(max_calls, switchboard, None, reasons), metrics, max_loop_lag_ms=250)


def refusals(of: Reception, reason: str) -> float:
    value = of.metrics.registry.get_sample_value("appliance_refusals_total", {"reason": reason})
    return cast("float", value)


async def test_a_call_is_let_in_while_there_is_room() -> None:
    assert (await reception(reasons=[])).refusal(1) == ""


@pytest.mark.parametrize(
    ("reasons", "streams", "lag_ms", "reason"),
    [
        (["starting"], 0, 0.0, "starting"),
        (["draining"], 0, 0.0, "draining"),
        ([], 2, 0.0, "full"),
        ([], 0, 251.0, "overloaded"),
    ],
)
async def test_a_refusal_has_a_reason_and_is_counted(
    reasons: list[str], streams: int, lag_ms: float, reason: str
) -> None:
    desk = await reception(reasons=reasons, lag_ms=lag_ms)
    assert desk.refusal(streams)
    assert refusals(desk, reason) == 1
