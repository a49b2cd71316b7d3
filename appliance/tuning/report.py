"""The sweep in words and as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from appliance.tuning.sweep import Point, Sweep, no_later, pareto

_LINES_A_CURVE: Final = 8


@dataclass(frozen=True, slots=True)
class Material:
    """What was measured: turns, pauses that count, how many turns had no audio, and what was assumed."""

    turns: int
    pauses: int
    without_audio: int
    unheard_ends: int
    ready_ms: int
    shortest_ms: int
    longest_ms: int
    budget: float


def as_text(sweep: Sweep, advised: Point | None, material: Material) -> str:
    """What `appliance tune` prints."""
    return "\n".join(_lines(sweep, advised, material))


def _lines(sweep: Sweep, advised: Point | None, material: Material) -> Iterator[str]:
    yield (
        f"{material.turns} turns, {material.pauses} pauses of {material.shortest_ms}-{material.longest_ms} ms; "
        f"the answer is ready {material.ready_ms} ms after the soft end"
    )
    if material.without_audio:
        yield f"{material.without_audio} turns without audio: scores drawn from those of human prompts, 20 times each"
    if material.unheard_ends:
        yield f"{material.unheard_ends} turns whose end the VAD did not hear are in none of the latencies"
    yield ""
    yield f"{'':<34}{'cut-ins':>8}{'p50':>8}{'p95':>8}"
    yield _line("present settings", sweep.present)
    for name, points in (("ours", sweep.ours), ("silence only", sweep.silence), ("model only", sweep.model)):
        yield ""
        yield f"{name}, least cut-ins for each p95"
        for point in _thinned(pareto(points, 95)):
            yield _line("  " + _settings(point.settings), point)
    yield ""
    yield "model only, fewest cut-ins where it is no later than the present settings"
    for way, best in no_later(sweep.model, sweep.present).items():
        yield _line(f"  at {way}: {_settings(best.settings)}", best) if best else f"  at {way}: always later"
    yield ""
    if advised is None:
        yield f"no setting keeps cut-ins within {100 * material.budget:g} %; try a larger --budget"
        return
    yield _line(f"recommended, cut-ins <= {100 * material.budget:g} %", advised)
    yield ""
    yield "[turn.endpointing]"
    yield from (f"{key} = {value:g}" for key, value in advised.settings.items())


def _line(name: str, point: Point) -> str:
    text = f"{100 * point.outcome.cut_in_rate:>6.1f} %{point.p50_ms:>5} ms{point.p95_ms:>5} ms"
    return f"{name:<34}{text}" if len(name) <= 33 else f"{name}\n{'':<34}{text}"


def _settings(settings: Mapping[str, float]) -> str:
    return " ".join(f"{key.removesuffix('_ms')} {value:g}" for key, value in settings.items())


def _thinned(points: Sequence[Point]) -> list[Point]:
    """A few points, the first and the last among them."""
    if len(points) <= _LINES_A_CURVE:
        return list(points)
    step = (len(points) - 1) / (_LINES_A_CURVE - 1)
    return [points[round(step * number)] for number in range(_LINES_A_CURVE)]


def as_json(sweep: Sweep, advised: Point | None, material: Material) -> dict[str, Any]:
    """The same, with every point of the curves."""
    curves = {"ours": sweep.ours, "silence_only": sweep.silence, "model_only": sweep.model}
    return {
        "turns": material.turns,
        "pauses": material.pauses,
        "turns_without_audio": material.without_audio,
        "ends_not_heard": material.unheard_ends,
        "ready_ms": material.ready_ms,
        "budget": material.budget,
        "present": _point(sweep.present),
        "recommended": None if advised is None else _point(advised),
        "model_only_no_later_than_present": {
            way: None if point is None else _point(point) for way, point in no_later(sweep.model, sweep.present).items()
        },
        "curves": {
            name: {f"p{percentile}": [_point(p) for p in pareto(points, percentile)] for percentile in (50, 95)}
            for name, points in curves.items()
        },
    }


def _point(point: Point) -> dict[str, Any]:
    outcome = point.outcome
    return {
        "settings": dict(point.settings),
        "cut_in_rate": round(outcome.cut_in_rate, 4),
        "cut_ins": outcome.cut_ins,
        "cut_ins_in_mid_speech": outcome.cut_in_speech,
        "response_p50_ms": point.p50_ms,
        "response_p95_ms": point.p95_ms,
        "response_mean_ms": round(point.mean_ms),
    }
