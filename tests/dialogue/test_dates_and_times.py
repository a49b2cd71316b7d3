from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.dialogue.dates import DaySpan, birth_date, wished_day
from appliance.dialogue.speech import say_birth_date, say_day, say_time
from appliance.dialogue.times import part_of_day, wished_time
from appliance.dialogue.words import tokens
from tests.dialogue.telephone import TODAY

MARCH_5_1980 = date(1980, 3, 5)


@pytest.mark.parametrize(
    "said",
    [
        "march the fifth nineteen eighty",
        "march fifth nineteen eighty",
        "march 5th 1980",
        "March 5, 1980.",
        "march five nineteen eighty",
        "mar 5 1980",
        "the fifth of march nineteen eighty",
        "fifth of march nineteen eighty",
        "5th of March 1980",
        "five march nineteen eighty",
        "it's march the fifth nineteen eighty",
        "uh march fifth of nineteen eighty",
        "i was born on march the fifth nineteen eighty",
        "my date of birth is march fifth eighty",
        "born on the 5th of march eighty",
        "oh three oh five eighty",
        "oh three oh five nineteen eighty",
        "zero three zero five one nine eight zero",
        "zero three zero five eight zero",
        "three five eighty",
        "three five nineteen eighty",
        "3 5 1980",
        "03/05/1980",
        "3/5/80",
        "03-05-1980",
        "03.05.1980",
        "1980-03-05",
        "dtmf 0 3 0 5 1 9 8 0",
        "dtmf 03051980",
        "dtmf 030580",
        "march the fifth in nineteen eighty",
    ],
)
def test_one_birthday_in_many_wordings(said: str) -> None:
    assert birth_date(tokens(said), TODAY, asked=True)[0] == MARCH_5_1980


@pytest.mark.parametrize(
    ("said", "born"),
    [
        ("december thirty first nineteen ninety nine", date(1999, 12, 31)),
        ("january first two thousand", date(2000, 1, 1)),
        ("june twelfth two thousand five", date(2005, 6, 12)),
        ("june twelfth two thousand and five", date(2005, 6, 12)),
        ("october twenty second twenty ten", date(2010, 10, 22)),
        ("may the third nineteen oh five", None),  # 121 years old: misheard
        ("may the third nineteen oh seven", date(1907, 5, 3)),
        ("july fourth nineteen fifty two", date(1952, 7, 4)),
        ("twenty eighth of february nineteen sixty", date(1960, 2, 28)),
        ("february twenty ninth two thousand four", date(2004, 2, 29)),
        ("february twenty ninth two thousand five", None),
        ("february thirtieth nineteen eighty", None),
        ("march fifth twenty thirty", None),
        ("oh three oh five oh four", date(2004, 3, 5)),
        ("twenty five twelve eighty", date(1980, 12, 25)),
        ("25/12/1980", date(1980, 12, 25)),
        ("twelve twenty five eighty", date(1980, 12, 25)),
        ("eleven eleven eleven", date(2011, 11, 11)),
        ("november twenty four nineteen sixty one", date(1961, 11, 24)),
        ("september eleven two thousand one", date(2001, 9, 11)),
        ("august double one", None),
        ("i don't know", None),
        ("nineteen eighty", None),
        ("march", None),
        ("tuesday at ten", None),
        ("99/99/9999", None),
        ("0/0/0", None),
    ],
)
def test_birthdays(said: str, born: date | None) -> None:
    assert birth_date(tokens(said), TODAY, asked=True)[0] == born


@pytest.mark.parametrize(
    "said", ["tuesday march fifth ten thirty", "march fifth at ten", "five five five one two three four"]
)
def test_a_date_without_a_full_year_is_no_birthday_unless_one_was_asked_for(said: str) -> None:
    assert birth_date(tokens(said), TODAY)[0] is None


def test_where_the_day_comes_first_digits_are_read_so() -> None:
    assert birth_date(tokens("03/05/1980"), TODAY, asked=True, order="dmy")[0] == date(1980, 5, 3)


@given(st.dates(date(1930, 1, 1), TODAY))
def test_every_date_of_birth_is_understood_as_it_is_spoken(born: date) -> None:
    assert birth_date(tokens(say_birth_date(born)), TODAY)[0] == born


def one(year: int, month: int, day: int) -> DaySpan:
    return DaySpan(date(year, month, day), date(year, month, day))


