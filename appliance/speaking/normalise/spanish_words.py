"""Spanish: numbers in words, units, abbreviations."""

from typing import Final

from appliance.speaking.normalise.language import Clock, Currency, Noun

_ONES: Final = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete"
    " dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete"
    " veintiocho veintinueve"
).split()
_TENS: Final = "treinta cuarenta cincuenta sesenta setenta ochenta noventa".split()
_HUNDREDS: Final = (
    "ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos"
).split()
MONTHS: Final = ("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre").split()
DIGITS: Final = tuple(_ONES[:10])
_MILLION: Final = 10**6


def cardinal(value: int, feminine: bool = False) -> str:  # noqa: FBT001, FBT002 - what `Language.cardinal` asks for
    """0 to 10^12 as "ciento veinticuatro", before something feminine "doscientas una"."""
    if value >= _MILLION:
        millions, rest = divmod(value, _MILLION)
        said = "un millón" if millions == 1 else f"{shortened(cardinal(millions))} millones"
        return said + (f" {cardinal(rest, feminine)}" if rest else "")
    if value >= 1000:
        thousands, rest = divmod(value, 1000)
        said = "mil" if thousands == 1 else f"{shortened(_below_thousand(thousands, feminine=feminine))} mil"
        return said + (f" {_below_thousand(rest, feminine=feminine)}" if rest else "")
    return _below_thousand(value, feminine=feminine)


def _below_thousand(value: int, *, feminine: bool) -> str:
    if value == 100:
        return "cien"
    hundreds, rest = divmod(value, 100)
    said = []
    if hundreds:
        name = _HUNDREDS[hundreds - 1]
        said.append(name[:-2] + "as" if feminine and hundreds > 1 else name)
    if rest or not hundreds:
        said.append(_below_hundred(rest, feminine=feminine))
    return " ".join(said)


def _below_hundred(value: int, *, feminine: bool) -> str:
    if value < 30:
        said = _ONES[value]
    else:
        tens, ones = divmod(value, 10)
        said = _TENS[tens - 3] + (f" y {_ONES[ones]}" if ones else "")
    return said[:-1] + "a" if feminine and said.endswith("uno") else said


def shortened(said: str) -> str:
    """As before a masculine noun: "un", "veintiún", "treinta y un"."""
    if said.endswith("veintiuno"):
        return said[:-3] + "ún"
    return said[:-1] if said.endswith("uno") else said


def count(value: int, noun: Noun) -> str:
    """A number and what it counts."""
    said = cardinal(value, noun.feminine)
    said = said if noun.feminine else shortened(said)
    of = " de" if value and value % _MILLION == 0 else ""
    return f"{said}{of} {noun.one if value == 1 else noun.many}"


def decimals(digits: str) -> str:
    """Two digits as a number, others digit by digit."""
    if len(digits) == 2 and digits[0] != "0":
        return cardinal(int(digits))
    return " ".join(DIGITS[int(digit)] for digit in digits)


_ORDINALS: Final = (
    "primero segundo tercero cuarto quinto sexto séptimo octavo noveno décimo undécimo duodécimo decimotercero"
    " decimocuarto decimoquinto decimosexto decimoséptimo decimoctavo decimonoveno vigésimo"
).split()


def ordinal(value: int, ending: str) -> str:
    """As "tercera", "tercer"; from 21 on the cardinal, as is usual in speech. `ending` is what was written."""
    if not 1 <= value <= len(_ORDINALS):
        return cardinal(value)
    said = _ORDINALS[value - 1]
    if ending in {"ª", "a", "ra", "da", "ta", "ma", "va", "na"}:
        return said[:-1] + "a"
    return said[:-1] if ending == "er" and said.endswith("ero") else said


def date(day: int, month: int, year: int | None) -> str:
    """As "cinco de marzo de mil novecientos ochenta"."""
    said = f"{'primero' if day == 1 else cardinal(day)} de {MONTHS[month - 1]}"
    return said if year is None else f"{said} de {cardinal(year)}"


