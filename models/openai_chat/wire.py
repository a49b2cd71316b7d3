"""Requests as JSON, and the chunks of an answer as pieces."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models.llm import LanguagePiece, Message, TextPiece, ToolCallPiece, ToolSchema


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one reply, as the server counts them; `cached` are those of the prompt that its prefix cache held."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0


def message_out(message: Message) -> dict[str, Any]:
    """A message as the API wants it."""
    out: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        out["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                # Chat templates parse this text, so what was no JSON object must not go back as it came.
                "function": {"name": call.name, "arguments": json.dumps(call.arguments or {})},
            }
            for call in message.tool_calls
        ]
    if message.role == "tool":
        out["tool_call_id"] = message.tool_call_id
    return out


def tools_out(tools: Sequence[ToolSchema]) -> list[dict[str, Any]]:
    """The tools as the API wants them."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.parameters,
                "strict": True,
            },
        }
        for tool in tools
    ]


class ChunkError(Exception):
    """A chunk that cannot be understood."""


class ErrorChunk(Exception):  # noqa: N818 - never leaves the package
    """A chunk with which the server says that it has failed after it began to answer."""


@dataclass(slots=True)
class _Call:
    id: str = ""
    name: str = ""
    arguments: str = ""

    def piece(self, number: int) -> ToolCallPiece:
        try:
            arguments = json.loads(self.arguments or "{}")
        except ValueError:
            arguments = None
        return ToolCallPiece(self.name, arguments if isinstance(arguments, dict) else None, self.id or f"call-{number}")


@dataclass(slots=True)
class ChunkReader:
    """The chunks of one answer, in order. `begun`: the first token was there; `finished`: all of it was."""

    begun: bool = False
    finished: bool = False
    usage: Usage = Usage()
    _calls: list[_Call] = field(default_factory=list)
    _at: dict[int, _Call] = field(default_factory=dict)

    def read(self, data: str) -> TextPiece | None:
        """The text in a chunk, if any. Raises `ChunkError`, `ErrorChunk`."""
        try:
            return self._read(json.loads(data))
        except (ValueError, TypeError, KeyError, AttributeError, IndexError):
            raise ChunkError from None

    def tool_calls(self) -> Iterator[LanguagePiece]:
        """The tools that were asked for, once `finished`."""
        for number, call in enumerate(self._calls, 1):
            yield call.piece(number)

    def _read(self, chunk: Mapping[str, Any]) -> TextPiece | None:
        if chunk.get("error"):
            raise ErrorChunk
        if chunk.get("usage"):
            self.usage = _usage(chunk["usage"])
        if not chunk["choices"]:
            return None
        choice = chunk["choices"][0]
        delta = choice.get("delta") or {}
        for fragment in delta.get("tool_calls") or ():
            self._add(fragment)
        if choice.get("finish_reason"):
            self.finished = True
        text = delta.get("content")
        self.begun = self.begun or bool(text or self._calls)
        return TextPiece(str(text)) if text else None

    def _add(self, fragment: Mapping[str, Any]) -> None:
        """A fragment continues the call at its index, unless it brings another id: some servers number all calls 0."""
        index, name = int(fragment.get("index") or 0), str(fragment.get("id") or "")
        call = self._at.get(index)
        if call is None or (name and call.id and name != call.id):
            call = self._at[index] = _Call()
            self._calls.append(call)
        call.id = call.id or name
        function = fragment.get("function") or {}
        call.name = call.name or str(function.get("name") or "")
        arguments = function.get("arguments")
        call.arguments += json.dumps(arguments) if isinstance(arguments, dict) else str(arguments or "")


def _usage(usage: Mapping[str, Any]) -> Usage:
    details = usage.get("prompt_tokens_details") or {}
    return Usage(
        int(usage.get("prompt_tokens") or 0),
        int(details.get("cached_tokens") or 0),
        int(usage.get("completion_tokens") or 0),
    )
