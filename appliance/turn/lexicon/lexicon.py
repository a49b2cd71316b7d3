"""What the words of a language say about a turn: one `Lexicon` a language, in the modules beside this one.

Patterns are searched in the words of a transcript (`appliance.turn.tokens.words`) joined by single spaces.
"""

import re
from dataclasses import dataclass

from appliance.turn.tokens import one_spelling, words

Phrase = tuple[str, ...]

NEVER = re.compile(r"(?!)")
"""A pattern that nothing matches."""


@dataclass(frozen=True, slots=True)
class Endings:
    """Last words, and what they say about what follows.

    After a word of `trailing` more must come ("and", "with", "the"), except in `ends_after_all` ("can you repeat
    that"). `goes_on`: people stop here too, but mostly go on ("I'd like to schedule"). `concluded` and `questions`: the
    words could well be all, by their last words (a courtesy, a time of day) or their first.

    A clause that begins with one of `before_nouns` or `subjects` ("your", "another"), perhaps after `before_clauses`
    ("well"), and has none of `finite_verbs` and no word with one of `verb_endings`, only names something yet; so does
    one of `pronouns` alone. One of `subordinators` begins another clause. Where verbs cannot be told by a list these
    are empty.

    Words that begin with `conditions` ("when you", "as soon as") wait for a main clause, but for `whole_conditions`
    ("if you don't mind"). `clause_openers` begin one ("we", "please"); a verb after one of `infinitive_marks` ("to")
    does not. What begins with `dependent` words ("because") is often not all, however whole its last words are.
    """

    trailing: frozenset[str]
    ends_after_all: re.Pattern[str]
    goes_on: re.Pattern[str]
    concluded: re.Pattern[str]
    questions: re.Pattern[str]
    before_nouns: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()
    pronouns: frozenset[str] = frozenset()
    before_clauses: frozenset[str] = frozenset()
    subordinators: frozenset[str] = frozenset()
    finite_verbs: frozenset[str] = frozenset()
    verb_endings: tuple[str, ...] = ()
    conditions: re.Pattern[str] = NEVER
    whole_conditions: re.Pattern[str] = NEVER
    clause_openers: frozenset[str] = frozenset()
    infinitive_marks: frozenset[str] = frozenset()
    dependent: re.Pattern[str] = NEVER


@dataclass(frozen=True, slots=True)
class Signals:
    """Words that steer the conversation rather than say something.

    `hesitations` fill a pause. `assents` show that somebody listens, and are a yes to a question; `listening` only
    shows it ("oh", "I see"). `complete_answers` and `short_answer` are whole answers to a yes-or-no question, or
    farewells. `stalls` ask for time ("hold on"). After `openings` alone ("hello") callers mostly say what they want.
    """

    hesitations: frozenset[str]
    openings: frozenset[Phrase]
    assents: frozenset[Phrase]
    listening: frozenset[Phrase]
    complete_answers: frozenset[Phrase]
    short_answer: re.Pattern[str]
    stalls: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Values:
    """How numbers, names and dates are said.

    `digits` are the words for one digit each, and `repeats` those that announce more of the next ("double").
    `name_opening` comes before a name. A date is whole with a `year` after its `month`, or a `time` after its `day`.
    `number_or_date`: some part of either, or what announces one ("it's the", "my number is").
    """

    digits: frozenset[str]
    repeats: frozenset[str]
    name_opening: re.Pattern[str]
    month: re.Pattern[str]
    year: re.Pattern[str]
    day: re.Pattern[str]
    time: re.Pattern[str]
    number_or_date: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """One language."""

    endings: Endings
    signals: Signals
    values: Values


def word_set(text: str) -> frozenset[str]:
    """The words of `text`, as they appear in a transcript."""
    return frozenset(words(text))


def phrase_set(*lines: str) -> frozenset[Phrase]:
    """Phrases separated by semicolons, as they appear in a transcript."""
    return frozenset(words(phrase) for line in lines for phrase in line.split(";") if words(phrase))


def pattern(*alternatives: str) -> re.Pattern[str]:
    """Any of `alternatives`, in the spelling of a transcript's words."""
    return re.compile("|".join(f"(?:{one_spelling(alternative)})" for alternative in alternatives))
