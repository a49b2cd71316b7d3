import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.dialogue.emergency import emergency_in

SAID = {
    "chest_pain": """i have chest pain; my chest hurts; i've got a pain in my chest; pressure on my chest
        chest tightness; my chest is really tight
        i think i'm having a heart attack; no i have chest pain; chest pains; pain in his chest
        i am not well chest pain; my chest feels tight
        i don't know why but my chest hurts; i'm not feeling well i have chest pain; yes chest pain
        don't hang up i have chest pain
        it's not nothing it is chest pain; i have no time i have chest pain; Chest pain!""",
    "breathing": """i can't breathe; i cannot breathe; he can't breathe; i can hardly breathe; she's not breathing
        he stopped breathing; i'm choking
        trouble breathing; i'm short of breath; shortness of breath; difficulty breathing; i can't get enough air
        my baby isn't breathing
        cant breathe; i cant breath""",
    "bleeding": """i'm bleeding heavily; he is bleeding a lot; there's blood everywhere; i'm losing a lot of blood
        it won't stop bleeding
        severe bleeding; coughing up blood; i can't stop the bleeding; she's been stabbed; so much blood""",
    "stroke": """i think it's a stroke; my mother is having a stroke; his face is drooping; she has slurred speech
        i can't move my arm
        my left arm went numb; she suddenly can't speak; he can't feel his leg; slurring his words""",
    "unconscious": """he's unconscious; she passed out; he won't wake up; she's not responding; he just collapsed
        having a seizure; he fainted""",
    "suicide": """i want to kill myself; i'm suicidal; i want to die; i don't want to live anymore
        i'm going to end my life; thinking about suicide
        i want to hurt myself; i would be better off dead; i'm going to kill myself""",
    "overdose": """i took an overdose; he overdosed; i took too many pills; she swallowed bleach
        too many of my pills; i've been poisoned""",
    "allergic": "my throat is closing; her tongue is swelling; anaphylactic shock; severe allergic reaction",
    "emergency": """this is an emergency; it's an emergency; i have an emergency; emergency; help emergency
        it's a medical emergency; call an ambulance
        i need an ambulance; he's dying; i think i'm dying; please call nine one one; i need help right now
        this is a real emergency""",
}


@pytest.mark.parametrize(
    ("category", "said"),
    [
        (category, said.strip())
        for category, block in SAID.items()
        for said in block.replace("\n", ";").split(";")
        if said.strip()
    ],
)
def test_emergencies(category: str, said: str) -> None:
    assert emergency_in(said) == category


@pytest.mark.parametrize(
    "said",
    """
    no chest pain; i don't have chest pain; i have no chest pain; no i don't have any chest pain; without chest pain
    it's not an emergency; this is not an emergency; it isn't an emergency; no emergency; it's no emergency
    i don't have an emergency
    i don't think it's an emergency; not a heart attack; i'm not having a heart attack; i'm not suicidal
    i never had a stroke
    no shortness of breath; no chest pain or shortness of breath; i'm not having any trouble breathing
    he isn't bleeding heavily
    what are your hours; i'd like to book an appointment; what is your emergency number; my emergency contact is my wife
    i'm dying to see the doctor; my back hurts; i have a cough; my tooth hurts; i have an x ray of my chest
    a chest x ray
    i need an appointment with the heart doctor; my mother is fine; yes; no; march the fifth nineteen eighty
    take a breath
    i can't hear you; i can't come on tuesday; blood test; i need a blood test; she has not passed out
    where is the emergency room
    """.replace("\n", ";").split(";"),
)
def test_no_emergencies(said: str) -> None:
    assert emergency_in(said) is None


@pytest.mark.parametrize(
    ("said", "category"),
    [
        ("it's not an emergency but i have chest pain", "chest_pain"),
        ("i don't have chest pain but i can't breathe", "breathing"),
        ("no chest pain no i mean i can't breathe", "breathing"),
        ("no chest pain yesterday but today chest pain", "chest_pain"),
    ],
)
def test_a_denial_covers_only_what_it_denies(said: str, category: str) -> None:
    assert emergency_in(said) == category


def test_one_word_in_any_place_of_a_long_partial() -> None:
    assert (
        emergency_in("um hello i wanted to book but actually uh my chest hurts quite a lot right now") == "chest_pain"
    )


@given(st.text(max_size=200))
def test_any_text_gives_a_category_or_none(text: str) -> None:
    assert emergency_in(text) in {None, *SAID}
