"""The words that callers say most, and the hums of one who listens."""

from typing import Final

HUMS: Final = ("mm-hm", "uh-huh", "hmm")
"""Spelled as `appliance.turn.wording` knows them: one word, so that a recogniser can give it a sound of its own."""

SHORT_ANSWERS: Final = tuple(
    """
yes
yes please
yes that's right
yeah
yep
yup
correct
that's correct
that's right
right
sure
okay
fine
no
no thanks
no thank you
no thank you goodbye
no thank you bye
no thanks bye
no that's all
no that's all thank you
no that's it
no that's wrong
no that's not right
nope
thank you
thanks
thank you goodbye
thank you bye
thanks bye
goodbye
bye
bye bye
that's all
that's all thank you
stop
wait
sorry wait
wait a moment
wait please
hold on
hold on a second
hold on please
hang on
hang on a second
one moment
one moment please
one second
one second please
just a moment
just a moment please
just a second
one minute
just a minute
sorry
pardon
could you repeat that
can you repeat that
can you repeat that please
sorry can you repeat that
sorry could you repeat that
hello
""".strip().splitlines()
)
"""What is said most in a call: answers, farewells, and words that take or hold the floor."""
