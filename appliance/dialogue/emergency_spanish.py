"""Emergencies in Spanish. Patterns have no accents, since recognisers write them or not."""

import re
from typing import Final

from appliance.dialogue.emergency_table import PAUSE, EmergencyTable, bare_words, compiled

_STRENGTH: Final = r"(?:(?:muy )?(?:fuerte|intenso|terrible|horrible|agudo)s? )?"
_CANT: Final = (
    r"no (?:se )?(?:puedo|puede|podemos|pueden|podia|logro|logra|consigo|consigue)(?: (?:casi|ni|bien|apenas))?"
)
_JOKES: Final = r"(?! de (?:la )?(?:risa|ganas|hambre|sueno|sed|frio|calor|pena|verguenza|aburrimiento))"
_LIMB: Final = r"(?:el |la |los |las |un |una |mi |su )?(?:brazos?|piernas?|cara|lado|manos?|cuerpo)"

_PATTERNS: Final = (
    (
        "chest_pain",
        rf"(?:dolor(?:es)?|presion|opresion|punzadas?|ardor|pinchazos?) {_STRENGTH}(?:en|de|del|sobre) "
        r"(?:el |mi |su |la )?(?:pecho|corazon)"
        r"|(?:me|le|nos) (?:esta )?(?:duele|doliendo|dolia|aprieta|oprime|quema|arde)(?: (?:mucho|muchisimo|bastante))?"
        r" (?:el |mi )?(?:pecho|corazon)|pecho (?:me |le )?(?:duele|aprieta|oprimido|apretado)"
        r"|infarto|ataque (?:al corazon|de corazon|del corazon|cardiaco)|paro cardiaco",
    ),
    (
        "breathing",
        rf"{_CANT} respirar|(?:apenas|casi no) (?:puedo respirar|puede respirar|respira|respiro)"
        r"|no (?:esta )?respir(?:a|o|ando)|(?:dejo|ha dejado) de respirar|sin respirar"
        r"|(?:me|se)(?: me)? (?:estoy |esta |estaba |ha |he )?(?:ahog(?:o|a|ando)|asfixi(?:o|a|ando)|atragant\w+)"
        r"|(?:me |le )?falta (?:el |la )?(?:aire|respiracion)|falta de aire|(?:me |se )?qued\w+ sin aire"
        r"|(?:dificultad(?:es)?|problemas?) (?:para|al) respirar|(?:me |le )?cuesta (?:mucho )?respirar"
        r"|labios (?:azules|morados)",
    ),
    (
        "bleeding",
        r"(?:de)?sangr(?:o|a|ando|aba) (?:mucho|muchisimo|bastante|demasiado|sin parar|abundantemente|a chorros)"
        r"|(?:me|se) (?:estoy |esta )?desangr\w+|(?:mucha|muchisima|demasiada|tanta) sangre|sangre por todas? partes"
        r"|hemorragia|sangrado (?:abundante|fuerte|grave|intenso|que no para)|no (?:para|deja|cesa) de sangrar"
        r"|(?:perd\w+|pierd\w+) (?:mucha |demasiada )?sangre|(?:vomit|escup|tos)\w+ (?:con )?sangre"
        r"|apunal\w+|(?:un|le) (?:disparo|balazo|dispararon)",
    ),
    (
        "stroke",
        r"derrame cerebral|(?:un|tener|tuvo|tiene) derrame|ictus|embolia|accidente cerebrovascular|(?:infarto|ataque) "
        r"cerebral|(?:cara|boca) (?:esta |se (?:me|le) (?:ha )?)?(?:caida|torcida|torcido|torcio|paralizada|paralizo)"
        r"|se (?:me|le) (?:ha )?(?:torcio|torcido|cayo|caido|durmio|dormido|paralizo|paralizado) "
        r"(?:la |el |media |medio )?(?:cara|boca|brazo|pierna|cuerpo|lado)"
        rf"|{_CANT} (?:mover|sentir|levantar) {_LIMB}|arrastra(?:ndo)? las palabras|habla (?:raro|enredado|arrastrando)"
        r"|de repente no (?:puede|puedo) (?:hablar|ver|caminar|moverse|moverme)",
    ),
    (
        "unconscious",
        r"inconsciente|(?:se (?:ha |me ha |me )?)?desmay(?:o|ado|ada|e|ando)|(?:perd\w+|sin) (?:el )?conocimiento"
        r"|perd\w+ la con(?:s)?ciencia|no (?:responde|reacciona)(?! (?:al?|el|la|mis?|los|las|mensajes))"
        r"|no (?:se )?despierta|no vuelve en si|no tiene pulso|sin pulso|se (?:ha )?(?:desplom|desvanec)\w+"
        r"|convulsion(?:es)?|ataque (?:epileptico|de epilepsia)",
    ),
    (
        "suicide",
        r"suicid(?:ar|arme|arse|io|a|o)|matarme|matarse|quitar(?:me|se) la vida|(?:acabar|terminar) con (?:mi vida|"
        r"su vida|todo)"
        rf"|(?:quiero|quisiera|prefiero|quiere|deseo|ganas de) morir(?:me|se)?{_JOKES}"
        r"|no quiero (?:seguir viviendo|vivir|vivir mas)(?! (?:en|con|aqui|alli|cerca|lejos))"
        r"|(?:hacer(?:me|se) dano|cortar(?:me|se) las venas)|(?:estaria|estoy|estar) mejor muert[oa]",
    ),
    (
        "overdose",
        r"sobredosis|(?:tom|trag|inger|ingir)\w+ (?:muchas|demasiadas|todas las|todas sus|un frasco de|un monton de) "
        r"(?:pastillas|pildoras|tabletas|medicinas|capsulas)|demasiadas (?:pastillas|pildoras|medicinas|capsulas)"
        r"|(?:tom|trag|beb)\w+ (?:veneno|lejia|cloro|lavandina|raticida)|envenen\w+",
    ),
    (
        "allergic",
        r"anafila\w+|(?:garganta|lengua) (?:se (?:me |le )?)?(?:esta )?(?:cerrando|cierra|cerrada|hinchada|hinchando"
        r"|hincha|inflamada)|se (?:me|le) (?:esta )?(?:cerrando|cierra|hincha|hinchando|inflama|inflamando|cerro|"
        r"hincho)"
        r" (?:la |el )?(?:garganta|lengua|cara|cuello)|reaccion alergica (?:muy )?(?:grave|fuerte|severa|seria)"
        r"|(?:grave|fuerte|severa|seria) reaccion alergica",
    ),
    (
        "emergency",
        r"(?:es|tengo|tenemos|hay|tratarse de|trata de) una (?:verdadera |gran )?(?:emergencia|urgencia)"
        r"|^(?:(?:ayuda|por favor) )*(?:una )?emergencia(?: (?:por favor|ayuda|medica))*$|emergencia medica"
        r"|(?:llam|mand|envi|necesit|pid)\w+ (?:a )?(?:una |la )?ambulancia|socorro|auxilio|de vida o muerte"
        r"|llam\w+ al (?:911|112|061|nueve uno uno|nueve once|uno uno dos)"
        rf"|(?:me|se)(?: me)? (?:estoy |esta )?(?:muriendo|muere|muero){_JOKES}|(?:va|voy) a morir(?:me|se)?{_JOKES}"
        r"|(?:necesit\w+) ayuda (?:ya|ahora|urgente|inmediata|inmediatamente)",
    ),
)

