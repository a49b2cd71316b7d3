"""How many calls one GPU holds. Pure."""

from collections.abc import Callable, Sequence

from tests.bench_gpu.results import Capacity, Load

MeasureLoad = Callable[[int], Load]


class Loads:
    """What was replayed so far, each number of calls once."""

    def __init__(self, measure: MeasureLoad) -> None:
        self._measure = measure
        self._known: dict[int, Load] = {}

    def at(self, calls: int) -> Load:
        """With so many calls."""
        if calls not in self._known:
            self._known[calls] = self._measure(calls)
        return self._known[calls]

    def all(self) -> tuple[Load, ...]:
        """By the number of calls."""
        return tuple(self._known[calls] for calls in sorted(self._known))


def most_calls(loads: Loads, limit_ms: int, most: int) -> tuple[int, bool]:
    """The most calls with p95 within `limit_ms`, and whether the search ended at `most` without finding the limit.

    Doubles until it is exceeded, then halves the gap: more calls are taken never to be faster.
    """

    def holds(calls: int) -> bool:
        return loads.at(calls).p95_ms <= limit_ms

    good, bad = 0, 1
    while holds(bad):
        good = bad
        if good == most:
            return most, True
        bad = min(2 * bad, most)
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if holds(middle) else (good, middle)
    return good, False


def capacities(loads: Loads, limits_ms: Sequence[int], most: int) -> tuple[Capacity, ...]:
    """For each limit."""
    stack = loads.at(1).stack
    return tuple(Capacity(stack, limit_ms, *most_calls(loads, limit_ms, most)) for limit_ms in limits_ms)
