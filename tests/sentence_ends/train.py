"""Learns how a language's sentences end, and writes what the appliance knows of it.

    python -m tests.sentence_ends.train --language es --below /tmp/texts

`texts.py` says where the texts come from. Every place after a word of a sentence is an example, the last one of a
sentence that ends. One pass of logistic regression with AdaGrad (Duchi, Hazan and Singer 2011) over what was read
often; a tenth of the sentences stand behind the one before them, as in a transcript without punctuation. Prints the AUC
of ends against other places in sentences that were kept aside. The same texts give the same file.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.word_patterns import file_of, patterns_of, places_of
from tests.sentence_ends.texts import Sentence, sentences

READ_OFTEN: Final = 8
LEARNING_RATE: Final = 0.03
BIAS_RATE: Final = 0.02
EXAMPLES_AT_ONCE: Final = 256
FOLLOWING: Final = 0.1
MOST_KEPT_ASIDE: Final = 4000
FIRST_BIAS: Final = -2.3
FINEST: Final = 127


@dataclass(frozen=True, slots=True)
class Examples:
    """A row of patterns for each place after a word, and whether the sentence ends there."""

    patterns: NDArray[np.uint32]
    ends: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Model:
    """What `models.word_patterns.WordPatterns` reads: the weight of each pattern, ascending; the share of ends."""

    patterns: NDArray[np.uint32]
    weights: NDArray[np.float64]
    bias: float
    usual: float

    def scores(self, patterns: NDArray[np.uint32]) -> NDArray[np.float64]:
        """Log-odds of rows of patterns."""
        padded = np.append(self.weights, 0.0)
        scores: NDArray[np.float64] = padded[places_of(patterns, self.patterns)].sum(axis=1) + self.bias
        return scores

    def write(self, file: Path) -> None:
        """Weights in 8 bits."""
        step = float(np.abs(self.weights).max()) / FINEST
        weights = np.rint(self.weights / step).astype(np.int8)
        np.savez_compressed(file, patterns=self.patterns, weights=weights, step=step, bias=self.bias, usual=self.usual)


def examples_of(read: Sequence[Sentence], following: float, choose: np.random.Generator) -> Examples:
    """The places in sentences, of which a share is `following` the one before."""
    rows: list[list[int]] = []
    ends: list[bool] = []
    before: tuple[str, ...] = ()
    for sentence in read:
        words = (*before, *sentence.words) if choose.random() < following else sentence.words
        first = len(words) - len(sentence.words) + 1
        for count in range(first, len(words) + sentence.ends):
            rows.append(patterns_of(words[:count]))
            ends.append(count == len(words))
        before = sentence.words
    return Examples(np.array(rows, np.uint32), np.array(ends))


def learnt(examples: Examples, order: NDArray[np.intp]) -> Model:
    """One pass over the examples in an order."""
    known, counts = np.unique(examples.patterns, return_counts=True)
    known = known[counts >= READ_OFTEN]
    places = places_of(examples.patterns, known)
    weights = np.zeros(known.size + 1)
    squares = np.full(known.size + 1, 1e-8)
    bias = FIRST_BIAS
    for begin in range(0, order.size, EXAMPLES_AT_ONCE):
        chosen = order[begin : begin + EXAMPLES_AT_ONCE]
        rows = places[chosen]
        errors = (1 / (1 + np.exp(-weights[rows].sum(axis=1) - bias)) - examples.ends[chosen]) / chosen.size
        touched, which = np.unique(rows, return_inverse=True)
        slopes = np.bincount(which.ravel(), np.repeat(errors, rows.shape[1]))
        squares[touched] += slopes**2
        weights[touched] -= LEARNING_RATE * slopes / np.sqrt(squares[touched])
        weights[-1] = 0.0
        bias -= BIAS_RATE * float(errors.sum())
    return Model(known, weights[:-1], bias, float(examples.ends.mean()))


def area_under_curve(scores: NDArray[np.float64], ends: NDArray[np.bool_]) -> float:
    """How often an end scores higher than another place."""
    others = np.sort(scores[~ends])
    below = np.searchsorted(others, scores[ends], "left") + np.searchsorted(others, scores[ends], "right")
    return float(below.mean()) / 2 / others.size


def main() -> None:
    """Learn and write."""
    parser = argparse.ArgumentParser(description="Learn how a language's sentences end.")
    parser.add_argument("--language", required=True, help="ISO 639-1, as the games' translations are named")
    parser.add_argument("--below", type=Path, required=True, help="where the packages of the games are unpacked")
    parser.add_argument("--file", type=Path, help="instead of the appliance's own")
    arguments = parser.parse_args()
    read = sentences(arguments.below, arguments.language)
    if not read:
        parser.error(f"no translations into {arguments.language} below {arguments.below}: unpack the games there")
    choose = np.random.default_rng(1)
    mixed = [read[number] for number in choose.permutation(len(read))]
    kept_aside = min(MOST_KEPT_ASIDE, len(mixed) // 10)
    aside = examples_of(mixed[:kept_aside], 0.0, choose)
    examples = examples_of(mixed[kept_aside:], FOLLOWING, choose)
    model = learnt(examples, choose.permutation(len(examples.ends)))
    model.write(arguments.file or file_of(arguments.language))
    area = area_under_curve(model.scores(aside.patterns), aside.ends)
    words = sum(len(sentence.words) for sentence in mixed)
    print(f"{len(mixed)} sentences of {words} words, {model.patterns.size} patterns")
    print(f"AUC of ends in {kept_aside} sentences kept aside: {area:.3f}")


if __name__ == "__main__":
    main()
