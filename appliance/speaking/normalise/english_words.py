"""English: numbers in words, units, abbreviations."""

from typing import Final

from appliance.speaking.normalise.language import Clock, Currency, Noun

_ONES: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
).split()
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SCALES: Final = ((10**9, "billion"), (10**6, "million"), (10**3, "thousand"), (100, "hundred"))
_ORDINALS: Final = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
MONTHS: Final = "January February March April May June July August September October November December".split()
DIGITS: Final = tuple(_ONES[:10])


def cardinal(value: int, feminine: bool = False) -> str:  # noqa: FBT001, FBT002 - what `Language.cardinal` asks for
    """0 to 10^12 as "one hundred twenty four"."""
    if value < 20:
        return _ONES[value]
    if value < 100:
        tens, ones = divmod(value, 10)
        return _TENS[tens - 2] + (f" {_ONES[ones]}" if ones else "")
    size, name = next(scale for scale in _SCALES if value >= scale[0])
    count, rest = divmod(value, size)
    return f"{cardinal(count)} {name}" + (f" {cardinal(rest)}" if rest else "")


def ordinal(value: int) -> str:
    """As "twenty first"."""
    *before, last = cardinal(value).split()
    last = _ORDINALS.get(last, last[:-1] + "ieth" if last.endswith("y") else f"{last}th")
    return " ".join([*before, last])


def pairs(value: int) -> str:
    """A year or a house number: 1905 as "nineteen oh five", 204 as "two oh four", 2005 as "two thousand five"."""
    hundreds, rest = divmod(value, 100)
    if value < 100 or value > 9999 or (hundreds % 10 == 0 and rest < 10):
        return cardinal(value)
    if rest == 0:
        return f"{cardinal(hundreds)} hundred"
    return f"{cardinal(hundreds)} {cardinal(rest) if rest >= 10 else f'oh {_ONES[rest]}'}"


def count(value: int, noun: Noun) -> str:
    """A number and what it counts."""
    return f"{cardinal(value)} {noun.one if value == 1 else noun.many}"


def decimals(digits: str) -> str:
    """Digit by digit."""
    return " ".join(DIGITS[int(digit)] for digit in digits)


def date(day: int, month: int, year: int | None) -> str:
    """As "March fifth, nineteen eighty"."""
    return f"{MONTHS[month - 1]} {ordinal(day)}" + (f", {pairs(year)}" if year is not None else "")


def clock(time: Clock) -> str:
    """As "ten thirty AM"; from 13:00 with its half of the day, as nobody says "seventeen thirty" on the telephone."""
    if not time.half and time.minute == 0 and time.hour in {0, 12, 24}:
        return "noon" if time.hour == 12 else "midnight"
    said = hours_alone(time)
    return said if time.minute or time.half or time.hour > 12 else f"{said} o'clock"


def hours_alone(time: Clock) -> str:
    """The same in a span, where there is no "o'clock"."""
    hour = cardinal(time.hour % 12 or 12)
    if time.minute:
        hour += f" {cardinal(time.minute) if time.minute >= 10 else f'oh {_ONES[time.minute]}'}"
    half = time.half or ("pm" if 12 < time.hour < 24 else "am" if time.hour in {0, 24} else "")
    return f"{hour} {half.upper()}".strip()


def half_of(written: str) -> str:
    """ "am" or "pm"."""
    return "am" if written[0] in "aA" else "pm"


def _units(table: str, *, feminine: bool = False) -> dict[str, Noun]:
    units = {}
    for line in table.strip().splitlines():
        written, one, many = (part.strip() for part in line.split("|"))
        units.update({name: Noun(one, many, feminine) for name in written.split()})
    return units


