"""What a caller wants, whatever words they choose; and yes and no in their many forms."""

import re
from enum import StrEnum
from typing import Final

from appliance.dialogue.words import DTMF_WORD, Tokens, keys_pressed, says_any, without_hesitations


class Intent(StrEnum):
    """Something a caller asks of the receptionist."""

    START_OVER = "start_over"
    REPEAT = "repeat"
    WAIT = "wait"
    PERSON = "person"
    CANCEL = "cancel"
    MOVE = "move"
    MESSAGE = "message"
    HOURS = "hours"
    ADDRESS = "address"
    DIRECTIONS = "directions"
    DEPARTMENTS = "departments"
    DOCTORS = "doctors"
    BOOK = "book"
    CONNECT = "connect"
    NEVER_MIND = "never_mind"
    HELP = "help"
    GREETING = "greeting"
    GOODBYE = "goodbye"
    THANKS = "thanks"


_APPOINTMENT: Final = r"(?:appointment|appointments|booking|visit|slot|checkup|check up|consultation)"
_MY_APPOINTMENT: Final = rf"(?:(?:my|the|an|that|our|this) )?(?:\w+ )?{_APPOINTMENT}"
_PERSON: Final = (
    r"(?:person|human|human being|real person|operator|receptionist|someone|somebody|staff|agent|representative"
    r"|front desk|reception|nurse|live agent|people)"
)

