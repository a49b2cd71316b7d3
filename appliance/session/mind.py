"""What a session is given to think and speak with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from appliance.clinic.tool import Tool
from appliance.dialogue.prompts import Prompts
from appliance.dialogue.reply import Afterwards, Dialogue, HangUpAfter, TransferAfter
from appliance.turn.facts import Prompt
from models.sentence_ends import SentenceEnds


@dataclass(frozen=True, slots=True)
class PromptWords:
    """Fixed words, and what follows them."""

    text: str
    afterwards: Afterwards = None


@dataclass(frozen=True, slots=True)
class FixedWords:
    """In one language: the words for each prompt, and those that bridge the wait for a tool, by its name."""

    words: Mapping[Prompt, PromptWords]
    fillers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Mind:
    """One call's dialogue, the words for each prompt, the tools, and the matcher that finds an emergency in a text.

    `others` are the words for callers who speak another language than the clinic's (ISO 639-1); `sentence_ends` tells,
    by language too, how often a sentence ends after some words.
    """

    dialogue: Dialogue
    words: Mapping[Prompt, PromptWords]
    tools: Sequence[Tool]
    emergency_in: Callable[[str], str | None]
    others: Mapping[str, FixedWords] = field(default_factory=dict)
    sentence_ends: Mapping[str, SentenceEnds] = field(default_factory=dict)


def words_for(prompts: Prompts, greeting: str, operator_target: str) -> Mapping[Prompt, PromptWords]:
    """The words of every prompt."""
    return {
        Prompt.GREETING: PromptWords(greeting),
        Prompt.IDLE: PromptWords(prompts.idle_first),
        Prompt.IDLE_AGAIN: PromptWords(prompts.idle_second),
        Prompt.IDLE_GOODBYE: PromptWords(prompts.idle_goodbye, HangUpAfter()),
        Prompt.NOT_HEARD: PromptWords(prompts.say_again),
        Prompt.FILLER: PromptWords(prompts.filler),
        Prompt.TOOL_FILLER: PromptWords(prompts.filler),
        Prompt.APOLOGY: PromptWords(prompts.apology),
        Prompt.TROUBLE: PromptWords(prompts.trouble_transfer, TransferAfter(operator_target, "operator")),
        Prompt.TRANSFER_FAILED: PromptWords(prompts.transfer_failed),
        Prompt.CLOSING: PromptWords(prompts.closing, HangUpAfter()),
    }


def words_in_others(prompts: Mapping[str, Prompts], operator_target: str) -> Mapping[str, FixedWords]:
    """`Mind.others` of prompts by language."""
    return {
        language: FixedWords(words_for(spoken, spoken.greeting, operator_target), spoken.fillers)
        for language, spoken in prompts.items()
    }
