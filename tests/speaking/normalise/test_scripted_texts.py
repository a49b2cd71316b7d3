"""Texts that are already written for a voice are left alone."""

from datetime import date, time, timedelta
from pathlib import Path

import pytest

from appliance.clinic.profile import ClinicProfile
from appliance.dialogue.prompts import Prompts
from appliance.dialogue.speech import say_birth_date, say_clock, say_day, say_digits, say_number, say_time, say_year
from appliance.speaking.normalise.languages import LANGUAGES, LanguageCode, normaliser_for
from tests.dialogue.telephone import telephone

NORMALISER = normaliser_for("en")


def unchanged(text: str) -> bool:
    return NORMALISER.normalise(text).text == text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_default_clinics_prompts(language: LanguageCode) -> None:
    normaliser = normaliser_for(language)
    prompts = Prompts.of(ClinicProfile(), language).all()
    assert [normaliser.normalise(prompt).text for prompt in prompts] == list(prompts)


def test_the_words_of_the_dialogue() -> None:
    assert all(unchanged(say_number(number)) for number in range(100))
    assert all(unchanged(say_year(year)) for year in range(1900, 2100))
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(366)]
    assert all(unchanged(say_day(day)) and unchanged(say_birth_date(day)) for day in days)
    moments = [time(hour, minute) for hour in range(24) for minute in range(60)]
    assert all(unchanged(say_clock(moment)) and unchanged(say_time(moment)) for moment in moments)
    assert unchanged(say_digits("0123456789"))


async def test_a_receptionists_replies(tmp_path: Path) -> None:
    async with telephone(tmp_path) as phone:
        lines = (
            "What are your opening hours?",
            "Where are you?",
            "How do I get there?",
            "I'd like to book an appointment with doctor Patel",
            "My name is Anna Miller",
            "March the fifth, nineteen eighty",
            "Tuesday at ten in the morning",
            "yes please",
            "Can I cancel my appointment?",
            "no",
            "I'd like to leave a message",
            "please call me back",
            "five five five zero one zero one two three four",
            "what did you say?",
            "which doctors do you have?",
            "I have chest pain",
            "no thank you, goodbye",
        )
        replies = [phone.dialogue.greeting(), *[(await phone.say(line)).text for line in lines]]
        changed = [reply for reply in replies if not unchanged(reply)]
        assert changed == []
        assert sum(map(len, replies)) > 800
