"""Which words were heard: as the engine times them, else by their length."""

from hypothesis import given
from hypothesis import strategies as st

from appliance.speaking.speech import Speech
from appliance.speaking.word_timing import WordTime, heard_offset

TEXT = " Monday at ten."
TIMES = (WordTime(1, 0), WordTime(8, 500), WordTime(11, 600))


def heard(played_ms: float, times: tuple[WordTime, ...] = TIMES, total_ms: float | None = 1000) -> str:
    return TEXT[: heard_offset(TEXT, times, played_ms, total_ms)]


def test_a_word_is_heard_when_half_of_its_sound_was_played() -> None:
    assert heard(0) == ""
    assert heard(249) == ""
    assert heard(250) == " Monday"
    assert heard(549) == " Monday"
    assert heard(550) == " Monday at"
    assert heard(799) == " Monday at"
    assert heard(800) == " Monday at ten."


def test_words_without_times_are_placed_by_their_length() -> None:
    assert heard(300, times=()) == " Monday"
    assert heard(640, times=()) == " Monday at"
    assert heard(990, times=()) == " Monday at ten."


def test_a_word_between_two_timed_ones_is_placed_between_them() -> None:
    times = (WordTime(1, 0), WordTime(11, 900))
    assert heard(599, times) == " Monday"
    assert heard(850, times) == " Monday at"


def test_while_the_audio_grows_the_last_word_is_given_an_ordinary_length() -> None:
    assert heard(649, total_ms=None) == " Monday at"
    assert heard(730, total_ms=None) == " Monday at ten."


def test_an_engine_that_splits_a_word_still_begins_it_once() -> None:
    text = "at 10:30 please"
    times = (WordTime(0, 0), WordTime(3, 100), WordTime(6, 600), WordTime(9, 1100))
    assert text[: heard_offset(text, times, 599, 1500)] == "at"
    assert text[: heard_offset(text, times, 600, 1500)] == "at 10:30"


@given(
    text=st.text(st.sampled_from("ab1 .\n—"), max_size=40),
    times=st.lists(st.tuples(st.integers(0, 50), st.floats(0, 5000)), max_size=8),
    total_ms=st.none() | st.floats(0, 5000),
)
def test_more_audio_never_means_fewer_words(text: str, times: list[tuple[int, float]], total_ms: float | None) -> None:
    word_times = tuple(WordTime(offset, ms) for offset, ms in times)
    offsets = [heard_offset(text, word_times, played_ms, total_ms) for played_ms in range(0, 6000, 200)]
    assert offsets == sorted(offsets)
    assert all(0 <= offset <= len(text) for offset in offsets)
    assert all(offset == 0 or not text[offset - 1].isspace() for offset in offsets)


def test_what_was_heard_stays_heard_when_times_become_more_exact() -> None:
    speech = Speech()
    speech.add_text("one two three four")
    speech.begin_clause("one two three four")
    for _ in range(50):
        speech.add_frame(bytes(320))
    speech.play_up_to(30)
    before = speech.heard_text
    assert before == "one two"
    speech.set_word_times((WordTime(0, 0), WordTime(4, 900)))
    assert speech.heard_text == before


def test_all_played_is_all_heard_with_the_space_at_the_end() -> None:
    speech = Speech()
    speech.add_text("Goodbye. \n")
    speech.begin_clause("Goodbye. \n")
    speech.add_frame(bytes(320))
    speech.end_clause()
    speech.end(whole=True)
    assert speech.heard_text == ""
    speech.play_up_to(1)
    assert speech.heard_text == "Goodbye. \n"
