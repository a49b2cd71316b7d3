"""One turn of the receptionist: what was said, and where the conversation stands, become what to say.

Emergencies come first, then the wish to speak to a person, then what holds anywhere (repeat, wait, start over, a
question about the clinic), then the task in hand, then a new task. What fits nowhere is asked again.
"""

from dataclasses import replace
from typing import Final

from appliance.dialogue.absorbing import absorb
from appliance.dialogue.answers import answers, hours_of_week
from appliance.dialogue.asking import ask, ask_again, not_understood, to_person
from appliance.dialogue.desk import Desk
from appliance.dialogue.intents import Intent
from appliance.dialogue.message_taking import continue_message, next_part
from appliance.dialogue.prompt_words import ENGLISH
from appliance.dialogue.questions import Question
from appliance.dialogue.reply import HangUpAfter, TransferAfter
from appliance.dialogue.scheduling import continue_scheduling, next_step
from appliance.dialogue.state import Plan, State, Task, Wish, plan
from appliance.dialogue.understanding import Heard
from appliance.dialogue.words import says_any

_TASKS: Final = (
    (Intent.CANCEL, Task.CANCEL),
    (Intent.MOVE, Task.MOVE),
    (Intent.MESSAGE, Task.MESSAGE),
    (Intent.BOOK, Task.BOOK),
)
_FAREWELL: Final = ("goodbye", "good bye", "bye", "bye bye")
_LONGEST_REPLY: Final = 60
_SHORT_ANSWER: Final = 5
_AT_REST: Final = frozenset({Question.ANYTHING, Question.ANYTHING_ELSE})


async def respond(state: State, heard: Heard, desk: Desk) -> Plan:
    """The plan for one turn. Total: whatever was heard, there is something to say."""
    urgent = _urgent(state, heard, desk)
    if urgent is not None:
        return urgent
    if state.question is Question.EMERGENCY or (state.question is Question.PERSON_OR_MESSAGE and _goes_on(heard)):
        state = replace(state, question=state.resume)
    anywhere = _anywhere(state, heard, desk)
    if anywhere is not None:
        return anywhere
    return await _conversation(state, heard, desk)


def _urgent(state: State, heard: Heard, desk: Desk) -> Plan | None:
    asked = state.question is Question.EMERGENCY
    # "No, it's fine" agrees with a read-back; to this question it is a no.
    refused = heard.yes is False or says_any(heard.words, ("no",))
    if heard.emergency is not None or (asked and heard.yes is True and not refused):
        if asked:
            target = TransferAfter(desk.profile.emergency.target, "emergency")
            rested = replace(state, question=Question.ANYTHING)
            return plan(rested, ENGLISH.connecting_help, afterwards=target)
        asking = replace(state, resume=state.question, question=Question.EMERGENCY, misses=0)
        return plan(asking, f"{desk.prompts.emergency} {ENGLISH.connect_now}")
    if asked and refused:
        return ask_again(replace(state, question=state.resume), desk, "All right.")
    if heard.keys == "0" or Intent.PERSON in heard.intents:
        return to_person(state, desk)
    if not heard.words:
        return not_understood(state, desk, silent=True)
    if asked and not heard.intents and not heard.says_when and not heard.says_whom:
        return not_understood(state, desk)
    return None


def _anywhere(state: State, heard: Heard, desk: Desk) -> Plan | None:
    if Intent.START_OVER in heard.intents:
        return ask(State(request=state.request + 1), Question.ANYTHING, desk, "Of course, let's start over.")
    if Intent.NEVER_MIND in heard.intents:
        before = "All right." if state.task is Task.NONE else "All right, I've stopped that."
        return ask(state.fresh(), Question.ANYTHING_ELSE, desk, before)
    if state.question is Question.MESSAGE_TEXT:
        return None
    if Intent.REPEAT in heard.intents and not _says_something(heard):
        return _say_again(state, desk)
    if Intent.WAIT in heard.intents and not _says_something(heard):
        return replace(plan(state, "Of course, take your time."), state=state)
    return _goodbye(state, heard)


def _say_again(state: State, desk: Desk) -> Plan:
    """The last reply in full, however much of it was heard; or the news that a transfer failed, if that came since."""
    if desk.last_heard == desk.prompts.transfer_failed:
        return plan(replace(state, question=Question.ANYTHING), desk.last_heard)
    return plan(state, state.said or desk.prompts.greeting)


def _goes_on(heard: Heard) -> bool:
    """Whether the caller, offered help, has rather gone on with what they wanted."""
    return _says_something(heard) or bool(heard.intents & {Intent.BOOK, Intent.MOVE, Intent.CANCEL})


def _says_something(heard: Heard) -> bool:
    return heard.says_when or heard.says_whom or heard.name is not None or heard.birth_date is not None