@pytest.mark.parametrize(
    ("said", "span"),
    [
        ("today", one(2026, 11, 20)),
        ("this afternoon", one(2026, 11, 20)),
        ("tomorrow", one(2026, 11, 21)),
        ("the day after tomorrow", one(2026, 11, 22)),
        ("tuesday", one(2026, 11, 24)),
        ("on tuesday please", one(2026, 11, 24)),
        ("next tuesday", one(2026, 11, 24)),
        ("friday", one(2026, 11, 27)),
        ("monday next week", one(2026, 11, 23)),
        ("next week on wednesday", one(2026, 11, 25)),
        ("next week wednesday", one(2026, 11, 25)),
        ("tues", one(2026, 11, 24)),
        ("tuesday's fine", one(2026, 11, 24)),
        ("next week", DaySpan(date(2026, 11, 23), date(2026, 11, 27))),
        ("in three days", one(2026, 11, 23)),
        ("in a week", DaySpan(date(2026, 11, 27), date(2026, 12, 1))),
        ("in two weeks", DaySpan(date(2026, 12, 4), date(2026, 12, 8))),
        ("november the twenty fourth", one(2026, 11, 24)),
        ("november twenty fourth twenty twenty six", one(2026, 11, 24)),
        ("the twenty fourth of november", one(2026, 11, 24)),
        ("the 24th", one(2026, 11, 24)),
        ("the twenty fourth", one(2026, 11, 24)),
        ("on the fifth", one(2026, 12, 5)),
        ("january fourth", one(2027, 1, 4)),
        ("november nineteenth", one(2027, 11, 19)),
        ("the thirty first", one(2026, 12, 31)),
        ("the first one", None),
        ("the second one please", None),
        ("the third", None),
        ("just a second", None),
        ("i don't know", None),
        ("february thirtieth", None),
    ],
)
def test_days(said: str, span: DaySpan | None) -> None:
    assert wished_day(tokens(said), TODAY)[0] == span


@given(st.dates(TODAY, date(2027, 11, 19)))
def test_every_coming_day_is_understood_as_it_is_spoken(day: date) -> None:
    spoken = say_day(day).partition(", ")[2]
    assert wished_day(tokens(spoken), TODAY)[0] == DaySpan(day, day)


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("at ten in the morning", time(10)),
        ("ten in the morning", time(10)),
        ("at ten", time(10)),
        ("ten o'clock", time(10)),
        ("10 o'clock", time(10)),
        ("ten thirty in the morning", time(10, 30)),
        ("at 10:30", time(10, 30)),
        ("10.30", time(10, 30)),
        ("10:30am", time(10, 30)),
        ("at 9", time(9)),
        ("at nine fifteen", time(9, 15)),
        ("nine oh five in the morning", time(9, 5)),
        ("half past two", time(14, 30)),
        ("half past nine", time(9, 30)),
        ("quarter past three", time(15, 15)),
        ("a quarter to three", time(14, 45)),
        ("quarter to one", time(12, 45)),
        ("twenty past nine", time(9, 20)),
        ("ten to four in the afternoon", time(15, 50)),
        ("at two", time(14)),
        ("at three in the afternoon", time(15)),
        ("3 pm", time(15)),
        ("3 p.m.", time(15)),
        ("three p m", time(15)),
        ("9 a.m.", time(9)),
        ("twelve pm", time(12)),
        ("noon", time(12)),
        ("midday", time(12)),
        ("at 1430", time(14, 30)),
        ("around eleven", time(11)),
        ("five in the evening", time(17)),
        ("14:00", time(14)),
        ("at twelve thirty", time(12, 30)),
        ("ten", None),
        ("in the morning", None),
        ("two of us", None),
        ("25:99", None),
        ("i have three questions", None),
    ],
)
def test_times(said: str, moment: time | None) -> None:
    assert wished_time(tokens(said)) == moment


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("ten", time(10)),
        ("ten thirty", time(10, 30)),
        ("ten please", time(10)),
        ("i'd like two", time(14)),
        ("nine thirty would be great", time(9, 30)),
        ("eleven works", time(11)),
        ("one thirty", time(13, 30)),
        ("the one at ten thirty", time(10, 30)),
        ("930", time(9, 30)),
        ("i'll take the nine o'clock", time(9)),
        ("no idea", None),
        ("it takes me two buses", None),
    ],
)
def test_times_when_one_was_asked_for(said: str, moment: time | None) -> None:
    assert wished_time(tokens(said), asked=True) == moment


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("in the afternoon", "afternoon"),
        ("tomorrow morning", "morning"),
        ("monday evening", "evening"),
        ("after lunch", "afternoon"),
        ("good morning", None),
        ("whenever", None),
    ],
)
def test_parts_of_the_day(said: str, part: str | None) -> None:
    assert part_of_day(tokens(said)) == part


@given(st.times(time(7, 0), time(19, 0)).map(lambda moment: moment.replace(second=0, microsecond=0)))
def test_every_time_is_understood_as_it_is_spoken(moment: time) -> None:
    assert wished_time(tokens(say_time(moment)), asked=True) == moment
