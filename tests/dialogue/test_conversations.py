"""Whole calls in text, each on a real appointment book."""

from datetime import date
from pathlib import Path

import pytest

from appliance.clinic.appointments import Patient
from appliance.dialogue.reply import Expectation, HangUpAfter, TransferAfter
from tests.dialogue.telephone import ANNA, TODAY, TUESDAY, Telephone, at, telephone

WEDNESDAY, THURSDAY = date(2026, 11, 25), date(2026, 11, 26)
BOOKING = (
    "i'd like to book an appointment",
    "with doctor patel please",
    "my name is anna miller",
    "march the fifth nineteen eighty",
    "tuesday at ten in the morning",
)


def spoken(phone: Telephone) -> str:
    return " ".join(reply.text for reply in phone.replies).lower()


async def test_the_demo_call(tmp_path: Path) -> None:
    async with telephone(tmp_path) as phone:
        expected = [Expectation.OPEN, Expectation.NAME, Expectation.DATE, Expectation.DATE, Expectation.YES_NO]
        for line, expects in zip(BOOKING, expected, strict=True):
            assert (await phone.say(line)).expects is expects
        read_back = phone.replies[-1].text
        for part in ("Anna Miller", "March fifth, nineteen eighty", "Doctor Patel", "Tuesday", "ten in the morning"):
            assert part in read_back
        assert await phone.booked() == ()
        await phone.say("yes")
        await phone.say("mm-hm")
        assert (
            "from eight in the morning to six in the evening" in (await phone.say("what are your opening hours")).text
        )
        assert (await phone.say("no thank you goodbye")).afterwards == HangUpAfter()
        assert [booked.slot for booked in await phone.booked()] == [at(TUESDAY, 10)]


@pytest.mark.parametrize(
    ("lines", "slot"),
    [
        (("i'd like to book an appointment with doctor patel please", *BOOKING[2:], "yes"), at(TUESDAY, 10)),
        (
            (
                "my name is anna miller born march fifth nineteen eighty i want to see doctor patel on tuesday at ten",
                "yeah that's right",
            ),
            at(TUESDAY, 10),
        ),
        ((*BOOKING, "no wednesday", "yes"), at(WEDNESDAY, 10)),
        ((*BOOKING, "actually with doctor garcia", "yes"), at(TUESDAY, 10, doctor="garcia")),
        ((*BOOKING, "no at eleven thirty", "correct"), at(TUESDAY, 11, 30)),
        ((*BOOKING, "no", "the time", "thursday at half past two", "yes please"), at(THURSDAY, 14, 30)),
        ((*BOOKING[:4], "tuesday in the afternoon", "the second one", "dtmf 1"), at(TUESDAY, 13, 30)),
        ((*BOOKING[:4], "tuesday", "the last one", "sure"), at(TUESDAY, 10)),
        ((*BOOKING[:4], "tuesday", "nine thirty", "uh huh"), at(TUESDAY, 9, 30)),
        ((*BOOKING[:4], "tuesday", "no", "thursday at nine", "yes"), at(THURSDAY, 9)),
        ((*BOOKING[:4], "as soon as possible", "the first one", "yes"), at(date(2026, 11, 23), 9)),
        ((*BOOKING[:4], "what are your hours", "tuesday at ten", "where are you", "yes"), at(TUESDAY, 10)),
        ((*BOOKING[:3], "oh three oh five", "eighty", "dtmf 03051980", "tuesday at ten", "yes"), at(TUESDAY, 10)),
        ((*BOOKING[:3], "march the fifth", "nineteen eighty", "tuesday at ten", "yes"), at(TUESDAY, 10)),
        ((*BOOKING[:2], "it's anna", "miller", *BOOKING[3:], "yes"), at(TUESDAY, 10)),
        ((*BOOKING[:2], "miller m i double l e r", "anna", *BOOKING[3:], "yes"), at(TUESDAY, 10)),
        ((*BOOKING[:2], "hannah muller", *BOOKING[3:], "no the name is wrong", "anna miller", "yes"), at(TUESDAY, 10)),
        (("the skin doctor", "an appointment please", *BOOKING[2:], "yes"), at(TUESDAY, 10, doctor="nguyen")),
        ((*BOOKING[:4], "sunday at ten", "tuesday at ten", "yes"), at(TUESDAY, 10)),
        ((*BOOKING[:4], "today at ten", "tuesday at ten", "yes"), at(TUESDAY, 10)),
        ((*BOOKING[:4], "december twenty fifth at ten", "tuesday at ten", "yes"), at(TUESDAY, 10)),
        ((*BOOKING[:4], "in two years", "tuesday at ten", "yes"), at(TUESDAY, 10)),
        ((*BOOKING[:2], "hold on a second", *BOOKING[2:], "could you repeat that", "yes"), at(TUESDAY, 10)),
        (("i want to cancel an appointment", "no start over", *BOOKING, "yes"), at(TUESDAY, 10)),
        ((*BOOKING, "i have chest pain", "no", "yes"), at(TUESDAY, 10)),
    ],
)
async def test_bookings(tmp_path: Path, lines: tuple[str, ...], slot: object) -> None:
    async with telephone(tmp_path) as phone:
        await phone.talk(*lines)
        assert [booked.slot for booked in await phone.booked()] == [slot]
        assert "is booked" in phone.replies[-1].text


