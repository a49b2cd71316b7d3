"""English: what the sweep in docs/tuning.md was made with."""

from typing import Final

from appliance.turn.lexicon.lexicon import Endings, Lexicon, Signals, Values, pattern, phrase_set, word_set

_MONTHS: Final = "january|february|march|april|may|june|july|august|september|october|november|december"
_ENDINGS: Final = Endings(
    trailing=word_set(
        "a an and the of to for with or but so because my your his her our their at on in from by if that which are is "
        "am was were i'm i'd i'll i've it's we're about between until after before since than as into around "
        "we he she they you're they're he's she's there's you'll we'll they'll you've we've they've while "
        "um uh er erm hmm hm well like maybe actually also then just perhaps whether when where "
        "has had having be been being will would could should must might shall does did cannot can't won't don't not "
        "doctor dr mister mr missus mrs miss ms next this last every however"
    ),
    # Here the last word is an object or an adverb.
    ends_after_all=pattern(
        r"\b(?:repeat|do|say|said|hear|spell|change|cancel|move|book|take|like|want|confirm|understand|know|with|about|"
        r"for|at|of|on|is|was|mean) that$",
        r"\b(?:do|go|happens|come|comes) next$",
        r"\b(?:hold|hang) on$",
        r"\ba while$",
        r"^(?:(?:and|so|but|um|uh|sorry) )*(?:what|who|which|where)(?: [^ ]+){3,} "
        r"(?:to|for|from|with|about|of|on|at|in)$",
        r"\b(?:am|is|are|was|were|do|does|did|can|could|will|would|should|have|has) (?:we|he|she|they)$",
    ),
    goes_on=pattern(
        # Verbs that want an object, after somebody has said that they want to: "I'd like to schedule", "can I see".
        r"\b(?:to|can i|could i|may i|can you|could you|i|i'd|i'll|we|you|they|please) "
        r"(?:book|schedule|reschedule|make|see|get|ask|have|want|need|cancel|move|change|find|take|tell|give|put|bring|"
        r"send|know|say|like|think|wonder|enter|connect|try|use|leave|keep|let|choose|select|press|lost|forgot|"
        r"got|took|made|had|told|said|found|saw)$",
        r"^(?:enter|press|change|give|tell|put|bring|send|take|make|get|let)$",
        # An adverb between the verb and what it says: "the office is now", "it has been successfully".
        r"\b(?:am|is|are|was|were|be|been|i'm|it's|we're|you're|they're|has|have|had|will) "
        r"(?:now|currently|already|still|always|never|no longer|just|also|really|usually|successfully|temporarily)$",
        # Openings that say nothing yet, and questions whose object is still to come.
        r"^(?:my name|my name is|my number|my number is|this is|it's spelled|i)$",
        # What leads up to something.
        r"^(?:(?:oh|and|so|but|well|okay|um|uh|no|yes) )*"
        r"(?:anyway|besides|otherwise|meanwhile|listen|look|by the way|in fact|as a matter of fact|to be honest|"
        r"in that case|you see|you know|i mean|first of all|the thing is|the truth is|the problem is)$",
        r"^(?:what time|what day|which day|which doctor|how long|how much|how many|sort of|kind of)$",
    ),
    concluded=pattern(
        # A day soon after the beginning often goes on.
        r"\b(?:please|thanks|thank you|goodbye|bye|that's all|that's it|that's right|instead|possible|speaking)$",
        r"(?: [^ ]+){2,} (?:morning|afternoon|evening|o'clock)$",
        r"(?: [^ ]+){4,} (?:mon|tues|wednes|thurs|fri|satur|sun)day$",
        r"\b(?:at|around|past) (?:half past |quarter past |quarter to )?(?:\d\S*|one|two|three|four|five|six|seven|"
        r"eight|nine|ten|eleven|twelve|noon)$",
    ),
    questions=pattern(
        r"^(?:(?:hello|hi|okay|and|so|well|um|uh|yes|no|sorry) )*"
        r"(?:(?:what|when|where|who|how|why|which)(?! (?:i|you|we|he|she|they)\b)|"
        r"do|does|is|are|can|could|would|will|may|have|has)(?: [^ ]+){3,}$"
    ),
    before_nouns=word_set("the a an my your his her its our their"),
    subjects=word_set("this that these those another other others all both each every some any"),
    pronouns=word_set(
        "i you he she it we they there somebody someone something nobody everybody everyone everything nothing"
    ),
    before_clauses=word_set("hello hi hey yes yeah no okay so well and but or um uh sorry actually then also oh"),
    subordinators=word_set("when while if because whether though although unless"),
    # Auxiliaries, and the commonest verbs that are hardly nouns as well; none counts just after `before_nouns`.
    finite_verbs=word_set(
        "am is are was were isn't aren't wasn't weren't do does did don't doesn't didn't have has had haven't hasn't "
        "hadn't can could will would shall should may might must can't cannot couldn't won't wouldn't shouldn't i'm "
        "i've i'll i'd you're you've you'll you'd he's she's it's that's there's he'll she'll it'll he'd she'd we're "
        "we've we'll we'd they're they've they'll they'd need needs needed want wants wanted like likes liked know "
        "knows knew think thinks thought get gets got go goes went come comes came see sees saw say says said tell "
        "tells told take takes took make makes made give gives gave find finds found feel feels felt hurt hurts keep "
        "keeps kept lost forgot left let lets put puts seem seems seemed become becomes became begin begins began "
        "start starts started stop stops stopped happen happens happened work works worked help helps helped call "
        "calls called ask asks asked try tries tried use uses used live lives mean means meant hope hopes believe "
        "remember understand wonder wondered prefer bring brought send sent speak spoke arrive arrives arrived leave "
        "leaves expired ended moved booked missed cancelled"
    ),
    conditions=pattern(
        r"^(?:(?:so|and|but|well|okay|um|uh|oh) )*(?:if|when|whenever|unless|as soon as|as long as) "
        r"(?:i|you|he|she|we|they)(?= |$)"
    ),
    whole_conditions=pattern(
        r"\b(?:if|when|whenever) (?:you|i|he|she|we|they) (?:have|had|can|could|may|would|don't|like|want|wish)$",
        r"\bif (?:you|i|he|she|we|they) (?:could|would|can|may|have|don't mind)\b",
    ),
    clause_openers=word_set(
        "i we he she they you it there my your his her our their i'm i'll i'd i've we're we'll we'd we've he's she's "
        "they're he'll she'll they'll you're you'll you'd it's it'll that's that'll there's "
        "please press enter dial hold wait visit contact check call just"
    ),
    infinitive_marks=word_set("to"),
)

