"""An emergency in Spanish or Arabic: the clinic's fixed words, and whether the caller wants to be connected.

The rest of the script is English; this much of it is not, since it is needed whatever else works.
"""

from dataclasses import replace
from typing import Final

from appliance.clinic.profile import ClinicProfile
from appliance.dialogue.emergency import emergency_in
from appliance.dialogue.emergency_table import bare
from appliance.dialogue.intents import yes_no
from appliance.dialogue.prompts import Prompts
from appliance.dialogue.questions import Question
from appliance.dialogue.reply import TransferAfter
from appliance.dialogue.state import Plan, State, plan
from appliance.dialogue.words import tokens
from appliance.turn.tokens import words

# Bare, as recognisers write accents and hamzas or not.
_YES: Final = frozenset(
    words(bare("sí claro vale bueno ok okay okey dale correcto afirmativo ayuda نعم أجل أيوه طيب تمام موافق"))
)
_NO: Final = frozenset(words(bare("no nada negativo tampoco لا كلا مش")))
_MOST_MISSES: Final = 1


def emergency_plan(state: State, text: str, prompts: Prompts, profile: ClinicProfile) -> Plan | None:
    """What answers `text` in the language of `prompts`; None when it has to do with no emergency.

    Who answers the question neither with yes nor with no twice is connected.
    """
    asked = state.question is Question.EMERGENCY
    urgent = emergency_in(text) is not None
    if not asked:
        if not urgent:
            return None
        asking = replace(state, resume=state.question, question=Question.EMERGENCY, misses=0)
        return plan(asking, f"{prompts.emergency} {prompts.connect_now}")
    wanted = True if urgent else _answer(text)
    if wanted is False:
        return plan(replace(state, question=state.resume, misses=0), prompts.help_declined)
    if wanted is None and state.misses < _MOST_MISSES:
        return plan(replace(state, misses=state.misses + 1), f"{prompts.say_again} {prompts.connect_now}")
    rested = replace(state, question=Question.ANYTHING, misses=0)
    return plan(rested, prompts.connecting_help, afterwards=TransferAfter(profile.emergency.target, "emergency"))


def _answer(text: str) -> bool | None:
    said = set(words(bare(text)))
    yes, no = bool(said & _YES), bool(said & _NO)
    if yes != no:
        return yes
    return None if yes else yes_no(tokens(text))
