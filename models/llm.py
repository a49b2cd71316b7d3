"""Language models: a conversation in, a stream of text and tool calls out."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True)
class ToolSchema:
    """A tool as the model is told of it; `parameters` is a JSON schema as `models.json_schema` knows them."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TextPiece:
    """The next piece of the reply's text (a token or more; spaces included)."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallPiece:
    """The model asks for a tool. `arguments` is None when it wrote something that is not a JSON object.

    `id` names the call, so that its result can be matched with it.
    """

    name: str
    arguments: Mapping[str, Any] | None
    id: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of the conversation as the model sees it.

    `tool_calls` are what an assistant's message asked for; `tool_call_id` names the call that a tool's message answers.
    """

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    tool_calls: tuple[ToolCallPiece, ...] = ()
    tool_call_id: str = ""


LanguagePiece = TextPiece | ToolCallPiece


class LanguageModel(Protocol):
    """One model, shared by all calls."""

    @property
    def available(self) -> bool:
        """Whether a reply can be expected now: False after a failure, until the model is known to answer again."""
        ...

    def reply(self, messages: Sequence[Message], tools: Sequence[ToolSchema] = ()) -> AsyncIterator[LanguagePiece]:
        """Stream a reply to the conversation. Closing the iterator aborts the generation at once.

        Raises `models.errors.EngineError` when the model fails.
        """
        ...

    def prefill(self, messages: Sequence[Message], tools: Sequence[ToolSchema] = ()) -> None:
        """A conversation that may soon be replied to, or one that begins like it: read it ahead of time.

        A hint: returns at once, and a model that is busy, down or has no use for it lets it be.
        """
        ...

    async def warm_up(self) -> None:
        """Do everything that the first real use would otherwise wait for. Called once, before calls are taken."""
        ...

    def close(self) -> None:
        """Stop the engine's threads and connections; queued work is dropped, and later use raises `EngineError`."""
        ...
