"""Calls nobody wrote: hypothesis draws who says what when, how slow the engines are, and what fails."""

from collections.abc import Sequence

from hypothesis import strategies as st

from appliance.simulator.scenario import (
    AgentEntry,
    CallerEntry,
    CallerHangUp,
    Engine,
    Failure,
    Fault,
    KeyPress,
    LineHold,
    Scenario,
    ToolCall,
    Utterance,
    utterance,
)
from appliance.turn.facts import Expectation, Language

SAID = {
    Language.ENGLISH: (
        "Yes.", "No.", "Stop!", "What are your opening hours?", "I'd like to book an appointment with Doctor Patel",
        "five five five one two three four", "um I was wondering about", "Hold on.", "okay so Tuesday then",
    ),
    Language.SPANISH: (
        "Sí.", "No.", "¡Espere!", "¿A qué hora abren?", "Quisiera pedir una cita con el doctor Patel",
        "cinco cinco cinco uno dos tres cuatro", "eh quería preguntar por", "Un momento.", "entonces el martes",
    ),
    Language.ARABIC: (
        "نعم.", "لا.", "انتظر!", "متى تفتحون؟", "أريد أن أحجز موعدا مع الدكتور باتيل",
        "خمسة خمسة خمسة واحد اثنين ثلاثة أربعة", "يعني كنت أسأل عن", "لحظة.", "طيب يوم الثلاثاء",
    ),
}  # fmt: skip
OVER_THE_AGENT = {
    Language.ENGLISH: ("mm-hm", "okay", "right", ""),
    Language.SPANISH: ("ajá", "vale", "claro", ""),
    Language.ARABIC: ("نعم", "تمام", "آه", ""),
}
REPLIES = (
    "All right.",
    "From eight in the morning until six in the evening, on every day but Sunday.",
    "Let me see. Doctor Patel has time on Tuesday at ten, or on Friday at three. Which do you prefer?",
    "What is your phone number?",
)
ms = st.integers


@st.composite
def utterances(draw: st.DrawFn, at: int, language: Language) -> Utterance:
    say = draw(st.sampled_from(SAID[language] + OVER_THE_AGENT[language]))
    until = at + draw(ms(120, 700) if say in OVER_THE_AGENT[language] else ms(250, 3000))
    pauses: tuple[tuple[int, int], ...] = ()
    if until - at > 900 and draw(st.booleans()):
        begins = draw(ms(at + 300, until - 500))
        length = draw(ms(100, 1500))
        pauses, until = ((begins, begins + length),), until + length
    return utterance(
        at,
        until,
        say,
        partial=draw(st.sampled_from((None, None, None, "", "something else altogether"))),
        transcript_delay=draw(ms(0, 700)),
        scores=tuple(draw(st.lists(st.integers(0, 20), min_size=1, max_size=2).map(_twentieths))),
        score_delay=draw(ms(0, 150)),
        pauses=pauses,
    )


def _twentieths(numbers: Sequence[int]) -> list[float]:
    return [number / 20 for number in numbers]


@st.composite
def callers(draw: st.DrawFn, language: Language) -> list[CallerEntry]:
    """What the caller does, one thing after another, with gaps from none to a few seconds."""
    entries: list[CallerEntry] = []
    at = draw(ms(100, 1500))
    for _ in range(draw(ms(1, 5))):
        kind = draw(st.sampled_from(("speech",) * 8 + ("key", "hold")))
        if kind == "speech":
            spoken = draw(utterances(at, language))
            entries.append(spoken)
            at = spoken.until
        elif kind == "key":
            entries.append(KeyPress(at, draw(st.sampled_from("0159*#"))))
        else:
            until = at + draw(ms(300, 4000))
            entries.append(LineHold(at, until))
            at = until
        at += draw(ms(60, 3500))
    if draw(st.integers(0, 5)) == 0:
        entries.append(CallerHangUp(draw(ms(20, at))))
    return entries


@st.composite
def agents(draw: st.DrawFn) -> AgentEntry:
    reply = draw(st.sampled_from(REPLIES))
    first_token = draw(ms(0, 900))
    tools: tuple[ToolCall, ...] = ()
    if draw(st.integers(0, 3)) == 0:
        tools = (
            ToolCall(
                "book_appointment" if (changes := draw(st.booleans())) else "find_slots",
                draw(ms(0, 3000)),
                changes=changes,
                filler=draw(st.sampled_from(("", "Let me check the calendar."))),
                fails=draw(st.sampled_from((None, None, "unavailable"))),
            ),
        )
    return AgentEntry(
        when=None,
        reply=reply,
        first_token=first_token,
        text_complete=first_token + draw(ms(0, 900)),
        first_audio=draw(ms(0, 600)),
        audio=draw(ms(40, 70)) * len(reply),
        tools=tools,
        expects=draw(st.sampled_from(Expectation)),
    )


@st.composite
def failures(draw: st.DrawFn) -> Failure:
    at = draw(ms(0, 6000))
    fault = draw(st.sampled_from(Fault))
    return Failure(
        at=at,
        until=draw(st.none() | ms(at + 1, at + 5000)),
        engine=draw(st.sampled_from(Engine)),
        fault=fault,
        after=draw(ms(0, 2)),
        stall=draw(ms(100, 3500)) if fault is Fault.STALLS else 0,
    )


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    language = draw(st.sampled_from((None, None, *Language)))
    caller = draw(callers(language or Language.ENGLISH))
    return Scenario(
        name="generated",
        caller=tuple(sorted(caller, key=lambda entry: entry.at)),
        agent=(draw(agents()),),
        failures=tuple(draw(st.lists(failures(), max_size=1))) if draw(st.booleans()) else (),
        greeting=draw(st.sampled_from(("", "Hello.", "Hello, you've reached the clinic. How can I help you?"))),
        language=language,
    )
