"""Which segments go through the network together, whatever comes in whatever order."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.whisper.batching import BatchQueue, Shape, Urgency


@dataclass(frozen=True)
class Item:
    number: int
    urgency: Urgency
    shape: Shape


ITEMS = st.lists(
    st.tuples(st.sampled_from(Urgency), st.builds(Shape, st.sampled_from([100, 200, 300]), st.sampled_from([0, 7])))
).map(lambda drawn: [Item(number, urgency, shape) for number, (urgency, shape) in enumerate(drawn)])


def filled(items: list[Item], largest: int) -> tuple[BatchQueue[Item], dict[int, int]]:
    queue: BatchQueue[Item] = BatchQueue(largest)
    return queue, {item.number: queue.put(item, item.urgency, item.shape) for item in items}


def emptied(queue: BatchQueue[Item], takers: int = 1) -> list[tuple[Item, ...]]:
    batches = []
    while batch := queue.take(takers):
        batches.append(batch)
    return batches


@given(ITEMS, st.integers(1, 4))
def test_each_item_goes_once_with_its_like(items: list[Item], largest: int) -> None:
    queue, _ = filled(items, largest)
    batches = emptied(queue)
    assert sorted(item.number for batch in batches for item in batch) == [item.number for item in items]
    for batch in batches:
        assert len(batch) <= largest
        assert len({(item.urgency, item.shape) for item in batch}) == 1
    assert not queue


@given(ITEMS, st.integers(1, 4), st.integers(1, 3))
def test_finals_go_first_and_the_oldest_of_them_leads(items: list[Item], largest: int, takers: int) -> None:
    queue, _ = filled(items, largest)
    waiting = list(items)
    for batch in emptied(queue, takers):
        first = min(waiting, key=lambda item: (item.urgency, item.number))
        assert batch[0] == first
        alike = [item for item in waiting if (item.urgency, item.shape) == (first.urgency, first.shape)]
        share = -(-len(alike) // takers)
        assert list(batch) == alike[: min(largest, share)], (
            "the oldest go along, as many as fit, a share for each taker"
        )
        waiting = [item for item in waiting if item not in batch]


@given(ITEMS, st.data())
def test_what_is_withdrawn_never_goes(items: list[Item], data: st.DataObject) -> None:
    queue, tickets = filled(items, 4)
    gone = data.draw(st.sets(st.sampled_from([item.number for item in items]))) if items else set()
    for number in gone:
        assert queue.withdraw(tickets[number])
        assert not queue.withdraw(tickets[number])
    left = {item.number for batch in emptied(queue) for item in batch}
    assert left == {item.number for item in items} - gone


def test_what_has_gone_cannot_be_withdrawn() -> None:
    queue: BatchQueue[str] = BatchQueue(1)
    ticket = queue.put("a", Urgency.FINAL, Shape(100))
    assert queue.take() == ("a",)
    assert not queue.withdraw(ticket)


def test_clearing_gives_back_what_waited() -> None:
    queue: BatchQueue[str] = BatchQueue(2)
    queue.put("partial", Urgency.PARTIAL, Shape(100))
    queue.put("final", Urgency.FINAL, Shape(100))
    assert queue.waiting(Urgency.PARTIAL) == 1
    assert set(queue.clear()) == {"partial", "final"}
    assert queue.take() == ()


def test_a_batch_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        BatchQueue(0)