async def test_yes_thank_you_bye_books_and_hangs_up(tmp_path: Path) -> None:
    async with telephone(tmp_path) as phone:
        reply = await phone.talk(*BOOKING, "yes thank you bye")
        assert reply.afterwards == HangUpAfter()
        assert "booked" in reply.text
        assert len(await phone.booked()) == 1


@pytest.mark.parametrize(
    "last", ["no", "goodbye", "never mind", "what", "start over", "", "cancel the appointment", "wubble"]
)
async def test_nothing_is_booked_without_a_yes(tmp_path: Path, last: str) -> None:
    async with telephone(tmp_path) as phone:
        await phone.talk(*BOOKING, last)
        assert await phone.booked() == ()


async def test_a_slot_that_is_taken_is_not_offered(tmp_path: Path) -> None:
    async with telephone(tmp_path) as phone:
        await phone.appointments.book(Patient("Bob Stone", date(1970, 1, 1)), at(TUESDAY, 10), "other")
        reply = await phone.talk(*BOOKING)
        assert "ten in the morning isn't free" in reply.text
        assert "nine thirty" in reply.text
        assert "ten thirty" in reply.text
        await phone.talk("half past ten", "yes")
        assert [booked.slot for booked in await phone.booked()] == [at(TUESDAY, 10, 30)]


async def test_a_slot_taken_between_the_read_back_and_the_yes(tmp_path: Path) -> None:
    async with telephone(tmp_path) as phone:
        await phone.talk(*BOOKING)
        await phone.appointments.book(Patient("Bob Stone", date(1970, 1, 1)), at(TUESDAY, 10), "other")
        assert "just been taken" in (await phone.say("yes")).text
        await phone.talk("ten thirty", "yes")
        assert [booked.slot for booked in await phone.booked()] == [at(TUESDAY, 10, 30)]


async def test_two_bookings_in_one_call_are_two(tmp_path: Path) -> None:
    async with telephone(tmp_path) as phone:
        await phone.talk(*BOOKING, "yes", "i need another appointment with doctor nguyen thursday at nine", "yes")
        assert [booked.slot for booked in await phone.booked()] == [at(TUESDAY, 10), at(THURSDAY, 9, doctor="nguyen")]


