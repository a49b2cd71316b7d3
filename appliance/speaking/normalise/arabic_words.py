"""Arabic: numbers in words, units, abbreviations; modern standard Arabic without case endings."""

from typing import Final

from appliance.speaking.normalise.language import Clock, Currency, Noun

_MASCULINE: Final = ("صفر واحد اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة عشرة").split()
_FEMININE: Final = ("صفر واحدة اثنتان ثلاث أربع خمس ست سبع ثمان تسع عشر").split()
_TEENS: Final = ("أحد عشر,اثنا عشر").split(",")
_FEMININE_TEENS: Final = ("إحدى عشرة,اثنتا عشرة").split(",")
_TENS: Final = ("عشرون ثلاثون أربعون خمسون ستون سبعون ثمانون تسعون").split()
_HUNDREDS: Final = ("مئة مئتان ثلاثمئة أربعمئة خمسمئة ستمئة سبعمئة ثمانمئة تسعمئة").split()
MONTHS: Final = ("يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر").split()
DIGITS: Final = tuple(_MASCULINE[:10])
_SCALES: Final = (
    (10**9, Noun("مليار", "ملياراً", two="ملياران", few="مليارات")),
    (10**6, Noun("مليون", "مليوناً", two="مليونان", few="ملايين")),
    (10**3, Noun("ألف", "ألفاً", two="ألفان", few="آلاف")),
)


def cardinal(value: int, feminine: bool = False) -> str:  # noqa: FBT001, FBT002 - what `Language.cardinal` asks for
    """0 to 10^12, as it counts something masculine or feminine."""
    said = []
    for size, name in _SCALES:
        scaled, value = divmod(value, size) if value >= size else (0, value)
        if scaled:
            said.append(name.one if scaled == 1 else count(scaled, name))
    if value >= 100:
        hundreds, value = divmod(value, 100)
        said.append(_HUNDREDS[hundreds - 1])
    if value or not said:
        said.append(_below_hundred(value, feminine=feminine))
    return " و".join(said)


def _below_hundred(value: int, *, feminine: bool) -> str:
    ones_of = _FEMININE if feminine else _MASCULINE
    if value <= 10:
        return ones_of[value]
    if value < 13:
        return (_FEMININE_TEENS if feminine else _TEENS)[value - 11]
    if value < 20:
        return f"{ones_of[value - 10]} {'عشرة' if feminine else 'عشر'}"
    tens, ones = divmod(value, 10)
    if ones == 0:
        return _TENS[tens - 2]
    one = ("إحدى" if feminine else "واحد") if ones == 1 else ones_of[ones]
    return f"{one} و{_TENS[tens - 2]}"


def count(value: int, noun: Noun) -> str:
    """A number and what it counts: singular, dual, plural from 3 to 10, singular again."""
    if value == 1:
        return f"{noun.one} {'واحدة' if noun.feminine else 'واحد'}"
    if value == 2:
        return noun.two
    rest = value % 100
    form = noun.few if 3 <= rest <= 10 else noun.many if rest > 10 else noun.one
    return f"{cardinal(value, noun.feminine)} {form}"


def decimals(digits: str) -> str:
    """Two digits as a number, others digit by digit."""
    if len(digits) == 2 and digits[0] != "0":
        return cardinal(int(digits))
    return " ".join(DIGITS[int(digit)] for digit in digits)


_ORDINALS: Final = ("الأول الثاني الثالث الرابع الخامس السادس السابع الثامن التاسع العاشر").split()
_HOURS: Final = (
    "الواحدة,الثانية,الثالثة,الرابعة,الخامسة,السادسة,السابعة,الثامنة,التاسعة,العاشرة,الحادية عشرة,الثانية عشرة"
).split(",")


def day_of_month(day: int) -> str:
    """As "الخامس والعشرون"."""
    if day <= 10:
        return _ORDINALS[day - 1]
    if day < 20:
        return f"{'الحادي' if day == 11 else _ORDINALS[day - 11]} عشر"
    tens, ones = divmod(day, 10)
    ten = f"ال{_TENS[tens - 2]}"
    return ten if not ones else f"{'الحادي' if ones == 1 else _ORDINALS[ones - 1]} و{ten}"


def date(day: int, month: int, year: int | None) -> str:
    """As "الخامس من مارس عام ألف وتسعمئة وثمانين"."""
    said = f"{day_of_month(day)} من {MONTHS[month - 1]}"
    return said if year is None else f"{said} عام {cardinal(year)}"


def clock(time: Clock) -> str:
    """As "العاشرة والنصف صباحاً"; the half of the day where it is written or the hour is past twelve."""
    hour = (time.hour + (time.minute == 45) - 1) % 12
    minutes = {0: "", 15: " والربع", 20: " والثلث", 30: " والنصف", 45: " إلا الربع"}.get(time.minute)
    if minutes is None:
        minutes = f" و{count(time.minute, _MINUTE)}"
    half = time.half or ("pm" if 12 < time.hour < 24 else "am" if time.hour in {0, 24} else "")
    return f"{_HOURS[hour]}{minutes}{_HALVES[half]}"


_HALVES: Final = {"": "", "am": " صباحاً", "pm": " مساءً"}


def half_of(written: str) -> str:
    """ "am" or "pm"."""
    return "am" if written[0] in "صaA" else "pm"


def _units(table: str) -> dict[str, Noun]:
    units = {}
    for line in table.strip().splitlines():
        written, one, two, few, many = (part.strip() for part in line.split("|"))
        noun = Noun(one, many, feminine=one.split()[0].endswith("ة"), two=two, few=few)
        units.update({name.replace("~", " "): noun for name in written.split()})
    return units