_SAID_NO: Final = re.compile(r"\b(no|nada)\s*[,.;:!]")


def _read(text: str) -> str:
    return bare_words(text, _SAID_NO)


SPANISH: Final = EmergencyTable(
    patterns=compiled(_PATTERNS),
    denials=frozenset("no sin nunca jamas tampoco ni ningun ninguna".split()),
    softeners=frozenset(
        "un una el la los las tengo tiene tienen tenemos tenido tuve tuvo tenia hay es esto esta estoy siento siente "
        "sufro sufre de con mucho mucha fuerte ningun ninguna verdadero verdadera real signos signo sintomas sintoma "
        "he ha sido teniendo sintiendo se nada".split()
    ),
    rewrites=(
        # "No sé, tengo dolor": not knowing denies nothing.
        (
            re.compile(
                r"\bno se(?: (?:que|si|por que|porque|como|bien|exactamente))* (?=tengo|tiene|hay|es|esta|siento)"
            ),
            f"{PAUSE} ",
        ),
        (
            re.compile(r"\bno (?:creo|pienso|parece)(?: que)? (?:sea|es|tenga|tengo|este teniendo|estoy teniendo)\b"),
            "no",
        ),
        (re.compile(r"\b(no|sin)((?: (?!pued)\w+){1,4}) (?:o|ni) "), r"\1\2 \1 "),
    ),
    read=_read,
)