def _goodbye(state: State, heard: Heard) -> Plan | None:
    farewell = says_any(heard.words, _FAREWELL)
    if state.question is Question.CONFIRM and heard.yes is True:
        # "Yes, thank you, bye" books first.
        return None
    if farewell or (Intent.GOODBYE in heard.intents and state.question in _AT_REST and not _wants_task(heard)):
        undone = "Then I haven't changed anything." if state.question is Question.CONFIRM else ""
        return plan(state.fresh(), f"{undone} {ENGLISH.goodbye}", afterwards=HangUpAfter())
    return None


def _wants_task(heard: Heard) -> bool:
    return any(intent in heard.intents for intent, _ in _TASKS)


async def _conversation(state: State, heard: Heard, desk: Desk) -> Plan:
    if state.question is not Question.MESSAGE_TEXT:
        side = answers(heard, desk.profile, desk.today)
        if side and not _wants_task(heard):
            return await _yes_and_answer(state, heard, desk, side) or ask_again(state, desk, side)
    switched = await _new_task(state, heard, desk)
    if switched is not None:
        return switched
    handled = await _in_hand(state, heard, desk)
    if handled is not None:
        return _and_goodbye(handled, heard)
    return _small_talk(state, heard, desk) or not_understood(state, desk)


async def _yes_and_answer(state: State, heard: Heard, desk: Desk, answer: str) -> Plan | None:
    """ "Yes, and are you open on Saturday?" does what was confirmed, then answers. None when nothing was confirmed."""
    if state.question is not Question.CONFIRM or heard.yes is not True:
        return None
    # The day belongs to the question, not to the appointment.
    done = await _in_hand(state, replace(heard, day=None, clock_time=None, part=None, soonest=False), desk)
    if done is None or done.state.question is not Question.ANYTHING_ELSE:
        return done
    statement, _, question = done.text.rpartition(". ")
    said = f"{statement}. {answer} {question}"
    return plan(done.state, said) if len(said.split()) <= _LONGEST_REPLY else done


def _and_goodbye(done: Plan, heard: Heard) -> Plan:
    if done.state.question is Question.ANYTHING_ELSE and done.afterwards is None and says_any(heard.words, _FAREWELL):
        sentence = done.text.rpartition(". ")[0] or done.text
        return plan(done.state, f"{sentence}. {ENGLISH.goodbye}", afterwards=HangUpAfter())
    return done


async def _new_task(state: State, heard: Heard, desk: Desk) -> Plan | None:
    if state.question is Question.MESSAGE_TEXT:
        return None
    if Intent.CONNECT in heard.intents and (heard.says_whom or state.task is Task.NONE):
        return _connect(state, heard, desk)
    task = next((task for intent, task in _TASKS if intent in heard.intents), None)
    if task is None or task is state.task:
        return None
    if state.task is Task.BOOK and task in {Task.CANCEL, Task.MOVE} and state.question is Question.CONFIRM:
        # Nothing is booked yet: "cancel the appointment" ends the booking, "change it" changes it.
        if task is Task.CANCEL:
            return ask(state.fresh(), Question.ANYTHING_ELSE, desk, "All right, I won't book it.")
        return ask(state, Question.CHANGE_WHAT, desk, "No problem.")
    if state.task in {Task.MOVE, Task.CANCEL} and task is Task.BOOK:
        return None
    return await begin(state, task, heard, desk)


async def begin(state: State, task: Task, heard: Heard, desk: Desk) -> Plan:
    """Start `task` with everything that was said along with it."""
    wish = state.wish if state.task is Task.NONE else Wish()
    started = replace(State(task=task, person=state.person, request=state.request), wish=wish)
    if state.task is not Task.NONE:
        started = replace(started, request=state.request + 1)
    started = absorb(started, heard)
    before = {Task.BOOK: "I can book that for you.", Task.MESSAGE: "I'll take a message."}.get(task, "I can do that.")
    if task is Task.MESSAGE:
        return next_part(started, desk, before)
    return await next_step(started, desk, before)


def _connect(state: State, heard: Heard, desk: Desk) -> Plan:
    key = heard.department
    if heard.doctor is not None:
        key = desk.profile.doctor(heard.doctor).department
    if key is None and state.question is Question.BOOK_OR_CONNECT:
        key = state.connect_to or _department_of(state.wish, desk)
    if key is None:
        return ask(state, Question.CONNECT_WHOM, desk, "I can connect you.")
    return _transfer(state, key, desk)


def _transfer(state: State, key: str, desk: Desk) -> Plan:
    department = desk.profile.department(key)
    target = TransferAfter(department.transfer_target, department.key)
    after = replace(state.fresh(), question=Question.ANYTHING)
    return plan(after, f"I'll connect you with {department.spoken_name} now.", afterwards=target)


