from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from appliance.config.openai import OpenAiConfig
from appliance.turn.wording import looks_unfinished, may_go_on
from tests.bench_gpu.callers_words import TURNS
from tests.bench_gpu.events import Clock, SharedGpu
from tests.bench_gpu.replayed_call import PREFILL_WORDS, Answered, ReplayedCall
from tests.bench_gpu.service_times import ServiceTimes
from tests.bench_gpu.stations import ListeningStation, SpeakingStation, Writing, WritingStation
from tests.bench_gpu.trace import Call, Pause, Turn
from tests.bench_gpu_parts.samples import TIMES


class CountingWriter(WritingStation):
    """Keeps what it was asked for."""

    def __init__(self, gpu: SharedGpu, times: ServiceTimes) -> None:
        super().__init__(gpu, times)
        self.requests: list[Writing] = []

    def submit(self, request: Writing) -> None:
        self.requests.append(request)
        super().submit(request)


@dataclass
class OneLine:
    """A machine for one call."""

    answers: list[Answered] = field(default_factory=list)
    over: int = 0

    def __post_init__(self) -> None:
        self.clock = Clock()
        self.times = TIMES
        gpu = SharedGpu(self.clock, TIMES.slowed)
        self.listening = ListeningStation(self.clock, gpu, TIMES, 8)
        self._writer = CountingWriter(gpu, TIMES)
        self.writing: WritingStation = self._writer
        self.speaking = SpeakingStation(self.clock, gpu, TIMES)

    def between(self, low: float, high: float) -> float:
        return (low + high) / 2

    def answered(self, answer: Answered) -> None:
        self.answers.append(answer)

    def place(self, *turns: Turn) -> None:
        ReplayedCall(self, Call(0.0, turns), self._hung_up).begin()
        self.clock.run_until(600_000)

    def _hung_up(self) -> None:
        self.over += 1

    @property
    def requests(self) -> list[Writing]:
        return self._writer.requests

    @property
    def drafts(self) -> list[Writing]:
        return [request for request in self.requests if request.tokens > 1]


def turn(text: str, pause: Pause | None = None) -> Turn:
    words = tuple(text.split())
    return Turn(1.0, len(words) / 2.5 + (pause.length_s if pause else 0.0), pause, 20, words)


LONG = "I have had a rash on my arm for two weeks and it will not go."


def test_every_turn_is_answered_once_and_then_the_caller_hangs_up() -> None:
    line = OneLine()
    line.place(turn("What are your hours?"), turn("Yes."), turn(LONG), turn("No, thank you."))
    assert len(line.answers) == 4
    assert line.over == 1
    assert all(0 < answer.response_ms < 1000 for answer in line.answers)


def test_drafts_begun_while_the_caller_speaks_are_written_until_more_is_said() -> None:
    line = OneLine()
    line.place(turn(LONG))
    (answer,) = line.answers
    assert len(line.drafts) == answer.drafts > 2
    assert sum(draft.written == draft.tokens for draft in line.drafts) >= 1
    dropped = [draft for draft in line.drafts if draft.cancelled]
    assert len(dropped) == answer.drafts - 1
    assert any(0 < draft.written < draft.tokens for draft in dropped)


def test_the_last_words_of_a_turn_come_with_the_final_pass_so_its_draft_begins_there() -> None:
    line = OneLine()
    line.place(turn("Yes."))
    (answer,) = line.answers
    assert answer.drafts == 1
    assert answer.first_text_ms > 0


def test_what_is_drafted_in_a_pause_is_dropped_when_the_caller_goes_on_and_the_turn_answered_once() -> None:
    line = OneLine()
    line.place(turn("I need an appointment and it should be on Friday.", Pause(1.2, 0.8)))
    (answer,) = line.answers
    assert answer.drafts > 1
    assert [draft.cancelled for draft in line.drafts[:-1]] == [True] * (answer.drafts - 1)
    assert not line.drafts[-1].cancelled


def test_it_reads_ahead_as_often_as_the_appliance() -> None:
    assert OpenAiConfig().prefill_words == PREFILL_WORDS
    line = OneLine()
    line.place(turn(LONG))
    ahead = [request for request in line.requests if request.tokens == 1]
    assert 2 <= len(ahead) <= len(LONG.split()) // PREFILL_WORDS


def test_callers_turns_have_every_length_and_say_all() -> None:
    lengths = sorted({len(text.split()) for text in TURNS})
    assert lengths[0] == 1
    assert lengths[-1] >= 20
    assert all(after - before <= 3 for before, after in pairwise(lengths))
    assert not [text for text in TURNS if looks_unfinished(text) or may_go_on(text)]


@given(st.sampled_from(TURNS), st.floats(0.1, 0.9), st.floats(0.3, 0.8), st.lists(st.floats(0, 1), max_size=8))
def test_words_are_over_one_after_the_other_and_none_in_a_pause(
    text: str, at: float, length_s: float, times: list[float]
) -> None:
    plain = turn(text)
    spoken = turn(text, Pause(at * plain.speech_s, length_s))
    assert spoken.said_after(spoken.speech_s) == spoken.words
    assert spoken.said_after(0.0) == ()
    said = [len(spoken.said_after(time * spoken.speech_s)) for time in sorted(times)]
    assert said == sorted(said)
    assert spoken.pause is not None
    assert spoken.said_after(spoken.pause.at_s) == spoken.said_after(spoken.pause.at_s + length_s)