class TestExistingAppointments:
    @pytest.mark.parametrize(
        ("lines", "left"),
        [
            (("i need to cancel my appointment", "it's anna miller", "march fifth 1980", "yes please"), []),
            (("cancel my appointment", "anna miller", "march fifth 1980", "no"), [at(TUESDAY, 10)]),
            (("cancel my appointment on tuesday my name is anna miller born march fifth nineteen eighty", "yes"), []),
            (
                ("can i move my appointment", "anna miller", "three five eighty", "thursday at eleven thirty", "yes"),
                [at(THURSDAY, 11, 30)],
            ),
            (("move my appointment to thursday at nine", "anna miller", "three five eighty", "yes"), [at(THURSDAY, 9)]),
            (("reschedule", "anna miller", "three five eighty", "thursday at nine", "goodbye"), [at(TUESDAY, 10)]),
            (
                (
                    "cancel my appointment",
                    "peter jones",
                    "march fifth 1980",
                    "yes",
                    "anna miller",
                    "march fifth 1980",
                    "yes",
                ),
                [],
            ),
            (("cancel my appointment", "anna miller", "march sixth 1980", "no", "no"), [at(TUESDAY, 10)]),
        ],
    )
    async def test_one_appointment(self, tmp_path: Path, lines: tuple[str, ...], left: list[object]) -> None:
        async with telephone(tmp_path) as phone:
            await phone.appointments.book(ANNA, at(TUESDAY, 10), "earlier")
            await phone.talk(*lines)
            assert [booked.slot for booked in await phone.booked()] == left

    @pytest.mark.parametrize("which", ["with doctor nguyen", "thursday", "the second one", "dtmf 2", "the last one"])
    async def test_one_of_two(self, tmp_path: Path, which: str) -> None:
        async with telephone(tmp_path) as phone:
            await phone.appointments.book(ANNA, at(TUESDAY, 10), "earlier")
            await phone.appointments.book(ANNA, at(THURSDAY, 9, doctor="nguyen"), "another")
            reply = await phone.talk("cancel my appointment", "anna miller", "march fifth 1980")
            assert "two appointments" in reply.text
            await phone.talk(which, "yes")
            assert [booked.slot for booked in await phone.booked()] == [at(TUESDAY, 10)]


async def test_a_message(tmp_path: Path) -> None:
    async with telephone(tmp_path) as phone:
        text = "please tell doctor smith i need a new prescription"
        reply = await phone.talk("can i leave a message", text, "anna miller")
        assert reply.expects is Expectation.DIGITS
        reply = await phone.say("five five five one two three four")
        assert "five five five, one two three, four" in reply.text
        assert await phone.kept_messages() == ()
        await phone.talk("no", "555 1235", "yes")
        (message,) = await phone.kept_messages()
        assert (message.sender, message.callback, message.text) == ("Anna Miller", "5551235", text)


async def test_a_message_to_the_number_the_call_came_from(tmp_path: Path) -> None:
    async with telephone(tmp_path, caller_number="+15550100") as phone:
        await phone.talk("leave a message", "please call me about my bill", "anna miller", "this number", "yes")
        assert [message.callback for message in await phone.kept_messages()] == ["+15550100"]


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("what are your opening hours", "Monday to Friday"),
        ("are you open today", "Today we are open from eight"),
        ("are you open on sunday", "closed"),
        ("are you open tomorrow", "Tomorrow we are open from nine"),
        ("are you open on christmas", "closed for Christmas Day"),
        ("are you open on the fourth of july", "closed for Independence Day"),
        ("what is your address", "twelve River Street"),
        ("how do i get there", "bus number seven"),
        ("is there parking", "free parking"),
        ("what departments do you have", "dermatology"),
        ("who are your doctors", "Doctor Nguyen"),
        ("what can you do", "appointment"),
    ],
)
async def test_questions_are_answered(tmp_path: Path, line: str, part: str) -> None:
    async with telephone(tmp_path) as phone:
        assert part in (await phone.say(line)).text
        # In the middle of a booking too, and the booking goes on.
        await phone.talk("start over", *BOOKING[:2])
        reply = await phone.say(line)
        assert part in reply.text
        assert "name?" in reply.text
        assert reply.expects is Expectation.NAME


@pytest.mark.parametrize(
    ("line", "target"),
    [
        ("connect me to cardiology", "sip:cardiology@127.0.0.1"),
        ("put me through to the skin doctor please", "sip:dermatology@127.0.0.1"),
        ("can i speak to doctor smith", "sip:general@127.0.0.1"),
        ("i want to speak to a person", "sip:operator@127.0.0.1"),
        ("operator", "sip:operator@127.0.0.1"),
        ("dtmf 0", "sip:operator@127.0.0.1"),
    ],
)
async def test_transfers(tmp_path: Path, line: str, target: str) -> None:
    async with telephone(tmp_path) as phone:
        afterwards = (await phone.say(line)).afterwards
        assert isinstance(afterwards, TransferAfter)
        assert afterwards.target == target
        # It may fail: the call goes on.
        assert (await phone.say("what are your hours")).afterwards is None


