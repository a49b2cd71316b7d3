"""What the shape of a transcript says about the turn, for English."""

import re

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")

_TRAILING = frozenset(
    "a an and the of to for with or but so because my your his her our their at on in from by if that which are is am "
    "was were i'm i'd i'll i've it's we're about between until after before since than as into around "
    "um uh er erm hmm hm well like maybe actually also then just perhaps whether when where "
    "has had having be been being will would could should must might shall does did cannot can't won't don't not "
    "doctor dr mister mr missus mrs miss ms next this last every".split()
)
# Verbs that want an object, after somebody has said that they want to: "I'd like to schedule", "can I see".
_WANTS_OBJECT = re.compile(
    r"\b(?:to|can i|could i|may i|can you|could you|i|i'd|i'll|please) "
    r"(?:book|schedule|reschedule|make|see|get|ask|have|want|need|cancel|move|change|find|take|tell|give|put|bring|send|"
    r"know|say|like|think|wonder)$"
)
# "Can you repeat that", "what should I do next": here the last word is an object or an adverb.
_ENDS_AFTER_ALL = re.compile(
    r"\b(?:(?:repeat|do|say|said|hear|spell|change|cancel|move|book|take|like|want|confirm|understand|know|with|about|"
    r"for|at|of|on|is|was|mean) that|(?:do|go|happens|come|comes) next)$"
)
# Openings that say nothing yet, and questions whose object is still to come.
_OPENING = re.compile(
    r"^(?:my name|my name is|my number|my number is|this is|it's spelled|i)$"
    r"|\b(?:what time|what day|which day|which doctor|how long|how much|how many|sort of|kind of)$"
)
# What people end a turn with: courtesy or a time of day. A day soon after the beginning often goes on.
_CLOSING = re.compile(
    r"\b(?:please|thanks|thank you|goodbye|bye|that's all|that's it|that's right|instead|possible|speaking)$"
    r"|(?: [^ ]+){2,} (?:morning|afternoon|evening|o'clock)$|(?: [^ ]+){4,} (?:mon|tues|wednes|thurs|fri|satur|sun)day$"
    r"|\b(?:at|around|past) (?:half past |quarter past |quarter to )?(?:\d\S*|one|two|three|four|five|six|seven|"
    r"eight|nine|ten|eleven|twelve|noon)$"
)
_QUESTION = re.compile(
    r"^(?:(?:hello|hi|okay|and|so|well|um|uh|yes|no|sorry) )*"
    r"(?:what|when|where|who|how|why|which|do|does|is|are|can|could|would|will|may|have|has)(?: [^ ]+){3,}$"
)
_HESITATIONS = frozenset({"um", "uh", "er", "erm", "hmm", "hm", "ah"})
_BACKCHANNELS = frozenset(
    "mm-hm mm hm mhm mmhmm mhmm uh-huh huh uh um hmm ah aha oh okay ok right yeah yep yes sure alright good "
    "great fine i see got it".split()
)
_BACKCHANNEL_WORDS_AT_MOST = 3
_COMPLETE_ANSWERS = frozenset(
    {
        "yes", "yes please", "yeah", "yep", "yes that's right", "that's right", "correct", "yes it is", "no", "nope",
        "no thanks", "no thank you", "no that's all", "okay", "sure", "right", "goodbye", "bye", "thank you goodbye",
        "no thank you goodbye",
    }
)  # fmt: skip
# "Yes I have", "I don't": short answers end with what elsewhere must go on.
_SHORT_ANSWER = re.compile(
    r"^(?:(?:yes|yeah|no|nope) (?:i|we|he|she|it|they) "
    r"(?:am|is|are|was|were|do|does|did|have|has|had|can|could|will|would|should)(?: not)?"
    r"|(?:(?:yes|no) )?(?:i|we|he|she|it|they|i'm|it's|that's) "
    r"(?:(?:am |is |do |did |have |can )?not|can't|don't|won't))$"
)
_WAIT = re.compile(
    r"\b(hold on|hang on|one moment|just a moment|one second|just a second|one minute|just a minute|wait)\b"
)


def words(text: str) -> tuple[str, ...]:
    """The words of `text`, lower case, without punctuation."""
    return tuple(_WORD.findall(text.lower().replace("’", "'")))


def same_words(one: str, other: str) -> bool:
    """Whether two transcripts differ in case, spacing and punctuation only."""
    return words(one) == words(other)


def join(first: str, second: str) -> str:
    """Two halves of one turn as one text."""
    return f"{first} {second}".strip()


def looks_unfinished(text: str) -> bool:
    """Whether more must follow: a trailing "and", an article, a preposition, a hesitation."""
    spoken = words(text)
    if not spoken or spoken[-1] not in _TRAILING:
        return False
    return not is_complete_answer(text) and _ENDS_AFTER_ALL.search(" ".join(spoken)) is None


def may_go_on(text: str) -> bool:
    """Whether more is likely, though people stop there too: "I'd like to schedule", "my name is"."""
    phrase = " ".join(words(text))
    return _WANTS_OBJECT.search(phrase) is not None or _OPENING.match(phrase) is not None


def sounds_concluded(text: str) -> bool:
    """Whether the words could well be all: a question, or words that end with courtesy or a time of day."""
    phrase = " ".join(words(text))
    return _CLOSING.search(phrase) is not None or _QUESTION.match(phrase) is not None


def is_complete_answer(text: str) -> bool:
    """Whether `text` alone is a whole answer to a yes-or-no question, or a farewell."""
    phrase = " ".join(w for w in words(text) if w not in _HESITATIONS)
    return phrase in _COMPLETE_ANSWERS or _SHORT_ANSWER.match(phrase) is not None


def is_backchannel(text: str) -> bool:
    """Whether `text` is only a sign of listening ("mm-hm", "okay, right")."""
    spoken = words(text)
    return 0 < len(spoken) <= _BACKCHANNEL_WORDS_AT_MOST and all(word in _BACKCHANNELS for word in spoken)


def asks_to_wait(text: str) -> bool:
    """Whether the caller asks for time ("hold on", "one moment")."""
    return _WAIT.search(" ".join(words(text))) is not None
