"""What a reply asks for decides how long the line waits for the answer."""

import pytest

from appliance.dialogue.expectations import expectation_of
from appliance.dialogue.questions import EXPECTATIONS, WORDINGS, Question
from appliance.dialogue.reply import Expectation


@pytest.mark.parametrize("question", EXPECTATIONS, ids=str)
def test_the_receptionist_s_own_questions(question: Question) -> None:
    assert expectation_of(f"Of course. {WORDINGS[question][0]}") is EXPECTATIONS[question]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("May I have your full name, please?", Expectation.NAME),
        ("Who am I speaking with?", Expectation.NAME),
        ("Could I have your name and date of birth?", Expectation.DATE),
        ("Which day would suit you best?", Expectation.DATE),
        ("When would you like to come in?", Expectation.DATE),
        ("Please tell me your date of birth.", Expectation.DATE),
        ("What's the best phone number to reach you?", Expectation.DIGITS),
        ("Can you give me your insurance number?", Expectation.DIGITS),
        ("Could you spell your last name for me?", Expectation.SPELLING),
        ("Please spell that for me.", Expectation.SPELLING),
        ("Tuesday at ten thirty with Doctor Patel. Shall I book that?", Expectation.YES_NO),
        ("You'd like Tuesday at ten, is that right?", Expectation.YES_NO),
        ("So that's Tuesday at ten, correct?", Expectation.YES_NO),
        ("Would you like the morning or the afternoon?", Expectation.OPEN),
        ("Is there anything else I can do for you?", Expectation.OPEN),
        ("How can I help you?", Expectation.OPEN),
        ("We are open from eight to six.", Expectation.OPEN),
        ("The clinic's name is Riverside.", Expectation.OPEN),
        ("What is your date of birth? You can also key it in.", Expectation.DATE),
        ("", Expectation.OPEN),
    ],
)
def test_the_last_question_counts(reply: str, expected: Expectation) -> None:
    assert expectation_of(reply) is expected


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("¿Me dice su nombre completo, por favor?", Expectation.NAME),
        ("¿Con quién hablo?", Expectation.NAME),
        ("¿Cómo se llama?", Expectation.NAME),
        ("¿Cuál es su fecha de nacimiento?", Expectation.DATE),
        ("¿Qué día le viene bien?", Expectation.DATE),
        ("¿Para cuándo quiere la cita?", Expectation.DATE),
        ("Dígame su fecha de nacimiento, por favor.", Expectation.DATE),
        ("¿Cuál es su número de teléfono?", Expectation.DIGITS),
        ("¿Me da su número de póliza?", Expectation.DIGITS),
        ("¿Puede deletrear su apellido?", Expectation.SPELLING),
        ("Tengo el martes a las diez con la doctora Patel. ¿Le reservo esa hora?", Expectation.YES_NO),
        ("¿Quiere que le reserve el martes a las diez?", Expectation.YES_NO),
        ("Entonces el martes a las diez, ¿correcto?", Expectation.YES_NO),
        ("¿Es correcto?", Expectation.YES_NO),
        ("¿Le parece bien?", Expectation.YES_NO),
        ("¿Prefiere la mañana o la tarde?", Expectation.OPEN),
        ("¿Hay algo más en que pueda ayudarle?", Expectation.OPEN),
        ("¿En qué puedo ayudarle?", Expectation.OPEN),
        ("Abrimos de ocho a seis.", Expectation.OPEN),
        ("ما اسمك الكامل من فضلك؟", Expectation.NAME),
        ("مع من أتكلم؟", Expectation.NAME),
        ("ما هو تاريخ ميلادك؟", Expectation.DATE),
        ("أي يوم يناسبك؟", Expectation.DATE),
        ("متى تريد الموعد؟", Expectation.DATE),
        ("ما هو رقم هاتفك؟", Expectation.DIGITS),
        ("أعطني رقم التأمين لو سمحت.", Expectation.DIGITS),
        ("هل يمكنك تهجئة اسمك؟", Expectation.SPELLING),
        ("عندي يوم الثلاثاء الساعة العاشرة. هل أحجز لك هذا الموعد؟", Expectation.YES_NO),
        ("الموعد يوم الثلاثاء، صحيح؟", Expectation.YES_NO),
        ("هل هذا مناسب؟", Expectation.YES_NO),
        ("هل تفضل الصباح أو المساء؟", Expectation.OPEN),
        ("هل تحتاج إلى شيء آخر؟", Expectation.OPEN),
        ("كيف أستطيع مساعدتك؟", Expectation.OPEN),
        ("نفتح من الثامنة إلى السادسة.", Expectation.OPEN),
    ],
)
def test_in_the_caller_s_language(reply: str, expected: Expectation) -> None:
    assert expectation_of(reply) is expected