async def _in_hand(state: State, heard: Heard, desk: Desk) -> Plan | None:
    if state.question is Question.PERSON_OR_MESSAGE:
        return _person_or_message(state, heard, desk)
    if state.question in {Question.BOOK_OR_CONNECT, Question.CONNECT_WHOM}:
        return await _book_or_connect(state, heard, desk)
    if state.task is Task.MESSAGE:
        return await continue_message(state, heard, desk)
    if state.task is not Task.NONE:
        return await continue_scheduling(state, heard, desk)
    return await _at_rest(state, heard, desk)


def _person_or_message(state: State, heard: Heard, desk: Desk) -> Plan | None:
    if says_any(heard.words, ("message",)) or heard.keys == "2":
        return next_part(State(task=Task.MESSAGE, person=state.person, request=state.request + 1), desk, "All right.")
    if says_any(heard.words, ("person", "connect", "human", "first")) or heard.yes is True:
        return to_person(state, desk)
    if heard.yes is False:
        return ask_again(replace(state, question=state.resume), desk, "All right, let's try again.")
    return None


async def _book_or_connect(state: State, heard: Heard, desk: Desk) -> Plan | None:
    if heard.says_whom and state.question is Question.CONNECT_WHOM:
        return _connect(state, heard, desk)
    if state.connect_to is not None and (heard.yes is True or Intent.CONNECT in heard.intents):
        return _transfer(state, state.connect_to, desk)
    if says_any(heard.words, ("connect", "put me through", "through", "second")) and state.wish.has_whom:
        return _transfer(state, _department_of(state.wish, desk), desk)
    if heard.says_when or says_any(heard.words, ("appointment", "book", "first")) or heard.keys == "1":
        return await begin(replace(state, connect_to=None), Task.BOOK, heard, desk)
    if heard.yes is False:
        if state.task is Task.BOOK:
            return ask(replace(state, connect_to=None), Question.WHOM, desk, "All right.")
        return ask(state.fresh(), Question.ANYTHING_ELSE, desk, "All right.")
    return None


def _department_of(wish: Wish, desk: Desk) -> str:
    if wish.doctor is not None:
        return desk.profile.doctor(wish.doctor).department
    return wish.department or desk.profile.departments[0].key


async def _menu(state: State, heard: Heard, desk: Desk) -> Plan | None:
    if heard.keys == "2":
        return ask_again(state, desk, hours_of_week(desk.profile))
    task = {"1": Task.BOOK, "3": Task.MESSAGE}.get(heard.keys)
    return None if task is None else await begin(state, task, heard, desk)


async def _at_rest(state: State, heard: Heard, desk: Desk) -> Plan | None:
    if state.question is Question.ANYTHING and heard.keys:
        return await _menu(state, heard, desk)
    if heard.says_whom:
        if heard.says_when:
            return await begin(state, Task.BOOK, heard, desk)
        wish = Wish(doctor=heard.doctor, department=None if heard.doctor else heard.department)
        named = _named(wish, desk)
        bookable = heard.doctor is not None or desk.profile.doctors_of(heard.department or "")
        asking = replace(state, wish=wish, connect_to=None if bookable else heard.department)
        if not bookable:
            asking = replace(asking, question=Question.BOOK_OR_CONNECT, misses=0)
            return plan(asking, f"Shall I connect you with {named}?")
        return ask(asking, Question.BOOK_OR_CONNECT, desk, f"{named[0].upper()}{named[1:]}.")
    if state.question is Question.ANYTHING_ELSE and heard.yes is False:
        return plan(state, ENGLISH.goodbye, afterwards=HangUpAfter())
    if heard.yes is True and not _thanked(heard) and len(heard.words) <= _SHORT_ANSWER:
        return ask(state, Question.ANYTHING, desk, "Of course.")
    return None


def _thanked(heard: Heard) -> bool:
    return Intent.THANKS in heard.intents


def _named(wish: Wish, desk: Desk) -> str:
    if wish.doctor is not None:
        return desk.doctor_name(wish.doctor)
    return desk.profile.department(wish.department).spoken_name if wish.department else ""


def _small_talk(state: State, heard: Heard, desk: Desk) -> Plan | None:
    if Intent.THANKS in heard.intents:
        return ask_again(state, desk, "You're welcome.")
    if Intent.GREETING in heard.intents:
        if state.question in _AT_REST:
            return ask(state, Question.ANYTHING, desk, "Hello!")
        return ask_again(state, desk, "Yes, I'm here.")
    if Intent.CONNECT in heard.intents:
        return ask(state, Question.CONNECT_WHOM, desk, "I can connect you.")
    return None
