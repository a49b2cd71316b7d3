"""What sound of the caller over the agent means, from its words and their language, its length, and what is asked.

Words alone do not tell: "yes" over "We are open until six" says go on, over "Shall I book that?" it is the answer.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from appliance.turn.facts import Expectation, Language
from appliance.turn.lexicon import LEXICONS
from appliance.turn.lexicon.lexicon import Phrase
from appliance.turn.settings import InterruptionSettings
from appliance.turn.tokens import words

_MOST_PHRASES: Final = 3
_LONGEST_PHRASE_WORDS: Final = 4
# A sign of listening takes 0.2-0.7 s; drawn out, and with a pause before the next, up to this. Sound that goes on for
# longer had more words than were understood.
_LONGEST_MS: Final = 700
_LONGEST_PHRASE_MS: Final = 800


class Meaning(StrEnum):
    """What it means: nothing, "go on", the answer to what is being asked, or that the caller wants to speak."""

    NOISE = "noise"
    BACKCHANNEL = "backchannel"
    ANSWER = "answer"
    SPEECH = "speech"


@dataclass(frozen=True, slots=True)
class Overlap:
    """Sound of the caller over the agent.

    `text`: the words, all of them if `complete`, else those so far. `duration_ms`: from the first sound to the last.
    `asked`: what the agent's words ask for, `agent_remaining_ms` how much of them was to come when the caller began
    (None: not known).
    """

    text: str
    language: Language
    duration_ms: int
    complete: bool = True
    asked: Expectation = Expectation.OPEN
    agent_remaining_ms: int | None = None


def meaning_of(overlap: Overlap, settings: InterruptionSettings) -> Meaning:
    """The meaning of `overlap`, as far as its words go."""
    spoken = words(overlap.text)
    if not spoken:
        return Meaning.NOISE
    signals = LEXICONS[overlap.language].signals
    phrases = _phrases(spoken, signals.assents | signals.listening, complete=overlap.complete)
    if phrases is None or overlap.duration_ms > _LONGEST_MS + _LONGEST_PHRASE_MS * len(phrases):
        return Meaning.SPEECH
    if len([p for place, p in enumerate(phrases) if p not in phrases[:place]]) > _MOST_PHRASES:
        return Meaning.SPEECH
    agrees = any(phrase in signals.assents for phrase in phrases)
    return Meaning.ANSWER if agrees and over_a_question(overlap, settings) else Meaning.BACKCHANNEL


def over_a_question(overlap: Overlap, settings: InterruptionSettings) -> bool:
    """Whether the agent was asking for a yes or a no when the caller began: questions come last."""
    remaining = overlap.agent_remaining_ms
    asks = overlap.asked is Expectation.YES_NO
    return asks and remaining is not None and remaining <= settings.answer_near_end_ms


def _phrases(spoken: Phrase, known: frozenset[Phrase], *, complete: bool) -> tuple[Phrase, ...] | None:
    """`spoken` as a row of known phrases, the last perhaps begun only unless `complete`; None when it is none."""
    if not spoken:
        return ()
    for length in range(min(len(spoken), _LONGEST_PHRASE_WORDS), 0, -1):
        if spoken[:length] in known:
            rest = _phrases(spoken[length:], known, complete=complete)
            if rest is not None:
                return (spoken[:length], *rest)
    begun = not complete and any(phrase[: len(spoken)] == spoken for phrase in known)
    return (spoken,) if begun else None
