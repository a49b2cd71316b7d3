"""One reply of a language model: text as it comes, tools in between, at most a few rounds of them."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Final

from appliance.clinic.tool import ToolFailed
from appliance.dialogue.briefing import Briefing
from appliance.dialogue.expectations import expectation_of
from appliance.dialogue.model_chain import ModelChain
from appliance.dialogue.prompts import Prompts
from appliance.dialogue.reply import Afterwards, HangUpAfter, ReplyEnd, ReplyPiece, Text, Tools, TransferAfter
from appliance.dialogue.spoken_words import SpokenWords
from appliance.dialogue.tool_schemas import END, NEEDS_REQUEST_KEY, TRANSFER
from appliance.dialogue.transcript import Exchange
from models.errors import EngineError
from models.json_schema import problems_with
from models.llm import Message, TextPiece, ToolCallPiece

_MOST_TOOL_ROUNDS: Final = 4
_LONG_ENOUGH_WORDS: Final = 50
_SENTENCE_ENDS: Final = (".", "?", "!")


class ModelReply:
    """`messages` is the conversation up to what is to be answered; `exchanges` collects the tools that are used.

    `request_key` names the turn, for tools that must not do the same thing twice; `prompts` have what is said in
    the model's place, in its language. `language` is what it was told to answer in, where that is not the clinic's.
    """

    def __init__(
        self,
        model: ModelChain,
        briefing: Briefing,
        messages: Sequence[Message],
        tools: Tools,
        exchanges: list[Exchange],
        request_key: str,
        prompts: Prompts,
        language: str | None = None,
    ) -> None:
        self._model = model
        self._briefing = briefing
        self._messages = list(messages)
        self._tools = tools
        self._exchanges = exchanges
        self._request_key = request_key
        self._prompts = prompts
        self._language = language
        self._words = SpokenWords()
        self._schemas = {tool.name: tool.parameters for tool in briefing.tools}
        self._keys_given = 0
        self._corrected = False
        self._lost = False
        self._changed: str | None = None
        self._afterwards: Afterwards = None

    async def pieces(self) -> AsyncGenerator[ReplyPiece, None]:
        """The reply. Raises `EngineError` when no model answers; not once a tool has changed something."""
        try:
            async with aclosing(self._rounds()) as texts:
                async for text in texts:
                    yield Text(text, self._language)
        except EngineError:
            if self._changed is None or self._words.text:
                raise
            # The caller must hear of it.
            done = self._prompts.done.get(self._changed, self._prompts.done_otherwise)
            yield Text(self._say(done), self._language)
        if self._lost:
            yield Text(self._say(self._prompts.apology), self._language)
        expects = ReplyEnd().expects if self._afterwards else expectation_of(self._words.text)
        yield ReplyEnd(expects, self._afterwards)

    async def _rounds(self) -> AsyncGenerator[str, None]:
        """The model's text; it is asked again as long as it asks for tools."""
        for tool_rounds in range(_MOST_TOOL_ROUNDS + 1):
            calls: list[ToolCallPiece] = []
            async with aclosing(self._round(calls)) as texts:
                async for text in texts:
                    yield text
            if not calls:
                if not self._words.text:
                    raise EngineError("the language model said nothing", "see whether it suits its chat template")
                return
            if tool_rounds == _MOST_TOOL_ROUNDS:
                break
            for call in calls:
                await self._use(call)
            if self._afterwards is not None:
                if not self._words.text:
                    yield self._say(self._parting_words())
                return
            if self._lost:
                return
        self._lost = True

    async def _round(self, calls: list[ToolCallPiece]) -> AsyncGenerator[str, None]:
        """One reply of the model. Once it has said enough, the rest is not spoken, but the tools it asks for count."""
        before = len(self._words.text.split())
        enough = False
        async with aclosing(self._model.reply(self._messages, self._briefing.tools)) as pieces:
            async for piece in pieces:
                if not isinstance(piece, TextPiece):
                    calls.append(piece)
                elif not enough and (text := self._words.push(piece.text)):
                    yield text
                    enough = self._said_enough(before)
        if enough:
            self._words.discard()
        elif text := self._words.flush():
            yield text

    def _said_enough(self, before: int) -> bool:
        said = self._words.text
        return said.endswith(_SENTENCE_ENDS) and len(said.split()) - before >= _LONG_ENOUGH_WORDS

    def _say(self, text: str) -> str:
        """`text` of ours, after what the model has said."""
        return self._words.push(text) + self._words.flush()

    async def _use(self, call: ToolCallPiece) -> None:
        problems = self._problems(call)
        if problems:
            self._lost, self._corrected = self._lost or self._corrected, True
            self._tell(Exchange(call, {"error": "invalid_arguments", "problems": problems}))
            return
        arguments = call.arguments or {}
        if call.name == END:
            self._afterwards = self._afterwards or HangUpAfter()
        elif call.name == TRANSFER:
            department = str(arguments["department"])
            self._afterwards = TransferAfter(self._briefing.destinations[department].target, department)
        else:
            await self._run(call, arguments)

    def _problems(self, call: ToolCallPiece) -> tuple[str, ...]:
        if call.name not in self._schemas:
            return (f"the tools are: {', '.join(self._schemas)}",)
        return problems_with(call.arguments, self._schemas[call.name])

    async def _run(self, call: ToolCallPiece, arguments: Mapping[str, Any]) -> None:
        if call.name in NEEDS_REQUEST_KEY:
            self._keys_given += 1
            arguments = {**arguments, "request_key": f"{self._request_key}-{self._keys_given}"}
        changes = call.name in self._briefing.changing
        try:
            result = await self._tools.call(call.name, arguments)
        except ToolFailed as failure:
            self._tell(Exchange(call, {"error": failure.reason}))
            return
        if changes:
            self._changed = call.name
        exchange = Exchange(call, result, changes)
        self._exchanges.append(exchange)
        self._tell(exchange)

    def _tell(self, exchange: Exchange) -> None:
        self._messages += exchange.messages

    def _parting_words(self) -> str:
        if isinstance(self._afterwards, TransferAfter):
            destination = self._briefing.destinations[self._afterwards.department]
            return self._prompts.connecting_with(destination.spoken_name)
        return self._prompts.goodbye
