"""Conversations with the demo clinic, in exactly the form in which the appliance asks a model to go on with them.

Each is held by the real `ModelDialogue` with a model that is told what to say, so prompts, tools, notes and the order
of messages are the product's own. Seeded.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from appliance.assembly.clinic import build_profile
from appliance.clinic.tool import Tool
from appliance.config import ClinicConfig
from appliance.dialogue.briefing import Briefing
from appliance.dialogue.model import ModelDialogue
from appliance.dialogue.model_chain import ModelChain
from appliance.dialogue.prompts import Prompts
from appliance.dialogue.reply import Text
from models.llm import LanguagePiece, Message, TextPiece, ToolCallPiece
from models.openai_chat.wire import message_out, tools_out
from tests.dialogue.models import ToldModel, ToldTools

SEED: Final = 11
CONVERSATIONS: Final = 3000
PROFILE: Final = build_profile(ClinicConfig())
PROMPTS: Final = Prompts.of(PROFILE)

HOURS = (
    "We are open Monday to Friday from eight in the morning until six in the evening, and on Saturdays from nine "
    "until one. On Sundays we are closed. Is there anything else?"
)
HOURS_IN_SPANISH = (
    "Abrimos de lunes a viernes desde las ocho de la mañana hasta las seis de la tarde, y los sábados de nueve a una. "
    "Los domingos estamos cerrados. ¿Algo más?"
)
ADDRESS = (
    "We are at twelve River Street, in Springfield. Take bus number seven to River Street; we are across from the "
    "stop. There is free parking behind the building."
)
WHO = "May I have your first and last name and your date of birth, please, so that I can book this for you?"
LONG = " ".join(
    f"Our {name} is open on weekdays, and you can come without an appointment in the morning, or call us first."
    for name in ("cardiology", "dermatology", "radiology", "pediatrics", "billing", "laboratory")
)
EVERYTHING = "please tell me everything about the clinic"

_HOURS_ASKED = ("what are your hours", "when are you open", "what are your opening hours", "are you open on saturday")
_HOURS_ASKED_IN_SPANISH = ("cuál es su horario", "a qué hora abren", "están abiertos el sábado")
_ADDRESS_ASKED = ("what is your address", "where are you", "how do I get there", "where is the clinic")
_APPOINTMENT_ASKED = (
    "I need an appointment with doctor {}",
    "can I see doctor {}",
    "no wait I need an appointment with doctor {}",
    "doctor {} please",
    "I would like to book with doctor {}",
)
_YES = ("yes", "yes please", "yes that works", "that is right", "okay")
_PERSON_ASKED = ("I want to speak to a person", "can I talk to somebody", "a person please")
_CONNECT_ASKED = ("connect me with {}", "can you put me through to {}", "{} please", "I need to speak to {}")
_GOODBYES = ("no that is all goodbye", "goodbye", "no thank you bye", "that is all thank you")
_FIRST_NAMES = "Anna Maria John Peter Laura Sofia David Omar Lena Paul Rosa Tom Eva Karim Julia Mark".split()
_LAST_NAMES = "Miller Lopez Brown Davis Wilson Haddad Fischer Moore Clark Young Torres Baker Green Stone".split()
_MONTHS = (
    "January February March April May June July August September October November December".split()
)  # fmt: skip
_HOUR_WORDS = {9: "nine", 10: "ten", 11: "eleven", 13: "one", 14: "two", 15: "three", 16: "four"}


def tool_call(name: str, /, **arguments: Any) -> ToolCallPiece:
    return ToolCallPiece(name, arguments, f"call-{name}")


def spoken_time(start: str) -> str:
    """ "2026-11-24T10:30" as "ten thirty"."""
    hour, minute = int(start[11:13]), start[14:16]
    return _HOUR_WORDS[hour] + (" thirty" if minute == "30" else " o'clock")


def offer(doctor: str, start: str) -> str:
    return (
        f"The first free time with Doctor {doctor.title()} is at {spoken_time(start)}. "
        "Shall I book that for you, or would you like to hear another time?"
    )


def read_back(name: str, birth: str, doctor: str, start: str) -> str:
    return f"So that is {name}, born on {birth}, with Doctor {doctor.title()} at {spoken_time(start)}. Is that right?"


def booked(doctor: str, start: str) -> str:
    return (
        f"Your appointment with Doctor {doctor.title()} at {spoken_time(start)} is booked. "
        "Is there anything else that I can do for you today?"
    )


@dataclass(frozen=True)
class Turn:
    """What the caller says and what the model is told to answer, request by request."""

    said: str
    rounds: Sequence[LanguagePiece]
    language: str | None = None


@dataclass
class Scenario:
    today: date
    turns: list[Turn] = field(default_factory=list)
    results: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def add(self, said: str, *rounds: str | ToolCallPiece, language: str | None = None) -> None:
        pieces = [TextPiece(each) if isinstance(each, str) else each for each in rounds]
        self.turns.append(Turn(said, pieces, language))


def briefing() -> Briefing:
    """The demo clinic's, with every tool."""
    names = "find_slots find_appointment book_appointment move_appointment cancel_appointment leave_message".split()
    return Briefing.of(PROFILE, [Tool(name, _unused, changes="find" not in name, filler="") for name in names])


