"""The language model while it answers, the scripted receptionist while it does not: one `Dialogue` to the session."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from datetime import date
from typing import Any, Final

from appliance.dialogue.emergency import emergency_in
from appliance.dialogue.model import ModelDialogue
from appliance.dialogue.reply import ReplyPiece, Tools
from appliance.dialogue.scripted import ScriptedDialogue
from appliance.dialogue.state import Person
from appliance.dialogue.words import keys_pressed, tokens
from models.errors import EngineError

_KEPT_TURNS: Final = 8
_OPERATOR_KEY: Final = "0"


class FallbackDialogue:
    """Implements `appliance.dialogue.reply.Dialogue`. One per call.

    Each turn goes to the model if one is available. One that fails before the first word is answered by the scripted
    receptionist instead; later it is a failed reply. Both hear all that is said, the script takes over the name and
    date of birth that the model's tools were given, and the model is told what the script changed at the clinic.

    The script always has: emergencies, the answer to its question about one, and the key 0, for a person.
    """

    def __init__(self, model: ModelDialogue, scripted: ScriptedDialogue, changing: frozenset[str]) -> None:
        self._model = model
        self._scripted = scripted
        self._changing = changing
        self._drafted_by_model: dict[int, bool] = {}
        self._answered_by_model: dict[int, bool] = {}

    def greeting(self) -> str:
        """What the agent says when it answers."""
        return self._scripted.greeting()

    async def draft(self, turn: int, text: str, tools: Tools) -> AsyncGenerator[ReplyPiece, None]:
        """Reply to what the caller said in `turn`. Raises `EngineError` when the model fails in mid-reply."""
        if self._model.available and not self._is_for_the_script(turn, text):
            self._drafted_by_model[turn] = True
            begun = False
            try:
                async with aclosing(self._model.draft(turn, text, tools)) as pieces:
                    async for piece in pieces:
                        begun = True
                        yield piece
            except EngineError:
                if begun:
                    raise
            else:
                return
        self._drafted_by_model[turn] = False
        self._hand_over(turn)
        async with aclosing(self._scripted.draft(turn, text, self._watched(turn, tools))) as pieces:
            async for piece in pieces:
                yield piece

    def overhear(self, turn: int, text: str, language: str | None) -> None:
        """What the caller has said of `turn` so far."""
        self._model.overhear(turn, text, language)
        self._scripted.overhear(turn, text, language)

    def accept(self, turn: int, text: str) -> None:
        """The latest draft for `turn` is being spoken."""
        self._model.accept(turn, text)
        self._scripted.accept(turn, text)
        self._answered_by_model[turn] = self._drafted_by_model.get(turn, False)
        for kept in (self._drafted_by_model, self._answered_by_model):
            for old in [number for number in kept if number < turn - _KEPT_TURNS]:
                del kept[old]

    def spoken(self, text: str, *, cut: bool) -> None:
        """What the caller heard of an agent utterance."""
        self._model.spoken(text, cut=cut)
        self._scripted.spoken(text, cut=cut)

    def _is_for_the_script(self, turn: int, text: str) -> bool:
        if emergency_in(text) is not None or keys_pressed(tokens(text)) == _OPERATOR_KEY:
            return True
        return not self._model_answered_before(turn) and self._scripted.asks_about_emergency(turn)

    def _model_answered_before(self, turn: int) -> int:
        """The turn before `turn` if the model answered it, else 0."""
        last = max((number for number in self._answered_by_model if number < turn), default=0)
        return last if self._answered_by_model.get(last) else 0

    def _hand_over(self, turn: int) -> None:
        """What the script last asked is not what the caller answers, if the model has spoken since."""
        if last := self._model_answered_before(turn):
            self._scripted.take_over(last, _person(self._model.known))

    def _watched(self, turn: int, tools: Tools) -> "_WatchedTools":
        return _WatchedTools(turn, tools, self._model, self._changing)


class _WatchedTools:
    """The script's tools; the model is told what they change."""

    def __init__(self, turn: int, tools: Tools, model: ModelDialogue, changing: frozenset[str]) -> None:
        self._turn = turn
        self._tools = tools
        self._model = model
        self._changing = changing

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Run a tool and give its result. Raises `ToolFailed`."""
        result = await self._tools.call(name, arguments)
        if name in self._changing:
            self._model.changed_elsewhere(self._turn, name, arguments, result)
        return result


def _person(known: Mapping[str, str]) -> Person:
    try:
        born = date.fromisoformat(known.get("birth_date", ""))
    except ValueError:
        born = None
    return Person(name=known.get("name", ""), birth_date=born)
