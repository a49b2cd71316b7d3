"""One call's ear over a network that says what it is told: partials, finals, cuts, languages, and what is dropped."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
import pytest_asyncio

from models.errors import EngineError
from models.stt import Transcript, Word
from models.whisper.batching import Urgency
from models.whisper.guards import GuardSettings, judge
from models.whisper.language import CallLanguage
from models.whisper.parts import Heard
from models.whisper.rolling_audio import Samples
from models.whisper.segment import Hypothesis
from models.whisper.stream import WhisperStream
from tests.models.audio import noise
from tests.models.whisper.hypotheses import hypothesis

SECOND = 16000
SPEECH = noise(40, SECOND, 3000)
LINE_NOISE = noise(10, SECOND, 5)


@dataclass
class Network:
    """Says `says` (a text, or what it makes of the audio) of everything, after `go`; keeps what it was asked."""

    says: str | Callable[[Samples], Hypothesis] = "yes please"
    asked: list[tuple[int, Urgency, CallLanguage]] = field(default_factory=list)
    finished: int = 0
    go: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.go.set()

    async def hear(self, samples: Samples, urgency: Urgency, language: CallLanguage) -> Heard:
        self.asked.append((samples.size, urgency, language))
        await self.go.wait()
        made = hypothesis(self.says) if isinstance(self.says, str) else self.says(samples)
        made = replace(made, language=language.judge(made.heard, samples.size) if made.heard else language)
        self.finished += 1
        return Heard(made, judge(made, samples.size / SECOND, GuardSettings()))

    def sizes(self, urgency: Urgency) -> list[int]:
        return [size for size, asked, _ in self.asked if asked is urgency]


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def partials() -> list[Transcript]:
    return []


@pytest_asyncio.fixture
async def ear(network: Network, partials: list[Transcript]) -> AsyncIterator[WhisperStream]:
    stream = WhisperStream(network.hear, lambda: 0.0, ("en",), partials.append)
    yield stream
    await stream.aclose()


async def feed(ear: WhisperStream, samples: Samples, frame: int = 320) -> None:
    for start in range(0, samples.size, frame):
        ear.feed(samples[start : start + frame])
        for _ in range(8):  # as many turns of the loop as a partial needs
            await asyncio.sleep(0)


async def test_a_final_covers_the_turn_and_the_turn_stays_open(ear: WhisperStream, network: Network) -> None:
    await feed(ear, SPEECH[:SECOND])
    assert (await ear.finalise()).text == "yes please"
    await feed(ear, SPEECH[SECOND : 2 * SECOND])
    await ear.finalise()
    assert network.sizes(Urgency.FINAL) == [SECOND, 2 * SECOND]
    ear.reset()
    await feed(ear, SPEECH[: SECOND // 2])
    await ear.finalise()
    assert network.sizes(Urgency.FINAL)[-1] == SECOND // 2


async def test_a_final_has_the_networks_figures(ear: WhisperStream, network: Network) -> None:
    word = Word("yes", 100, 300, 0.8)
    network.says = lambda _: replace(hypothesis("yes", 0.8, 0.2), words=(word,))
    await feed(ear, SPEECH[:SECOND])
    final = await ear.finalise()
    assert (final.text, final.rejected, final.language, final.words) == ("yes", None, "en", (word,))
    assert final.confidence == pytest.approx(0.8)
    assert final.average_log_probability == pytest.approx(np.log(0.8))
    assert final.no_speech_probability == 0.2


async def test_partials_come_every_300_ms_and_only_what_is_stable(
    ear: WhisperStream, network: Network, partials: list[Transcript]
) -> None:
    network.says = lambda samples: hypothesis(" ".join("abcdefghij"[: samples.size // 4800]))
    await feed(ear, SPEECH[: 2 * SECOND + 640])
    assert network.sizes(Urgency.PARTIAL) == [8000 + 4800 * number for number in range(6)]
    assert [partial.text for partial in partials] == ["a", "a b", "a b c", "a b c d", "a b c d e"]


async def test_partials_are_rarer_when_the_network_is_busy(network: Network) -> None:
    ear = WhisperStream(network.hear, lambda: 1.0, ("en",), lambda _: None)
    await feed(ear, SPEECH[: 2 * SECOND])
    assert network.sizes(Urgency.PARTIAL) == [8000, 16000, 24000, 32000]
    await ear.aclose()


async def test_a_slow_network_is_asked_for_one_partial_at_a_time(ear: WhisperStream, network: Network) -> None:
    network.go.clear()
    await feed(ear, SPEECH[: 2 * SECOND])
    assert len(network.asked) == 1
    network.go.set()
    await feed(ear, SPEECH[:640])
    assert len(network.asked) == 2


async def test_silence_asks_for_nothing(ear: WhisperStream, network: Network) -> None:
    await feed(ear, LINE_NOISE[: 2 * SECOND])
    assert await ear.finalise() == Transcript("", 0.0, "no_speech")
    assert network.asked == []


async def test_a_pause_asks_for_no_partials(ear: WhisperStream, network: Network) -> None:
    await feed(ear, SPEECH[:SECOND])
    before = len(network.asked)
    await feed(ear, LINE_NOISE)
    # The first after the pause began still has speech in it.
    assert len(network.asked) <= before + 2


async def test_what_is_not_believed_is_withheld(
    ear: WhisperStream, network: Network, partials: list[Transcript]
) -> None:
    network.says = "Thank you for watching!"
    await feed(ear, SPEECH[:SECOND])
    final = await ear.finalise()
    assert (final.text, final.rejected) == ("", "hallucination")
    assert final.no_speech_probability == 0.0
    assert partials == []


async def test_a_final_takes_the_place_of_a_partial(ear: WhisperStream, network: Network) -> None:
    network.go.clear()
    await feed(ear, SPEECH[: SECOND // 2])
    final = asyncio.create_task(ear.finalise())
    await asyncio.sleep(0.01)
    assert [urgency for _, urgency, _ in network.asked] == [Urgency.PARTIAL, Urgency.FINAL]
    network.go.set()
    assert (await final).text == "yes please"
    assert network.finished == 1, "the partial was dropped"


async def test_a_reset_answers_the_final_that_was_waiting_and_drops_its_work(
    ear: WhisperStream, network: Network
) -> None:
    network.go.clear()
    await feed(ear, SPEECH[: SECOND // 4])
    final = asyncio.create_task(ear.finalise())
    await asyncio.sleep(0.01)
    ear.reset()
    assert await final == Transcript("", 0.0, "superseded")
    network.go.set()
    await feed(ear, SPEECH[: SECOND // 4])
    assert (await ear.finalise()).text == "yes please"
    assert network.finished == 1


@pytest.mark.parametrize("steps", range(8))
async def test_what_was_heard_of_a_turn_before_says_nothing_of_the_next(
    ear: WhisperStream, network: Network, partials: list[Transcript], steps: int
) -> None:
    """However far a partial has come when the turn is forgotten."""
    network.go.clear()
    await feed(ear, SPEECH[: SECOND // 2])
    network.go.set()
    for _ in range(steps):
        await asyncio.sleep(0)
    ear.reset()
    await feed(ear, SPEECH[: SECOND * 6 // 10])
    assert partials == [], "one hypothesis makes nothing stable"
    await feed(ear, SPEECH[: SECOND * 3 // 10])
    assert [partial.text for partial in partials] == ["yes please"]


async def test_a_cancelled_final_leaves_the_stream_usable(ear: WhisperStream, network: Network) -> None:
    network.go.clear()
    await feed(ear, SPEECH[: SECOND // 4])
    final = asyncio.create_task(ear.finalise())
    await asyncio.sleep(0.01)
    final.cancel()
    with pytest.raises(asyncio.CancelledError):
        await final
    network.go.set()
    assert (await ear.finalise()).text == "yes please"
    assert network.finished == 1


async def test_a_long_turn_is_settled_piece_by_piece(
    ear: WhisperStream, network: Network, partials: list[Transcript]
) -> None:
    network.says = lambda samples: hypothesis(f"piece of {round(samples.size / SECOND)} seconds")
    await feed(ear, SPEECH[: 20 * SECOND])
    final = await ear.finalise()
    finals = network.sizes(Urgency.FINAL)
    assert max(network.sizes(Urgency.PARTIAL)) <= 8 * SECOND
    assert max(finals) <= 8 * SECOND
    assert sum(finals) == 20 * SECOND, "every sample is in one piece"
    assert final.text.count("piece") == len(finals) >= 3
    assert partials[-1].text.count("piece") >= len(finals) - 1, "partials have what is settled before them"


async def test_times_of_words_count_from_the_beginning_of_the_turn(ear: WhisperStream, network: Network) -> None:
    network.says = lambda samples: replace(hypothesis("yes"), words=(Word("yes", 100, 200, 0.5),))
    await feed(ear, SPEECH[: 12 * SECOND])
    final = await ear.finalise()
    first, second = final.words
    assert (first.start_ms, first.end_ms) == (100, 200)
    assert second.start_ms == network.sizes(Urgency.FINAL)[0] * 1000 // SECOND + 100


async def test_doubt_about_a_piece_is_doubt_about_the_turn_but_silence_is_not(
    ear: WhisperStream, network: Network
) -> None:
    doubtful = iter([hypothesis("one two", 0.9), hypothesis("maybe", 0.1)])
    await hear_two_pieces(ear, network, doubtful)
    assert (await ear.finalise()).rejected == "low_confidence"
    ear.reset()
    silent = iter([hypothesis("one two", 0.9), hypothesis("", 0.1, 0.9)])
    await hear_two_pieces(ear, network, silent)
    assert (await ear.finalise()).text == "one two"


async def hear_two_pieces(ear: WhisperStream, network: Network, made: object) -> None:
    network.says = "first"
    await feed(ear, SPEECH[: 8 * SECOND])
    pieces = iter(made)  # type: ignore[call-overload]
    network.says = lambda _: next(pieces)
    ear.feed(SPEECH[: SECOND // 4])
    await asyncio.sleep(0.01)


async def test_the_language_is_detected_once_a_turn(network: Network, partials: list[Transcript]) -> None:
    ear = WhisperStream(network.hear, lambda: 0.0, ("en", "es", "ar"), partials.append)
    network.says = lambda _: replace(hypothesis("buenos días"), heard={"es": 0.9, "en": 0.1})
    await feed(ear, SPEECH[: 3 * SECOND])
    detected = [language.to_detect for _, _, language in network.asked]
    assert detected == [True] * 5 + [False] * (len(detected) - 5), "until there are 1.5 s of audio"
    final = await ear.finalise()
    assert (final.language, partials[-1].language) == ("es", "es")
    assert network.asked[-1][2].to_detect, "a final looks again"
    ear.reset()
    await feed(ear, SPEECH[: SECOND // 2])
    assert network.asked[-1][2] == CallLanguage(("en", "es", "ar"), "es", settled=False)
    await ear.aclose()


async def test_a_failing_network_fails_the_final(ear: WhisperStream, network: Network) -> None:
    def fail(samples: Samples) -> Hypothesis:
        raise EngineError("speech-to-text failed", "restart")

    network.says = fail
    await feed(ear, SPEECH[:SECOND])
    with pytest.raises(EngineError, match="failed"):
        await ear.finalise()
    network.says = "better now"
    assert (await ear.finalise()).text == "better now"
    network.says = lambda samples: hypothesis(f"{samples.size}")
    await feed(ear, SPEECH[: 2 * SECOND])
    assert network.asked[-1][1] is Urgency.PARTIAL, "partials go on"


async def test_a_failing_network_is_tried_once_a_second_however_long_the_turn(
    ear: WhisperStream, network: Network
) -> None:
    def fail(samples: Samples) -> Hypothesis:
        raise EngineError("speech-to-text failed", "restart")

    network.says = fail
    await feed(ear, SPEECH[: 12 * SECOND])
    assert 10 <= len(network.asked) <= 12


async def test_a_call_that_ends_leaves_no_task_behind(network: Network) -> None:
    before = asyncio.all_tasks()
    for asks_for_a_final in (False, True):
        ear = WhisperStream(network.hear, lambda: 0.0, ("en",), lambda _: None)
        network.go.clear()
        await feed(ear, SPEECH[:SECOND])
        final = asyncio.create_task(ear.finalise()) if asks_for_a_final else None
        await asyncio.sleep(0)
        await ear.aclose()
        if final is not None:
            assert (await final).rejected == "superseded"
        assert asyncio.all_tasks() == before
    assert network.finished == 0


async def test_a_closed_stream_says_so(ear: WhisperStream) -> None:
    await ear.aclose()
    ear.feed(SPEECH[:SECOND])
    with pytest.raises(EngineError, match="closed"):
        await ear.finalise()
