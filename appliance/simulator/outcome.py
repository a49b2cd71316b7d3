"""A run and everything that is to be said about it."""

from dataclasses import dataclass

from appliance.simulator.conversation import Run
from appliance.simulator.expectations import Verdict, judge
from appliance.simulator.properties import broken
from appliance.simulator.report import Report


@dataclass(frozen=True, slots=True)
class Outcome:
    """The measures of a run, whether each expectation held, and which of the properties of every call did not."""

    report: Report
    verdicts: tuple[Verdict, ...]
    broken: tuple[str, ...]

    @classmethod
    def of(cls, run: Run) -> "Outcome":
        """The outcome of `run`."""
        report = Report(run)
        return cls(report, judge(report), broken(report))

    @property
    def good(self) -> bool:
        """Everything was as expected."""
        return not self.broken and all(verdict.problem is None for verdict in self.verdicts)

    @property
    def problems(self) -> tuple[str, ...]:
        """A line for everything that was not."""
        failed = (f"{v.expected.written}: {v.problem}" for v in self.verdicts if v.problem is not None)
        return (*failed, *self.broken)
