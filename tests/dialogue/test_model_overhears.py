"""While the caller speaks: the model reads what they have said so far, and learns in which language."""

from appliance.clinic.profile import ClinicProfile
from appliance.dialogue.briefing import Briefing
from appliance.dialogue.model import ModelDialogue
from appliance.dialogue.model_chain import ModelChain
from appliance.dialogue.prompts import Prompts
from appliance.dialogue.reply import Text
from tests.dialogue.models import ToldModel, ToldTools, words
from tests.dialogue.telephone import TODAY

PROFILE = ClinicProfile()
PROMPTS = Prompts.of(PROFILE)


def dialogue(model: ToldModel, *others: ToldModel, language: str = "en", prefill_words: int = 3) -> ModelDialogue:
    briefing = Briefing.of(PROFILE, (), language=language, prefill_words=prefill_words)
    return ModelDialogue(ModelChain([model, *others]), briefing, PROMPTS, lambda: TODAY, "call-7")


async def answer(talk: ModelDialogue, turn: int, text: str) -> None:
    said = [piece.text async for piece in talk.draft(turn, text, ToldTools()) if isinstance(piece, Text)]
    talk.accept(turn, text)
    talk.spoken("".join(said), cut=False)


async def test_what_is_read_ahead_is_what_the_reply_will_begin_with() -> None:
    model = ToldModel([words("At ten.")])
    talk = dialogue(model)
    talk.spoken(PROMPTS.greeting, cut=False)
    talk.overhear(1, "I need an", None)
    await answer(talk, 1, "I need an appointment")
    ahead, asked = model.prefilled[0], model.asked[0]
    assert ahead[:-1] == asked[:-1]
    assert asked[-1].content.startswith(ahead[-1].content)


async def test_it_is_read_every_few_words_of_each_turn() -> None:
    model = ToldModel([words("Yes.")])
    talk = dialogue(model, prefill_words=3)
    spoken = "one two three four five six seven".split()
    for turn in (1, 2):
        for count in range(1, 8):
            talk.overhear(turn, " ".join(spoken[:count]), None)
        await answer(talk, turn, " ".join(spoken))
    assert [ahead[-1].content.split()[-1] for ahead in model.prefilled] == ["three", "six", "three", "six"]


def test_never_when_it_is_switched_off_nor_for_an_emergency() -> None:
    model = ToldModel([words("Yes.")])
    dialogue(model, prefill_words=0).overhear(1, "one two three four five six", None)
    dialogue(model).overhear(1, "please help I have chest pain", None)
    assert model.prefilled == []


def test_the_model_that_would_answer_reads() -> None:
    first, second = ToldModel([words("Yes.")], available=False), ToldModel([words("Yes.")])
    talk = dialogue(first, second)
    talk.overhear(1, "one two three", None)
    assert (len(first.prefilled), len(second.prefilled)) == (0, 1)
    second.available = False
    talk.overhear(2, "one two three", None)
    assert len(second.prefilled) == 1


async def test_a_turn_in_another_language_than_the_clinic_s_is_marked_for_good() -> None:
    model = ToldModel([words("Abrimos a las ocho.")])
    talk = dialogue(model)
    talk.overhear(1, "cuál es su horario", "es")
    await answer(talk, 1, "cuál es su horario")
    talk.overhear(2, "thank you very much", "en")
    await answer(talk, 2, "thank you very much")
    assert model.asked[0][-1].content.endswith("[in Spanish] cuál es su horario")
    assert model.asked[1][: len(model.asked[0])] == model.asked[0]
    assert model.asked[1][-1].content == "thank you very much"


async def test_the_clinic_s_own_language_and_one_that_is_not_known_are_not_marked() -> None:
    for spoken in ("es", None, "tlh"):
        model = ToldModel([words("Sí.")])
        talk = dialogue(model, language="es")
        talk.overhear(1, "está abierto", spoken)
        await answer(talk, 1, "está abierto")
        assert model.asked[0][-1].content.endswith("está abierto")
        assert "[in" not in model.asked[0][-1].content
    model = ToldModel([words("Yes.")])
    talk = dialogue(model, language="es")
    talk.overhear(1, "are you open", "en")
    await answer(talk, 1, "are you open")
    assert model.asked[0][-1].content.endswith("[in English] are you open")
