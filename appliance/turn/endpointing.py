"""How much silence ends this turn: acoustic score, transcript, the question asked and the caller's own pauses.

The defaults of `EndpointingSettings` come from the sweep in docs/tuning.md.
"""

import math
from enum import Enum, auto

from appliance.turn.facts import Expectation, Language
from appliance.turn.lexicon import LEXICONS, Values
from appliance.turn.settings import EndpointingSettings
from appliance.turn.tokens import words
from appliance.turn.wording import (
    awaits_its_verb,
    ends_courteously,
    is_complete_answer,
    is_dependent,
    is_opening,
    looks_unfinished,
    may_go_on,
    sounds_concluded,
)

_GROUPED = frozenset({Expectation.DIGITS, Expectation.DATE, Expectation.SPELLING})
_FREE = frozenset({Expectation.OPEN, Expectation.YES_NO})
# A score of 1 would have no odds.
_SUREST = 0.998
_OWN_PAUSES_LOOKED_AT = 8
_PAUSES_OF_A_HESITANT_CALLER = 2
# National telephone numbers have ten digits or more in most countries; shorter values may be going on.
_DIGITS_OF_A_WHOLE_NUMBER = 10
_WORDS_OF_A_WHOLE_NAME = 2


def silence_that_ends_the_turn(
    score: float | None,
    text: str,
    expectation: Expectation,
    own_pauses: tuple[int, ...],
    settings: EndpointingSettings,
    language: Language = Language.ENGLISH,
    *,
    end_probability: float | None = None,
    sentence_end: float | None = None,
) -> int:
    """Milliseconds of silence after the caller's last sound at which the turn is over.

    `score` is the end-of-turn model's probability (None: it failed or is not there yet). `end_probability`: how likely
    it is that nothing follows these words, where speech-to-text knows what callers say here. `sentence_end`: how often
    a sentence ends after the last of them in general (0..1; None: not known). `own_pauses` are the caller's pauses so
    far, in ms, after which the turn went on.
    """
    doubtful = score is not None and score <= settings.doubtful_score
    score = _in_the_light_of_the_words(score, sentence_end, text, expectation, settings, language)
    shape = _shape_of(text, expectation, language)
    wait = _acoustic_wait(score, own_pauses, settings, doubted=shape in {_Shape.GOES_ON, _Shape.NAMES})
    if shape is _Shape.UNFINISHED or (shape is _Shape.GOES_ON and wait):
        wait += settings.unfinished_extra_ms
    else:
        wait += settings.naming_extra_ms if shape is _Shape.NAMES and wait else 0
        wait = _shortened(wait, score, text, expectation, settings, language)
        wait = min(wait, _known_wait(end_probability, settings))
        if doubtful and wait >= settings.doubt_wait_ms:
            wait = max(wait, settings.doubtful_wait_ms)
    wait = max(wait, _asked_wait(text, expectation, settings, LEXICONS[language].values))
    if expectation is Expectation.OPEN and is_opening(text, language):
        wait = max(wait, settings.opening_wait_ms)
    wait = max(wait, _learned_wait(wait, own_pauses, settings))
    grouped = expectation in _GROUPED
    return min(wait, settings.longest_digits_wait_ms if grouped else settings.longest_wait_ms)


def _in_the_light_of_the_words(
    score: float | None,
    sentence_end: float | None,
    text: str,
    expectation: Expectation,
    settings: EndpointingSettings,
    language: Language,
) -> float | None:
    """The score that the words make more or less likely; as it is where a value was asked for.

    A yes or no is all that it can be, and a courtesy or a time of day takes nothing from the score: "at half past nine"
    ends few sentences, and many a turn. Nor is the last of "because last night" its end, often as a sentence ends so.
    """
    if score is None or sentence_end is None or expectation not in _FREE or is_complete_answer(text, language):
        return score
    gain = math.pow(sentence_end / settings.usual_sentence_end, settings.words_weight)
    gain = min(gain, 1.0 if is_dependent(text, language) else settings.most_gained_by_words)
    if gain < 1 and ends_courteously(text, language):
        return score
    odds = gain * min(score, _SUREST) / (1 - min(score, _SUREST))
    return odds / (1 + odds) if gain < 1 else max(score, odds / (1 + odds))


class _Shape(Enum):
    """What the words say about more to come. `NAMES`: they name something and do not say yet what about it."""

    UNFINISHED = auto()
    GOES_ON = auto()
    NAMES = auto()
    OTHER = auto()


def _shape_of(text: str, expectation: Expectation, language: Language) -> _Shape:
    # The last letter of a spelling may be "a".
    if expectation is Expectation.SPELLING:
        return _Shape.OTHER
    if looks_unfinished(text, language):
        return _Shape.UNFINISHED
    if may_go_on(text, language):
        return _Shape.GOES_ON
    names = expectation is Expectation.OPEN and awaits_its_verb(text, language)
    return _Shape.NAMES if names else _Shape.OTHER


