"""The questions the receptionist asks, and what kind of answer each waits for."""

from enum import StrEnum
from typing import Final

from appliance.dialogue.reply import Expectation


class Question(StrEnum):
    """What the agent's last words asked."""

    ANYTHING = "anything"
    ANYTHING_ELSE = "anything_else"
    WHOM = "whom"
    NAME = "name"
    BIRTH_DATE = "birth_date"
    WHEN = "when"
    SLOT_CHOICE = "slot_choice"
    CONFIRM = "confirm"
    CHANGE_WHAT = "change_what"
    APPOINTMENT_CHOICE = "appointment_choice"
    TRY_AGAIN = "try_again"
    MESSAGE_TEXT = "message_text"
    CALLBACK = "callback"
    CONNECT_WHOM = "connect_whom"
    BOOK_OR_CONNECT = "book_or_connect"
    PERSON_OR_MESSAGE = "person_or_message"
    EMERGENCY = "emergency"


EXPECTATIONS: Final = {
    Question.NAME: Expectation.NAME,
    Question.BIRTH_DATE: Expectation.DATE,
    Question.WHEN: Expectation.DATE,
    Question.CONFIRM: Expectation.YES_NO,
    Question.TRY_AGAIN: Expectation.YES_NO,
    Question.EMERGENCY: Expectation.YES_NO,
    Question.CALLBACK: Expectation.DIGITS,
}

# First asking, then the same thing in other words each time it was not understood.
WORDINGS: Final = {
    Question.ANYTHING: (
        "What can I do for you?",
        "I can book, move or cancel an appointment, tell you our hours, or connect you. What would you like?",
        "Please press one to book an appointment, two for our hours, three to leave a message, or zero for a person.",
    ),
    Question.ANYTHING_ELSE: (
        "Is there anything else I can do for you?",
        "Can I help you with anything else?",
        "Please say what else you need, or say goodbye.",
    ),
    Question.WHOM: (
        "Which doctor or department would you like?",
        "Who would you like to see? You can name a doctor, or a department such as {department}.",
        "Please say the name of the doctor, for example {doctor}.",
    ),
    Question.NAME: (
        "May I have your first and last name?",
        "What is your full name, please?",
        "Could you spell your last name for me, letter by letter?",
    ),
    Question.BIRTH_DATE: (
        "What is your date of birth?",
        "Please tell me the month, the day and the year you were born.",
        "Could you give me your date of birth in numbers: month, day and year? You can also key it in.",
    ),
    Question.WHEN: (
        "What day and time would suit you?",
        "Which day would you like to come, and at what time?",
        "Please name a day, for example Tuesday at ten in the morning, or say the first one free.",
    ),
    Question.SLOT_CHOICE: (
        "Which would you like?",
        "Please say the time you would like, or name another day.",
        "You can say the first one, the second one, or another day.",
    ),
    Question.CONFIRM: (
        "Is that right?",
        "Please say yes if that is right, or no to change it.",
        "Shall I go ahead? You can say yes or no, or press one for yes and two for no.",
    ),
    Question.CHANGE_WHAT: (
        "What should I change: the name, the date of birth, the doctor, or the time?",
        "Which part is wrong: the name, the date of birth, the doctor, or the time?",
        "Please say name, date of birth, doctor, or time.",
    ),
    Question.APPOINTMENT_CHOICE: (
        "Which one do you mean?",
        "Please say the day or the doctor of the one you mean.",
        "You can say the first one or the second one.",
    ),
    Question.TRY_AGAIN: (
        "Shall we try the name and the date of birth again?",
        "Would you like to try once more? Please say yes or no.",
        "Say yes to try again, or no to stop.",
    ),
    Question.MESSAGE_TEXT: (
        "What would you like me to pass on?",
        "Please tell me your message.",
        "Go ahead with your message; I'm listening.",
    ),
    Question.CALLBACK: (
        "What number can we call you back on?",
        "Please tell me your phone number, digit by digit.",
        "You can also key in your phone number.",
    ),
    Question.CONNECT_WHOM: (
        "Which department would you like?",
        "Please name the department, for example {department}.",
        "Please name a department, or say operator.",
    ),
    Question.BOOK_OR_CONNECT: (
        "Would you like an appointment, or shall I connect you?",
        "Please say appointment, or connect me.",
        "Should I book an appointment for you, or put you through?",
    ),
    Question.PERSON_OR_MESSAGE: (
        "Shall I connect you with a person, or take a message?",
        "Please say person, or message.",
        "Say person to be connected, or message to leave one.",
    ),
    Question.EMERGENCY: (
        "Shall I connect you now?",
        "Do you need help right now? Please say yes or no.",
        "Shall I connect you with help? Say yes or no.",
    ),
}
