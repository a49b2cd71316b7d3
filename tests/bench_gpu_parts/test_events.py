import pytest

from tests.bench_gpu.events import Clock, SharedGpu


def test_happenings_come_in_order_and_planned_order_breaks_ties() -> None:
    clock, seen = Clock(), list[str]()
    clock.after(2.0, lambda: seen.append("late"))
    clock.after(1.0, lambda: seen.append("first"))
    clock.after(1.0, lambda: seen.append("second"))
    clock.run_until(1.5)
    assert (seen, clock.now_ms) == (["first", "second"], 1.5)
    clock.run_until(5.0)
    assert seen[-1] == "late"


def finish_times(slowed: float, jobs: dict[str, tuple[float, float]]) -> tuple[dict[str, float], SharedGpu]:
    clock, finished = Clock(), dict[str, float]()
    gpu = SharedGpu(clock, slowed)

    def start(engine: str, work_ms: float) -> None:
        gpu.start(engine, work_ms, lambda: finished.__setitem__(engine, clock.now_ms))

    for engine, (begins_ms, work_ms) in jobs.items():
        clock.after(begins_ms, lambda engine=engine, work_ms=work_ms: start(engine, work_ms))  # type: ignore[misc]
    clock.run_until(1000.0)
    return finished, gpu


def test_an_engine_alone_takes_its_own_time() -> None:
    finished, gpu = finish_times(2.0, {"a": (5.0, 10.0)})
    assert finished == {"a": 15.0}
    assert gpu.busy_ms == pytest.approx(10.0)


def test_two_engines_halve_the_gpu_while_both_work() -> None:
    finished, gpu = finish_times(2.0, {"a": (0.0, 10.0), "b": (5.0, 10.0)})
    # a has 5 left when b comes and takes 10 for it; b has then 5 left, alone.
    assert finished == {"a": pytest.approx(15.0), "b": pytest.approx(20.0)}
    assert gpu.busy_ms == pytest.approx(20.0)


def test_engines_that_do_not_disturb_each_other_take_their_own_time() -> None:
    finished, _ = finish_times(1.0, {"a": (0.0, 10.0), "b": (5.0, 10.0)})
    assert finished == {"a": pytest.approx(10.0), "b": pytest.approx(15.0)}


def test_jobs_that_end_together_both_end() -> None:
    finished, _ = finish_times(2.0, {"a": (0.0, 10.0), "b": (0.0, 10.0), "c": (0.0, 10.0)})
    assert finished == {engine: pytest.approx(30.0) for engine in "abc"}
