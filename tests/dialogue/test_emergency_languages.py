"""Emergencies said in Spanish and in Arabic, and what only sounds like one."""

import pytest

from appliance.dialogue.emergency import emergency_in

SPANISH = {
    "chest_pain": """Me duele el pecho.; tengo dolor en el pecho; dolor de pecho muy fuerte
        siento una presión en el pecho
        creo que es un infarto; mi padre tiene un ataque al corazón; me aprieta el pecho; No, me duele el pecho.
        no sé, tengo dolor de pecho; no se tengo dolor en el pecho; no me encuentro bien me duele mucho el pecho
        hola quería una cita pero ahora me duele el pecho; y opresión en el pecho""",
    "breathing": """No puedo respirar.; mi hijo no puede respirar; no respira; se está ahogando; me ahogo
        me falta el aire
        le cuesta respirar; tengo dificultad para respirar; casi no puedo respirar; se ha atragantado; dejó de respirar
        no puedo ni respirar""",
    "bleeding": """está sangrando mucho; sangra sin parar; hay mucha sangre; hay sangre por todas partes
        no para de sangrar
        estoy perdiendo mucha sangre; vomita sangre; tengo una hemorragia; lo han apuñalado""",
    "stroke": """creo que es un derrame cerebral; se le ha torcido la boca; tiene la cara caída
        no puede mover el brazo; es un ictus; arrastra las palabras; de repente no puede hablar""",
    "unconscious": """está inconsciente; se ha desmayado; se desmayó; perdió el conocimiento; no responde
        no se despierta
        está teniendo convulsiones; se desplomó; no tiene pulso""",
    "suicide": """quiero suicidarme; me quiero matar... voy a matarme; quiero quitarme la vida; quiero morirme
        no quiero vivir
        no quiero seguir viviendo; pienso en el suicidio; quiero acabar con todo""",
    "overdose": """ha tomado una sobredosis; tomé demasiadas pastillas; se tragó un frasco de pastillas; bebió lejía
        se ha envenenado""",
    "allergic": """se me cierra la garganta; la lengua se le está hinchando; una reacción alérgica grave; anafilaxia""",
    "emergency": """es una emergencia; tengo una emergencia; ¡Emergencia!; necesito una ambulancia
        llame a una ambulancia
        se está muriendo; me muero; necesito ayuda ahora; ¡Socorro!; es de vida o muerte""",
}
ARABIC = {
    "chest_pain": """عندي ألم في صدري; ألم شديد في الصدر; صدري يؤلمني; صدري بيوجعني; أشعر بضغط على صدري; جلطة قلبية
        عندي وجع بصدري; لا، عندي ألم في صدري; نوبة قلبية; أَلَمٌ فِي صَدْرِي; وألم في القلب; قلبه توقف""",
    "breathing": """لا أستطيع التنفس; مش قادر أتنفس; ما أقدر أتنفس; لا يتنفس; ما عم يتنفس; ضيق في التنفس
        عندي صعوبة في التنفس
        ابني يختنق; عم بختنق; انقطع نفسه; ما بيتنفس""",
    "bleeding": "ينزف كثيرا; نزيف حاد; في دم كتير; الدم لا يتوقف; بينزف جامد; يتقيأ دم; انطعن هو مطعون",
    "stroke": "سكتة دماغية; جلطة في الدماغ; وجهه مائل; لا يستطيع تحريك يده; كلامه غير مفهوم; فجأة مش قادر يتكلم",
    "unconscious": "فاقد الوعي; فقدت الوعي; أغمي عليه; مغمى عليها; لا يستجيب; ما بيصحى; عنده تشنجات; نوبة صرع",
    "suicide": "أريد أن أموت; بدي أموت; أفكر في الانتحار; سوف أقتل نفسي; لا أريد أن أعيش; مش عايز أعيش; أنهي حياتي",
    "overdose": "جرعة زائدة; أخذت حبوب كثيرة; شرب سم; بلعت علبة حبوب; تسمم; شربت كلوركس",
    "allergic": "حلقي يتورم; لسانه متورم; حساسية شديدة; حلقها بيقفل",
    "emergency": "هذه حالة طوارئ; عندي حالة طارئة; طوارئ; اطلبوا الإسعاف; أحتاج سيارة إسعاف; أبي يموت; عم بموت; النجدة",
}
NONE = {
    "es": """no me duele el pecho; no tengo dolor de pecho; sin dolor en el pecho; no es una emergencia
        no creo que sea una emergencia
        no tengo dificultad para respirar; no es un infarto; no tengo dolor de pecho ni dificultad para respirar
        ¿a qué hora abren?; quiero pedir una cita con el cardiólogo; me duele la espalda; me duele una muela
        necesito un análisis de sangre; mi contacto de emergencia es mi esposa; me muero de ganas de verle
        el martes por la mañana; sí; no; Ana García; el cinco de marzo de mil novecientos ochenta
        una radiografía de tórax
        no responde al teléfono; no puedo ir el martes; no puedo hablar ahora; no quiero vivir en Madrid""",
    "ar": """ليس عندي ألم في صدري; ما عندي ألم في صدري; لا يوجد نزيف; ليست حالة طارئة; بدون ألم في الصدر
        ما عندي ضيق تنفس
        أريد موعدا مع طبيب القلب; متى تفتحون; ظهري يؤلمني; عندي صداع; تحليل دم; نعم; لا; اسمي فاطمة حسن; يوم الثلاثاء
        أموت من الضحك; أين قسم الطوارئ؟; رقم الطوارئ; تسمم غذائي; صورة أشعة للصدر; لا أستطيع الحضور يوم الثلاثاء""",
}


def split(block: str) -> list[str]:
    return [said.strip() for said in block.replace("\n", ";").split(";") if said.strip()]


def cases(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(category, said) for category, block in table.items() for said in split(block)]


@pytest.mark.parametrize(("category", "said"), cases(SPANISH))
def test_spanish(category: str, said: str) -> None:
    assert emergency_in(said) == category


@pytest.mark.parametrize(("category", "said"), cases(ARABIC))
def test_arabic(category: str, said: str) -> None:
    assert emergency_in(said) == category


@pytest.mark.parametrize("said", [said for _, said in cases(NONE)])
def test_what_is_no_emergency(said: str) -> None:
    assert emergency_in(said) is None


@pytest.mark.parametrize(
    ("said", "category"),
    [
        ("no es una emergencia pero me duele el pecho", "chest_pain"),
        ("no tengo dolor de pecho pero no puedo respirar", "breathing"),
        ("no, no me duele el pecho, pero se ha desmayado", "unconscious"),
        ("ما عندي ألم في صدري بس مش قادر أتنفس", "breathing"),
        ("ليست حالة طارئة لكن عندي ألم في صدري", "chest_pain"),
    ],
)
def test_a_denial_covers_only_what_it_denies(said: str, category: str) -> None:
    assert emergency_in(said) == category
