"""How each language asks for a value, for a yes or a no, or for anything at all."""

import re
from dataclasses import dataclass
from typing import Final

from appliance.dialogue.reply import Expectation
from appliance.turn.lexicon.lexicon import pattern


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """One language, searched in a lower-case sentence without its last sign.

    `request`: asks without a question mark. `values`: what is asked for, in this order. `proposal` wants a yes or a no
    whatever it names ("Shall I book Tuesday at ten?"); `closed` does so unless `open` ("anything else", "or").
    """

    request: re.Pattern[str]
    values: tuple[tuple[Expectation, re.Pattern[str]], ...]
    proposal: re.Pattern[str]
    closed: re.Pattern[str]
    open: re.Pattern[str]


_ENGLISH: Final = QuestionWords(
    request=pattern(r"\b(?:please|could you|can you|may i|let me know|go ahead|tell me|give me|i(?:'ll)? need)\b"),
    values=(
        (Expectation.SPELLING, pattern(r"\bspell")),
        (
            Expectation.DATE,
            pattern(
                r"\bdate of birth\b|\bbirth ?da(?:te|y)\b|\bwere you born\b",
                r"\b(?:which|what) (?:other )?(?:day|date|time)\b|\bday (?:and|or) time\b",
                r"\bwhen (?:would|can|could|do|should|is|are|works?|suits?)\b",
            ),
        ),
        (
            Expectation.DIGITS,
            pattern(
                r"\b(?:phone|telephone|mobile|cell|callback|call-back|contact|insurance|policy|member|reference|"
                r"account)\b[\w ]*\bnumber\b",
                r"\bnumber (?:can|should|to|may)\b|\b(?:what|which|your) number\b|\bdigits?\b",
            ),
        ),
        (
            Expectation.NAME,
            pattern(r"\bname\b(?! of the)|\bwho am i (?:speaking|talking)\b|\bwho is (?:calling|it for)\b"),
        ),
    ),
    proposal=pattern(r"^(?:\w+, )*(?:and |so |then )?(?:shall|should) (?:i|we)\b(?!.*\bor\b)"),
    closed=pattern(
        r"^(?:\w+, )*(?:and |so |then |or )?"
        r"(?:is|are|was|were|do|does|did|shall|should|would|will|can|could|may|have|has|isn't|aren't|don't)\b",
        r"\b(?:right|correct|okay|ok|all right)$",
    ),
    open=pattern(r"\b(?:anything|something) else\b|\b(?:or|which|what|how|who|where)\b"),
)

_SPANISH: Final = QuestionWords(
    request=pattern(
        r"\b(?:por favor|podría|puede|dígame|deme|indíqueme|necesito|necesitaría|adelante|"
        r"me (?:da|dice|dicta|indica|confirma))\b"
    ),
    values=(
        (Expectation.SPELLING, pattern(r"\bdeletre|\bletra por letra\b")),
        (
            Expectation.DATE,
            pattern(
                r"\bfecha de nacimiento\b|\bnació\b|\bcumpleaños\b|\b(?:qué|cuál) (?:otro |otra )?(?:día|fecha|hora)\b",
                r"\bpara cuándo\b|\bcuándo (?:quiere|querría|quisiera|le|puede|podría|desea|sería|prefiere)\b",
            ),
        ),
        (
            Expectation.DIGITS,
            pattern(
                r"\bnúmero de (?:teléfono|móvil|celular|contacto|seguro|póliza|afiliado|afiliación|referencia|cuenta|"
                r"expediente|historia|documento|identificación)\b",
                r"\b(?:su|un|qué) (?:número|teléfono|móvil|celular)\b(?! de)|\bdígitos\b",
            ),
        ),
        (
            Expectation.NAME,
            pattern(
                r"\b(?:su|el|qué|cuál es su) (?:nombre|apellido)\b(?! de (?:la|el|los|nuestr))|\bnombre (?:completo|"
                r"y)\b",
                r"\bapellidos\b|\bcómo se llama\b|\b(?:con|de|para) quién (?:hablo|tengo|es)\b|\bquién (?:llama|"
                r"habla)\b",
            ),
        ),
    ),
    proposal=pattern(
        r"^(?:\w+, )*(?:y |entonces |pues )?(?:se )?(?:le |lo |la )?(?:quiere que (?:le |lo |la |se )*)?"
        r"(?:reserv|agend|apunt|confirm|cancel|anul|cambi|pas|anot|program)(?:o|e|ue)\b(?!.* o )"
    ),
    closed=pattern(
        r"^(?:\w+, )*(?:y |entonces |pues |o )?"
        r"(?:es|son|está|están|quiere|desea|puede|podría|tiene|hay|confirma|necesita|ha|sigue|sería|quisiera|"
        r"le (?:parece|viene|va|gustaría|interesa|sirve|queda)|me confirma)\b",
        r"\b(?:verdad|correcto|cierto|de acuerdo|está bien|vale|sí|no|ok)$",
    ),
    open=pattern(r"\balgo más\b|\botra cosa\b|\b(?:o|qué|cuál|cuáles|cómo|quién|dónde|cuándo|cuánto)\b"),
)