def _shortened(
    wait: int,
    score: float | None,
    text: str,
    expectation: Expectation,
    settings: EndpointingSettings,
    language: Language,
) -> int:
    """The wait after words that may well be all.

    A value that was asked for and is whole needs no score. Other words need one that agrees: people pause after whole
    sentences too, and a transcript may hold words that were not said.
    """
    if _is_whole(text, expectation, LEXICONS[language].values):
        return min(wait, settings.concluded_wait_ms)
    if is_complete_answer(text, language):
        agrees = score is not None and score >= settings.complete_answer_score
        if expectation is Expectation.YES_NO:
            return min(wait, settings.complete_answer_wait_ms if agrees else settings.doubted_answer_wait_ms)
        return min(wait, settings.concluded_wait_ms) if agrees else wait
    agrees = score is not None and score >= settings.concluded_score
    return min(wait, settings.concluded_wait_ms) if agrees and sounds_concluded(text, language) else wait


def _known_wait(end_probability: float | None, settings: EndpointingSettings) -> int:
    """The longest wait after words that speech-to-text knows to end what callers say here, whatever the score."""
    if end_probability is None or end_probability < settings.possible_end:
        return settings.longest_wait_ms
    return settings.concluded_wait_ms if end_probability >= settings.likely_end else settings.doubted_answer_wait_ms


def _acoustic_wait(
    score: float | None, own_pauses: tuple[int, ...], settings: EndpointingSettings, *, doubted: bool
) -> int:
    """Nothing from the confident score up; just below it `doubt_wait_ms`, rising to `unsure_wait_ms` at 0.

    Words that are `doubted`, and a caller who has paused for long in mid-turn before, need a higher score. The step is
    what the score is worth: pauses and ends overlap so widely that a short wait after a middling score hardly saves
    anybody from being cut off, and callers pause for 400 ms and more.
    """
    if score is None:
        return settings.unscored_wait_ms
    long_pauses = sum(pause >= settings.long_pause_ms for pause in own_pauses[-_OWN_PAUSES_LOOKED_AT:])
    hesitant = long_pauses >= _PAUSES_OF_A_HESITANT_CALLER
    if score >= (settings.hesitant_confident_score if hesitant or doubted else settings.confident_score):
        return 0
    doubt = max(0.0, 1 - score / settings.confident_score)
    return round(settings.doubt_wait_ms + (settings.unsure_wait_ms - settings.doubt_wait_ms) * doubt)


def _asked_wait(text: str, expectation: Expectation, settings: EndpointingSettings, values: Values) -> int:
    """What the question asks for whatever the score: each group of a number ends like a sentence.

    Words in which no number or date has begun answer something else, and are taken for themselves.
    """
    if _is_whole(text, expectation, values) or not _has_begun(text, expectation, values):
        return 0
    match expectation:
        case Expectation.DIGITS | Expectation.SPELLING:
            return settings.digits_wait_ms
        case Expectation.DATE:
            return settings.date_wait_ms
        case Expectation.NAME:
            return settings.name_wait_ms
        case _:
            return 0


def _has_begun(text: str, expectation: Expectation, values: Values) -> bool:
    if expectation in {Expectation.DIGITS, Expectation.DATE}:
        return values.number_or_date.search(" ".join(words(text))) is not None
    return True


def _is_whole(text: str, expectation: Expectation, values: Values) -> bool:
    """Whether `text` holds all of the value that was asked for; nobody can tell of a spelling."""
    spoken = words(text)
    match expectation:
        case Expectation.DIGITS:
            return _is_whole_number(spoken, values)
        case Expectation.DATE:
            return _is_whole_date(" ".join(spoken), values)
        case Expectation.NAME:
            return len(values.name_opening.sub("", " ".join(spoken)).split()) >= _WORDS_OF_A_WHOLE_NAME
        case _:
            return False


def _is_whole_number(spoken: tuple[str, ...], values: Values) -> bool:
    ones = values.digits | values.repeats
    count = sum(1 if word in ones else sum(c.isdigit() for c in word) for word in spoken)
    return count >= _DIGITS_OF_A_WHOLE_NUMBER


def _is_whole_date(text: str, values: Values) -> bool:
    """A month with a year after it, or a day with a time of day after it."""
    month, day = values.month.search(text), values.day.search(text)
    return bool((month and values.year.search(text, month.end())) or (day and values.time.search(text, day.end())))


def _learned_wait(wait: int, own_pauses: tuple[int, ...], settings: EndpointingSettings) -> int:
    """A little more than this caller's typical pause inside a turn; nothing until two pauses are known.

    It lengthens a wait that is there anyway, by `own_pause_extra_ms` at most: one long search for words does not make
    a slow speaker.
    """
    recent = sorted(own_pauses[-_OWN_PAUSES_LOOKED_AT:])
    if wait == 0 or len(recent) < 2:
        return 0
    return min(recent[len(recent) // 2] + settings.own_pause_margin_ms, wait + settings.own_pause_extra_ms)
