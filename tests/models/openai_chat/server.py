"""A language model's server in the test process: real HTTP over TCP or a Unix socket, answers from a script."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Wait:
    """Send nothing for so long."""

    seconds: float


@dataclass(frozen=True)
class Drop:
    """Close the connection here."""


@dataclass(frozen=True)
class Answer:
    """What is sent: text parts as events, bytes as they are."""

    parts: Sequence[str | bytes | Wait | Drop]
    status: int = 200


Script = Callable[[dict[str, Any]], Answer]


def chunk(delta: dict[str, Any], finish: str | None = None) -> str:
    return json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}, ensure_ascii=False)


def says(*texts: str, usage: tuple[int, int, int] | None = None, finish: str = "stop") -> Answer:
    """A whole reply, a token a text."""
    parts: list[str] = [chunk({"role": "assistant", "content": ""}), *(chunk({"content": text}) for text in texts)]
    parts.append(chunk({}, finish))
    if usage is not None:
        prompt, cached, completion = usage
        counts = {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "prompt_tokens_details": {"cached_tokens": cached},
        }
        parts.append(json.dumps({"choices": [], "usage": counts}))
    return Answer([*parts, "[DONE]"])


def calls(*tools: tuple[str, str], fragment: int = 7, text: str = "") -> Answer:
    """Tool calls (name, arguments as text), the arguments in fragments, as vLLM streams them."""
    parts = [chunk({"content": text})] if text else []
    for index, (name, arguments) in enumerate(tools):
        head = {"index": index, "id": f"id-{name}-{index}", "type": "function", "function": {"name": name}}
        parts.append(chunk({"tool_calls": [head]}))
        for start in range(0, len(arguments), fragment):
            piece = {"index": index, "function": {"arguments": arguments[start : start + fragment]}}
            parts.append(chunk({"tool_calls": [piece]}))
    return Answer([*parts, chunk({}, "tool_calls"), "[DONE]"])


@dataclass
class Server:
    """What it was asked (probes apart), and what became of its connections."""

    script: Script
    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    probes: int = 0
    short_requests: list[dict[str, Any]] = field(default_factory=list)
    """Those that are not streamed: probes and what is read ahead."""
    hold_short_requests: bool = False
    connections: int = 0
    closed_early: int = 0
    probe_status: int = 200
    unanswered: int = 0
    """How many of the next requests are met by closing the connection."""
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.add(writer)
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.writers.discard(writer)
            writer.close()

    async def hang_up_on_everybody(self) -> None:
        for writer in list(self.writers):
            writer.close()
        await asyncio.sleep(0.01)

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = head.split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)}
        body = json.loads(await reader.readexactly(int(headers["content-length"])))
        assert lines[0] == "POST /v1/chat/completions HTTP/1.1"
        if not body.get("stream"):
            self.probes += 1
            self.short_requests.append(body)
            if self.hold_short_requests:
                await reader.read(1)
                return False
            answer = b'{"choices": []}' if self.probe_status == 200 else b"no"
            writer.write(f"HTTP/1.1 {self.probe_status} X\r\nContent-Length: {len(answer)}\r\n\r\n".encode() + answer)
            await writer.drain()
            return True
        if self.unanswered:
            self.unanswered -= 1
            return False
        self.requests.append(body)
        self.headers.append(headers)
        return await self._stream(self.script(body), reader, writer)

    async def _stream(self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = f"HTTP/1.1 {answer.status} X\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        gone = asyncio.ensure_future(reader.read(1))
        try:
            written = head.encode()
            for part in answer.parts:
                if isinstance(part, Drop):
                    writer.write(written)
                    return False
                if isinstance(part, Wait):
                    writer.write(written)
                    written = b""
                    await asyncio.wait({gone}, timeout=part.seconds)
                    if gone.done():
                        break
                    continue
                data = part if isinstance(part, bytes) else f"data: {part}\n\n".encode()
                written += f"{len(data):x}\r\n".encode() + data + b"\r\n"
            if not gone.done():
                writer.write(written + b"0\r\n\r\n")
                await writer.drain()
                return True
            self.closed_early += 1
            self.closed.set()
            return False
        finally:
            gone.cancel()
            await asyncio.wait({gone})


@asynccontextmanager
async def serving(script: Script | Answer, socket_path: str = "") -> AsyncIterator[Server]:
    """A server on a free port of 127.0.0.1, or on a Unix socket."""
    server = Server(script if callable(script) else lambda _: script)
    start: Awaitable[asyncio.Server]
    if socket_path:
        start = asyncio.start_unix_server(server.serve, socket_path)
    else:
        start = asyncio.start_server(server.serve, "127.0.0.1", 0)
    listening = await start
    if socket_path:
        server.url = f"unix:{socket_path}"
    else:
        server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    try:
        yield server
    finally:
        listening.close()
        await server.hang_up_on_everybody()
