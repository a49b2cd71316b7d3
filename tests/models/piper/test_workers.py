"""Piper's threads serve first whoever would fall silent first, and lose nothing to those who leave."""

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest

from models.errors import EngineError
from models.piper.workers import Workers


@pytest.fixture
def one_thread() -> Iterator[Workers]:
    workers = Workers(1)
    yield workers
    workers.close()


class Occupied:
    """A job that keeps the only thread until it is let go."""

    def __init__(self, workers: Workers) -> None:
        self._begun = threading.Event()
        self._let_go = threading.Event()
        self.task = asyncio.create_task(workers.run(0.0, self._job))

    def _job(self) -> None:
        self._begun.set()
        self._let_go.wait(30)

    async def begun(self) -> None:
        await asyncio.to_thread(self._begun.wait, 30)

    async def let_go(self) -> None:
        self._let_go.set()
        await self.task


def noting(notes: list[str], note: str) -> Callable[[], None]:
    return lambda: notes.append(note)


async def waiting(workers: Workers, deadline: float, job: Callable[[], None]) -> "asyncio.Task[None]":
    task = asyncio.create_task(workers.run(deadline, job))
    await asyncio.sleep(0)
    return task


async def test_the_earliest_deadline_goes_first(one_thread: Workers) -> None:
    order: list[str] = []
    occupied = Occupied(one_thread)
    await occupied.begun()
    tasks = [
        await waiting(one_thread, deadline, noting(order, name))
        for deadline, name in ((9.0, "last"), (3.0, "second"), (1.0, "first"), (3.0, "third"))
    ]
    await occupied.let_go()
    await asyncio.gather(*tasks)
    assert order == ["first", "second", "third", "last"]


async def test_who_is_cancelled_while_waiting_is_never_served(one_thread: Workers) -> None:
    done: list[str] = []
    occupied = Occupied(one_thread)
    await occupied.begun()
    leaving = await waiting(one_thread, 1.0, noting(done, "left"))
    staying = await waiting(one_thread, 2.0, noting(done, "stayed"))
    leaving.cancel()
    await occupied.let_go()
    await staying
    assert done == ["stayed"]
    assert leaving.cancelled()


async def test_who_is_cancelled_at_work_keeps_the_thread_until_the_end_of_it(one_thread: Workers) -> None:
    done: list[str] = []
    occupied = Occupied(one_thread)
    await occupied.begun()
    after = await waiting(one_thread, 1.0, noting(done, "after"))
    occupied.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await occupied.task
    assert not done
    occupied._let_go.set()
    await after
    assert done == ["after"]


async def test_a_job_that_fails_frees_its_thread(one_thread: Workers) -> None:
    def fail() -> None:
        raise ValueError("no sound")

    with pytest.raises(ValueError, match="no sound"):
        await one_thread.run(0.0, fail)
    assert await one_thread.run(0.0, lambda: 7) == 7


async def test_closing_refuses_who_waits_and_who_comes() -> None:
    workers = Workers(1)
    occupied = Occupied(workers)
    await occupied.begun()
    queued = await waiting(workers, 1.0, lambda: None)
    workers.close()
    with pytest.raises(EngineError, match="closed"):
        await queued
    with pytest.raises(EngineError, match="closed"):
        await workers.run(0.0, lambda: None)
    await occupied.let_go()
    workers.close()