_ARABIC: Final = QuestionWords(
    request=pattern(
        r"\b(?:من فضلك|لو سمحت|لو سمحتي|يمكنك|ممكن|أعطني|أعطيني|عطني|قل لي|قولي|اذكر|أخبرني|أحتاج|أحتاج إلى|تفضل)\b"
    ),
    values=(
        (Expectation.SPELLING, pattern(r"\b(?:تهجئة|تهجي|تتهجى|تهجى|تهجئ)\b|\bحرفا حرفا\b|\bحرف حرف\b")),
        (
            Expectation.DATE,
            pattern(
                r"\bتاريخ (?:ال)?(?:ميلاد|ميلادك|ولادة|ولادتك)\b|\bمتى ولدت\b|\bأي (?:يوم|تاريخ|وقت|ساعة)\b",
                r"\bما (?:هو )?(?:اليوم|الموعد|الوقت|التاريخ)\b",
                r"\b(?:متى|امتى) (?:تريد|تريدين|تحب|تحبين|تود|يناسبك|تفضل|بدك|ترغب|تقدر|حابب|عايز)\b",
            ),
        ),
        (
            Expectation.DIGITS,
            pattern(
                r"\bرقم (?:ال)?(?:هاتف|هاتفك|جوال|جوالك|تلفون|تلفونك|موبايل|موبايلك|تأمين|تأمينك|ملف|ملفك|بوليصة|"
                r"مرجع)\b",
                r"\bرقمك\b|\b(?:ما|ايش|شو|أي) (?:هو )?(?:ال)?رقم\b|\bأرقام\b",
            ),
        ),
        (
            Expectation.NAME,
            pattern(
                r"\b(?:اسمك|الاسم|اسم حضرتك|اسمك الكامل)\b|\bمع (?:من|مين) (?:أتكلم|أتحدث|بحكي)\b|\b(?:من|"
                r"مين) (?:المتصل|معي)\b"
            ),
        ),
    ),
    proposal=pattern(
        r"^(?:\w+[,،] )*(?:هل )?(?:تريدني أن |تريد أن |بدك )?(?:أحجز|أؤكد|ألغي|أغير|أنقل|أسجل|أحول)\w*\b(?!.* أو )"
    ),
    closed=pattern(r"^(?:\w+[,،] )*(?:و|إذن |طيب )?(?:هل|أليس)\b", r"\b(?:صحيح|صح|تمام|كذلك|موافق|مناسب|أوكي)$"),
    open=pattern(r"\b(?:شيء|شي|حاجة) (?:آخر|ثاني|تاني|تانية)\b|\b(?:أو|ماذا|كيف|أي|متى|أين|وين|كم|ما هو|ما هي)\b"),
)

QUESTION_WORDS: Final = (_ENGLISH, _SPANISH, _ARABIC)
"""A reply is read in every language, since a model answers in the caller's."""
