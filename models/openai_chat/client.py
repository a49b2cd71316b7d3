"""A `LanguageModel` over HTTP: streamed, aborted by closing the request, watched by a probe.

With HTTP/1.1 closing a response before its end closes the connection, which is how the server learns that nobody wants
the rest; vLLM then takes the request out of its batch. The next request opens a new connection.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

import httpx

from models.errors import EngineError
from models.llm import LanguagePiece, Message, ToolSchema
from models.openai_chat.endpoint import Endpoint
from models.openai_chat.event_stream import EventStream, LineTooLong
from models.openai_chat.failures import ChatError, from_status, from_transport, malformed, timed_out
from models.openai_chat.statistics import ChatStatistics
from models.openai_chat.wire import ChunkError, ChunkReader, ErrorChunk, message_out, tools_out

logger = logging.getLogger(__name__)

_OK: Final = 200
_DONE: Final = "[DONE]"
_FIRST_REPROBE_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """How to ask. `connections` is how many are kept open between replies: one for each line.

    `first_token_s` counts from the request to the first piece of the answer, `between_tokens_s` from one piece to the
    next. `thinking` False asks models that think aloud before they answer (Qwen3) not to. `ca_file` is for https.
    """

    temperature: float = 0.2
    max_tokens: int = 160
    stop: tuple[str, ...] = ()
    thinking: bool = False
    connect_s: float = 0.5
    first_token_s: float = 1.5
    between_tokens_s: float = 1.0
    probe_every_s: float = 30.0
    probe_s: float = 10.0
    connections: int = 8
    ca_file: str = ""


class OpenAiChat:
    """Implements `models.llm.LanguageModel`. Opened by `warm_up`, in the loop that uses it.

    After a failure that others would share it is not `available` until a probe, a reply of one token, has succeeded:
    after 1 s, 2 s and so on up to `probe_every_s`. Otherwise it is probed when nothing was asked for that long.
    """

    def __init__(self, endpoint: Endpoint, model: str, settings: ChatSettings | None = None, api_key: str = "") -> None:
        self._endpoint = endpoint
        self._server = str(endpoint)
        self._model = model
        self.description = f"{model} at {endpoint}"
        self._settings = settings or ChatSettings()
        self._client = _client(endpoint, self._settings, api_key)
        self._available = False
        self._answered_at = 0.0
        self._keeper: asyncio.Task[None] | None = None
        self._failed = asyncio.Event()
        self._prefills: set[asyncio.Task[None]] = set()
        self.statistics = ChatStatistics()

    @property
    def available(self) -> bool:
        """Whether its last request was answered."""
        return self._available

    async def reply(
        self, messages: Sequence[Message], tools: Sequence[ToolSchema] = ()
    ) -> AsyncGenerator[LanguagePiece, None]:
        """Stream a reply: text as it comes, then the tools it asks for.

        Raises `ChatError`, and `EngineError` when it is closed.
        """
        if self._keeper is None or self._keeper.done():
            raise EngineError("the language model is closed", "open it with warm_up before it is used")
        reader = ChunkReader()
        try:
            deadline = asyncio.get_running_loop().time() + self._settings.first_token_s
            response = await self._send(messages, tools, deadline)
            async with aclosing(response):
                events = EventStream(response.aiter_raw())
                async with aclosing(self._pieces(events, reader, deadline)) as pieces:
                    async for piece in pieces:
                        yield piece
                for call in reader.tool_calls():
                    yield call
                await self._drain(events)
        except ChatError as failure:
            self._note_failure(failure)
            raise
        except (GeneratorExit, asyncio.CancelledError):
            self.statistics.aborted += 1
            raise
        self.statistics.complete(reader.usage)
        self._note_answer()

    def prefill(self, messages: Sequence[Message], tools: Sequence[ToolSchema] = ()) -> None:
        """Have the server read the conversation into its prefix cache, by a reply of one token that nobody waits for.

        Not while it is down, nor more at once than there are lines.
        """
        if self._available and len(self._prefills) < self._settings.connections:
            task = asyncio.get_running_loop().create_task(
                self._read_ahead(messages, tools), name="language-model-prefill"
            )
            self._prefills.add(task)
            task.add_done_callback(self._prefills.discard)

    async def warm_up(self) -> None:
        """Have one token made, and watch the server from now on. Raises `ChatError` when it does not answer yet."""
        if self._keeper is None:
            self._keeper = asyncio.get_running_loop().create_task(self._keep_watch(), name="language-model-probe")
        await self._probe()

    def close(self) -> None:
        """Stop watching and close every connection; the log gets the figures."""
        self._available = False
        for task in self._prefills:
            task.cancel()
        if self._keeper is not None:
            self._keeper.cancel()
            logger.info("the language model at %s: %s", self._server, self.statistics)

    def _request(self, messages: Sequence[Message], tools: Sequence[ToolSchema] = ()) -> dict[str, Any]:
        settings = self._settings
        request: dict[str, Any] = {
            "model": self._model,
            "messages": [message_out(message) for message in messages],
            "max_tokens": settings.max_tokens,
            "temperature": settings.temperature,
        }
        if settings.stop:
            request["stop"] = list(settings.stop)
        if not settings.thinking:
            request["chat_template_kwargs"] = {"enable_thinking": False}
        if tools:
            request["tools"] = tools_out(tools)
        return request

    async def _send(self, messages: Sequence[Message], tools: Sequence[ToolSchema], deadline: float) -> httpx.Response:
        """The response, its body unread. Raises `ChatError`."""
        body = self._request(messages, tools) | {"stream": True, "stream_options": {"include_usage": True}}
        try:
            async with asyncio.timeout_at(deadline):
                response = await self._send_twice(body)
        except TimeoutError:
            raise timed_out("the first token", self._server) from None
        except httpx.HTTPError as error:
            raise from_transport(error, self._server) from None
        if response.status_code != _OK:
            await response.aclose()
            raise from_status(response.status_code, self._server)
        return response

    async def _send_twice(self, body: dict[str, Any]) -> httpx.Response:
        """The response; asked for again when an idle connection turns out to be closed as it is used."""
        try:
            return await self._client.send(self._post(body), stream=True)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            self.statistics.repeated += 1
            return await self._client.send(self._post(body), stream=True)

    def _post(self, body: dict[str, Any]) -> httpx.Request:
        return self._client.build_request("POST", "chat/completions", json=body)

    async def _pieces(
        self, events: EventStream, reader: ChunkReader, deadline: float
    ) -> AsyncGenerator[LanguagePiece, None]:
        """The text of the answer, up to where the server says that it is complete; the first token by `deadline`."""
        while (data := await self._next(events, reader, deadline)) not in {None, _DONE}:
            try:
                piece = reader.read(data or "")
            except ChunkError:
                raise malformed("a chunk that is not one of a chat completion", self._server) from None
            except ErrorChunk:
                raise from_status(500, self._server) from None
            if piece is not None:
                yield piece
            if reader.begun:
                deadline = asyncio.get_running_loop().time() + self._settings.between_tokens_s
        if not reader.finished:
            raise malformed("an answer without its end", self._server)

    async def _next(self, events: EventStream, reader: ChunkReader, deadline: float) -> str | None:
        try:
            async with asyncio.timeout_at(deadline):
                return await events.next()
        except TimeoutError:
            raise timed_out("the next token" if reader.begun else "the first token", self._server) from None
        except (LineTooLong, UnicodeDecodeError):
            raise malformed("something other than a stream of events", self._server) from None
        except httpx.HTTPError as error:
            raise from_transport(error, self._server) from None

    async def _drain(self, events: EventStream) -> None:
        """The answer is complete; only the connection is lost if the rest of the body does not come."""
        try:
            async with asyncio.timeout(self._settings.between_tokens_s):
                await events.drain()
        except (TimeoutError, LineTooLong, httpx.HTTPError):
            logger.debug("a language model's response did not end after its answer")

    def _note_answer(self) -> None:
        self._answered_at = asyncio.get_running_loop().time()
        if not self._available:
            logger.info("the language model at %s answers", self._server)
        self._available = True

    def _note_failure(self, failure: ChatError) -> None:
        self.statistics.failed[failure.kind] += 1
        if failure.server_is_down:
            self._note_down(failure)

    def _note_down(self, failure: ChatError) -> None:
        if self._available:
            logger.warning("%s", failure)
        self._available = False
        self._failed.set()

    async def _keep_watch(self) -> None:
        """Probe until cancelled; then close the connections."""
        loop = asyncio.get_running_loop()
        every_s, backoff_s = self._settings.probe_every_s, _FIRST_REPROBE_S
        try:
            while True:
                if not self._available:
                    await asyncio.sleep(min(backoff_s, every_s))
                elif await self._fails_within(self._answered_at + every_s - loop.time()) or self._answered_within(
                    every_s
                ):
                    continue
                try:
                    await self._probe()
                    backoff_s = _FIRST_REPROBE_S
                except ChatError:
                    backoff_s = min(every_s, backoff_s * 2)
        finally:
            await self._client.aclose()

    async def _fails_within(self, seconds: float) -> bool:
        self._failed.clear()
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._failed.wait()
        except TimeoutError:
            return False
        return True

    def _answered_within(self, seconds: float) -> bool:
        return asyncio.get_running_loop().time() - self._answered_at < seconds

    async def _probe(self) -> None:
        """Have one token made. Raises `ChatError`."""
        try:
            await self._endpoint.check_address()
            await self._one_token([Message("user", "Hello")], (), self._settings.probe_s)
        except ChatError as failure:
            self._note_down(failure)
            raise
        self._note_answer()

    async def _read_ahead(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> None:
        try:
            await self._one_token(messages, tools, self._settings.first_token_s)
        except ChatError as failure:
            self._note_failure(failure)
        else:
            self.statistics.prefilled += 1

    async def _one_token(self, messages: Sequence[Message], tools: Sequence[ToolSchema], limit_s: float) -> None:
        """Have one token made and see that it is one. Raises `ChatError`."""
        body = self._request(messages, tools) | {"max_tokens": 1}
        try:
            async with asyncio.timeout(limit_s):
                response = await self._client.post("chat/completions", json=body)
        except TimeoutError:
            raise timed_out("the first token", self._server) from None
        except httpx.HTTPError as error:
            raise from_transport(error, self._server) from None
        if response.status_code != _OK:
            raise from_status(response.status_code, self._server)
        if not _is_completion(response):
            raise malformed("something other than a chat completion", self._server)


def _is_completion(response: httpx.Response) -> bool:
    try:
        return "choices" in response.json()
    except (ValueError, TypeError):
        return False


def _client(endpoint: Endpoint, settings: ChatSettings, api_key: str) -> httpx.AsyncClient:
    """A client that takes no proxy, password file or certificate from the environment and follows no redirect."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=settings.connections, keepalive_expiry=3600.0)
    verify = ssl.create_default_context(cafile=settings.ca_file or None) if endpoint.base_url[:6] == "https:" else False
    headers = {"Accept-Encoding": "identity", "User-Agent": "clinic-voice-appliance"}
    if api_key:
        headers["Authorization"] = f"Bearer {api_key}"
    return httpx.AsyncClient(
        base_url=endpoint.base_url,
        headers=headers,
        timeout=httpx.Timeout(None, connect=settings.connect_s),
        transport=httpx.AsyncHTTPTransport(
            uds=endpoint.socket_path, limits=limits, verify=verify, trust_env=False, http2=False
        ),
        trust_env=False,
    )
