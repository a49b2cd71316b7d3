"""The sweep as a picture (SVG): cut-ins against latency, ours beside silence alone and the model alone."""

import math
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from appliance.tuning.sweep import Point, Sweep, pareto

_WIDTH: Final = 1200
_HEIGHT: Final = 560
_TOP: Final = 104
_BOTTOM: Final = 64
_LEFT: Final = 78
_GAP: Final = 76
_RIGHT: Final = 32
_PANEL: Final = (_WIDTH - _LEFT - _GAP - _RIGHT) / 2
_LATENCY_TICKS_MS: Final = (50, 100, 200, 250, 500, 1000)
_TICKS_AT_MOST: Final = 9

_INK: Final = "#3d4450"
_FAINT: Final = "#8b929d"
_GRID: Final = "#e9ebee"
_OURS: Final = "#4a78a6"
_SILENCE: Final = "#8b929d"
_MODEL: Final = "#c98a1b"
_PRESENT: Final = "#bf4f45"
_ADVISED: Final = "#5d9077"


def draw_sweep(sweep: Sweep, advised: Point | None, title: str) -> str:
    """The SVG, 1200 x 560: p50 on the left, p95 on the right."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="DejaVu Sans, Helvetica, Arial, sans-serif" font-size="12" '
        f'fill="{_INK}">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="28" font-size="17" font-weight="600">{escape(title)}</text>',
        *_legend(advised is not None),
        *_Panel(sweep, advised, 50, _LEFT).draw(),
        *_Panel(sweep, advised, 95, _LEFT + _PANEL + _GAP).draw(),
    ]
    return "\n".join([*parts, "</svg>\n"])


def _legend(with_advice: bool) -> Iterator[str]:  # noqa: FBT001 (private, one use)
    entries = [("ours", _OURS), ("silence only", _SILENCE), ("model only", _MODEL), ("present settings", _PRESENT)]
    if with_advice:
        entries.append(("recommended", _ADVISED))
    x = float(_LEFT)
    for text, colour in entries:
        yield f'<circle cx="{x + 5:.0f}" cy="52" r="5" fill="{colour}"/>'
        yield f'<text x="{x + 16:.0f}" y="56" fill="{_FAINT}">{text}</text>'
        x += 46 + 6.5 * len(text)


class _Panel:
    """Cut-in rate (up) against one percentile of the latency (right)."""

    def __init__(self, sweep: Sweep, advised: Point | None, percentile: int, left: float) -> None:
        self._sweep = sweep
        self._advised = advised
        self._percentile = percentile
        self._left = left
        self._fronts = {
            _SILENCE: pareto(sweep.silence, percentile),
            _MODEL: pareto(sweep.model, percentile),
            _OURS: pareto(sweep.ours, percentile),
        }
        shown = [*(point for front in self._fronts.values() for point in front), sweep.present]
        self._latest = max(200.0, *(self._latency(point) for point in shown)) * 1.04
        self._most = max(0.05, *(point.outcome.cut_in_rate for point in shown)) * 1.05

    def draw(self) -> Iterator[str]:
        """Grid first, marks last."""
        yield from self._grid()
        for colour, front in self._fronts.items():
            yield from self._curve(front, colour)
        yield self._mark(self._sweep.present, _PRESENT, 6)
        if self._advised is not None:
            yield self._mark(self._advised, _ADVISED, 6)

    def _latency(self, point: Point) -> int:
        return point.p50_ms if self._percentile == 50 else point.p95_ms

    def _x(self, ms: float) -> float:
        return round(self._left + _PANEL * max(0.0, ms) / self._latest, 1)

    def _y(self, rate: float) -> float:
        return round(_HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * rate / self._most, 1)

    def _grid(self) -> Iterator[str]:
        bottom, right = _HEIGHT - _BOTTOM, self._left + _PANEL
        yield (
            f'<text x="{self._left:.0f}" y="{_TOP - 14}" font-weight="600">pauses answered into, against '
            f"p{self._percentile} of the response latency</text>"
        )
        ticks = (step for step in _LATENCY_TICKS_MS if self._latest / step <= _TICKS_AT_MOST)
        step = next(ticks, _LATENCY_TICKS_MS[-1])
        for tick in range(math.floor(self._latest / step) + 1):
            x = self._x(tick * step)
            yield f'<path d="M{x} {_TOP}V{bottom}" stroke="{_GRID}"/>'
            yield f'<text x="{x}" y="{bottom + 18}" text-anchor="middle" fill="{_FAINT}">{tick * step}</text>'
        yield f'<text x="{right:.0f}" y="{bottom + 38}" text-anchor="end" fill="{_FAINT}">ms after the true end</text>'
        share = next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if self._most / s <= _TICKS_AT_MOST or s == 0.5)
        for tick in range(math.floor(self._most / share) + 1):
            y = self._y(tick * share)
            yield f'<path d="M{self._left:.0f} {y}H{right:.0f}" stroke="{_GRID}"/>'
            label = f"{100 * tick * share:.0f} %"
            yield f'<text x="{self._left - 8:.0f}" y="{y + 4}" text-anchor="end" fill="{_FAINT}">{label}</text>'
        yield f'<path d="M{self._left:.0f} {bottom}H{right:.0f}" stroke="{_FAINT}"/>'

    def _curve(self, front: Sequence[Point], colour: str) -> Iterator[str]:
        if not front:
            return
        corners = [(self._x(self._latency(p)), self._y(p.outcome.cut_in_rate)) for p in front]
        path = "L".join(f"{x} {y}" for x, y in corners)
        yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        yield from (f'<circle cx="{x}" cy="{y}" r="2.5" fill="{colour}"/>' for x, y in corners)

    def _mark(self, point: Point, colour: str, radius: int) -> str:
        x, y = self._x(self._latency(point)), self._y(point.outcome.cut_in_rate)
        return f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{colour}" stroke="#ffffff" stroke-width="1.5"/>'
