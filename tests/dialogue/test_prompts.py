"""The fixed phrases in every language, and emergencies in languages that the script does not speak."""

from dataclasses import fields

import pytest

from appliance.clinic.profile import ClinicProfile
from appliance.dialogue.prompt_words import ENGLISH, PROMPT_WORDS, Phrases
from appliance.dialogue.prompts import Prompts
from appliance.dialogue.reply import Expectation, ReplyEnd, Text, TransferAfter
from appliance.dialogue.scripted import ScriptedDialogue
from appliance.turn.facts import Language
from tests.dialogue.telephone import TODAY, Toolbox

PROFILE = ClinicProfile()
KEYS = [field.name for field in fields(Phrases)]


def letters_of(text: str) -> set[str]:
    """The scripts of the letters, the clinic's own name left out."""
    letters = filter(str.isalpha, text.replace(PROFILE.name, ""))
    return {"arabic" if "\u0600" <= letter <= "\u06ff" else "latin" for letter in letters}


def test_every_language_that_callers_speak_has_its_table() -> None:
    assert set(PROMPT_WORDS) == {str(language) for language in Language}


@pytest.mark.parametrize("language", PROMPT_WORDS)
@pytest.mark.parametrize("key", KEYS)
def test_every_key_has_words_in_every_language(language: str, key: str) -> None:
    words, english = getattr(PROMPT_WORDS[language], key), getattr(ENGLISH, key)
    if isinstance(words, str):
        assert words.strip()
        assert language == "en" or words != english
    elif isinstance(words, tuple):
        assert len(set(words)) == 10
    else:
        assert words.keys() == english.keys()
        assert all(text.strip() for text in words.values())


@pytest.mark.parametrize("language", PROMPT_WORDS)
def test_the_phrases_of_a_clinic_have_no_gaps_and_are_in_one_script(language: str) -> None:
    prompts = Prompts.of(PROFILE, language)
    for phrase in (*prompts.all(), prompts.connecting_with("")):
        assert "{" not in phrase
        assert letters_of(phrase) == {"arabic" if language == "ar" else "latin"}, phrase
    assert PROFILE.name in prompts.greeting
    assert " ".join(prompts.digits[int(digit)] for digit in PROFILE.emergency.number) in prompts.emergency


@pytest.mark.parametrize("key", [key for key in KEYS if key not in {"connecting", "digits", "fillers", "done"}])
def test_every_phrase_is_made_into_audio_beforehand(key: str) -> None:
    prompts = Prompts.of(PROFILE)
    assert getattr(prompts, key) in prompts.all()


class Call:
    """A caller of the script whose language speech-to-text tells, and whom a voice answers in `spoken` languages."""

    def __init__(self, *spoken: str, clinic: str = "en") -> None:
        others = {language: Prompts.of(PROFILE, language) for language in spoken}
        self.dialogue = ScriptedDialogue(PROFILE, lambda: TODAY, "call-1", language=clinic, others=others)
        self.turn = 0

    async def say(self, text: str, language: str | None) -> tuple[str, set[str | None], ReplyEnd]:
        """What is answered, in which languages, and how it ends."""
        self.turn += 1
        self.dialogue.overhear(self.turn, text, language)
        said, languages, end = "", set[str | None](), ReplyEnd()
        async for piece in self.dialogue.draft(self.turn, text, Toolbox(())):
            if isinstance(piece, Text):
                said += piece.text
                languages.add(piece.language)
            else:
                end = piece
        self.dialogue.accept(self.turn, text)
        self.dialogue.spoken(said, cut=False)
        return said, languages, end


SAID = {
    "es": ("me duele mucho el pecho", "sí, por favor", "no, gracias", "mi marido está en casa"),
    "ar": ("عندي ألم في صدري", "نعم، من فضلك", "لا شكرا", "زوجي في البيت"),
}


@pytest.mark.parametrize("language", SAID)
async def test_an_emergency_is_answered_in_the_callers_language_and_a_yes_connects(language: str) -> None:
    prompts, (emergency, yes, _, _) = Prompts.of(PROFILE, language), SAID[language]
    call = Call(language)
    said, languages, end = await call.say(emergency, language)
    assert (said, languages) == (f"{prompts.emergency} {prompts.connect_now}", {language})
    assert end.expects is Expectation.YES_NO
    said, languages, end = await call.say(yes, language)
    assert (said, languages) == (prompts.connecting_help, {language})
    assert end.afterwards == TransferAfter(PROFILE.emergency.target, "emergency")


@pytest.mark.parametrize("language", SAID)
async def test_a_no_does_not_connect(language: str) -> None:
    prompts, (emergency, _, no, _) = Prompts.of(PROFILE, language), SAID[language]
    call = Call(language)
    await call.say(emergency, language)
    said, languages, end = await call.say(no, language)
    assert (said, languages, end.afterwards) == (prompts.help_declined, {language}, None)


@pytest.mark.parametrize("language", SAID)
async def test_who_says_neither_yes_nor_no_is_asked_once_more_and_then_connected(language: str) -> None:
    prompts, (emergency, _, _, neither) = Prompts.of(PROFILE, language), SAID[language]
    call = Call(language)
    await call.say(emergency, language)
    said, _, end = await call.say(neither, language)
    assert (said, end.afterwards) == (f"{prompts.say_again} {prompts.connect_now}", None)
    said, _, end = await call.say(neither, language)
    assert (said, end.afterwards) == (prompts.connecting_help, TransferAfter(PROFILE.emergency.target, "emergency"))


@pytest.mark.parametrize("language", SAID)
async def test_a_second_emergency_connects(language: str) -> None:
    emergency = SAID[language][0]
    call = Call(language)
    await call.say(emergency, language)
    assert isinstance((await call.say(emergency, language))[2].afterwards, TransferAfter)


@pytest.mark.parametrize("language", SAID)
async def test_without_a_language_told_the_words_of_the_emergency_tell_it(language: str) -> None:
    emergency, yes, _, _ = SAID[language]
    call = Call(language)
    assert (await call.say(emergency, None))[1] == {language}
    said, languages, _ = await call.say(yes, None)
    assert (said, languages) == (Prompts.of(PROFILE, language).connecting_help, {language})


@pytest.mark.parametrize("language", SAID)
async def test_without_a_voice_for_it_an_emergency_is_answered_in_english(language: str) -> None:
    said, languages, _ = await Call().say(SAID[language][0], language)
    assert said == f"{Prompts.of(PROFILE).emergency} {ENGLISH.connect_now}"
    assert languages == {None}


async def test_a_clinic_that_speaks_spanish_needs_no_other_voice() -> None:
    call = Call(clinic="es")
    assert call.dialogue.greeting().startswith("Hola")
    said, languages, _ = await call.say("es una emergencia", "es")
    assert said.startswith("Si es una emergencia, cuelgue y llame al nueve uno uno")
    assert languages == {None}
