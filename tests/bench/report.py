"""What a section of the benchmarks found: figures with their targets, tables, and how they were measured. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. `limit` is the target it must not exceed, in the same unit; None: there is no target.

    `value` is None for what could not be measured. `of` says from how many measurements it is.
    """

    name: str
    value: float | None
    unit: str
    limit: float | None = None
    of: int | None = None
    digits: int = 0

    @property
    def verdict(self) -> str:
        """Whether the target is met, in a word or two."""
        if self.value is None:
            return "not measured"
        if self.limit is None:
            return "no target set"
        # As it is shown, so that no row says that 350 is more than 350.
        return "met" if round(self.value, self.digits) <= self.limit else "**missed**"


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows of text."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A section's outcome. `how` says how it was measured, `remarks` what a reader of the figures must know."""

    how: str
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...] = ()
    remarks: tuple[str, ...] = ()


def percentile(values: Sequence[float], q: float) -> float | None:
    """The `q`-th percentile (0..100, linear interpolation); None of nothing."""
    return float(np.percentile(values, q)) if values else None


def p50_and_p95(
    name: str, values: Sequence[float], limits: tuple[float, float] | None = None, unit: str = "ms"
) -> tuple[Figure, Figure]:
    """Both percentiles of `values` as figures; `limits` are their targets."""
    p50_limit, p95_limit = limits or (None, None)
    return (
        Figure(f"{name}, p50", percentile(values, 50), unit, p50_limit, len(values)),
        Figure(f"{name}, p95", percentile(values, 95), unit, p95_limit, len(values)),
    )


def share(name: str, part: int, whole: int, limit: float | None = None) -> Figure:
    """`part` of `whole` in percent."""
    return Figure(name, 100 * part / whole if whole else None, "%", limit, whole)


def number(value: float | None, digits: int = 0) -> str:
    """A number for a table; a dash for what is not there."""
    return "–" if value is None else f"{value:.{digits}f}"


def as_markdown(report: Report) -> str:
    """The report as Markdown, without a heading."""
    return "\n".join(_markdown(report))


def _markdown(report: Report) -> Iterator[str]:
    yield report.how
    if report.figures:
        yield ""
        yield from _table(("figure", "value", "target", "", "from"), [_row(figure) for figure in report.figures])
    for table in report.tables:
        yield ""
        yield f"{table.title}:"
        yield ""
        yield from _table(table.columns, table.rows)
    for remark in report.remarks:
        yield ""
        yield remark


def _row(figure: Figure) -> tuple[str, ...]:
    target = "–" if figure.limit is None else f"≤ {figure.limit:g} {figure.unit}"
    value = "–" if figure.value is None else f"{number(figure.value, figure.digits)} {figure.unit}"
    return figure.name, value, target, figure.verdict, "" if figure.of is None else f"n = {figure.of}"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(columns) + " |"
    yield "|" + "---|" * len(columns)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
