"""A conversation as a language model is given it: whole while it is short, its older turns summed up when it is not.

What comes first never changes from one turn to the next, so that the server finds it in its prefix cache; when the
budget is exceeded, turns are summed up down to half of it, so that this happens seldom.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from appliance.dialogue.expectations import expectation_of
from appliance.dialogue.history import Entry, History
from appliance.dialogue.reply import Expectation
from appliance.dialogue.words import keys_pressed, tokens
from models.llm import Message, ToolCallPiece

_CUT: Final = "—"
_REMEMBERED_TURNS: Final = 6
_REMEMBERED_WORDS: Final = 12
_REMEMBERED_QUESTION_WORDS: Final = 25
_REMEMBERED_VALUES: Final = 8
_REMEMBERED_DECISIONS: Final = 3
_ESTABLISHED: Final = ("name", "birth_date", "callback", "doctor", "department")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A tool that was used: what was asked, what it gave. `changed` when the clinic's books are different for it."""

    call: ToolCallPiece
    result: Mapping[str, Any]
    changed: bool = False

    @property
    def messages(self) -> tuple[Message, Message]:
        """The question and its answer."""
        answer = json.dumps(self.result, default=str, ensure_ascii=False)
        return Message("assistant", "", (self.call,)), Message("tool", answer, tool_call_id=self.call.id)


Exchanges = Mapping[int, Sequence[Exchange]]
"""The tools used in each turn."""
Languages = Mapping[int, str]
"""The language of each turn that is in another than the clinic's, by its English name."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """What a caller said and everything up to what they said next; before the first turn, the greeting."""

    entries: tuple[Entry, ...]
    exchanges: tuple[Exchange, ...]
    language: str | None

    def messages(self) -> Iterable[Message]:
        for entry in self.entries:
            if entry.speaker == "agent":
                yield Message("assistant", entry.text + (_CUT if entry.cut else ""))
                continue
            note = f"[in {self.language}] " if self.language else ""
            yield Message("user", note + spoken_or_keyed(entry.text))
            for exchange in self.exchanges:
                yield from exchange.messages


def estimated_tokens(text: str) -> int:
    """More than a tokeniser makes of `text`: three characters a token, where English has about four and a half."""
    return len(text) // 3 + 1


def spoken_or_keyed(text: str) -> str:
    """A turn's text with the keys that were pressed set apart."""
    keys = keys_pressed(tokens(text))
    return f"[keys pressed: {keys}]" if keys else text


def conversation(
    history: History, exchanges: Exchanges, languages: Languages, opening: str, budget: int
) -> list[Message]:
    """The messages after the system prompt. `opening` is a note that precedes the greeting.

    User and assistant take turns, the user first, as many chat templates demand.
    """
    turns = _turns(history, exchanges, languages)
    first = _first_kept(turns, budget)
    kept_turns = {entry.turn for turn in turns[first:] for entry in turn.entries}
    past = [exchange for turn in sorted(exchanges) if turn not in kept_turns for exchange in exchanges[turn]]
    note = f"[{opening}{_summary(turns[:first], past)}]"
    kept = [message for turn in turns[first:] for message in turn.messages()]
    return _merged([Message("user", note), *kept])


def established(exchanges: Iterable[Exchange]) -> Mapping[str, str]:
    """What the caller's identity and choice are, from the tools that were used with success; the latest holds."""
    facts: dict[str, str] = {}
    for exchange in exchanges:
        if "error" not in exchange.result and exchange.call.arguments:
            facts |= {key: str(exchange.call.arguments[key]) for key in _ESTABLISHED if key in exchange.call.arguments}
    return facts


def _turns(history: History, exchanges: Exchanges, languages: Languages) -> list[_Turn]:
    groups: list[list[Entry]] = [[]]
    for entry in history.entries:
        if entry.speaker == "caller":
            groups.append([])
        groups[-1].append(entry)
    numbered = [(group[0].turn, tuple(group)) for group in groups if group]
    return [_Turn(group, tuple(exchanges.get(turn, ())), languages.get(turn)) for turn, group in numbered]


def _first_kept(turns: Sequence[_Turn], budget: int) -> int:
    """The same for every turn until the budget is exceeded again: it depends on what came before alone."""
    sizes = [sum(map(_size, turn.messages())) for turn in turns]
    first = total = 0
    for last, size in enumerate(sizes):
        total += size
        if total > budget:
            while total > budget // 2 and first < last:
                total -= sizes[first]
                first += 1
    return first


def _size(message: Message) -> int:
    calls = sum(estimated_tokens(json.dumps(call.arguments)) for call in message.tool_calls)
    return estimated_tokens(message.content) + calls


def _summary(turns: Sequence[_Turn], exchanges: Sequence[Exchange]) -> str:
    """The caller's own words, shortened, their answers, and everything that the tools established."""
    facts = [f"{key} {value}" for key, value in established(exchanges).items()]
    done = [
        f"{exchange.call.name} {json.dumps(exchange.result, default=str)}" for exchange in exchanges if exchange.changed
    ]
    said = [" ".join(e.text.split()[:_REMEMBERED_WORDS]) for t in turns for e in t.entries if e.speaker == "caller"]
    parts = [" Earlier in this call the caller said: " + " / ".join(said[-_REMEMBERED_TURNS:]) + "."] if said else []
    if answers := _answers(turns):
        parts.append(f" Asked and answered: {'; '.join(answers)}.")
    if facts:
        parts.append(f" Confirmed: {', '.join(facts)}.")
    if done:
        parts.append(f" Done: {'; '.join(done)}.")
    return "".join(parts)


def _answers(turns: Sequence[_Turn]) -> list[str]:
    """What the caller gave when asked for a name, a date or digits, and their latest decisions, with the questions.

    Before a tool has been used this is all that is known of who they are and what they chose.
    """
    values: dict[str, str] = {}
    decisions: dict[str, str] = {}
    asked = ""
    for entry in (entry for turn in turns for entry in turn.entries):
        if entry.speaker == "agent":
            asked = entry.text
            continue
        expects = expectation_of(asked)
        if expects is not Expectation.OPEN:
            question = " ".join(asked.split()[-_REMEMBERED_QUESTION_WORDS:])
            answer = " ".join(spoken_or_keyed(entry.text).split()[:_REMEMBERED_WORDS])
            kept = decisions if expects is Expectation.YES_NO else values
            kept.pop(question, None)
            kept[question] = f'"{question}" "{answer}"'
    return [*list(values.values())[-_REMEMBERED_VALUES:], *list(decisions.values())[-_REMEMBERED_DECISIONS:]]


def _merged(messages: Iterable[Message]) -> list[Message]:
    """Neighbours of one role as one message; tool calls and results stay apart."""
    merged: list[Message] = []
    for (role, plain), group in groupby(messages, lambda m: (m.role, m.role != "tool" and not m.tool_calls)):
        neighbours = list(group)
        if plain:
            merged.append(Message(role, "\n".join(message.content for message in neighbours)))
        else:
            merged += neighbours
    return merged