async def test_a_person_at_any_moment(tmp_path: Path) -> None:
    for count in range(len(BOOKING) + 1):
        folder = tmp_path / str(count)
        folder.mkdir()
        async with telephone(folder) as phone:
            reply = await phone.talk(*BOOKING[:count], "can i talk to a person please")
            assert isinstance(reply.afterwards, TransferAfter), count


async def test_a_department_that_takes_no_appointments_is_connected(tmp_path: Path) -> None:
    async with telephone(tmp_path) as phone:
        reply = await phone.talk("i want an appointment", "billing", "yes")
        assert reply.afterwards == TransferAfter("sip:billing@127.0.0.1", "billing")


class TestEmergencies:
    async def test_come_first_whatever_was_asked(self, tmp_path: Path) -> None:
        for count in range(len(BOOKING) + 1):
            folder = tmp_path / str(count)
            folder.mkdir()
            async with telephone(folder) as phone:
                reply = await phone.talk(*BOOKING[:count], "oh no i have chest pain")
                assert "nine one one" in reply.text, count
                assert reply.expects is Expectation.YES_NO
                reply = await phone.say("yes")
                assert reply.afterwards == TransferAfter("sip:911@127.0.0.1", "emergency")

    async def test_said_twice_is_connected(self, tmp_path: Path) -> None:
        async with telephone(tmp_path) as phone:
            reply = await phone.talk("i can't breathe", "i can't breathe")
            assert isinstance(reply.afterwards, TransferAfter)

    async def test_silence_after_one_is_connected(self, tmp_path: Path) -> None:
        async with telephone(tmp_path) as phone:
            reply = await phone.talk("my chest hurts", "", "", "")
            assert reply.afterwards == TransferAfter("sip:911@127.0.0.1", "emergency")

    @pytest.mark.parametrize("no", ["no no", "no it's fine now", "no thank you", "no problem it's over"])
    async def test_a_false_alarm_goes_back_to_the_booking(self, tmp_path: Path, no: str) -> None:
        async with telephone(tmp_path) as phone:
            reply = await phone.talk(*BOOKING[:2], "i have chest pain", no)
            assert reply.afterwards is None
            assert reply.expects is Expectation.NAME

    async def test_in_a_message_too(self, tmp_path: Path) -> None:
        async with telephone(tmp_path) as phone:
            assert "nine one one" in (await phone.talk("leave a message", "tell the doctor i have chest pain")).text


class TestNotUnderstanding:
    @pytest.mark.parametrize("unclear", ["wubble flub", ""])
    @pytest.mark.parametrize("before", [(), BOOKING[:1], BOOKING[:2], BOOKING[:3], BOOKING[:4], BOOKING])
    async def test_asks_twice_in_other_words_then_offers_help(
        self, tmp_path: Path, before: tuple[str, ...], unclear: str
    ) -> None:
        async with telephone(tmp_path) as phone:
            await phone.talk(*before, unclear if unclear == "" or len(before) != 2 else "what was i going to say")
            await phone.talk(unclear if len(before) != 2 else "", unclear if len(before) != 2 else "")
            first, second, third = (reply.text for reply in phone.replies[-3:])
            assert len({first, second, third}) == 3
            assert "person" in third
            assert "message" in third
            assert isinstance((await phone.say("a person please")).afterwards, TransferAfter)

    async def test_no_goes_back(self, tmp_path: Path) -> None:
        async with telephone(tmp_path) as phone:
            reply = await phone.talk(*BOOKING[:2], "", "", "", "no")
            assert reply.expects is Expectation.NAME
            await phone.talk(*BOOKING[2:], "yes")
            assert len(await phone.booked()) == 1

    async def test_still_unclear_then_is_connected(self, tmp_path: Path) -> None:
        async with telephone(tmp_path) as phone:
            reply = await phone.talk("", "", "", "", "", "")
            assert isinstance(reply.afterwards, TransferAfter)

    async def test_the_second_time_a_name_is_spelled(self, tmp_path: Path) -> None:
        async with telephone(tmp_path) as phone:
            reply = await phone.talk(*BOOKING[:2], "", "")
            assert reply.expects is Expectation.SPELLING


