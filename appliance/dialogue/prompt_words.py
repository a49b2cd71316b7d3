"""The fixed phrases in every language that callers speak: one table a language, each with every key.

`{clinic}` is the clinic's name, `{number}` the emergency number digit by digit, `{destination}` whom a caller is
connected with. Spanish is that of Spain and the Americas alike, and addresses callers as "usted". Arabic is modern
standard Arabic, in forms that fit women and men.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Phrases:
    """Fixed phrases with their gaps; `fillers` and `done` by the name of the tool that runs or has run."""

    greeting: str
    idle_first: str
    idle_second: str
    idle_goodbye: str
    say_again: str
    apology: str
    trouble_transfer: str
    transfer_failed: str
    emergency: str
    connect_now: str
    connecting_help: str
    help_declined: str
    connecting: str
    goodbye: str
    closing: str
    filler: str
    done_otherwise: str
    fillers: Mapping[str, str]
    done: Mapping[str, str]
    digits: tuple[str, ...]


ENGLISH: Final = Phrases(
    greeting="Hello, you've reached {clinic}. How can I help you?",
    idle_first="Are you still there?",
    idle_second="I can't hear you. If you are there, please say something.",
    idle_goodbye="I still can't hear you, so I'll hang up now. Please call again. Goodbye.",
    say_again="Sorry, could you say that again?",
    apology="I'm sorry, something went wrong on my side. Could you say that again?",
    trouble_transfer="I'm sorry, I'm having trouble right now. I'm connecting you with a person.",
    transfer_failed="I'm sorry, nobody is answering there. What else can I do for you?",
    emergency="If this is an emergency, hang up and call {number} right away.",
    connect_now="Shall I connect you now?",
    connecting_help="I'm connecting you with help now. Please stay on the line.",
    help_declined="All right. How can I help you?",
    connecting="I'm connecting you with {destination}. Please stay on the line.",
    goodbye="Thank you for calling. Goodbye!",
    closing="I'm sorry, our telephone service has to stop for a moment. Please call again shortly. Goodbye.",
    # Long enough that, repeated every four seconds, it leaves no silence of two and a half.
    filler="One moment, please, I'm checking.",
    done_otherwise="That's done. Is there anything else I can do for you?",
    fillers=MappingProxyType(
        {
            "find_slots": "Let me check the calendar.",
            "find_appointment": "Let me look that up.",
            "book_appointment": "One moment, I'll book that.",
            "move_appointment": "One moment, I'll move that.",
            "cancel_appointment": "One moment, please, I'll take care of that.",
            "leave_message": "Let me write that down.",
        }
    ),
    done=MappingProxyType(
        {
            "book_appointment": "Your appointment is booked. Is there anything else I can do for you?",
            "move_appointment": "Your appointment has been moved. Is there anything else I can do for you?",
            "cancel_appointment": "Your appointment is cancelled. Is there anything else I can do for you?",
            "leave_message": "I've passed your message on. Is there anything else I can do for you?",
        }
    ),
    digits=("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
)

SPANISH: Final = Phrases(
    greeting="Hola, ha llamado a {clinic}. ¿En qué puedo ayudarle?",
    idle_first="¿Sigue ahí?",
    idle_second="No le oigo. Si está ahí, diga algo, por favor.",
    idle_goodbye="Sigo sin oírle, así que voy a colgar. Vuelva a llamar, por favor. Adiós.",
    say_again="Perdone, ¿puede repetirlo?",
    apology="Lo siento, ha habido un problema por mi parte. ¿Puede repetirlo?",
    trouble_transfer="Lo siento, tengo un problema en este momento. Le paso con una persona.",
    transfer_failed="Lo siento, allí no contesta nadie. ¿Qué más puedo hacer por usted?",
    emergency="Si es una emergencia, cuelgue y llame al {number} ahora mismo.",
    connect_now="¿Le paso ahora con alguien que le ayude?",
    connecting_help="Le paso ahora con alguien que le ayudará. No cuelgue, por favor.",
    help_declined="De acuerdo. ¿En qué puedo ayudarle?",
    connecting="Le paso ahora. No cuelgue, por favor.",
    goodbye="Gracias por llamar. ¡Adiós!",
    closing="Lo siento, nuestro servicio telefónico tiene que parar un momento. Vuelva a llamar en unos minutos, por "
    "favor. Adiós.",
    filler="Un momento, por favor, lo estoy comprobando.",
    done_otherwise="Ya está hecho. ¿Puedo hacer algo más por usted?",
    fillers=MappingProxyType(
        {
            "find_slots": "Voy a mirar la agenda.",
            "find_appointment": "Voy a buscarlo.",
            "book_appointment": "Un momento, hago la reserva.",
            "move_appointment": "Un momento, hago el cambio.",
            "cancel_appointment": "Un momento, por favor, me ocupo de eso.",
            "leave_message": "Voy a tomar nota.",
        }
    ),
    done=MappingProxyType(
        {
            "book_appointment": "Su cita está reservada. ¿Puedo hacer algo más por usted?",
            "move_appointment": "Su cita se ha cambiado. ¿Puedo hacer algo más por usted?",
            "cancel_appointment": "Su cita está cancelada. ¿Puedo hacer algo más por usted?",
            "leave_message": "He pasado su mensaje. ¿Puedo hacer algo más por usted?",
        }
    ),
    digits=("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"),
)

ARABIC: Final = Phrases(
    greeting="أهلا بك في {clinic}. كيف يمكنني مساعدتك؟",
    idle_first="هل ما زلت على الخط؟",
    idle_second="لا أسمع أي صوت. إذا كان هناك أحد على الخط، فالرجاء قول أي شيء.",
    idle_goodbye="ما زلت لا أسمع أي صوت، لذلك سأنهي المكالمة. يرجى الاتصال مرة أخرى. مع السلامة.",
    say_again="عذرا، هل يمكنك إعادة ذلك؟",
    apology="عذرا، حدث خطأ عندي. هل يمكنك إعادة ذلك؟",
    trouble_transfer="عذرا، أواجه مشكلة الآن. سأحولك إلى أحد الموظفين.",
    transfer_failed="عذرا، لا أحد يجيب هناك. بماذا يمكنني مساعدتك غير ذلك؟",
    emergency="إذا كانت هذه حالة طارئة، فالرجاء إنهاء المكالمة والاتصال بالرقم {number} فورا.",
    connect_now="هل أحولك الآن إلى من يساعدك؟",
    connecting_help="سأحولك الآن إلى من يساعدك. الرجاء البقاء على الخط.",
    help_declined="حسنا. كيف يمكنني مساعدتك؟",
    connecting="سأحولك الآن. الرجاء البقاء على الخط.",
    goodbye="شكرا لاتصالك. مع السلامة!",
    closing="عذرا، ستتوقف خدمتنا الهاتفية قليلا. يرجى الاتصال مرة أخرى بعد دقائق. مع السلامة.",
    filler="لحظة من فضلك، أتحقق من ذلك الآن.",
    done_otherwise="تم ذلك. هل يمكنني مساعدتك في شيء آخر؟",
    fillers=MappingProxyType(
        {
            "find_slots": "سأراجع جدول المواعيد.",
            "find_appointment": "سأبحث عن ذلك.",
            "book_appointment": "لحظة، سأقوم بالحجز.",
            "move_appointment": "لحظة، سأقوم بالتغيير.",
            "cancel_appointment": "لحظة من فضلك، سأتولى ذلك.",
            "leave_message": "سأكتب ذلك.",
        }
    ),
    done=MappingProxyType(
        {
            "book_appointment": "تم حجز موعدك. هل يمكنني مساعدتك في شيء آخر؟",
            "move_appointment": "تم تغيير موعدك. هل يمكنني مساعدتك في شيء آخر؟",
            "cancel_appointment": "تم إلغاء موعدك. هل يمكنني مساعدتك في شيء آخر؟",
            "leave_message": "تم تسليم رسالتك. هل يمكنني مساعدتك في شيء آخر؟",
        }
    ),
    digits=("صفر", "واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة"),
)

PROMPT_WORDS: Final[Mapping[str, Phrases]] = MappingProxyType({"en": ENGLISH, "es": SPANISH, "ar": ARABIC})