UNITS: Final = _units(
    """
    mg MG | milligram | milligrams
    mcg µg μg ug | microgram | micrograms
    ng | nanogram | nanograms
    g gr | gram | grams
    kg Kg KG kgs | kilogram | kilograms
    ml mL ML | milliliter | milliliters
    dl dL | deciliter | deciliters
    cl | centiliter | centiliters
    l L | liter | liters
    cc | c c | c cs
    mm | millimeter | millimeters
    cm CM | centimeter | centimeters
    m | meter | meters
    km KM | kilometer | kilometers
    m2 m² | square meter | square meters
    mi | mile | miles
    ft | foot | feet
    in. | inch | inches
    yd yds | yard | yards
    lb lbs | pound | pounds
    oz | ounce | ounces
    tsp | teaspoon | teaspoons
    tbsp | tablespoon | tablespoons
    kcal | kilocalorie | kilocalories
    cal | calorie | calories
    mmol | millimole | millimoles
    mEq | milliequivalent | milliequivalents
    mIU | milli international unit | milli international units
    IU iu | international unit | international units
    tab tabs | tablet | tablets
    cap caps | capsule | capsules
    mmHg | millimeter of mercury | millimeters of mercury
    bpm BPM | beat per minute | beats per minute
    mph | mile per hour | miles per hour
    Hz | hertz | hertz
    kHz | kilohertz | kilohertz
    GB | gigabyte | gigabytes
    MB | megabyte | megabytes
    kB KB | kilobyte | kilobytes
    °C ℃ | degree Celsius | degrees Celsius
    °F ℉ | degree Fahrenheit | degrees Fahrenheit
    ° | degree | degrees
    h hr hrs | hour | hours
    min mins | minute | minutes
    s sec secs | second | seconds
    ms | millisecond | milliseconds
    day | day | days
    week | week | weeks
    wk wks | week | weeks
    month | month | months
    mo mos | month | months
    year | year | years
    yr yrs | year | years
    dose | dose | doses
    hour | hour | hours
    minute | minute | minutes
    visit | visit | visits
    """
)
_CENTS: Final = Noun("cent", "cents")
CURRENCIES: Final = {
    **dict.fromkeys(("$", "US$", "USD"), Currency(Noun("dollar", "dollars"), _CENTS)),
    **dict.fromkeys(("€", "EUR"), Currency(Noun("euro", "euros"), _CENTS)),
    **dict.fromkeys(("£", "GBP"), Currency(Noun("pound", "pounds"), Noun("penny", "pence"))),
    **dict.fromkeys(("¥", "JPY"), Currency(Noun("yen", "yen"), Noun("sen", "sen"))),
    **dict.fromkeys(("₹", "INR"), Currency(Noun("rupee", "rupees"), Noun("paisa", "paise"))),
    "¢": Currency(_CENTS, _CENTS),
    "CAD": Currency(Noun("Canadian dollar", "Canadian dollars"), _CENTS),
    "AUD": Currency(Noun("Australian dollar", "Australian dollars"), _CENTS),
    "CHF": Currency(Noun("Swiss franc", "Swiss francs"), Noun("centime", "centimes")),
}
MONTH_ABBREVIATIONS: Final = {
    **{month[:3]: month for month in MONTHS},
    "Sept": "September",
}
WEEKDAY_ABBREVIATIONS: Final = {
    "Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday", "Thur": "Thursday",
    "Thurs": "Thursday", "Fri": "Friday", "Sat": "Saturday", "Sun": "Sunday",
}  # fmt: skip
# With their full stop, unless an end of sentence follows.
ABBREVIATIONS: Final = {
    "Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Mx": "Mix", "Prof": "Professor", "Rev": "Reverend",
    "Hon": "Honorable", "Gen": "General", "Sgt": "Sergeant", "Lt": "Lieutenant", "Capt": "Captain",
    "Jr": "Junior", "Sr": "Senior", "Bros": "Brothers", "Inc": "Incorporated", "Ltd": "Limited", "Corp": "Corporation",
    "Co": "Company", "Dept": "Department", "dept": "department", "approx": "approximately", "Approx": "Approximately",
    "appt": "appointment", "Appt": "Appointment", "appts": "appointments", "apt": "apartment", "Apt": "Apartment",
    "Ste": "Suite", "Bldg": "Building", "bldg": "building", "Fl": "Floor", "Rm": "Room", "rm": "room",
    "Ave": "Avenue", "Blvd": "Boulevard", "Rd": "Road", "Ln": "Lane", "Pkwy": "Parkway", "Hwy": "Highway",
    "Sq": "Square", "Mt": "Mount", "Ft": "Fort", "ext": "extension", "Ext": "Extension", "tel": "telephone",
    "Tel": "Telephone", "vs": "versus", "etc": "et cetera", "esp": "especially", "incl": "including",
    "min": "minimum", "max": "maximum", "temp": "temperature", "no": "number", "No": "Number", "Nos": "Numbers",
    "vol": "volume", "fig": "figure", "est": "established", "misc": "miscellaneous", "Misc": "Miscellaneous",
    "hosp": "hospital", "Hosp": "Hospital", "Assn": "Association", "Univ": "University",
}  # fmt: skip
# Words of their own when no full stop follows.
ONLY_WITH_STOP: Final = frozenset(
    "Hon Gen Capt Co Fl min max temp no No Nos est fig Ft Mt Sq Misc misc vol apt esp Ste"
    " Corp Rev Inc Univ Ln Sr Jr".split()
)
ACRONYMS_SAID_AS_WORDS: Final = frozenset(
    "AIDS SARS MERS COVID NASA NATO PIN ZIP LASIK CAT PET SIM OSHA UNICEF".split()
)
COMMON_SHORT_WORDS: Final = frozenset(
    "A I ALL AM AN AND ANY ARE AS ASK AT BE BUT BUY BY CAN DAY DID DO END EYE FOR GET GO GOT HAD HAS HE HER HI HIM HIS"
    " HOW IF IN IS IT ITS LET MAY ME MY NEW NO NOR NOT NOW OF OFF OH OLD ON ONE OR OUR OUT OWN PAY PM SAY SEE SHE SIX"
    " SO TEN THE TO TOO TRY TWO UP US USE WAS WAY WE WHO WHY YES YET YOU".split()
)
DOSE_TIMES: Final = {
    "qd": "every day", "bid": "twice daily", "tid": "three times daily", "qid": "four times daily",
    "prn": "as needed", "qhs": "every night at bedtime", "qod": "every other day", "po": "by mouth",
}  # fmt: skip
STATES: Final = dict(
    pair.split("=") for pair in
    "AL=Alabama;AK=Alaska;AZ=Arizona;AR=Arkansas;CA=California;CO=Colorado;CT=Connecticut;DE=Delaware;FL=Florida;"
    "GA=Georgia;HI=Hawaii;ID=Idaho;IL=Illinois;IN=Indiana;IA=Iowa;KS=Kansas;KY=Kentucky;LA=Louisiana;ME=Maine;"
    "MD=Maryland;MA=Massachusetts;MI=Michigan;MN=Minnesota;MS=Mississippi;MO=Missouri;MT=Montana;NE=Nebraska;"
    "NV=Nevada;NH=New Hampshire;NJ=New Jersey;NM=New Mexico;NY=New York;NC=North Carolina;ND=North Dakota;OH=Ohio;"
    "OK=Oklahoma;OR=Oregon;PA=Pennsylvania;RI=Rhode Island;SC=South Carolina;SD=South Dakota;TN=Tennessee;TX=Texas;"
    "UT=Utah;VT=Vermont;VA=Virginia;WA=Washington;WV=West Virginia;WI=Wisconsin;WY=Wyoming;DC=D C".split(";")
)  # fmt: skip
