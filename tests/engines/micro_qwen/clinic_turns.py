"""Conversations with the demo clinic, in exactly the form in which the appliance asks a model to go on with them.

Each is held by the real `ModelDialogue` with a model that is told what to say, so prompts, tools, notes and the order
of messages are the product's own. Seeded. Names, dates, doctors and times are drawn anew for each conversation, so that
copying them is what the model learns; Anna Miller is left out, for tests to see that it did.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from appliance.assembly.clinic import build_profile
from appliance.clinic.tool import Tool
from appliance.config import ClinicConfig
from appliance.dialogue.answers import hours_of_week
from appliance.dialogue.briefing import Briefing
from appliance.dialogue.model import ModelDialogue
from appliance.dialogue.model_chain import ModelChain
from appliance.dialogue.prompts import Prompts
from appliance.dialogue.reply import Text
from models.llm import LanguagePiece, Message, TextPiece, ToolCallPiece
from models.openai_chat.wire import message_out, tools_out
from tests.dialogue.models import ToldModel, ToldTools
from tests.engines.micro_qwen import phrases

SEED: Final = 11
PROFILE: Final = build_profile(ClinicConfig())
PROMPTS: Final = Prompts.of(PROFILE)
UNHEARD_OF: Final = "Anna Miller"
_EARLIEST_BIRTH, _DAYS_OF_BIRTHS = date(1930, 1, 1), 90 * 365


def tool_call(name: str, /, **arguments: Any) -> ToolCallPiece:
    return ToolCallPiece(name, arguments, f"call-{name}")


@dataclass(frozen=True)
class Turn:
    """What the caller says and what the model is told to answer, request by request; `heard` words of it, or all.

    With `script` the scripted receptionist answers that in the model's place.
    """

    said: str
    rounds: Sequence[LanguagePiece] = ()
    results: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    language: str | None = None
    heard: int | None = None
    script: str = ""


@dataclass
class Scenario:
    today: date
    chance: random.Random
    turns: list[Turn] = field(default_factory=list)

    def add(
        self,
        said: str,
        *rounds: str | ToolCallPiece,
        results: Mapping[str, Mapping[str, Any]] | None = None,
        language: str | None = None,
        heard: int | None = None,
    ) -> None:
        pieces = [TextPiece(each) if isinstance(each, str) else each for each in rounds]
        self.turns.append(Turn(said, pieces, results or {}, language, heard))

    @property
    def helped_out(self) -> bool:
        return any(turn.script for turn in self.turns)

    def one_of(self, texts: Sequence[str]) -> str:
        return self.chance.choice(texts)


def briefing() -> Briefing:
    """The demo clinic's, with every tool."""
    names = "find_slots find_appointment book_appointment move_appointment cancel_appointment leave_message".split()
    return Briefing.of(PROFILE, [Tool(name, _unused, changes="find" not in name, filler="") for name in names])


