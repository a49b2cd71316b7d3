"""Language models that say what they are told to, and what they were asked."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models.errors import EngineError
from models.llm import LanguagePiece, Message, TextPiece, ToolCallPiece, ToolSchema


def failure() -> EngineError:
    return EngineError("the model has failed", "none")


def words(text: str) -> list[LanguagePiece]:
    """A text as tokens, spaces in front."""
    first, *rest = text.split(" ")
    return [TextPiece(first), *(TextPiece(f" {word}") for word in rest)]


def call(name: str, /, **arguments: Any) -> ToolCallPiece:
    return ToolCallPiece(name, arguments, f"id-{name}")


Round = Iterable[LanguagePiece | Exception | float] | Exception
"""Pieces, a pause in seconds, or a failure at that point."""


@dataclass
class ToldModel:
    """Gives the next of `rounds` for every request; the last one again and again."""

    rounds: list[Round]
    available: bool = True
    asked: list[list[Message]] = field(default_factory=list)
    tools: list[tuple[ToolSchema, ...]] = field(default_factory=list)
    closed: int = 0
    prefilled: list[list[Message]] = field(default_factory=list)

    def prefill(self, messages: Sequence[Message], tools: Sequence[ToolSchema] = ()) -> None:
        self.prefilled.append(list(messages))

    async def reply(
        self, messages: Sequence[Message], tools: Sequence[ToolSchema] = ()
    ) -> AsyncGenerator[LanguagePiece, None]:
        self.asked.append(list(messages))
        self.tools.append(tuple(tools))
        pieces = self.rounds.pop(0) if len(self.rounds) > 1 else self.rounds[0]
        try:
            for piece in [pieces] if isinstance(pieces, Exception) else pieces:
                if isinstance(piece, Exception):
                    raise piece
                if isinstance(piece, float):
                    await asyncio.sleep(piece)
                else:
                    yield piece
        except GeneratorExit:
            self.closed += 1
            raise

    async def warm_up(self) -> None:
        pass

    def close(self) -> None:
        pass


@dataclass
class ToldTools:
    """Every tool gives what `results` says for it, or raises it."""

    results: dict[str, Mapping[str, Any] | Exception] = field(default_factory=dict)
    called: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    before: Callable[[str], None] = lambda name: None

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        self.before(name)
        self.called.append((name, arguments))
        result = self.results.get(name, {})
        if isinstance(result, Exception):
            raise result
        return result
