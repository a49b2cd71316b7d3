"""Many ways of endpointing on the same turns, and which of them are worth having."""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from appliance.tuning.measure import Outcome, Policy, Prepared, measure, model_only, ours, silence_only
from appliance.turn.facts import Language
from appliance.turn.settings import EndpointingSettings
from models.sentence_ends import SentenceEnds

GRID: Final[Mapping[str, tuple[float, ...]]] = {
    "confident_score": (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95),
    "unsure_wait_ms": (250, 400, 550, 700, 850, 1000),
    "doubt_wait_ms": (0, 250, 400, 550, 700, 850),
    "unfinished_extra_ms": (0, 450, 900),
}
"""The settings swept and their values; all others stay as configured. The present value of each is added."""

SILENCES_MS: Final = (*range(200, 1300, 50), 1500, 2000)
THRESHOLDS: Final = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.84, 0.86, 0.88, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99)
FALLBACKS_MS: Final = (*range(200, 1050, 50), 1100, 1200, 1300, 1400, 1500, 2000, 3000)
"""Below the threshold, model-only endpointing waits for this much silence."""


@dataclass(frozen=True, slots=True)
class Point:
    """One setting and its outcome. `settings` by name, as a configuration file would have them."""

    settings: Mapping[str, float]
    outcome: Outcome

    @property
    def p50_ms(self) -> int:
        """Median response latency."""
        return self.outcome.latency_ms(0.5)

    @property
    def p95_ms(self) -> int:
        """95th percentile of the response latency."""
        return self.outcome.latency_ms(0.95)

    @property
    def mean_ms(self) -> float:
        """Mean of the response latency."""
        return self.outcome.mean_ms


@dataclass(frozen=True, slots=True)
class Sweep:
    """The present settings, and every point tried of ours, of silence alone and of the model alone."""

    present: Point
    ours: tuple[Point, ...]
    silence: tuple[Point, ...]
    model: tuple[Point, ...]


def sweep(
    turns: Sequence[Prepared],
    present: EndpointingSettings,
    ready_ms: int,
    language: Language = Language.ENGLISH,
    sentence_ends: SentenceEnds | None = None,
) -> Sweep:
    """Try every combination of `GRID`, every silence, every threshold with every fallback."""

    def point(settings: Mapping[str, float], policy: Policy) -> Point:
        return Point(settings, measure(turns, policy, ready_ms))

    names = tuple(GRID)
    values = [sorted({*GRID[name], getattr(present, name)}) for name in names]
    combinations = [dict(zip(names, chosen, strict=True)) for chosen in itertools.product(*values)]
    sensible = [c for c in combinations if c["doubt_wait_ms"] <= c["unsure_wait_ms"]]
    return Sweep(
        point({name: getattr(present, name) for name in names}, ours(present, language, sentence_ends)),
        tuple(point(c, ours(_with(present, c), language, sentence_ends)) for c in sensible),
        tuple(point({"silence_ms": ms}, silence_only(ms)) for ms in SILENCES_MS),
        tuple(
            point({"threshold": threshold, "fallback_ms": ms}, model_only(threshold, ms))
            for threshold in THRESHOLDS
            for ms in FALLBACKS_MS
        ),
    )


def _with(present: EndpointingSettings, chosen: Mapping[str, float]) -> EndpointingSettings:
    whole = {name: value if name == "confident_score" else round(value) for name, value in chosen.items()}
    return replace(present, **whole)  # type: ignore[arg-type]


def pareto(points: Iterable[Point], percentile: int) -> tuple[Point, ...]:
    """Those that no other beats in both cut-in rate and the `percentile` (50 or 95), by rising latency."""
    front: list[Point] = []

    def latency(point: Point) -> int:
        return point.p50_ms if percentile == 50 else point.p95_ms

    for point in sorted(points, key=lambda p: (latency(p), p.outcome.cut_in_rate)):
        if not front or point.outcome.cut_in_rate < front[-1].outcome.cut_in_rate:
            front.append(point)
    return tuple(front)


def no_later(points: Iterable[Point], than: Point) -> Mapping[str, Point | None]:
    """The fewest cut-ins of points that are no later than `than`: at p50, at p95, at both, and on average."""
    tried = tuple(points)
    ways: Mapping[str, Callable[[Point], bool]] = {
        "p50": lambda point: point.p50_ms <= than.p50_ms,
        "p95": lambda point: point.p95_ms <= than.p95_ms,
        "p50 and p95": lambda point: point.p50_ms <= than.p50_ms and point.p95_ms <= than.p95_ms,
        "mean": lambda point: point.mean_ms <= than.mean_ms,
    }
    return {
        way: min(filter(within, tried), key=lambda p: (p.outcome.cut_in_rate, p.mean_ms), default=None)
        for way, within in ways.items()
    }


def recommend(points: Iterable[Point], budget: float) -> Point | None:
    """Within `budget` (0..1), the least of p50 + p95; among equals the fewest cut-ins; None if none is within."""
    within = [point for point in points if point.outcome.cut_in_rate <= budget]
    return min(within, key=lambda p: (p.p50_ms + p.p95_ms, p.outcome.cut_in_rate, p.outcome.mean_ms), default=None)