async def _unused(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    raise AssertionError("the tools are told their results")


def _scenario(chance: random.Random) -> Scenario:
    scenario = Scenario(date(2026, 1, 1) + timedelta(days=chance.randrange(700)))
    for _ in range(chance.choice((0, 0, 0, 1, 1))):
        _question(scenario, chance)
    last = chance.random()
    if last < 0.7:
        _booking(scenario, chance)
    elif last < 0.88:
        _connection(scenario, chance)
    elif last < 0.93:
        scenario.add(chance.choice(_GOODBYES), tool_call("end_call"))
    else:
        _question(scenario, chance)
    return scenario


def _question(scenario: Scenario, chance: random.Random) -> None:
    kind = chance.random()
    if kind < 0.3:
        scenario.add(chance.choice(_HOURS_ASKED), HOURS)
    elif kind < 0.6:
        scenario.add(chance.choice(_ADDRESS_ASKED), ADDRESS)
    elif kind < 0.9:
        scenario.add(chance.choice(_HOURS_ASKED_IN_SPANISH), HOURS_IN_SPANISH, language="es")
    else:
        scenario.add(EVERYTHING, LONG)


def _booking(scenario: Scenario, chance: random.Random) -> None:
    doctor = chance.choice(PROFILE.doctors).key
    starts = sorted(_start(scenario.today, chance) for _ in range(chance.randrange(1, 4)))
    scenario.results["find_slots"] = {
        "slots": [{"doctor": doctor, "start": start} for start in starts],
        "as_wished": True,
    }
    scenario.add(
        chance.choice(_APPOINTMENT_ASKED).format(doctor),
        tool_call("find_slots", doctor=doctor),
        offer(doctor, starts[0]),
    )
    if chance.random() < 0.4:
        return
    name = f"{chance.choice(_FIRST_NAMES)} {chance.choice(_LAST_NAMES)}"
    year, month, day = chance.randrange(1930, 2020), chance.randrange(1, 13), chance.randrange(1, 29)
    birth = f"{_MONTHS[month - 1]} {day} {year}"
    scenario.add(chance.choice(_YES), WHO)
    scenario.add(f"{name} {birth}", read_back(name, birth, doctor, starts[0]))
    scenario.results["book_appointment"] = {"id": chance.randrange(1, 100), "doctor": doctor, "start": starts[0]}
    booking = {
        "name": name,
        "birth_date": f"{year}-{month:02}-{day:02}",
        "doctor": doctor,
        "start": starts[0],
    }
    scenario.add(chance.choice(_YES), tool_call("book_appointment", **booking), booked(doctor, starts[0]))
    if chance.random() < 0.3:
        scenario.add(chance.choice(_GOODBYES), tool_call("end_call"))


def _connection(scenario: Scenario, chance: random.Random) -> None:
    if chance.random() < 0.3:
        scenario.add(chance.choice(_PERSON_ASKED), tool_call("transfer_call", department="operator"))
        return
    department = chance.choice(PROFILE.departments)
    asked = chance.choice(_CONNECT_ASKED).format(department.spoken_name)
    scenario.add(asked, tool_call("transfer_call", department=department.key))


def _start(today: date, chance: random.Random) -> str:
    day = today + timedelta(days=chance.randrange(1, 40))
    return f"{day.isoformat()}T{chance.choice(list(_HOUR_WORDS)):02}:{chance.choice(('00', '30'))}"


async def _held(scenario: Scenario, brief: Briefing) -> list[Message]:
    """The conversation as the model was last asked to go on with it, and its answer."""
    rounds = [piece for turn in scenario.turns for piece in turn.rounds]
    model = ToldModel([[piece] for piece in rounds])
    tools = ToldTools(dict(scenario.results))
    dialogue = ModelDialogue(ModelChain([model]), brief, PROMPTS, lambda: scenario.today, "call")
    dialogue.spoken(PROMPTS.greeting, cut=False)
    for number, turn in enumerate(scenario.turns, 1):
        if turn.language:
            dialogue.overhear(number, turn.said, turn.language)
        said = ""
        async for piece in dialogue.draft(number, turn.said, tools):
            said += piece.text if isinstance(piece, Text) else ""
        dialogue.accept(number, turn.said)
        dialogue.spoken(said, cut=False)
    last = rounds[-1]
    answer = Message("assistant", last.text) if isinstance(last, TextPiece) else Message("assistant", "", (last,))
    return [*model.asked[-1], answer]


async def corpus() -> dict[str, Any]:
    """`tools`, and `conversations`: lists of messages, as the API has them."""
    chance, brief = random.Random(SEED), briefing()
    held = [await _held(_scenario(chance), brief) for _ in range(CONVERSATIONS)]
    return {
        "tools": tools_out(brief.tools),
        "conversations": [[message_out(message) for message in messages] for messages in held],
    }
