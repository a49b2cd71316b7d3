"""Emergencies in English."""

import re
from typing import Final

from appliance.dialogue.emergency_table import EmergencyTable, compiled
from appliance.dialogue.words import tokens

_PAIN: Final = r"(?:pain|pains|hurts|hurting|pressure|tightness|ache|aching|tight|burning)"
_SOMEONE: Final = (
    r"(?:i|he|she|they|we|you|someone|somebody|wife|husband|mother|father|mom|dad|son|daughter|baby|child|who)"
)
_CANT: Final = (
    r"(?:can't|cant|cannot|can not|can hardly|can barely|could not|couldn't"
    r"|unable to|struggling to|hard to|difficult to|trouble|trouble to)"
)

_PATTERNS: Final = (
    (
        "chest_pain",
        rf"chest (?:is |really |feels |has |s )*{_PAIN}|{_PAIN} (?:in|on|across|around|to) (?:my|his|her|the"
        rf"|their|your) (?:\w+ )?chest"
        r"|(?:heart attack|cardiac arrest|heart (?:has )?stopped|heart stops)|crushing (?:pain|feeling) in",
    ),
    (
        "breathing",
        rf"{_CANT} (?:really |even |to )?(?:breathe|breath|breathing)|(?:not|isn't|stopped|stops"
        rf"|quit) (?:really )?breathing|gasping(?: for)? (?:air|breath)"
        r"|can't get (?:any |enough |my )?(?:air|breath)|choking|suffocating|short(?:ness)? of breath"
        r"|out of breath|turning blue|lips are blue"
        r"|difficulty breathing|problems? breathing|trouble breathing",
    ),
    (
        "bleeding",
        r"bleeding (?:heavily|badly|a lot|very|so much|out|to death|everywhere|won't stop|is not stopping"
        r"|that won't|won't)"
        r"|(?:lots of|a lot of|so much|lot of) blood|blood everywhere|(?:heavy|heavily|severe|severely|massive"
        r"|uncontrolled|bad|badly) bleeding|losing (?:a lot of |so much |too much )?blood"
        r"|can't stop (?:the )?(?:bleeding|blood)|(?:coughing|throwing|vomiting|spitting) (?:up )?blood"
        r"|won't stop bleeding|been (?:stabbed|shot)",
    ),
    (
        "stroke",
        r"(?:a|having|had|have|has|suffered) (?:a )?stroke|stroke (?:signs|symptoms)|(?:face|mouth) (?:is |has "
        r"|looks |went )*(?:drooping|droopy|crooked|numb|fallen)"
        r"|slurr(?:ed|ing)(?: \w+)? (?:speech|words)|slurring|speech is slurred|(?:can't|cannot) (?:move|feel"
        r"|lift|raise) (?:my|his|her|one|the|their) (?:\w+ )?(?:arm|leg|face|side|hand|legs|arms)"
        r"|one side (?:of \w+ \w+ )?is (?:numb|weak|paralyzed)|(?:arm|leg) (?:is |went "
        r"|has gone )(?:suddenly )?(?:numb|limp|paralyzed)|suddenly (?:can't|cannot) (?:speak|see|talk|walk)",
    ),
    (
        "unconscious",
        r"unconscious|passed out|not (?:waking|responding|conscious)|won't wake|(?:can't|couldn't) wake"
        r"|isn't (?:waking|responding)|unresponsive|collapsed"
        r"|(?:has |he |she |just )fainted|lost consciousness|(?:no|without a) pulse|having a (?:seizure|fit)"
        r"|seizure|convulsing|convulsions",
    ),
    (
        "suicide",
        r"suicid(?:e|al)|kill(?:ing)? (?:myself|himself|herself|themselves)|end(?:ing)? (?:my|his|her|their"
        r"|it) (?:own )?(?:life|all)\b|take (?:my|his|her) own life"
        r"|(?:want|going|wish|ready) (?:to )?(?:die|be dead|to be dead)(?! (?:to|for|laughing))|(?:don't"
        r"|do not) want to (?:live|be alive|go on living)|hurt(?:ing)? (?:myself|himself|herself)"
        r"|harm(?:ing)? (?:myself|himself|herself)"
        r"|cut(?:ting)? my(?:self| wrists)|better off dead",
    ),
    (
        "overdose",
        r"overdos(?:e|ed|ing)|over dose|too many (?:of (?:my|the|his|her) )?(?:pills|tablets|sleeping pills"
        r"|painkillers|medications)|(?:swallowed|drank|drunk|taken|took|ate) (?:some )?(?:poison|bleach"
        r"|a bottle of pills|all (?:my|the|his|her) pills)"
        r"|poisoned|been poisoned",
    ),
    (
        "allergic",
        r"anaphyla\w+|throat (?:is |feels )*(?:closing|swelling|swollen shut)|severe allergic reaction"
        r"|tongue (?:is |has )*(?:swelling|swollen)|serious allergic reaction",
    ),
    (
        "emergency",
        r"(?:this is|it's|it is|i have|i've got|we have|there is|there's|having|got) (?:an |a )?(?:real "
        r"|medical |absolute |big )?emergency(?! (?:contact|number|room|department|contacts))"
        r"|^(?:help |please )*(?:an )?emergency(?: (?:please|help|emergency))*$|medical emergency|life or death"
        r"|(?:call|need|send|get) (?:me |us )?(?:an |the )?ambulance|call (?:911|nine one one|999|112)"
        rf"|{_SOMEONE}(?:'s| is|'m| am|'re| are) dying(?! (?:to|for|of laughter))|(?:going"
        rf"|about) to die(?! (?:to|for))|need help (?:right )?now|help me (?:please )?i'm",
    ),
)


def _read(text: str) -> str:
    return " ".join(tokens(text))


ENGLISH: Final = EmergencyTable(
    patterns=compiled(_PATTERNS),
    denials=frozenset(
        "no not don't doesn't didn't isn't aren't wasn't never without nor haven't hasn't ain't neither".split()
    ),
    softeners=frozenset(
        "a an any the real really more severe serious signs sign of actual such kind sort have having had has"
        " got getting experiencing been being feeling feel feels suffering from currently in".split()
    ),
    rewrites=(
        (
            re.compile(
                r"\b(?:don't|do not) (?:think|believe|feel like)(?: that)? (?:it's|it is|this is|there's"
                r"|i have|i'm having|i am having)"
            ),
            "not",
        ),
        (re.compile(r"\b(no|not)((?: \w+){1,4}) (?:or|nor) "), r"\1\2 \1 "),
    ),
    read=_read,
)
