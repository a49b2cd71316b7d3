"""Which waiting segments go through the network together, and in which order. Pure: no thread, no clock.

Segments can share one encode and one generate when their features are equally long and `<|startoftranscript|>` is at
the same place of their prompts (`Shape`). Finals go before partials: a caller waits for those.
"""

import math
from collections import deque
from dataclasses import dataclass
from enum import IntEnum
from itertools import count
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Urgency(IntEnum):
    """What a segment is for, the most urgent first."""

    FINAL = 0
    PARTIAL = 1


@dataclass(frozen=True, slots=True)
class Shape:
    """What is equal among segments that share a pass: mel frames (10 ms), tokens before `<|startoftranscript|>`."""

    frames: int
    context_tokens: int = 0


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[Item]):
    ticket: int
    shape: Shape
    item: Item


class BatchQueue(Generic[Item]):
    """First come, first served within an urgency; whoever is next takes along those of the same shape.

    At most `largest` items go together. Finals share no pass with partials: they would wait for the partials' words.
    """

    def __init__(self, largest: int) -> None:
        if largest < 1:
            raise ValueError("a batch holds at least one item")
        self._largest = largest
        self._tickets = count(1)
        self._queues: dict[Urgency, deque[_Waiting[Item]]] = {urgency: deque() for urgency in Urgency}

    def __len__(self) -> int:
        return sum(map(len, self._queues.values()))

    def waiting(self, urgency: Urgency) -> int:
        """How many items of that urgency wait."""
        return len(self._queues[urgency])

    def put(self, item: Item, urgency: Urgency, shape: Shape) -> int:
        """Queue an item; the ticket to withdraw it with."""
        ticket = next(self._tickets)
        self._queues[urgency].append(_Waiting(ticket, shape, item))
        return ticket

    def withdraw(self, ticket: int) -> bool:
        """Drop an item that still waits; False when it does not."""
        for queue in self._queues.values():
            for waiting in queue:
                if waiting.ticket == ticket:
                    queue.remove(waiting)
                    return True
        return False

    def next(self) -> Urgency | None:
        """The urgency of the next batch; None when nothing waits."""
        return next((urgency for urgency, queue in self._queues.items() if queue), None)

    def take(self, takers: int = 1) -> tuple[Item, ...]:
        """The next batch, no longer waiting; empty when nothing waits.

        With several `takers`, this one included, it is a fair share of what could go together: the others take theirs.
        """
        urgency = self.next()
        if urgency is None:
            return ()
        queue = self._queues[urgency]
        alike = [waiting for waiting in queue if waiting.shape == queue[0].shape]
        together = alike[: min(self._largest, math.ceil(len(alike) / takers))]
        self._keep(queue, {waiting.ticket for waiting in together})
        return tuple(waiting.item for waiting in together)

    def clear(self) -> tuple[Item, ...]:
        """Drop everything; what was dropped."""
        dropped = tuple(waiting.item for queue in self._queues.values() for waiting in queue)
        for queue in self._queues.values():
            queue.clear()
        return dropped

    @staticmethod
    def _keep(queue: "deque[_Waiting[Item]]", taken: set[int]) -> None:
        kept = [waiting for waiting in queue if waiting.ticket not in taken]
        queue.clear()
        queue.extend(kept)