_PATTERNS: Final[tuple[tuple[Intent, str], ...]] = (
    (Intent.START_OVER, r"start (?:over|again|from the beginning)|begin again|from the (?:top|beginning)|restart"),
    (
        Intent.REPEAT,
        r"(?:repeat|say) (?:that|it|this|what you said)(?: again| please|$)|repeat(?: please)?$|say again"
        r"|come again|pardon"
        r"|what did you say|what was that|i (?:didn't|did not|couldn't) (?:hear|catch|get|understand)|one more time"
        r"|once more|can you repeat|could you repeat|excuse me$|^(?:sorry )?what$|^what sorry$|^sorry$",
    ),
    (
        Intent.WAIT,
        r"^(?:ok |yes |please |just |can you )*(?:hold on|hang on|wait|one (?:moment|second|sec|minute)"
        r"|a (?:moment|second|minute)"
        r"|give me a (?:moment|second|sec|minute)|let me (?:check|think|see|look))\b(?:.* (?:moment|second"
        r"|minute|sec|please))?$",
    ),
    (
        Intent.PERSON,
        rf"(?:speak|talk|connect me|put me through|transfer me|speaking) (?:to|with) (?:an? |the |your "
        rf"|some )?(?:real |live |actual |human )?{_PERSON}"
        rf"|(?:want|need|get me|give me|like|prefer) (?:an? |the )?(?:real |live |actual )?{_PERSON}$"
        r"|^(?:an? |the )?(?:real |live )?(?:person|human|human being|operator|receptionist|reception|front desk"
        r"|agent|representative|staff)(?: please)?$"
        r"|not (?:a|to a) (?:machine|robot|computer)|is (?:there )?(?:anyone|anybody|someone) (?:there|i can)",
    ),
    (
        Intent.CANCEL,
        rf"(?:cancel|cancelling|canceling|delete|call off) {_MY_APPOINTMENT}|(?:can't|not able to"
        rf"|won't be able to) (?:come|make it|make my)"
        r"|^(?:i (?:want|need|would like) to |i'd like to |please |can i |to )*cancel(?: please)?$"
        r"|don't need (?:my|the) appointment|appointment\b.* cancel it",
    ),
    (
        Intent.MOVE,
        rf"(?:move|change|reschedule|postpone|rebook|shift|push back|bring forward) {_MY_APPOINTMENT}"
        rf"|(?:another|a different|a new) (?:time|day|date) for {_MY_APPOINTMENT}|reschedule"
        r"|appointment\b.* (?:move|change|postpone|shift) it",
    ),
    (
        Intent.MESSAGE,
        r"(?:leave|take|give|pass|send) (?:\w+ )?(?:a |an )?message|^(?:a )?message(?: please)?$|message (?:for|to)"
        r"|call me back|callback|call back",
    ),
    (
        Intent.HOURS,
        r"opening (?:hours|times?)|business hours|office hours|your hours|what hours|hours of"
        r"|^hours(?: please)?$|the hours|what time do you (?:open|close)"
        r"|when (?:do|are|will) you (?:open|close|closed|be open)|(?:are|is) (?:you|the clinic|it|that) (?:open"
        r"|closed)|how late|how early|you open|you close"
        r"|open (?:on|at|until|till|today|tomorrow|now|late)|when (?:does|is) the clinic (?:open|close)",
    ),
    (
        Intent.DIRECTIONS,
        r"directions|how (?:do|can|would|should) (?:i|we) (?:get|come|find|reach)|(?:where|can) (?:can )?i park"
        r"|parking|which bus|what bus"
        r"|how to get (?:there|to)|by (?:bus|car|train)|get to (?:the|your) clinic",
    ),
    (
        Intent.ADDRESS,
        r"\baddress\b|where (?:are you|is the clinic|is it|are you located|do i go)|location|located|what street"
        r"|which street",
    ),
    (
        Intent.DEPARTMENTS,
        r"(?:what|which) (?:departments|specialties|specialists|services)|list (?:of )?(?:the "
        r"|your )?departments|your departments"
        r"|what do you (?:treat|offer)|which department",
    ),
    (
        Intent.DOCTORS,
        r"(?:what|which|who are (?:the|your)) doctors|list (?:of )?(?:the |your )?doctors"
        r"|who (?:works|is) (?:there|available)",
    ),
    (
        Intent.BOOK,
        rf"(?:book|make|schedule|arrange|get|set up|need|want|have|like|for|fix) (?:me )?(?:an? |another |new "
        rf"|the )*(?:\w+ )?{_APPOINTMENT}"
        rf"|^(?:an? |new )?{_APPOINTMENT}(?: please)?$|{_APPOINTMENT} (?:with|at|in|on|for)"
        r"|(?:want|need|like|come|come in|able) to (?:see|visit|book|schedule|come in)|(?:can|could"
        r"|may) i (?:see|book|come|come in)\b|book (?:me )?(?:in|with|for)"
        r"|^(?:to )?book(?: please)?$|need (?:to see )?(?:a|the) (?:\w+ )?doctor|see (?:a|the) (?:\w+ )?doctor"
        r"|see (?:somebody|someone)|checkup|check up",
    ),
    (
        Intent.CONNECT,
        r"(?:connect|transfer|put|forward) (?:me|us)|(?:speak|talk) (?:to|with)|(?:through|transferred"
        r"|connected) to|give me (?:the )?\w+$|extension",
    ),
    (
        Intent.NEVER_MIND,
        r"never ?mind|forget (?:it|about it|that)|cancel (?:that|this|it|everything)$|stop (?:that|it)$|^stop$"
        r"|leave it|changed my mind|not anymore",
    ),
    (Intent.HELP, r"what can (?:you|i) (?:do|say|ask)|help me$|^help$|what are my options|options"),
    (
        Intent.GOODBYE,
        r"good ?bye|\bbye\b|bye bye|see you|have a (?:good|nice|great)|talk to you later|that's all|that is all"
        r"|that's it|that'll be all|that will be all"
        r"|nothing else|hang up now|i'm done|we're done|that's everything|that was all",
    ),
    (
        Intent.THANKS,
        r"\bthanks\b|thank you|cheers|much appreciated|appreciate it|that's (?:great|perfect"
        r"|wonderful)|^(?:great|perfect|lovely|wonderful)$",
    ),
    (
        Intent.GREETING,
        r"^(?:hello|hi|hey|good morning|good afternoon|good evening|yes hello|are you there"
        r"|hello hello)(?: there)?$",
    ),
)
_COMPILED: Final = tuple((intent, re.compile(rf"(?:{pattern})")) for intent, pattern in _PATTERNS)
_PADDED: Final = frozenset({"uh", "um", "uhm", "er", "erm", "please", "just"})

