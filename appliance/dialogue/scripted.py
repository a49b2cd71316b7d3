"""The scripted receptionist: a `Dialogue` that needs no language model, and what a call falls back to without one."""

import re
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from appliance.clinic.profile import ClinicProfile
from appliance.clinic.tool import ToolFailed
from appliance.dialogue.desk import Change, Desk
from appliance.dialogue.emergency import language_of_emergency
from appliance.dialogue.emergency_talk import emergency_plan
from appliance.dialogue.history import History
from appliance.dialogue.prompts import Prompts
from appliance.dialogue.questions import Question
from appliance.dialogue.receptionist import respond
from appliance.dialogue.reply import ReplyEnd, ReplyPiece, Text, Tools
from appliance.dialogue.state import Person, Plan, State
from appliance.dialogue.understanding import understand

_KEPT_TURNS: Final = 8
_TELEPHONE_NUMBER: Final = re.compile(r"(?:(?:sips?|tel):)?(\+?[0-9]{5,15})(?:@|;|$)", re.ASCII | re.IGNORECASE)
_SENTENCE: Final = re.compile(r".+?(?:[.?!:;؟](?:\s+|$)|$)", re.DOTALL)
_NO_OTHERS: Final[Mapping[str, Prompts]] = MappingProxyType({})
_ENGLISH: Final = "en"


@dataclass(slots=True)
class _Draft:
    """One reply being made; `state` is set once what was said has been understood and acted on.

    `language` is that of a reply about an emergency in another language than English.
    """

    state: State | None = None
    language: str | None = None


def _dialled(caller: str) -> str:
    """The telephone number in a caller id ("+15550100", "sip:+15550100@pbx"); empty when there is none."""
    found = _TELEPHONE_NUMBER.match(caller.strip())
    return found.group(1) if found else ""


class ScriptedDialogue:
    """The receptionist's mind in one call.

    `conversation` names the call (it keys the tools' requests, so it must be unique), `caller_number` is where the
    call comes from (a number or a SIP URI; empty when withheld), `today` gives the date at the clinic. It understands
    and speaks English, but for `prompts`, which are in the clinic's `language`, and emergencies, which it answers in
    each language that `others` have prompts for.
    """

    def __init__(
        self,
        profile: ClinicProfile,
        today: Callable[[], date],
        conversation: str,
        *,
        caller_number: str = "",
        prompts: Prompts | None = None,
        language: str = _ENGLISH,
        others: Mapping[str, Prompts] = _NO_OTHERS,
    ) -> None:
        self._profile = profile
        self._today = today
        self._conversation = conversation
        self._caller_number = _dialled(caller_number)
        self._language = language
        self._prompts = prompts or Prompts.of(profile, language)
        self._prompts_by_language = {**others, language: self._prompts}
        self._told: dict[int, str] = {}
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
            plan = self._about_emergency(turn, text, draft) or await respond(state, heard, desk)
        finally:
            earlier = self._changes.get(turn, ())
            self._changes[turn] = (*earlier, *desk.changes)
        await self._take_back(turn, earlier, desk)
        draft.state = plan.state
        for sentence in _SENTENCE.findall(plan.text):
            yield Text(sentence, draft.language if draft.language != self._language else None)
        yield ReplyEnd(plan.expects, plan.afterwards)

    def overhear(self, turn: int, text: str, language: str | None) -> None:
        """Nothing to prepare; the language counts if there is an emergency."""
        if language in self._prompts_by_language or language == _ENGLISH:
            self._told[turn] = language

    def accept(self, turn: int, text: str) -> None:
        """The latest draft for `turn` is being spoken; a turn that was never drafted changes nothing."""
        self._history = self._history.caller_said(turn, text)
        draft = self._latest.get(turn)
        if draft is None:
            return
        self._accepted[turn] = draft
        for kept in (self._latest, self._accepted, self._changes, self._told):
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

    def _about_emergency(self, turn: int, text: str, draft: _Draft) -> Plan | None:
        """What answers an emergency, or the answer to the question about one, in another language than English."""
        before = self._draft_before(turn)
        language = self._told.get(turn) or language_of_emergency(text) or before.language or self._language
        prompts = self._prompts_by_language.get(language)
        if language == _ENGLISH or prompts is None:
            return None
        plan = emergency_plan(before.state or State(), text, prompts, self._profile)
        draft.language = language if plan is not None else None
        return plan

    def _state_before(self, turn: int) -> State:
        return self._draft_before(turn).state or State()

    def _draft_before(self, turn: int) -> _Draft:
        for number in sorted(self._accepted, reverse=True):
            if number < turn and self._accepted[number].state is not None:
                return self._accepted[number]
        return _Draft()

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
