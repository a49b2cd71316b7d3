"""The sentences that callers of any clinic say, one a line."""

from typing import Final


def _lines(block: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in block.strip().splitlines())


EMERGENCIES: Final = _lines("""
    i have chest pain
    my chest hurts
    i'm having chest pain
    there is a pain in my chest
    i think i'm having a heart attack
    my husband is having a heart attack
    my wife is having a heart attack
    i can't breathe
    he can't breathe
    she can't breathe
    my baby is not breathing
    i have trouble breathing
    shortness of breath
    i'm bleeding heavily
    he is bleeding a lot
    it won't stop bleeding
    there is blood everywhere
    i think it's a stroke
    my mother is having a stroke
    my father had a stroke
    his face is drooping
    i can't move my arm
    she is unconscious
    he passed out
    she won't wake up
    he collapsed
    she is having a seizure
    i want to kill myself
    i want to die
    i don't want to live
    i'm going to hurt myself
    i took too many pills
    he took an overdose
    she swallowed poison
    my throat is closing
    this is an emergency
    it's an emergency
    i have an emergency
    it is not an emergency
    no it's not an emergency
    no chest pain
    emergency
    i need an ambulance
    call an ambulance
    call nine one one
    help me please
    i need help right now
""")

HOUR_QUESTIONS: Final = _lines("""
    what are your opening hours
    what are your hours
    what are the opening hours
    opening hours please
    opening hours
    and what are your opening hours
    can you tell me your opening hours
    when are you open
    when do you open
    when do you close
    what time do you open
    what time do you close
    what time do you open tomorrow
    are you open today
    are you open tomorrow
    are you open on saturday
    are you open on sunday
    are you open on monday
    are you open on christmas
    are you open now
    how late are you open
    what are your office hours
    wait what are your opening hours
    sorry what are your opening hours
    what is your address
    what's your address
    where are you
    where are you located
    where is the clinic
    how do i get there
    how do i get to the clinic
    can you give me directions
    directions please
    is there parking
    where can i park
    which bus do i take
    what departments do you have
    which departments are there
    who are your doctors
    which doctors do you have
    what can you do
""")

FIXED: Final = _lines("""
    yes that's correct
    yes it is
    yes i do
    yes thank you
    yes that's fine
    yes sounds good
    yes book it
    yes go ahead
    yeah that's right
    yeah that's fine
    yeah sure
    exactly
    of course
    absolutely
    sounds good
    perfect
    that works
    that works for me
    that would be fine
    please do
    go ahead
    i think so
    no no
    no that's not correct
    that's not right
    that's wrong
    not really
    not that one
    i don't think so
    neither
    none of those
    nothing else
    the first one
    the first one please
    the second one
    the second one please
    the third one
    the last one
    the earlier one
    the later one
    i'll take the first one
    i'll take the second one
    either is fine
    as soon as possible
    the earliest you have
    the first available
    any time
    any day
    another day
    a different day
    another day please
    another time
    in the morning
    in the afternoon
    in the evening
    i'd like to book an appointment
    i would like to book an appointment
    i'd like to book an appointment please
    hello i'd like to book an appointment
    hi i'd like to book an appointment
    i'd like to make an appointment
    i would like to make an appointment
    i want to make an appointment
    i want to book an appointment
    i need an appointment
    i need to see a doctor
    i'd like to see a doctor
    can i make an appointment
    can i book an appointment
    can i get an appointment
    could i have an appointment please
    i'd like to schedule an appointment
    an appointment please
    appointment
    i'd like to move my appointment
    i need to move my appointment
    can i move my appointment
    i want to change my appointment
    i'd like to change my appointment
    i need to reschedule my appointment
    i'd like to reschedule
    can i reschedule my appointment
    i'd like to cancel my appointment
    i need to cancel my appointment
    i want to cancel my appointment
    can i cancel my appointment
    please cancel my appointment
    cancel my appointment
    i can't make it
    i can't come
    i'd like to leave a message
    can i leave a message
    can you take a message
    leave a message
    a message
    message
    please call me back
    can someone call me back
    this number
    the number i'm calling from
    i need a new prescription
    it's about my prescription
    please ask the doctor to call me
    i'd like to speak to a person
    i want to speak to a person
    i want to talk to a person
    can i speak to someone
    can i talk to someone please
    can i speak to a human
    a person please
    person
    a human
    operator
    the operator please
    receptionist
    connect me
    connect me please
    please connect me
    can you connect me
    put me through
    repeat that please
    say that again
    say that again please
    could you say that again
    sorry what was that
    what did you say
    i didn't hear you
    i didn't catch that
    start over
    let's start over
    start again
    never mind
    forget it
    cancel that
    let me think
    let me check
    thank you very much
    thanks a lot
    that's all thanks goodbye
    that's it
    okay goodbye
    okay thank you goodbye
    have a nice day
    hi
    hello there
    good morning
    good afternoon
    the name
    the name is wrong
    the date of birth
    the date of birth is wrong
    the doctor
    the time
    the day
    the time is wrong
    the date is wrong
    my date of birth
    no the name
    no the time
    no the doctor
    try again
    yes try again
    i don't know
    i'm not sure
    i don't mind
    it doesn't matter
    actually
    um
    uh
""")

WITH_DOCTOR: Final = _lines("""
    {doctor}
    {doctor} please
    with {doctor}
    with {doctor} please
    i'd like to see {doctor}
    i want to see {doctor}
    can i see {doctor}
    is {doctor} available
    actually with {doctor}
    no with {doctor}
    no {doctor}
    yes with {doctor}
    with {doctor} on tuesday
    with {doctor} tomorrow
    with {doctor} next week
    i'd like to book an appointment with {doctor}
    i'd like to book an appointment with {doctor} please
    i'd like to book an appointment with {doctor} on tuesday at ten
    i have an appointment with {doctor}
    can i speak to {doctor}
    connect me to {doctor}
""")

WITH_DEPARTMENT: Final = _lines("""
    {department}
    {department} please
    in {department}
    the {department}
    the {department} please
    a {department}
    i'd like to see the {department}
    i need the {department}
    connect me to {department}
    connect me to {department} please
    put me through to {department}
    can i speak to {department}
    can you connect me with {department}
    i'd like to speak to the {department}
    it's for {department}
""")

TASK_TEMPLATES: Final = _lines("""
    i need an appointment with {whom}
    i'd like an appointment with {whom} please
    i want to book an appointment with {whom}
    can i make an appointment with {whom}
    i'd like to make an appointment with {whom} for next week
    i need to cancel my appointment with {whom}
    i'd like to move my appointment with {whom}
    i need to reschedule my appointment with {whom}
    i'd like to leave a message for {whom}
""")

ABOUT_TIMES: Final = _lines("""
    {day}
    {day} please
    on {day}
    {day} in the morning
    {day} morning
    {day} in the afternoon
    {day} afternoon
    no {day}
    no {day} please
    actually {day}
    how about {day}
    can i come on {day}
    do you have anything on {day}
    sometime {day}
    are you open {day}
""")