UNITS: Final = _units(
    """
    mg ملغ ملغم ملجم مجم مغ | ملليغرام | ملليغرامان | ملليغرامات | ملليغراماً
    mcg µg ميكروغ | ميكروغرام | ميكروغرامان | ميكروغرامات | ميكروغراماً
    g غ غم جم | غرام | غرامان | غرامات | غراماً
    kg كغ كجم كغم | كيلوغرام | كيلوغرامان | كيلوغرامات | كيلوغراماً
    ml mL مل | ملليلتر | ملليلتران | ملليلترات | ملليلتراً
    l L ل لتر لترات | لتر | لتران | لترات | لتراً
    cm سم | سنتيمتر | سنتيمتران | سنتيمترات | سنتيمتراً
    mm ملم مم | ملليمتر | ملليمتران | ملليمترات | ملليمتراً
    m م | متر | متران | أمتار | متراً
    km كم | كيلومتر | كيلومتران | كيلومترات | كيلومتراً
    °C ℃ °م | درجة مئوية | درجتان مئويتان | درجات مئوية | درجة مئوية
    °F ℉ | درجة فهرنهايت | درجتا فهرنهايت | درجات فهرنهايت | درجة فهرنهايت
    ° | درجة | درجتان | درجات | درجة
    h | ساعة | ساعتان | ساعات | ساعة
    min | دقيقة | دقيقتان | دقائق | دقيقة
    IU | وحدة دولية | وحدتان دوليتان | وحدات دولية | وحدة دولية
    ساعة | ساعة | ساعتان | ساعات | ساعة
    ساعات | ساعة | ساعتان | ساعات | ساعة
    دقيقة دقائق | دقيقة | دقيقتان | دقائق | دقيقة
    يوم أيام يوماً يوما | يوم | يومان | أيام | يوماً
    أسبوع أسابيع | أسبوع | أسبوعان | أسابيع | أسبوعاً
    شهر أشهر شهور | شهر | شهران | أشهر | شهراً
    سنة سنوات | سنة | سنتان | سنوات | سنة
    حبة حبات | حبة | حبتان | حبات | حبة
    قرص أقراص | قرص | قرصان | أقراص | قرصاً
    كبسولة كبسولات | كبسولة | كبسولتان | كبسولات | كبسولة
    قطرة قطرات | قطرة | قطرتان | قطرات | قطرة
    جرعة جرعات | جرعة | جرعتان | جرعات | جرعة
    مرة مرات | مرة | مرتان | مرات | مرة
    موعد مواعيد | موعد | موعدان | مواعيد | موعداً
    مريض مرضى | مريض | مريضان | مرضى | مريضاً
    طبيب أطباء | طبيب | طبيبان | أطباء | طبيباً
    """
)
_HALALA: Final = Noun("هللة", "هللة", feminine=True, two="هللتان", few="هللات")
_FILS: Final = Noun("فلس", "فلساً", two="فلسان", few="فلوس")
_CENT: Final = Noun("سنت", "سنتاً", two="سنتان", few="سنتات")
_PIASTRE: Final = Noun("قرش", "قرشاً", two="قرشان", few="قروش")
_RIYAL: Final = Noun("ريال", "ريالاً", two="ريالان", few="ريالات")
_DIRHAM: Final = Noun("درهم", "درهماً", two="درهمان", few="دراهم")
_POUND: Final = Noun("جنيه", "جنيهاً", two="جنيهان", few="جنيهات")
CURRENCIES: Final = {
    **dict.fromkeys(
        ("$", "USD", "دولار", "دولاراً", "دولارات"),
        Currency(Noun("دولار", "دولاراً", two="دولاران", few="دولارات"), _CENT),
    ),
    **dict.fromkeys(("€", "EUR", "يورو"), Currency(Noun("يورو", "يورو", two="يورو", few="يورو"), _CENT)),
    **dict.fromkeys(("ر.س", "ر.س.", "SAR", "ريال", "ريالاً", "ريالات"), Currency(_RIYAL, _HALALA)),
    **dict.fromkeys(("د.إ", "د.إ.", "AED", "درهم", "درهماً", "دراهم"), Currency(_DIRHAM, _FILS)),
    **dict.fromkeys(("ج.م", "ج.م.", "EGP", "£", "جنيه", "جنيهاً", "جنيهات"), Currency(_POUND, _PIASTRE)),
}
ABBREVIATIONS: Final = {
    "أ.د.": "الأستاذ الدكتور", "د.": "الدكتور", "أ.": "الأستاذ", "م.": "المهندس", "ص.ب.": "صندوق بريد",
    "ص.ب": "صندوق بريد", "ت.": "هاتف", "إلخ": "إلى آخره", "الخ": "إلى آخره", "تلفون": "هاتف", "ج.": "جوال",
}  # fmt: skip
LETTERS: Final = {
    "A": "إيه", "B": "بي", "C": "سي", "D": "دي", "E": "إي", "F": "إف", "G": "جي", "H": "إتش", "I": "آي", "J": "جيه",
    "K": "كيه", "L": "إل", "M": "إم", "N": "إن", "O": "أو", "P": "بي", "Q": "كيو", "R": "آر", "S": "إس", "T": "تي",
    "U": "يو", "V": "في", "W": "دبليو", "X": "إكس", "Y": "واي", "Z": "زد",
}  # fmt: skip
_MINUTE: Final = UNITS["دقيقة"]
