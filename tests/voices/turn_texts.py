"""What the synthetic callers of `make_turns` say: the question that was asked, and where they hesitate (`|`)."""

from typing import Final

TEXTS: Final = """
open: I'd like to | um | book an appointment
open: I'd like to schedule | hmm | an appointment for | Tuesday morning
open: I need to move my appointment | to next Thursday
open: can I see | doctor Patel on Friday please
open: hello | I'm calling about my | blood test results
open: I wanted to ask | whether you are open on Saturday
open: I'd like a repeat prescription | for my | blood pressure tablets
open: could you tell me what time | you close on Wednesday
open: I think I have | an appointment tomorrow | but I'm not sure
open: my daughter has a fever and | uh | I would like someone to look at her
open: I have a question about | the bill that I got last week
open: well | it started on Monday | and it has been getting worse
open: I was wondering if | you could send me the form
open: can you put me through to | the cardiology department
open: what are your opening hours
open: I would like to cancel my appointment
open: I want to speak to a person please
open: do you have anything in the afternoon
open: the earlier one | would be better | because I have to work
open: I'd rather come | in the afternoon | if that's possible
yes_no: yes
yes_no: no
yes_no: yes please
yes_no: no thank you
yes_no: yes | that's right
yes_no: no | I'd like the other one
yes_no: um | yes I think so
yes_no: that works for me
digits: five five five | one two three | four five six seven
digits: oh two oh | seven nine four six | oh one double eight
digits: my number is | six one seven | five five five | oh one four two
digits: it's four four | two seven one | nine nine eight three
digits: three one two | double four | eight nine
digits: seven seven three | nine oh two | one one five six
date: March | the fifth | nineteen eighty
date: the twelfth of June | nineteen ninety two
date: on | Tuesday | at ten in the morning
date: maybe | next Friday | at half past two
date: it's the | third of November | nineteen sixty four
date: Wednesday | around nine would be fine
name: my name is | Anna Miller
name: it's | Robert | Robert Johnson
name: Susan | Anderson
name: this is Michael | O'Connor speaking
name: Elizabeth Taylor
name: my name is John | Kowalski
spelling: m i l | l e r
spelling: k o w | a l s | k i
spelling: it's spelled | j o h n | s o n
spelling: b as in bravo | r o w | n e
""".strip().splitlines()
