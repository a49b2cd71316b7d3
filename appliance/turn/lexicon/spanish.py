"""Spanish, as heard on telephones in Spain and the Americas. Accents count where they tell words apart ("sí", "si")."""

from typing import Final

from appliance.turn.lexicon.lexicon import Endings, Lexicon, Signals, Values, pattern, phrase_set, word_set

_MONTHS: Final = (
    "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre"
)  # fmt: skip
_DAYS: Final = "lunes|martes|miércoles|miercoles|jueves|viernes|sábado|sabado|domingo"
_HOURS: Final = "una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce"
_TENS: Final = "treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa"

_SOMEBODY: Final = (
    r"\b(?:el|la|al|del|un|una|mi|su|otro|otra|este|esta|ese|esa) (?:doctor|doctora|señor|señora|señorita)"
)

_ENDINGS: Final = Endings(
    trailing=word_set(
        "y e o u ni pero porque que pues de del a al en con sin por para según sobre entre hasta desde hacia como "
        "cuando donde aunque mientras si mi mis tu tus su sus nuestro nuestra un una unos unas el la los las lo le les "
        "me te se nos este esta ese esa aquel aquella es son era soy estoy está están he ha han muy más cada "
        "próximo próxima doctor doctora dr dra señor señora señorita don doña entonces digamos "
        "eh em ehm mmm mm hm um uh tipo número hola"
    ),
    ends_after_all=pattern(
        r"\b(?:cómo|como|dónde|donde|quién|quien|ya|aquí|ahí|allí|así|bien|qué tal|no|sí|si) est(?:á|án|oy)$",
        r"\b(?:cómo|como|quién|quien|qué|cuál|cual|así|eso|esto|no|sí|si|ya|lo) (?:es|son|soy|era)$",
        r"\b(?:que|claro|eso|pues|digo) si$",
        r"\b(?:nada|algo|uno|una|tres|dos|mucho|poco|no|alguien|quién) más$",
        r"\b(?:quiero|prefiero|tomo|es|sea|con|para|por|de|deme|elijo) (?:est[ea]|es[ea])$",
        # With an article it may be all, without one a name follows.
        rf"{_SOMEBODY}$",
    ),
    goes_on=pattern(
        r"\b(?:quiero|quisiera|quería|querría|deseo|necesito|puedo|podría|puede|me gustaría|voy a|tengo que|para|"
        r"es que)(?: (?:pedir|reservar|agendar|hacer|sacar|programar|solicitar|ver|tener|cambiar|cancelar|anular|mover|"
        r"confirmar|preguntar|saber|hablar|dar|darme|tomar|consultar|pasar|coger|concertar))?$",
        r"^(?:me llamo|mi nombre es|mi nombre|mi apellido es|mi apellido|mi número es|mi número|mi teléfono es|"
        r"mi teléfono|soy|yo soy|yo|habla|le habla|se escribe|se deletrea)$",
        r"(?: [^ ]+){2} no$",
        # What leads up to something, and on whose behalf.
        r"^(?:(?:y|pues|bueno|no|sí|eh) )*(?:por cierto|por otro lado|por otra parte|de todos modos|de todas formas|"
        r"de todas maneras|aparte de eso|además|además de eso|sin embargo|es decir|o sea|de hecho|en realidad|"
        r"la verdad|lo que pasa|el caso|el problema)$",
        rf"{_SOMEBODY}$",
        r"\b(?:de parte de|en nombre de|a nombre de|con respecto a|respecto a) [^ ]+(?: [^ ]+)?$",
        r"^(?:qué día|qué hora|a qué hora|qué doctor|qué doctora|cuánto|cuánto tiempo|cuándo|cuál)$",
    ),
    concluded=pattern(
        r"\b(?:por favor|gracias|adiós|adios|chao|hasta luego|eso es todo|nada más|así es|correcto|si es posible|"
        r"si puede ser|si se puede)$",
        r" (?:de|por|en) la (?:mañana|tarde|noche)$",
        r" (?:al|a) mediod[ií]a$",
        rf"(?: [^ ]+){{4,}} (?:{_DAYS})$",
        rf"\b(?:a|para|sobre) las? (?:\d\S*|{_HOURS})(?: y (?:media|cuarto)| menos cuarto)?$",
    ),
    questions=pattern(
        r"^(?:(?:hola|bueno|buenos días|buenas tardes|buenas noches|buenas|y|pues|eh|sí|no|perdón|disculpe|oiga|"
        r"mire) )*(?:a |de |en |con |por |para )?(?:qué|cuándo|dónde|quién|cómo|cuál|cuáles|cuánto|cuánta|"
        r"cuántos|cuántas|hay|tiene|tienen|puede|pueden|podría|podrían|puedo|sabe|está|están|es|son|atienden|"
        r"aceptan)(?: [^ ]+){3,}$",
    ),
    before_nouns=word_set("el la los las un una unos unas mi mis tu tus su sus nuestro nuestra nuestros nuestras"),
    subjects=word_set("este esta estos estas ese esa esos esas todo todos otro otra otros otras cada"),
    pronouns=word_set("yo usted ustedes él ella ellos ellas nosotros nadie alguien algo"),
    before_clauses=word_set("hola bueno buenos buenas días tardes noches sí no y pues eh perdón disculpe oiga mire"),
    subordinators=word_set("cuando porque mientras si aunque"),
    # Auxiliaries, and the commonest verbs in the persons of whom callers speak.
    finite_verbs=word_set(
        "es son soy somos era eran fue fueron será está están estoy estamos estaba estaban he ha han hemos había "
        "habían hay tiene tienen tengo tenemos tenía tuvo tuve puede pueden puedo podemos podía podría quiere "
        "quieren quiero queremos quería quisiera debe deben debo debería va van voy vamos iba dice dicen digo dijo "
        "dijeron dije hace hacen hago hizo hice viene vienen vengo vino vine sabe saben sé sabía da dan doy dio di "
        "pone ponen puso ve ven veo vio vi cree creo pienso piensa parece parecía necesita necesitan necesito desea "
        "deseo busca busco sigue siguen sale salen salió llega llegan llegó llegué empieza empezó empecé termina "
        "terminó duele duelen dolía siente siento gusta gustaría toma tomo tomó pasa pasó funciona funcionan "
        "esté estés estén tenga tengas tengan pueda puedas puedan sea seas sean haya vaya vayas venga llegue quiera "
        "trabaja trabajo llama llamó llamé pidió pedí recibió recibí perdí perdió olvidé espera espero habla hablé "
        "habló vive vivo queda quedó cambió"
    ),
    verb_endings=("rá", "rán", "ré", "remos", "ó", "aba", "aban", "aron", "ieron"),
    dependent=pattern(
        r"^(?:(?:y|pero|bueno|pues|es|eh|hola|mire|oiga|no|sí) )*"
        r"(?:si|cuando|como|porque|aunque|mientras|que|antes de|después de|debido a) "
    ),
)

