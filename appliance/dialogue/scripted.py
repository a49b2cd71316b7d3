"""The scripted receptionist: a `Dialogue` that needs no language model, and what a call falls back to without one."""

import re
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from appliance.clinic.profile import ClinicProfile
from appliance.clinic.tool import ToolFailed
from appliance.dialogue.desk import Change, Desk
from appliance.dialogue.history import History
from appliance.dialogue.prompts import Prompts
from appliance.dialogue.questions import Question
from appliance.dialogue.receptionist import respond
from appliance.dialogue.reply import ReplyEnd, ReplyPiece, Text, Tools
from appliance.dialogue.state import Person, State
from appliance.dialogue.understanding import understand

_KEPT_TURNS: Final = 8
_TELEPHONE_NUMBER: Final = re.compile(r"(?:(?:sips?|tel):)?(\+?[0-9]{5,15})(?:@|;|$)", re.ASCII | re.IGNORECASE)
_SENTENCE: Final = re.compile(r".+?(?:[.?!:;](?:\s+|$)|$)", re.DOTALL)


@dataclass(slots=True)
class _Draft:
    """One reply being made; `state` is set once what was said has been understood and acted on."""

    state: State | None = None


def _dialled(caller: str) -> str:
    """The telephone number in a caller id ("+15550100", "sip:+15550100@pbx"); empty when there is none."""
    found = _TELEPHONE_NUMBER.match(caller.strip())
    return found.group(1) if found else ""


class ScriptedDialogue:
    """The receptionist's mind in one call.

    `conversation` names the call (it keys the tools' requests, so it must be unique), `caller_number` is where the
    call comes from (a number or a SIP URI; empty when withheld), `today` gives the date at the clinic.
    """

    def __init__(
        self,
        profile: ClinicProfile,
        today: Callable[[], date],
        conversation: str,
        *,
        caller_number: str = "",
        prompts: Prompts | None = None,
    ) -> None:
        self._profile = profile
        self._today = today
        self._conversation = conversation
        self._caller_number = _dialled(caller_number)
        self._prompts = prompts or Prompts.of(profile)
        self._latest: dict[int, _Draft] = {}
        self._accepted: dict[int, _Draft] = {}
        self._changes: dict[int, tuple[Change, ...]] = {}
        self._history = History()

    @property
    def prompts(self) -> Prompts:
        """What the session says of its own accord."""
        return self._prompts

    @property
    def history(self) -> History:
        """What each side heard so far."""
        return self._history

    def greeting(self) -> str:
        """What the agent says when it answers."""
        return self._prompts.greeting

    def fixed_phrases(self) -> tuple[str, ...]:
        """Everything that is said word for word, for synthesis ahead of time."""
        return self._prompts.all()

    async def draft(self, turn: int, text: str, tools: Tools) -> AsyncGenerator[ReplyPiece, None]:
        """Reply to what the caller said in `turn`, a sentence a piece."""
        state = self._state_before(turn)
        draft = _Draft()
        self._latest[turn] = draft
        today = self._today()
        heard = understand(text, self._profile, today, state.question, state.person.birth_begun)
        desk = Desk(self._profile, self._prompts, today, tools, self._conversation, self._caller_number)
        desk.last_heard = self._history.last_agent_words
        try:
            plan = await respond(state, heard, desk)
        finally:
            earlier = self._changes.get(turn, ())
            self._changes[turn] = (*earlier, *desk.changes)
        await self._take_back(turn, earlier, desk)
        draft.state = plan.state
        for sentence in _SENTENCE.findall(plan.text):
            yield Text(sentence)
        yield ReplyEnd(plan.expects, plan.afterwards)

    def overhear(self, turn: int, text: str, language: str | None) -> None:
        """Nothing to prepare."""

    def accept(self, turn: int, text: str) -> None:
        """The latest draft for `turn` is being spoken; a turn that was never drafted changes nothing."""
        self._history = self._history.caller_said(turn, text)
        draft = self._latest.get(turn)
        if draft is None:
            return
        self._accepted[turn] = draft
        for kept in (self._latest, self._accepted, self._changes):
            for old in [number for number in kept if number < turn - _KEPT_TURNS]:
                del kept[old]

    def spoken(self, text: str, *, cut: bool) -> None:
        """What the caller heard of an agent utterance."""
        self._history = self._history.agent_said(text, cut=cut)

    def take_over(self, turn: int, person: Person) -> None:
        """Somebody else answered up to `turn`: begin afresh after it, with `person` as the caller if named.

        Doing so twice is harmless: it builds on what held before `turn`.
        """
        earlier = self._state_before(turn)
        known = person if person.named else earlier.person if earlier.person.named else Person()
        self._accepted[turn] = _Draft(State(person=known, request=earlier.request + 1))

    def asks_about_emergency(self, turn: int) -> bool:
        """Whether `turn` answers the question whether the caller needs help at once."""
        return self._state_before(turn).question is Question.EMERGENCY

    def _state_before(self, turn: int) -> State:
        for number in sorted(self._accepted, reverse=True):
            state = self._accepted[number].state
            if number < turn and state is not None:
                return state
        return State()

    async def _take_back(self, turn: int, earlier: tuple[Change, ...], desk: Desk) -> None:
        """Undo what an earlier reply to the same turn changed, when the merged turn no longer asks for it."""
        wished = {change.wish for change in desk.changes}
        for change in reversed(earlier):
            if change.undo is not None and change.wish not in wished:
                name, arguments = change.undo
                try:
                    await desk.tools.call(name, arguments)
                except ToolFailed:
                    continue
        if earlier:
            self._changes[turn] = tuple(desk.changes) or ()