# A wish about an appointment that exists is not one for a new one; asking for a person is not for a department.
_OVERRULES: Final = {
    Intent.CANCEL: {Intent.BOOK, Intent.MOVE, Intent.NEVER_MIND},
    Intent.MOVE: {Intent.BOOK},
    Intent.PERSON: {Intent.CONNECT},
    Intent.MESSAGE: {Intent.CONNECT},
    Intent.DIRECTIONS: {Intent.ADDRESS},
    Intent.BOOK: {Intent.CONNECT},
}


def intents(words: Tokens) -> frozenset[Intent]:
    """Everything that `words` ask for."""
    spoken = " ".join(without_hesitations(words))
    bare = " ".join(word for word in words if word not in _PADDED)
    found = {intent for intent, pattern in _COMPILED if _whole_words(pattern, spoken) or _whole_words(pattern, bare)}
    for intent in tuple(found):
        found -= _OVERRULES.get(intent, set())
    return frozenset(found)


def _whole_words(pattern: re.Pattern[str], text: str) -> bool:
    for match in pattern.finditer(text):
        before = text[match.start() - 1 : match.start()]
        after = text[match.end() : match.end() + 1]
        if before in {"", " "} and after in {"", " "}:
            return True
    return False


_NEGATED_YES: Final = (
    "not right",
    "not correct",
    "isn't right",
    "isn't correct",
    "not quite",
    "not really",
    "don't think so",
    "wrong",
    "incorrect",
    "not true",
    "not ok",
    "not good",
    "doesn't work",
    "does not work",
    "don't want",
    "rather not",
    "not yet",
    "not at all",
    "of course not",
    "absolutely not",
    "certainly not",
    "neither",
    "none of",
    "please don't",
    "do not",
    "not today",
    "can't do",
    "won't work",
    "not that",
    "not sure",
)
_YES_AFTER_NO: Final = (
    "no problem",
    "no that's right",
    "no that's correct",
    "no that's fine",
    "no that is right",
    "no that is correct",
    "no it's fine",
    "no it's right",
    "no that's good",
    "no that's perfect",
)
_YES_WORDS: Final = frozenset(
    "yes yeah yep yup yea ya aye correct right sure ok exactly absolutely definitely certainly fine perfect indeed"
    " affirmative alright great agreed lovely wonderful good".split()
)
_YES_PHRASES: Final = (
    "mm hm",
    "uh huh",
    "of course",
    "that's right",
    "that's correct",
    "that is right",
    "that is correct",
    "that's it",
    "that's me",
    "sounds good",
    "sounds fine",
    "sounds great",
    "go ahead",
    "please do",
    "works for me",
    "that works",
    "that's fine",
    "that is fine",
    "all right",
    "i think so",
    "you got it",
    "i do",
    "i would",
    "it is",
    "why not",
    "that would be",
    "do that",
    "do it",
    "book it",
    "yes",
    "yeah",
    "let's do",
    "i'll take",
    "i confirm",
    "confirm",
    "i'd love",
    "by all means",
    "suits me",
)
_NO_WORDS: Final = frozenset("no nope nah negative neither never na".split())
_NO_PHRASES: Final = (
    "uh uh",
    "no thank",
    "no thanks",
    "don't",
    "nothing",
    "i'm good",
    "i'm fine",
    "no",
    "i wouldn't",
    "it isn't",
    "it's not",
)


_TAKEN_BACK: Final = ("no", "nope", "don't", "not")
_BEFORE_AN_ANSWER: Final = frozenset("oh and the but actually i mm hm hello hi thank thanks you please so".split())


def yes_no(words: Tokens) -> bool | None:
    """Yes (True), no (False), or neither (None). Keys: 1 is yes, 2 is no."""
    spoken = without_hesitations(words)
    if DTMF_WORD in spoken:
        return {"1": True, "2": False}.get(keys_pressed(spoken))
    if says_any(spoken, _YES_AFTER_NO):
        return True
    if says_any(spoken, _NEGATED_YES):
        return False
    for word in spoken:
        if word in _NO_WORDS:
            return False
        if word in _YES_WORDS:
            # "Yes, no, wait": who takes a yes back has not said yes.
            return not says_any(spoken, _TAKEN_BACK)
        if word not in _BEFORE_AN_ANSWER:
            break
    if says_any(spoken, _NO_PHRASES):
        return False
    return True if says_any(spoken, _YES_PHRASES) else None