_SIGNALS: Final = Signals(
    hesitations=word_set("eh em ehm mmm hmm hm este pues ah um uh"),
    openings=phrase_set(
        "hola; buenos días; buenas tardes; buenas noches; buenas; hola buenos días; hola buenas tardes; hola buenas",
        "sí hola; oiga; mire; disculpe; perdone; pues; oye",
    ),
    assents=phrase_set(
        "sí; si; sip; claro; claro que sí; vale; bueno; bien; muy bien; está bien; de acuerdo; ok; okay; okey",
        "correcto; exacto; así es; eso es; perfecto; por supuesto; cómo no; dale; sale; ya; ajá; aja; mhm; mm-hm",
        "mm hm; ujum",
    ),
    listening=phrase_set(
        "ah; oh; mm; mmm; hm; hmm; eh; ya veo; entiendo; entendido; comprendo; ah ya; genial; qué bien; vaya; uy; pues"
    ),
    complete_answers=phrase_set(
        "sí; si; sí por favor; sí gracias; sí claro; claro; claro que sí; correcto; exacto; así es; eso es",
        "de acuerdo; vale; está bien; ok; okay; bueno; por supuesto; sí señor; sí señora",
        "no; no gracias; no eso es todo; no nada más; nada más; eso es todo; no señor; no señora",
        "adiós; gracias adiós; no gracias adiós; hasta luego; gracias hasta luego; chao",
    ),
    short_answer=pattern(
        r"^(?:sí|si|no)(?: (?:sí|si|no))? (?:lo |la |me )?"
        r"(?:es|soy|tengo|puedo|quiero|estoy|está|necesito|hay|sé|tiene)$",
        r"^(?:creo|pienso|digo|espero) que (?:sí|si|no)$",
        r"^(?:todavía|aún|ya) no$",
    ),
    stalls=pattern(
        r"\b(?:esper[ae]|espér[ae]me|esper[ae]n|un moment(?:o|ito)|moment(?:o|ito) por favor|un segund(?:o|ito)|"
        r"un minut(?:o|ito)|un instante|un ratito|d[eé]j[ae]me (?:ver|mirar|buscar|revisar)|perm[ií]tame|aguarde|"
        r"no cuelgue)\b"
    ),
)

_VALUES: Final = Values(
    digits=word_set("cero uno una dos tres cuatro cinco seis siete ocho nueve"),
    repeats=word_set("doble triple"),
    name_opening=pattern(
        r"^(?:(?:eh|sí|hola|bueno|buenos días|buenas tardes) )*"
        r"(?:me llamo|mi nombre es|mi nombre|mi apellido es|yo soy|soy|le habla|habla|es)? ?"
    ),
    month=pattern(rf"\b(?:{_MONTHS})\b"),
    year=pattern(
        r"\b(?:19|20)\d\d$",
        r"\bmil novecientos(?: \w+){1,3}$",
        r"\bdos mil(?: \w+){0,3}$",
        rf"\bdel? (?:\d\d|(?:{_TENS})(?: y \w+)?)$",
    ),
    day=pattern(rf"\b(?:{_DAYS}|hoy|mañana)\b"),
    time=pattern(r"\b(?:a las?|por la|de la|en la|mediod[ií]a|temprano)\b(?: \w+)*$"),
    number_or_date=pattern(
        r"\d",
        rf"\b(?:cero|uno|{_HOURS}|trece|catorce|quince|dieci\w+|veint\w+|{_TENS}|cien|ciento|\w+cient[oa]s|mil|primero|"
        rf"doble|triple|{_DAYS}|hoy|mañana|{_MONTHS}|próxim[oa]|semana|mes|tarde|noche|número|teléfono|fecha|nac[ií]|"
        r"nacid[oa]|el|la|es|del|las)\b",
    ),
)

SPANISH: Final = Lexicon(_ENDINGS, _SIGNALS, _VALUES)
