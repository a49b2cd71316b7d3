"""What callers say in the trace: whole turns of 1 to 20 words, for a turn of any length."""

import random
from typing import Final

TURNS: Final = (
    "Yes.",
    "No.",
    "Thanks.",
    "Yes, please.",
    "Monday morning.",
    "Tuesday at ten.",
    "Doctor Patel, please.",
    "No, thank you.",
    "That works for me.",
    "What are your hours?",
    "Where can I park?",
    "When are you open on Saturday?",
    "Do you have anything earlier?",
    "I need to cancel my appointment.",
    "Can I see Doctor Kim tomorrow?",
    "I would like to see Doctor Patel.",
    "Is there anything free on Thursday afternoon?",
    "Can you tell me how to find you?",
    "I have to move my appointment to Friday.",
    "How long does it take to get results?",
    "I would like to book an appointment next week.",
    "Do I need to bring anything for the blood test?",
    "My daughter has had a cough since the weekend.",
    "I was wondering whether you have anything free this week.",
    "Could you put me through to the billing department, please?",
    "I would prefer the afternoon, if there is still something free.",
    "I got a letter from you and I do not understand it.",
    "My mother was with you on Monday and she left her glasses.",
    "I wanted to ask whether the results of my blood test are there.",
    "I need a new prescription for my tablets, the ones for my blood pressure.",
    "I have had a rash on my arm for two weeks and it will not go.",
    "I cannot make it at nine tomorrow, so could we do something in the afternoon instead?",
    "The pharmacy told me that they never got the prescription that you said you would send.",
    "I had an appointment with Doctor Garcia last week but I was ill, so I need another one.",
    "My son fell off his bicycle yesterday and his wrist is still swollen, so I would like somebody to look.",
    "I am calling because I moved here last month and I would like to know whether you still take new patients.",
    "I was told to come back in six weeks for a check and that would be the second week of May.",
)


def words_of(count: float, chance: random.Random) -> tuple[str, ...]:
    """The words of one of the turns whose length is nearest to `count`."""
    nearest = min(abs(len(turn.split()) - count) for turn in TURNS)
    return tuple(chance.choice([turn for turn in TURNS if abs(len(turn.split()) - count) == nearest]).split())