_SIGNALS: Final = Signals(
    hesitations=word_set("um uh er erm hmm hm ah"),
    openings=phrase_set(
        "hello; hi; hey; hello there; hi there; yes hello; good morning; good afternoon; good evening; excuse me",
        "hello good morning; hello good afternoon; hi good morning; hi good afternoon; oh; so; well; okay so; yes so",
    ),
    assents=phrase_set(
        "yes; yeah; yep; yup; okay; ok; right; sure; alright; all right; correct; fine; good; of course",
        "mm-hm; mm-hmm; mm hm; mhm; mmhm; mmhmm; mm hmm; uh-huh; uh huh",
    ),
    listening=phrase_set(
        "mm; hm; hmm; huh; um; uh; ah; oh; aha; ooh; wow; great; nice; i see; got it; i got it; really"
    ),
    complete_answers=phrase_set(
        "yes; yes please; yeah; yep; yes that's right; that's right; correct; yes it is; okay; sure; right",
        "no; nope; no thanks; no thank you; no that's all",
        "goodbye; bye; thank you goodbye; no thank you goodbye",
    ),
    # "Yes I have", "I don't": short answers end with what elsewhere must go on.
    short_answer=pattern(
        r"^(?:yes|yeah|no|nope) (?:i|we|he|she|it|they) "
        r"(?:am|is|are|was|were|do|does|did|have|has|had|can|could|will|would|should)(?: not)?$",
        r"^(?:(?:yes|no) )?(?:i|we|he|she|it|they|i'm|it's|that's) "
        r"(?:(?:am |is |do |did |have |can )?not|can't|don't|won't)$",
    ),
    stalls=pattern(
        r"\b(?:hold on|hang on|one moment|just a moment|one second|one sec|just a second|just a sec|one minute|"
        r"just a minute|a moment please|give me a (?:moment|second|minute)|bear with me|let me (?:check|look|see)|"
        r"wait)\b"
    ),
)

_VALUES: Final = Values(
    digits=word_set("zero oh o one two three four five six seven eight nine"),
    repeats=word_set("double triple"),
    name_opening=pattern(r"^(?:(?:um|uh|yes|hello|hi) )*(?:my name is|my name|it's|it is|this is|i'm|i am)? ?"),
    month=pattern(rf"\b(?:{_MONTHS})\b"),
    year=pattern(r"\b(?:(?:19|20)\d\d|(?:nineteen|twenty|two thousand)(?: and| oh)?(?: \w+){1,2})$"),
    day=pattern(r"\b(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|today|tomorrow)\b"),
    time=pattern(r"\b(?:at|around|past|morning|afternoon|evening|noon|o'clock|[ap]m)\b(?: \w+)*$"),
    number_or_date=pattern(
        r"\d",
        r"\b(?:zero|oh|o|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|"
        r"fifty|sixty|seventy|eighty|ninety|hundred|thousand|first|second|third|fifth|\w+th|double|triple|\w+day|"
        rf"tomorrow|{_MONTHS}|next|week|month|morning|afternoon|evening|number|date|born|on|at|the|is|it's)\b",
    ),
)

ENGLISH: Final = Lexicon(_ENDINGS, _SIGNALS, _VALUES)
