"""The threads for all calls: batches what waits, finals first; what is no longer wanted is never decoded."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from models.errors import EngineError
from models.whisper.batching import Urgency
from models.whisper.decode_threads import DecodeThreads
from models.whisper.measurements import Measurements
from models.whisper.segment import Hypothesis, Segment
from tests.models.whisper.hypotheses import ScriptedRecogniser, hypothesis, segment


def named(of: Segment) -> Hypothesis:
    return hypothesis(f"number {of.features[0, 0]:.0f}")


@pytest.fixture
def network() -> ScriptedRecogniser:
    return ScriptedRecogniser(named)


@pytest.fixture
def threads(network: ScriptedRecogniser) -> Iterator[DecodeThreads]:
    threads = DecodeThreads(network, 3, Measurements())
    yield threads
    network.go.set()
    threads.close()


async def begin(threads: DecodeThreads, network: ScriptedRecogniser) -> "asyncio.Task[Hypothesis]":
    """A pass that runs until `go` is set; its segment has the mark -1."""
    network.go.clear()
    network.began.clear()
    first = asyncio.create_task(threads.decode(segment(mark=-1)))
    await asyncio.to_thread(network.began.wait, 10)
    return first


def queue(threads: DecodeThreads, *segments: Segment) -> "list[asyncio.Task[Hypothesis]]":
    return [asyncio.create_task(threads.decode(each)) for each in segments]


async def test_what_waits_goes_together_and_each_gets_its_own(
    threads: DecodeThreads, network: ScriptedRecogniser
) -> None:
    first = await begin(threads, network)
    waiting = queue(threads, *(segment(mark=mark) for mark in range(5)))
    await asyncio.sleep(0)
    network.go.set()
    texts = [(await each).text for each in [first, *waiting]]
    assert texts == ["number -1", *(f"number {mark}" for mark in range(5))]
    assert network.batches == [[-1], [0, 1, 2], [3, 4]]


async def test_finals_go_before_partials_that_came_earlier(threads: DecodeThreads, network: ScriptedRecogniser) -> None:
    await begin(threads, network)
    waiting = queue(
        threads,
        segment(urgency=Urgency.PARTIAL, mark=1),
        segment(frames=200, mark=2),
        segment(urgency=Urgency.PARTIAL, mark=3),
        segment(frames=200, mark=4),
    )
    await asyncio.sleep(0)
    network.go.set()
    await asyncio.gather(*waiting)
    assert network.batches == [[-1], [2, 4], [1, 3]]


async def test_a_call_that_ends_drops_what_it_had_queued(threads: DecodeThreads, network: ScriptedRecogniser) -> None:
    first = await begin(threads, network)
    gone, kept = queue(threads, segment(mark=1), segment(mark=2))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    network.go.set()
    await asyncio.gather(first, kept)
    assert network.batches == [[-1], [2]]


async def test_a_call_that_ends_during_its_pass_harms_nobody(
    threads: DecodeThreads, network: ScriptedRecogniser
) -> None:
    first = await begin(threads, network)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    waiting = queue(threads, segment(mark=1))
    network.go.set()
    assert (await waiting[0]).text == "number 1"


async def test_a_call_that_joins_or_leaves_costs_the_others_no_further_pass(
    threads: DecodeThreads, network: ScriptedRecogniser
) -> None:
    """Whoever waits is in the next pass but one at the latest, whatever joins behind it."""
    await begin(threads, network)
    mine = queue(threads, segment(mark=7))[0]
    others = queue(threads, *(segment(frames=200 + 100 * mark, mark=mark) for mark in range(3)))
    await asyncio.sleep(0)
    others[0].cancel()
    await asyncio.sleep(0)
    network.go.set()
    await mine
    assert network.batches[:2] == [[-1], [7]]


async def test_the_loop_goes_on_during_a_pass(threads: DecodeThreads, network: ScriptedRecogniser) -> None:
    first = await begin(threads, network)
    for _ in range(100):
        await asyncio.sleep(0)
    assert not first.done()
    network.go.set()
    await first


async def test_a_network_that_fails_fails_those_in_the_pass_alone(network: ScriptedRecogniser) -> None:
    def answer(of: Segment) -> Hypothesis:
        if of.features[0, 0] == 1:
            raise RuntimeError("out of memory")
        return named(of)

    network.answer = answer
    threads = DecodeThreads(network, 3, Measurements())
    with pytest.raises(EngineError, match=r"failed \(RuntimeError\)"):
        await threads.decode(segment(mark=1))
    assert (await threads.decode(segment(mark=2))).text == "number 2"
    threads.close()


async def test_closing_fails_what_waits_and_what_comes(threads: DecodeThreads, network: ScriptedRecogniser) -> None:
    first = await begin(threads, network)
    waiting = queue(threads, segment(mark=1))[0]
    await asyncio.sleep(0)
    threads.close()
    with pytest.raises(EngineError, match="closed"):
        await waiting
    with pytest.raises(EngineError, match="closed"):
        await threads.decode(segment())
    network.go.set()
    assert (await first).text == "number -1", "the pass that runs is finished"


@pytest.fixture
def held(network: ScriptedRecogniser) -> Iterator[threading.Event]:
    """Segments with negative marks stay in their passes until it is set; others go through."""
    go = threading.Event()

    def answer(of: Segment) -> Hypothesis:
        assert of.features[0, 0] >= 0 or go.wait(10)
        return named(of)

    network.answer = answer
    yield go
    go.set()


async def test_a_final_waits_for_no_partial_where_there_are_two_workers(
    network: ScriptedRecogniser, held: threading.Event
) -> None:
    threads = DecodeThreads(network, 1, Measurements(), workers=2)
    slow, partial = queue(threads, *(segment(urgency=Urgency.PARTIAL, mark=mark) for mark in (-1, 1)))
    await asyncio.to_thread(network.began.wait, 10)
    for mark in range(2, 5):
        assert (await threads.decode(segment(mark=mark))).text == f"number {mark}"
    assert network.batches == [[-1], [2], [3], [4]], "one worker is kept for finals"
    held.set()
    assert [(await each).text for each in (slow, partial)] == ["number -1", "number 1"]
    threads.close()


async def test_finals_have_all_workers(network: ScriptedRecogniser, held: threading.Event) -> None:
    threads = DecodeThreads(network, 1, Measurements(), workers=2)
    (slow,) = queue(threads, segment(mark=-1))
    await asyncio.to_thread(network.began.wait, 10)
    for mark in range(2, 5):
        assert (await threads.decode(segment(mark=mark))).text == f"number {mark}"
    assert not slow.done()
    held.set()
    assert (await slow).text == "number -1"
    threads.close()


async def test_all_workers_together_give_each_its_own(network: ScriptedRecogniser) -> None:
    threads = DecodeThreads(network, 3, Measurements(), workers=3)
    waiting = queue(threads, *(segment(frames=100 + 100 * (mark % 2), mark=mark) for mark in range(40)))
    assert [(await each).text for each in waiting] == [f"number {mark}" for mark in range(40)]
    assert sorted(mark for batch in network.batches for mark in batch) == list(range(40))
    threads.close()
    threads.join()


async def test_it_counts_and_times(network: ScriptedRecogniser) -> None:
    measurements = Measurements()
    threads = DecodeThreads(network, 3, measurements)
    await threads.decode(segment())
    first = await begin(threads, network)
    gone = queue(threads, segment(urgency=Urgency.PARTIAL))[0]
    await asyncio.sleep(0)
    assert figure(measurements, "appliance_whisper_waiting", urgency="partial") == 1
    gone.cancel()
    await asyncio.wait([gone])
    network.go.set()
    await first
    assert figure(measurements, "appliance_whisper_waiting", urgency="partial") == 0
    assert figure(measurements, "appliance_whisper_dropped_total", urgency="partial") == 1
    threads.close()
    threads.join()
    assert figure(measurements, "appliance_whisper_wait_seconds_count", urgency="final") == 2
    assert figure(measurements, "appliance_whisper_batch_segments_sum", urgency="final") == 2
    assert 0 <= threads.load() <= 1


def figure(measurements: Measurements, name: str, **labels: str) -> float:
    samples = [sample for metric in measurements.collect() for sample in metric.samples]
    return next(sample.value for sample in samples if sample.name == name and sample.labels == labels)