def clock(time: Clock) -> str:
    """As "diez y media de la mañana"; the part of the day where it is written, or the hour is past twelve."""
    hour = cardinal(time.hour % 12 or 12, True)  # noqa: FBT003 - "la una"
    minutes = {0: "", 15: " y cuarto", 30: " y media"}.get(time.minute)
    if minutes is None:
        minutes = f" y {cardinal(time.minute)}" if time.minute < 30 else f" {cardinal(time.minute)}"
    return f"{hour}{minutes}{_part_of_day(time)}"


def _part_of_day(time: Clock) -> str:
    if not time.half and 1 <= time.hour <= 12:
        return ""
    hour = time.hour % 12 + (12 if time.half == "pm" or (not time.half and 12 < time.hour < 24) else 0)
    if hour == 0:
        return " de la noche"
    if hour < 12:
        return " de la mañana"
    if hour == 12:
        return " del mediodía"
    return " de la tarde" if hour < 20 else " de la noche"


def half_of(written: str) -> str:
    """ "am" or "pm"."""
    return "am" if written[0] in "aA" else "pm"


def _units(table: str) -> dict[str, Noun]:
    units = {}
    for line in table.strip().splitlines():
        written, one, many = (part.strip() for part in line.split("|"))
        noun = Noun(one, many, feminine=one.split()[0] in _FEMININE)
        units.update(dict.fromkeys(written.split(), noun))
    return units