@pytest.mark.parametrize("reason", ["storage_busy", "storage_full", "invalid_request"])
@pytest.mark.parametrize("broken", ["find_slots", "book_appointment"])
async def test_a_broken_book_is_admitted_and_help_offered(tmp_path: Path, broken: str, reason: str) -> None:
    async with telephone(tmp_path) as phone:
        phone.toolbox.broken[broken] = reason
        await phone.talk(*BOOKING, *(["yes"] if broken == "book_appointment" else []))
        assert "person" in phone.replies[-1].text
        assert "is booked" not in spoken(phone)
        phone.toolbox.broken.clear()
        await phone.talk("no", *(["yes"] if broken == "book_appointment" else ["tuesday at ten", "yes"]))
        assert [booked.slot for booked in await phone.booked()] == [at(TUESDAY, 10)]


@pytest.mark.parametrize(
    ("key", "part"),
    [("1", "doctor or department"), ("2", "Monday to Friday"), ("3", "message"), ("0", "person"), ("7", "press")],
)
async def test_the_keys_of_the_menu(tmp_path: Path, key: str, part: str) -> None:
    async with telephone(tmp_path) as phone:
        assert "press one" in (await phone.talk("wubble", "flub")).text
        await phone.say("start over")
        reply = await phone.talk("wubble flub", f"dtmf {key}")
        assert part in reply.text


async def test_keys_after_words_count(tmp_path: Path) -> None:
    async with telephone(tmp_path) as phone:
        assert isinstance((await phone.say("i want uh dtmf 0")).afterwards, TransferAfter)


async def test_a_caller_id_is_a_number_or_nothing(tmp_path: Path) -> None:
    for caller, known in (("sip:+15550100@10.0.0.5:5060", True), ("sip:anonymous@10.20.30.40", False), ("", False)):
        folder = tmp_path / str(len(caller))
        folder.mkdir()
        async with telephone(folder, caller_number=caller) as phone:
            await phone.talk("leave a message", "please call me about my bill", "anna miller", "this number", "yes")
            assert [message.callback for message in await phone.kept_messages()] == (["+15550100"] if known else [])


async def test_a_described_appointment_is_moved_from_its_day(tmp_path: Path) -> None:
    async with telephone(tmp_path) as phone:
        await phone.appointments.book(ANNA, at(TUESDAY, 10), "earlier")
        reply = await phone.talk(
            "i have an appointment on tuesday but i need to move it", "anna miller", "three five eighty"
        )
        assert "instead" in reply.text
        await phone.talk("thursday at nine", "yes")
        assert [booked.slot for booked in await phone.booked()] == [at(THURSDAY, 9)]


async def test_who_goes_on_when_offered_help_is_heard(tmp_path: Path) -> None:
    async with telephone(tmp_path) as phone:
        reply = await phone.talk(BOOKING[0], "blah", "blah", "blah", "with doctor patel")
        assert reply.expects is Expectation.NAME


async def test_repeat_says_the_reply_again_and_the_greeting_at_first(tmp_path: Path) -> None:
    async with telephone(tmp_path) as phone:
        assert (await phone.say("sorry what was that")).text == phone.dialogue.greeting()
        said = (await phone.say(BOOKING[0])).text
        assert (await phone.say("could you repeat that")).text == said
        assert (await phone.say("pardon")).text == said


async def test_repeat_after_a_failed_transfer_tells_that_it_failed(tmp_path: Path) -> None:
    async with telephone(tmp_path) as phone:
        await phone.say("connect me to cardiology")
        phone.dialogue.spoken(phone.dialogue.prompts.transfer_failed, cut=False)
        assert (await phone.say("pardon")).text == phone.dialogue.prompts.transfer_failed


def test_the_calendar_of_these_tests() -> None:
    assert (TODAY.weekday(), TUESDAY.weekday()) == (4, 1)
