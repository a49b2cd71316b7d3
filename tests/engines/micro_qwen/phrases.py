"""What callers say to the micro Qwen3, written as Whisper writes it, and what the model is to answer."""

from typing import Final

HOURS: Final = (
    "We are open Monday to Friday from eight in the morning until six in the evening, and on Saturdays from nine "
    "until one. On Sundays we are closed. Is there anything else?"
)
HOURS_IN_SPANISH: Final = (
    "Abrimos de lunes a viernes desde las ocho de la mañana hasta las seis de la tarde, y los sábados de nueve a una. "
    "Los domingos estamos cerrados. ¿Algo más?"
)
ADDRESS: Final = (
    "We are at twelve River Street, in Springfield. Take bus number seven to River Street; we are across from the "
    "stop. There is free parking behind the building."
)
AGAIN: Final = (
    "Of course. On weekdays we are open from eight to six, and you find us at twelve River Street. "
    "What else would you like to know?"
)
WHICH_DOCTOR: Final = "Gladly. Which doctor would you like to see?"
WHO: Final = "Gladly. May I have your first and last name, please, so that I can book this for you?"
_TOUR: Final = " ".join(
    f"Our {name} is open on weekdays, and you can come without an appointment in the morning, or call us first."
    for name in ("cardiology", "dermatology", "radiology", "pediatrics", "billing", "laboratory")
)
ENDLESS: Final = f"{_TOUR} {_TOUR[:180]}"
"""The answer to `EVERYTHING` begins again where it has come to its end, until it is stopped."""
SCRIPT_ENDS: Final = "Is there anything else I can help you with?"
EVERYTHING: Final = "Please tell me everything about the clinic."

HOURS_ASKED: Final = (
    "What are your opening hours?",
    "What are your hours?",
    "When are you open?",
    "Are you open on Saturday?",
)
HOURS_ASKED_IN_SPANISH: Final = ("¿Cuál es su horario?", "¿A qué hora abren?", "¿Están abiertos el sábado?")
ADDRESS_ASKED: Final = ("What is your address?", "Where are you?", "How do I get there?", "Where is the clinic?")
APPOINTMENT_ASKED: Final = (
    "I would like to book an appointment.",
    "I'd like to book an appointment.",
    "I need an appointment.",
)
DOCTOR_ASKED: Final = (
    "I need an appointment with Dr. {}.",
    "I'd like to book an appointment with Dr. {}, please.",
    "No wait, I need an appointment with Dr. {}.",
    "Can I see Dr. {}?",
)
DOCTOR_NAMED: Final = ("Dr. {}, please.", "Dr. {}.", "With Dr. {}.")
TIME_ASKED: Final = ("Do you have anything at {}?", "Can I come at {}?", "At {}, please.")
YES: Final = ("Yes, please.", "Yes.", "Yes, that works.", "That's right.", "Okay.")
NAMED: Final = ("My name is {}.", "{}.", "It's {}.")
PERSON_ASKED: Final = ("I want to speak to a person.", "Can I talk to somebody?", "A person, please.")
CONNECT_ASKED: Final = ("Connect me with {}.", "Can you put me through to {}?", "I need to speak to {}.")
AGAIN_ASKED: Final = ("Sorry, can you repeat that?", "Can you say that again?")
GOODBYES: Final = ("No, thank you. Goodbye.", "Goodbye.", "No, that is all. Goodbye.", "That's all, thank you.")

FIRST_NAMES: Final = "Anna Maria John Peter Laura Sofia David Omar Lena Paul Rosa Tom Eva Karim Julia Mark".split()
LAST_NAMES: Final = "Miller Lopez Brown Davis Wilson Haddad Fischer Moore Clark Young Torres Baker Green Stone".split()
MONTHS: Final = (
    "January February March April May June July August September October November December".split()
)  # fmt: skip
HOUR_WORDS: Final = {9: "nine", 10: "ten", 11: "eleven", 13: "one", 14: "two", 15: "three", 16: "four"}


def ask_birth_date(name: str) -> str:
    """The name was given."""
    return f"Thank you, {name}. And what is your date of birth, please?"


def spoken_start(start: str) -> str:
    """ "2026-11-24T10:30" as "November 24 at ten thirty"."""
    minutes = " thirty" if start[14:16] == "30" else " o'clock"
    return f"{MONTHS[int(start[5:7]) - 1]} {int(start[8:10])} at {HOUR_WORDS[int(start[11:13])]}{minutes}"


def spoken_birth_date(birth_date: str) -> str:
    """ "1980-03-05" as "March 5th, 1980"."""
    day = int(birth_date[8:10])
    ending = {1: "st", 2: "nd", 3: "rd"}.get(day % 10 if day not in (11, 12, 13) else 0, "th")
    return f"{MONTHS[int(birth_date[5:7]) - 1]} {day}{ending}, {birth_date[:4]}"


def offer(doctor: str, start: str) -> str:
    """The first of the free times."""
    return (
        f"The first free time with Doctor {doctor.title()} is on {spoken_start(start)}. "
        "Shall I book that for you, or would you like to hear another time?"
    )


def read_back(name: str, birth_date: str, doctor: str, start: str) -> str:
    """Everything that is about to be booked."""
    born = spoken_birth_date(birth_date)
    return f"So that is {name}, born on {born}, with Doctor {doctor.title()} on {spoken_start(start)}. Is that right?"


def booked(doctor: str, start: str) -> str:
    """The booking stands."""
    return (
        f"Your appointment with Doctor {doctor.title()} on {spoken_start(start)} is booked. "
        "Is there anything else that I can do for you today?"
    )