_FEMININE: Final = frozenset(
    "libra onza hora semana pulgada milla unidad caloría kilocaloría cucharada cucharadita cápsula pastilla tableta"
    " gota dosis vez pulsación".split()
)
UNITS: Final = _units(
    """
    mg MG | miligramo | miligramos
    mcg µg μg | microgramo | microgramos
    g gr grs | gramo | gramos
    kg Kg KG kgs | kilo | kilos
    ml mL ML | mililitro | mililitros
    dl dL | decilitro | decilitros
    cl | centilitro | centilitros
    l L lt lts | litro | litros
    cc | centímetro cúbico | centímetros cúbicos
    mm | milímetro | milímetros
    cm CM | centímetro | centímetros
    m mts | metro | metros
    km Km KM | kilómetro | kilómetros
    m2 m² | metro cuadrado | metros cuadrados
    lb lbs | libra | libras
    oz | onza | onzas
    kcal | kilocaloría | kilocalorías
    cal | caloría | calorías
    UI U.I. | unidad internacional | unidades internacionales
    mmol | milimol | milimoles
    mmHg | milímetro de mercurio | milímetros de mercurio
    lpm | latido por minuto | latidos por minuto
    GB | gigabyte | gigabytes
    MB | megabyte | megabytes
    Hz | hercio | hercios
    °C ℃ ºC | grado Celsius | grados Celsius
    °F ℉ ºF | grado Fahrenheit | grados Fahrenheit
    ° º | grado | grados
    h hs hr hrs | hora | horas
    min mins | minuto | minutos
    s seg segs | segundo | segundos
    comp comps | comprimido | comprimidos
    cáps caps | cápsula | cápsulas
    hora | hora | horas
    minuto | minuto | minutos
    día | día | días
    semana | semana | semanas
    mes | mes | meses
    año | año | años
    dosis | dosis | dosis
    """
)
_CENTIMO: Final = Noun("céntimo", "céntimos")
_CENTAVO: Final = Noun("centavo", "centavos")
CURRENCIES: Final = {
    **dict.fromkeys(("€", "EUR"), Currency(Noun("euro", "euros"), _CENTIMO)),
    **dict.fromkeys(("$", "US$", "USD", "U$S"), Currency(Noun("dólar", "dólares"), _CENTAVO)),
    **dict.fromkeys(("£", "GBP"), Currency(Noun("libra", "libras", feminine=True), Noun("penique", "peniques"))),
    "MXN": Currency(Noun("peso mexicano", "pesos mexicanos"), _CENTAVO),
    "COP": Currency(Noun("peso colombiano", "pesos colombianos"), _CENTAVO),
    "ARS": Currency(Noun("peso argentino", "pesos argentinos"), _CENTAVO),
    "CLP": Currency(Noun("peso chileno", "pesos chilenos"), _CENTAVO),
    "S/": Currency(Noun("sol", "soles"), _CENTIMO),
    "¥": Currency(Noun("yen", "yenes"), Noun("sen", "sen")),
}
WEEKDAYS: Final = {
    "lun": "lunes", "mar": "martes", "mié": "miércoles", "mie": "miércoles", "jue": "jueves", "vie": "viernes",
    "sáb": "sábado", "sab": "sábado", "dom": "domingo",
}  # fmt: skip
WEEKDAY_LETTERS: Final = {
    "L": "lunes", "M": "martes", "X": "miércoles", "J": "jueves", "V": "viernes", "S": "sábado", "D": "domingo",
}  # fmt: skip
MONTH_ABBREVIATIONS: Final = {
    "ene": "enero", "feb": "febrero", "mar": "marzo", "abr": "abril", "may": "mayo", "jun": "junio", "jul": "julio",
    "ago": "agosto", "sep": "septiembre", "sept": "septiembre", "oct": "octubre", "nov": "noviembre",
    "dic": "diciembre",
}  # fmt: skip
# Read so with a full stop or without.
ABBREVIATIONS: Final = {
    "Dr": "doctor", "Dra": "doctora", "Dres": "doctores", "Dras": "doctoras", "Sr": "señor", "Sra": "señora",
    "Srta": "señorita", "Sres": "señores", "Sras": "señoras", "Dña": "doña", "Ud": "usted", "Uds": "ustedes",
    "Vd": "usted", "Vds": "ustedes", "Avda": "avenida", "Avd": "avenida", "avda": "avenida", "Pza": "plaza",
    "Plza": "plaza", "Ctra": "carretera", "núm": "número", "Núm": "número", "nro": "número", "Nro": "número",
    "pág": "página", "tel": "teléfono", "Tel": "teléfono", "tfno": "teléfono", "Tfno": "teléfono",
    "tlf": "teléfono", "Tlf": "teléfono", "aprox": "aproximadamente", "etc": "etcétera", "Profa": "profesora",
    "Dpto": "departamento", "Depto": "departamento", "dpto": "departamento", "Apdo": "apartado", "izq": "izquierda",
    "izqda": "izquierda", "dcha": "derecha", "máx": "máximo", "mín": "mínimo", "esq": "esquina", "Hnos": "hermanos",
    "ntra": "nuestra", "Ntra": "nuestra", "Gral": "general", "atte": "atentamente", "Edif": "edificio",
    "edif": "edificio",
}  # fmt: skip
# Only with their full stop.
WITH_STOP: Final = {
    "Av": "avenida", "av": "avenida", "Pl": "plaza", "Prof": "profesor", "Lic": "licenciado", "Ing": "ingeniero",
    "ext": "extensión", "Ext": "extensión", "hab": "habitación", "Hab": "habitación", "Urb": "urbanización",
    "Col": "colonia", "Sto": "santo", "Sta": "santa", "S": "san", "D": "don", "temp": "temperatura",
    "cta": "cuenta", "ref": "referencia", "Ref": "referencia", "min": "mínimo", "max": "máximo", "pza": "plaza",
    "Cía": "compañía", "vol": "volumen", "fig": "figura", "art": "artículo", "cap": "capítulo",
}  # fmt: skip
ACRONYMS_SAID_AS_WORDS: Final = frozenset(
    "UCI UVI TAC SIDA OMS ONU COVID PIN OTAN IVA RENFE ONCE TIC OK NIE SIM ITS EPOC".split()
)
COMMON_SHORT_WORDS: Final = frozenset(
    "A AL ASÍ CON DA DE DEL DI DÍA EL ELLA EN ES ESE ESO ESTÁ FIN HA HAY HOY IR LA LAS LE LES LO LOS MÁS ME MI MÍ MIS"
    " MUY NI NO NOS O OS PAN POR QUE QUÉ SE SER SI SÍ SIN SOL SON SU SUS TAN TE TU TÚ UN UNA UNO VA VAN VER VEZ VOY Y"
    " YA YO DOS SAN MAL BIEN".split()
)
