"""A language model as the mind of a call: history in, streamed text and tool calls out."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from datetime import date
from itertools import chain
from types import MappingProxyType
from typing import Any, Final

from appliance.dialogue.briefing import LANGUAGES, Briefing, say_today
from appliance.dialogue.emergency import emergency_in, language_of_emergency
from appliance.dialogue.history import History
from appliance.dialogue.model_chain import ModelChain
from appliance.dialogue.model_reply import ModelReply
from appliance.dialogue.prompts import Prompts
from appliance.dialogue.reply import ReplyEnd, ReplyPiece, Text, Tools
from appliance.dialogue.transcript import Exchange, conversation, established
from models.llm import Message, ToolCallPiece

_KEPT_DRAFTS: Final = 8
_NO_OTHERS: Final[Mapping[str, Prompts]] = MappingProxyType({})


class ModelDialogue:
    """Implements `appliance.dialogue.reply.Dialogue` with language models. One per call.

    `call` names the call and must be unique: it keys the tools' requests. An emergency never reaches a model: the
    clinic's fixed words answer it. Of a turn that is drafted again only what its tools changed is kept. `others` are
    the prompts in other languages that are spoken.
    """

    def __init__(
        self,
        model: ModelChain,
        briefing: Briefing,
        prompts: Prompts,
        today: Callable[[], date],
        call: str,
        others: Mapping[str, Prompts] = _NO_OTHERS,
    ) -> None:
        self._model = model
        self._briefing = briefing
        self._prompts = prompts
        self._others = others
        self._call = call
        self._opening = f"The phone was answered on {say_today(today())}."
        self._history = History()
        self._drafts: dict[int, list[Exchange]] = {}
        self._accepted: dict[int, list[Exchange]] = {}
        self._languages: dict[int, str] = {}
        self._read_ahead = (0, 0)

    @property
    def available(self) -> bool:
        """Whether a model can be expected to answer."""
        return self._model.available

    @property
    def known(self) -> Mapping[str, str]:
        """What the tools that were used have established, by argument: `name`, `birth_date` and so on."""
        return established(chain.from_iterable(self._accepted.values()))

    def greeting(self) -> str:
        """What the agent says when it answers."""
        return self._prompts.greeting

    async def draft(self, turn: int, text: str, tools: Tools) -> AsyncGenerator[ReplyPiece, None]:
        """Reply to what the caller said in `turn`. Raises `EngineError` when no model answers."""
        told = self._languages.get(turn) or language_of_emergency(text)
        language = told if told != self._briefing.language else None
        prompts = self._others.get(language or "", self._prompts)
        if emergency_in(text) is not None:
            yield Text(prompts.emergency, language)
            yield ReplyEnd()
        elif not text.strip():
            yield Text(prompts.say_again, language)
            yield ReplyEnd()
        else:
            exchanges = self._begin(turn)
            key = f"{self._call}-turn-{turn}"
            messages = self._messages(turn, text, exchanges)
            reply = ModelReply(self._model, self._briefing, messages, tools, exchanges, key, prompts, language)
            async with aclosing(reply.pieces()) as pieces:
                async for piece in pieces:
                    yield piece

    def overhear(self, turn: int, text: str, language: str | None) -> None:
        """What the caller has said of `turn` so far: the model reads it ahead, every few words."""
        if language in LANGUAGES:
            self._languages[turn] = language
        every = self._briefing.prefill_words
        last_turn, last_words = self._read_ahead
        words = len(text.split())
        if every and words >= (last_words if turn == last_turn else 0) + every and emergency_in(text) is None:
            self._read_ahead = (turn, words)
            changed = [exchange for exchange in self._drafts.get(turn, ()) if exchange.changed]
            self._model.prefill(self._messages(turn, text, changed), self._briefing.tools)

    def accept(self, turn: int, text: str) -> None:
        """The reply to `turn` is the answer."""
        if text.strip():
            self._history = self._history.caller_said(turn, text)
        self._accepted[turn] = self._drafts.setdefault(turn, [])
        for old in [number for number in self._drafts if number < turn - _KEPT_DRAFTS]:
            del self._drafts[old]

    def spoken(self, text: str, *, cut: bool) -> None:
        """What the caller heard of an agent utterance."""
        self._history = self._history.agent_said(text, cut=cut)

    def changed_elsewhere(self, turn: int, name: str, arguments: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        """A tool that changes something was used in `turn` by whoever answered in the model's place."""
        exchanges = self._drafts.setdefault(turn, [])
        shown = {key: value for key, value in arguments.items() if key != "request_key"}
        call = ToolCallPiece(name, shown, f"other-{turn}-{len(exchanges) + 1}")
        exchanges.append(Exchange(call, result, changed=True))

    def _begin(self, turn: int) -> list[Exchange]:
        self._drafts[turn] = [exchange for exchange in self._drafts.get(turn, ()) if exchange.changed]
        return self._drafts[turn]

    def _messages(self, turn: int, text: str, exchanges: list[Exchange]) -> list[Message]:
        told = conversation(
            self._history.caller_said(turn, text),
            {**self._accepted, turn: exchanges},
            {number: LANGUAGES[code] for number, code in self._languages.items() if code != self._briefing.language},
            self._opening,
            self._briefing.context_tokens,
        )
        return [Message("system", self._briefing.system_prompt), *told]
