"""What a run of the benchmarks may be told on its command line."""

from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """Which prompts of human speech: those that settings may be tuned on, the others, or all."""

    TUNE = "tune"
    EVALUATE = "evaluate"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Options:
    """`turns`: sentences of human speech, each with a pause, two thirds also without; of which `part`.

    `scenarios`: how many to draw."""

    turns: int = 27
    part: Part = Part.EVALUATE
    scenarios: int = 10_000
