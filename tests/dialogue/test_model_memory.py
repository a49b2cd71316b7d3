"""What a long call keeps of its beginning: every answer, whatever was talked about since."""

from appliance.dialogue.history import History
from appliance.dialogue.transcript import conversation, estimated_tokens

CHATTER = "There is free parking behind the building, and the bus stops right across the street from us."


def talked(*turns: tuple[str, str]) -> History:
    """(question of the agent, answer of the caller) and so on, then forty turns about nothing."""
    history = History()
    chatter = ((CHATTER, f"and what about parking number {count}") for count in range(40))
    for number, (question, answer) in enumerate((*turns, *chatter), 1):
        history = history.agent_said(question, cut=False).caller_said(number, answer)
    return history


def note(history: History, budget: int = 600) -> str:
    return conversation(history, {}, {}, "Opening.", budget)[0].content


def test_who_the_caller_is_and_what_they_chose_outlive_the_words() -> None:
    kept = note(
        talked(
            ("May I have your first and last name?", "Anna Miller"),
            ("And what is your date of birth?", "March fifth nineteen eighty"),
            ("What number can we reach you at?", "five five five one two three four"),
            ("Doctor Patel is free on Tuesday at ten thirty. Shall I book that?", "yes please"),
        )
    )
    assert '"May I have your first and last name?" "Anna Miller"' in kept
    assert '"And what is your date of birth?" "March fifth nineteen eighty"' in kept
    assert "five five five one two three four" in kept
    assert 'Doctor Patel is free on Tuesday at ten thirty. Shall I book that?" "yes please"' in kept


def test_of_a_question_asked_again_the_latest_answer_holds() -> None:
    kept = note(talked(("What is your name?", "Anna Mueller"), ("What is your name?", "no Anna Miller")))
    assert kept.count('"What is your name?"') == 1
    assert '"no Anna Miller"' in kept


def test_it_is_known_in_the_caller_s_language() -> None:
    kept = note(talked(("¿Cuál es su fecha de nacimiento?", "el cinco de marzo de mil novecientos ochenta")))
    assert "el cinco de marzo" in kept


def test_what_is_kept_is_bounded_however_many_questions_there_were() -> None:
    many = [(f"What is your name, caller number {count}?", "Anna " * 30) for count in range(100)]
    decisions = [(f"Is it right that you have {count} questions?", "yes " * 30) for count in range(100)]
    assert estimated_tokens(note(talked(*many, *decisions))) < 700