async def _unused(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    raise AssertionError("the tools are told their results")


def _scenario(chance: random.Random) -> Scenario:
    scenario = Scenario(date(2026, 1, 1) + timedelta(days=chance.randrange(1500)), chance)
    if chance.random() < 0.05:
        _same_again(scenario)
        return scenario
    if chance.random() < 0.2:
        _question(scenario)
    kind = chance.random()
    if kind < 0.7:
        _booking(scenario)
        for _ in range(chance.choice((0, 0, 0, 1))):
            _question(scenario)
    elif kind < 0.85:
        _connection(scenario)
        return scenario
    else:
        _question(scenario)
    if chance.random() < 0.4:
        scenario.add(scenario.one_of(phrases.GOODBYES), tool_call("end_call"))
    return scenario


def _question(scenario: Scenario) -> None:
    """A question about the clinic; some answers are interrupted."""
    kind, chance = scenario.chance.random(), scenario.chance
    heard = chance.randrange(2, 20) if chance.random() < 0.3 else None
    if kind < 0.4:
        scenario.add(scenario.one_of(phrases.HOURS_ASKED), phrases.HOURS, heard=heard)
    elif kind < 0.65:
        scenario.add(scenario.one_of(phrases.ADDRESS_ASKED), phrases.ADDRESS, heard=heard)
    elif kind < 0.8:
        asked = scenario.one_of(phrases.HOURS_ASKED_IN_SPANISH)
        scenario.add(asked, phrases.HOURS_IN_SPANISH, language="es", heard=heard)
    else:
        heard = chance.randrange(2, 50)
        scenario.add(phrases.EVERYTHING, phrases.ENDLESS, heard=heard)
    if heard is not None and chance.random() < 0.6:
        scenario.add(scenario.one_of(phrases.AGAIN_ASKED), phrases.AGAIN)


def _same_again(scenario: Scenario) -> None:
    """A caller who asks for the hours again and again, while the model comes and goes."""
    asked = scenario.one_of(phrases.HOURS_ASKED)
    for _ in range(scenario.chance.randrange(1, 6)):
        if scenario.chance.random() < 0.7:
            scenario.turns.append(Turn(asked, script=f"{hours_of_week(PROFILE)} {phrases.SCRIPT_ENDS}"))
        else:
            scenario.add(asked, phrases.HOURS)
    scenario.add(asked, phrases.HOURS)


def _booking(scenario: Scenario) -> None:
    """As far as it goes: free times, perhaps others, who it is for, the details said back, booked."""
    chance, doctor = scenario.chance, scenario.chance.choice(PROFILE.doctors).key
    title = doctor.title()
    first = _starts(scenario)
    if chance.random() < 0.5:
        scenario.add(scenario.one_of(phrases.APPOINTMENT_ASKED), phrases.WHICH_DOCTOR)
        asked = scenario.one_of(phrases.DOCTOR_NAMED)
    else:
        asked = scenario.one_of(phrases.DOCTOR_ASKED)
    _search(scenario, asked.format(title), first, doctor=doctor)
    start = first[0]
    if chance.random() < 0.4:
        hour = chance.choice(list(phrases.HOUR_WORDS))
        others = _starts(scenario, hour)
        asked = scenario.one_of(phrases.TIME_ASKED).format(phrases.HOUR_WORDS[hour])
        _search(scenario, asked, others, doctor=doctor, time=f"{hour:02}:00")
        start = others[0]
    if chance.random() < 0.15:
        return
    name, birth_date = _name(chance), _EARLIEST_BIRTH + timedelta(days=chance.randrange(_DAYS_OF_BIRTHS))
    born = birth_date.isoformat()
    scenario.add(scenario.one_of(phrases.YES), phrases.WHO)
    named, back = scenario.one_of(phrases.NAMED).format(name), phrases.read_back(name, born, doctor, start)
    if chance.random() < 0.6:
        scenario.add(named, phrases.ask_birth_date(name))
        scenario.add(f"{phrases.spoken_birth_date(born)}.", back)
    else:
        scenario.add(f"{named} {phrases.spoken_birth_date(born)}.", back)
    scenario.add(
        scenario.one_of(phrases.YES),
        tool_call("book_appointment", name=name, birth_date=born, doctor=doctor, start=start),
        phrases.booked(doctor, start),
        results={"book_appointment": {"id": chance.randrange(1, 100), "doctor": doctor, "start": start}},
    )


def _search(scenario: Scenario, said: str, starts: Sequence[str], **wished: str) -> None:
    slots = [{"doctor": wished["doctor"], "start": start} for start in starts]
    found = {"find_slots": {"slots": slots, "as_wished": True}}
    scenario.add(said, tool_call("find_slots", **wished), phrases.offer(wished["doctor"], starts[0]), results=found)


def _name(chance: random.Random) -> str:
    while (name := f"{chance.choice(phrases.FIRST_NAMES)} {chance.choice(phrases.LAST_NAMES)}") == UNHEARD_OF:
        pass
    return name


def _connection(scenario: Scenario) -> None:
    if scenario.chance.random() < 0.3:
        scenario.add(scenario.one_of(phrases.PERSON_ASKED), tool_call("transfer_call", department="operator"))
        return
    department = scenario.chance.choice(PROFILE.departments)
    asked = scenario.one_of(phrases.CONNECT_ASKED).format(department.spoken_name)
    scenario.add(asked, tool_call("transfer_call", department=department.key))


def _starts(scenario: Scenario, hour: int | None = None) -> list[str]:
    """Up to three free times on one day, as the book gives them: in a row, or those nearest to an hour first."""
    chance = scenario.chance
    day = scenario.today + timedelta(days=chance.choice((1, 2, 3, chance.randrange(1, 40))))
    grid = [(at, minutes) for at in phrases.HOUR_WORDS for minutes in (0, 30)]
    if hour is None:
        first = chance.choice((0, chance.randrange(len(grid))))
        times = grid[first : first + 3]
    else:
        # Sometimes the hour itself is taken.
        wished = hour * 60 + chance.choice((0, 0, 30))
        times = sorted(grid, key=lambda time: abs(time[0] * 60 + time[1] - wished))[:3]
    return [f"{day.isoformat()}T{at:02}:{minutes:02}" for at, minutes in times]


async def _held(scenario: Scenario, brief: Briefing) -> list[Message]:
    """The conversation as the model was last asked to go on with it, and its answer."""
    rounds = [piece for turn in scenario.turns for piece in turn.rounds]
    model = ToldModel([[piece] for piece in rounds])
    dialogue = ModelDialogue(ModelChain([model]), brief, PROMPTS, lambda: scenario.today, "call")
    dialogue.spoken(PROMPTS.greeting, cut=False)
    for number, turn in enumerate(scenario.turns, 1):
        if turn.language:
            dialogue.overhear(number, turn.said, turn.language)
        if turn.script:
            dialogue.accept(number, turn.said)
            dialogue.spoken(turn.script, cut=False)
            continue
        said = ""
        async for piece in dialogue.draft(number, turn.said, ToldTools(dict(turn.results))):
            said += piece.text if isinstance(piece, Text) else ""
        dialogue.accept(number, turn.said)
        dialogue.spoken(" ".join(said.split()[: turn.heard]), cut=turn.heard is not None)
    last = rounds[-1]
    answer = Message("assistant", last.text) if isinstance(last, TextPiece) else Message("assistant", "", (last,))
    return [*model.asked[-1], answer]


async def corpus(conversations: int) -> dict[str, Any]:
    """`tools` and `conversations`: `messages` as the API has them, and whether only the last of them is the model's.

    The first conversations are the same however many are wanted.
    """
    chance, brief = random.Random(SEED), briefing()
    scenarios = [_scenario(chance) for _ in range(conversations)]
    return {
        "tools": tools_out(brief.tools),
        "conversations": [
            {
                "messages": [message_out(message) for message in await _held(scenario, brief)],
                "only_last": scenario.helped_out,
            }
            for scenario in scenarios
        ],
    }
