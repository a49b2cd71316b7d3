import pytest

from appliance.dialogue.intents import Intent, intents, yes_no
from appliance.dialogue.words import tokens


@pytest.mark.parametrize(
    "said",
    """
    yes; yes please; yeah; yeah that's right; yep; yup; correct; that's correct; that's right; right; exactly; sure; ok
    okay; of course; absolutely; sounds good; perfect; mm-hm; mm hm; mhm; uh huh; uh-huh; please do; go ahead; fine
    that's fine; all right; alright; i think so; yes it is; uh yes; well yes; oh yes; yes yes; yes that is correct
    no problem; no that's right; no that's fine; dtmf 1; works for me; that works; definitely; um yeah sure; why not
    yes go ahead and book it; certainly; great; that's it exactly
    """.replace("\n", ";").split(";"),
)
def test_yes(said: str) -> None:
    if said.strip():
        assert yes_no(tokens(said)) is True


@pytest.mark.parametrize(
    "said",
    """
    no; nope; nah; no no; no no no; no thanks; no thank you; that's not right; that's wrong; wrong; not really
    not quite
    i don't think so; no that's wrong; no that is not correct; of course not; absolutely not; neither; none of those
    uh no; um no; well no; oh no; incorrect; dtmf 2; uh uh; no wednesday; i'd rather not; no it's miller
    that isn't right
    yes no that's wrong; not that one; please don't; that doesn't work for me
    """.replace("\n", ";").split(";"),
)
def test_no(said: str) -> None:
    if said.strip():
        assert yes_no(tokens(said)) is False


@pytest.mark.parametrize(
    "said", ["", "tuesday", "my name is anna", "dtmf 3", "dtmf 1 1", "what", "hello", "please hurry"]
)
def test_neither_yes_nor_no(said: str) -> None:
    assert yes_no(tokens(said)) is None


ASKED = {
    Intent.HOURS: """what are your opening hours; what are your hours; opening hours please; when are you open
        when do you close
        are you open on saturday; what time do you open; how late are you open; business hours
        uh what are your um opening hours
        is the clinic open tomorrow; are you open today; tell me the hours; hours please""",
    Intent.ADDRESS: """what is your address; where are you; where is the clinic; where are you located
        what's the location""",
    Intent.DIRECTIONS: """how do i get there; directions please; where can i park; is there parking
        which bus goes there""",
    Intent.DEPARTMENTS: "what departments do you have; which specialties are there; list your departments",
    Intent.DOCTORS: "which doctors do you have; who are your doctors; what doctors are there",
    Intent.BOOK: """i'd like to book an appointment; i would like to make an appointment; i need an appointment
        appointment please
        can i see doctor patel; i want to see a doctor; can i get an appointment with doctor smith
        i need to see a doctor
        could i have an appointment please; i'd like to schedule a visit; book me in for tuesday; i need a checkup
        can i come in tomorrow
        hi i'd uh like to book an um appointment; an appointment; i'd like to come in
        do you have an appointment on monday
        i want to book""",
    Intent.MOVE: """i need to move my appointment; can i change my appointment; i'd like to reschedule
        reschedule my appointment
        i need another time for my appointment; can i move the appointment to friday; postpone my appointment""",
    Intent.CANCEL: """i need to cancel my appointment; cancel my appointment; cancel the appointment please
        i can't come on tuesday
        i can't make it; i'd like to cancel; please cancel; i want to cancel my booking; i don't need my appointment""",
    Intent.MESSAGE: """can i leave a message; take a message; i'd like to leave a message for doctor smith
        please call me back; message; a message for doctor smith""",
    Intent.PERSON: """i want to speak to a person; can i talk to someone; operator; operator please; receptionist
        human; a human please
        connect me to a person; i'd like to speak to somebody; get me a human; let me talk to a real person
        speak to the front desk
        can i speak with the receptionist; i don't want to talk to a robot i want a real person""",
    Intent.CONNECT: """connect me to cardiology; put me through to radiology; can i speak to doctor patel
        transfer me to billing""",
    Intent.REPEAT: """repeat that; can you repeat that; say that again please; pardon; what did you say
        sorry what was that; come again
        i didn't hear you; i didn't catch that; sorry; what; could you say that again; once more please""",
    Intent.START_OVER: "start over; let's start again; can we start from the beginning",
    Intent.GOODBYE: """goodbye; bye; bye bye; good bye; that's all; that's it thank you; have a nice day
        no thank you goodbye; nothing else""",
    Intent.THANKS: "thank you; thanks; thanks a lot; thank you very much",
    Intent.WAIT: "hold on; wait a moment; one moment please; just a second; hang on; let me think; uh one second",
    Intent.NEVER_MIND: "never mind; forget it; cancel that; forget about it; i changed my mind",
    Intent.GREETING: "hello; hi; hello there; good morning",
    Intent.HELP: "what can you do; help; what are my options",
}


@pytest.mark.parametrize(
    ("intent", "said"),
    [
        (intent, said.strip())
        for intent, block in ASKED.items()
        for said in block.replace("\n", ";").split(";")
        if said.strip()
    ],
)
def test_intents(intent: Intent, said: str) -> None:
    assert intent in intents(tokens(said))


@pytest.mark.parametrize(
    ("said", "not_meant"),
    [
        ("i need to cancel my appointment", Intent.BOOK),
        ("i want to change my appointment", Intent.BOOK),
        ("cancel my appointment", Intent.NEVER_MIND),
        ("can i speak to a person", Intent.CONNECT),
        ("i can't hear you", Intent.CANCEL),
        ("is that the right address for the appointment", Intent.HOURS),
        ("my name is anna miller", Intent.BOOK),
        ("march fifth nineteen eighty", Intent.WAIT),
        ("tuesday at ten in the morning", Intent.BOOK),
        ("good morning i'd like to book an appointment", Intent.GREETING),
        ("with doctor patel please", Intent.PERSON),
        ("the second one", Intent.WAIT),
    ],
)
def test_what_is_not_meant(said: str, not_meant: Intent) -> None:
    assert not_meant not in intents(tokens(said))


def test_a_name_or_a_date_is_no_intent() -> None:
    for said in ("my name is anna miller", "march the fifth nineteen eighty", "tuesday at ten in the morning", "mm-hm"):
        assert intents(tokens(said)) == frozenset(), said
