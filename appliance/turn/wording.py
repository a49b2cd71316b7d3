"""What the shape of a transcript says about the turn, by the lexicon of its language."""

import re
from itertools import dropwhile, pairwise

from appliance.turn.facts import Language
from appliance.turn.lexicon import LEXICONS
from appliance.turn.lexicon.lexicon import Endings
from appliance.turn.tokens import words


def looks_unfinished(text: str, language: Language = Language.ENGLISH) -> bool:
    """Whether more must follow: a trailing "and", an article, a preposition, a hesitation."""
    endings = LEXICONS[language].endings
    spoken = words(text)
    if not spoken or spoken[-1] not in endings.trailing:
        return False
    return not is_complete_answer(text, language) and endings.ends_after_all.search(" ".join(spoken)) is None


def may_go_on(text: str, language: Language = Language.ENGLISH) -> bool:
    """Whether more is likely, though people stop there too: "I'd like to schedule", "my name is"."""
    begun = _found(LEXICONS[language].endings.goes_on, text) or awaits_its_main_clause(text, language)
    return begun and not is_complete_answer(text, language)


def awaits_its_verb(text: str, language: Language = Language.ENGLISH) -> bool:
    """Whether the last clause has its subject and nothing else ("your temporary greeting", "because the doctor"), or
    nothing at all ("hello").

    A subject may be all that there is to say ("the earlier one"); "please" or another courtesy at its end says so.
    """
    endings = LEXICONS[language].endings
    spoken = words(text)
    clause = _last_clause(spoken, endings)
    if sounds_concluded(text, language) or is_complete_answer(text, language):
        return False
    if len(clause) <= 1 and (not clause or clause[0] in endings.pronouns):
        return bool(spoken)
    if clause[0] not in endings.before_nouns | endings.subjects:
        return False
    may_be_verbs = (word for before, word in pairwise(clause) if before not in endings.before_nouns)
    return not any(_is_finite(word, endings) for word in may_be_verbs)


def awaits_its_main_clause(text: str, language: Language = Language.ENGLISH) -> bool:
    """Whether the words are a condition or a time and nothing yet about it: "if you really want to", "when I came in".

    A second clause has begun with one more verb than there are subordinate clauses, or with a word that may begin one
    and is not the subject of one of those. Requests are made of conditions too ("if you could call me back").
    """
    endings = LEXICONS[language].endings
    spoken = words(text)
    said = " ".join(spoken)
    condition = endings.conditions.search(said)
    if condition is None or endings.whole_conditions.search(said) is not None or ends_courteously(text, language):
        return False
    of_condition = len(condition[0].split())
    subordinate = max(1, sum(word in endings.subordinators for word in spoken))
    verbs = sum(_is_verb_of_its_own(before, word, endings) for before, word in pairwise(spoken))
    pairs = list(pairwise(spoken))[of_condition:]
    goes_on = any(word in endings.clause_openers and before not in endings.subordinators for before, word in pairs)
    return 1 <= verbs <= subordinate and not goes_on


def _is_verb_of_its_own(before: str, word: str, endings: Endings) -> bool:
    """Not a noun ("the change"), an infinitive ("to change") or the second of two that belong together ("can come")."""
    if before in endings.before_nouns | endings.infinitive_marks or _is_finite(before, endings):
        return False
    return _is_finite(word, endings)


def _is_finite(word: str, endings: Endings) -> bool:
    return word in endings.finite_verbs or word.endswith(endings.verb_endings)


def _last_clause(spoken: tuple[str, ...], endings: Endings) -> tuple[str, ...]:
    """The words after the last subordinator, without greetings and the like before them."""
    begins = max((place + 1 for place, word in enumerate(spoken) if word in endings.subordinators), default=0)
    return tuple(dropwhile(lambda word: word in endings.before_clauses, spoken[begins:]))


def sounds_concluded(text: str, language: Language = Language.ENGLISH) -> bool:
    """Whether the words could well be all: a question, or words that end with courtesy or a time of day."""
    return ends_courteously(text, language) or _found(LEXICONS[language].endings.questions, text)


def ends_courteously(text: str, language: Language = Language.ENGLISH) -> bool:
    """Whether the last words are a courtesy or a time of day, after which turns mostly end."""
    return _found(LEXICONS[language].endings.concluded, text)


def is_dependent(text: str, language: Language = Language.ENGLISH) -> bool:
    """Whether the words begin like a clause that mostly depends on another ("porque ayer por la noche")."""
    return _found(LEXICONS[language].endings.dependent, text)


def is_opening(text: str, language: Language = Language.ENGLISH) -> bool:
    """Whether `text` is a greeting or the like and nothing else."""
    return words(text) in LEXICONS[language].signals.openings


def is_complete_answer(text: str, language: Language = Language.ENGLISH) -> bool:
    """Whether `text` alone is a whole answer to a yes-or-no question, or a farewell."""
    signals = LEXICONS[language].signals
    spoken = tuple(word for word in words(text) if word not in signals.hesitations)
    return spoken in signals.complete_answers or signals.short_answer.search(" ".join(spoken)) is not None


def asks_to_wait(text: str, language: Language = Language.ENGLISH) -> bool:
    """Whether the caller asks for time ("hold on", "one moment")."""
    return _found(LEXICONS[language].signals.stalls, text)


def _found(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.search(" ".join(words(text))) is not None
