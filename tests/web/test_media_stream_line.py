"""A media stream as a line: its clock, what it makes of a peer's timing, and what it knows to have been heard."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.line import (
    DigitReceived,
    FrameReceived,
    HangUpReason,
    HungUp,
    LineEvent,
    MediaStatistics,
    TransferFailed,
)
from appliance.simulator.virtual_loop import run_virtually
from appliance.web.media_stream.caller_audio import CallerAudio
from appliance.web.media_stream.line import MediaStreamLine
from appliance.web.media_stream.protocol import (
    Connected,
    Digit,
    Fault,
    Mark,
    Media,
    MediaStreamError,
    Start,
    Stop,
)
from sip.g711 import Companding, decode, encode
from tests.web.peer_connection import PeerConnection

PCM = bytes([0, 16] * 160)
LOUD, QUIET = b"\x10" * 160, b"\xff" * 160
# Something begins or ends all the time.
CHANGING = (QUIET, QUIET, QUIET, LOUD)


@dataclass
class Call:
    """A line in virtual time; `events` with their times in ms, `sent` likewise."""

    line: MediaStreamLine
    peer: PeerConnection
    events: list[tuple[int, LineEvent]] = field(default_factory=list)
    sent: list[tuple[int, str]] = field(default_factory=list)

    @property
    def frames(self) -> list[FrameReceived]:
        return [event for _, event in self.events if isinstance(event, FrameReceived)]

    def times(self, kind: type[LineEvent]) -> list[int]:
        return [at for at, event in self.events if isinstance(event, kind)]

    def sent_at(self, kind: str) -> list[int]:
        return [at for at, event in self.sent if event.startswith(kind)]

    def media(self, codes: bytes = LOUD) -> None:
        self.peer.say(Media("s", codes, from_caller=True))


def now_ms() -> int:
    return round(asyncio.get_running_loop().time() * 1000)


Script = Callable[[Call], Awaitable[None]]


def follow(script: Script, timeout_s: float = 30.0, on_frame: Callable[[Call], None] = lambda call: None) -> Call:
    """Run a call whose other sides do what `script` says; it ends with the script, or before."""

    async def run() -> Call:
        def send(text: str) -> None:
            message = json.loads(text)
            name = message["mark"]["name"] if message["event"] == "mark" else ""
            call.sent.append((now_ms(), f"{message['event']} {name}".strip()))

        peer = PeerConnection(send)
        peer.line = MediaStreamLine("c1", Start("s", "CA", {"From": "200", "x": "y"}), peer, timeout_s)
        call = Call(peer.line, peer)

        async def listen() -> None:
            async for event in call.line.events():
                call.events.append((now_ms(), event))
                if isinstance(event, FrameReceived):
                    on_frame(call)

        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(listen())
            # Nothing is due at the same moment as a tick, which would make the order of the two matter.
            await asyncio.sleep(0.0005)
            scripted = tasks.create_task(_scripted(script, call))
            await listening
            scripted.cancel()
        return call

    return run_virtually(run())


async def _scripted(script: Script, call: Call) -> None:
    await script(call)
    call.line.end(HangUpReason.CALLER_HUNG_UP)


async def speak(call: Call, sizes_ms: Sequence[int], codes: bytes = LOUD) -> None:
    """Audio in messages of these lengths, each when it has been said."""
    for size in sizes_ms:
        await asyncio.sleep(size / 1000)
        call.media(codes[:1] * (size * 8))


# The clock


def test_a_frame_comes_every_20_ms_though_the_peer_sends_nothing() -> None:
    call = follow(lambda call: asyncio.sleep(2.0))
    times = call.times(FrameReceived)
    assert {later - earlier for earlier, later in pairwise(times)} == {20}
    assert len(times) == 96, "the clock starts after 100 ms without audio"
    assert all(frame == FrameReceived(b"", 0) for frame in call.frames)


def test_the_clock_does_not_drift_when_a_listener_is_slow() -> None:
    def busy(call: Call) -> None:
        loop = asyncio.get_running_loop()
        if len(call.frames) % 10 == 5:
            # As a step that takes 50 ms would: the clock moves on while nobody else runs.
            loop._jumping.now += 0.05  # type: ignore[attr-defined]

    call = follow(lambda call: asyncio.sleep(10.0), on_frame=busy)
    ended = call.events[-1][0]
    assert abs(len(call.frames) - (ended - 100) / 20) <= 3
    assert len(call.frames) > 490


@pytest.mark.parametrize("size_ms", [10, 20, 30, 60, 100])
def test_audio_in_messages_of_any_size_comes_out_whole(size_ms: int) -> None:
    call = follow(lambda call: speak(call, [size_ms] * (3000 // size_ms)))
    frames = [frame.pcm for frame in call.frames]
    heard = [pcm for pcm in frames if pcm]
    assert len(heard) * 20 >= 3000 - size_ms - 40
    first = next(number for number, pcm in enumerate(frames) if pcm)
    gaps = [pcm for pcm in frames[first:-1] if not pcm]
    # The peer's first message may be late by its own length; after that there is always something.
    assert len(gaps) <= -(-size_ms // 20)
    assert {len(pcm) for pcm in heard} == {320}


def test_audio_is_decoded_as_it_was_sent_and_waits_for_no_tick() -> None:
    codes = bytes(range(160))

    async def script(call: Call) -> None:
        await asyncio.sleep(0.05)
        call.media(codes)
        await asyncio.sleep(0.05)

    call = follow(script)
    assert call.times(FrameReceived)[0] - 50 in (0, 1)
    assert call.frames[0].pcm == decode(codes, Companding.ULAW).tobytes()


def test_each_frame_is_heard_when_its_message_comes_however_unevenly() -> None:
    late_ms = np.random.default_rng(5).integers(-8, 9, 500)
    said: list[int] = []

    async def script(call: Call) -> None:
        call.line.next_deadline(0)
        for number, late in enumerate(late_ms):
            await asyncio.sleep(0.05 + 0.02 * number + late / 1000 - asyncio.get_running_loop().time())
            said.append(now_ms())
            call.media(CHANGING[number % 4])
        await asyncio.sleep(0.015)

    call = follow(script)
    heard = [at for at, event in call.events if isinstance(event, FrameReceived) and event.pcm]
    waited = [at - since for at, since in zip(heard, said, strict=True)]
    assert max(waited) < 20
    # Once the clock knows when messages usually come.
    assert max(waited[50:]) <= 6
    assert waited.count(0) > 0.9 * len(said)


@pytest.mark.parametrize("drift", [0.999, 1.001])
def test_the_clock_follows_a_peer_whose_own_is_another(drift: float) -> None:
    said: list[int] = []

    async def script(call: Call) -> None:
        call.line.next_deadline(0)
        for number in range(2000):
            await asyncio.sleep(0.05 + 0.02 * drift * number - asyncio.get_running_loop().time())
            said.append(now_ms())
            call.media(CHANGING[number % 4])
        await asyncio.sleep(0.015)

    call = follow(script)
    frames = [(at, event.pcm) for at, event in call.events if isinstance(event, FrameReceived)]
    heard = [at for at, pcm in frames if pcm]
    assert heard == said
    assert abs(len(frames) - len(said)) <= 2


def heard_after_ms(call: Call, said: Sequence[int]) -> list[int]:
    heard = [at for at, event in call.events if isinstance(event, FrameReceived) and event.pcm]
    return [at - since for at, since in zip(heard, said, strict=True)]


async def say_each(call: Call, messages: Sequence[bytes], said: list[int]) -> None:
    for codes in messages:
        await asyncio.sleep(0.02)
        said.append(now_ms())
        call.media(codes)
    await asyncio.sleep(0.06)


@pytest.mark.parametrize("codes", [LOUD, QUIET])
def test_where_nothing_changes_three_frames_are_heard_at_once(codes: bytes) -> None:
    said: list[int] = []
    call = follow(lambda call: say_each(call, [QUIET] * 60 + [codes] * 100, said))
    waited = heard_after_ms(call, said)
    assert max(waited[:49]) <= 1, "it is not known yet that messages come evenly"
    assert set(waited[-100:-3]) == {0, 20, 40}


@pytest.mark.parametrize("frames", [60, 61, 62])
@pytest.mark.parametrize("silent_ms", [1, 15, 300])
def test_a_deadline_after_which_nothing_comes_is_not_kept_late(frames: int, silent_ms: int) -> None:
    """Frames that could have waited for each other are missed as soon as single ones once none may wait any more."""

    async def script(call: Call) -> None:
        await speak(call, [20] * frames, QUIET)
        assert call.peer.together == 3
        await asyncio.sleep(silent_ms / 1000)
        call.line.next_deadline(0)
        began.append((now_ms(), len(call.frames)))
        await asyncio.sleep(0.2)

    began: list[tuple[int, int]] = []
    call = follow(script)
    at, heard = began[0]
    ticks = [since for since, event in call.events if isinstance(event, FrameReceived)][heard:]
    assert ticks[0] - at <= 34
    assert all(later - tick <= 34 for tick, later in pairwise(ticks))


@pytest.mark.parametrize("deadline_ms", [2000, 2001, 2020, 2040])
def test_no_frame_waits_for_one_behind_a_deadline(deadline_ms: int) -> None:
    said: list[int] = []

    def on_frame(call: Call) -> None:
        if len(call.frames) == 85:
            call.line.next_deadline(deadline_ms)
        if len(call.frames) == 130:
            call.line.next_deadline(None)

    call = follow(lambda call: say_each(call, [QUIET] * 170, said), on_frame=on_frame)
    waited = heard_after_ms(call, said)
    due = -(-deadline_ms // 20) - 1
    assert max(waited[86:due]) >= 20
    assert waited[due] <= 1
    assert max(waited[due:130]) <= 1, "it has not been said that nothing else hangs on frames"
    assert max(waited[131:]) >= 20


def test_frames_that_wait_are_heard_when_a_deadline_is_brought_forward() -> None:
    async def script(call: Call) -> None:
        said = 0
        while said < 60 or len(call.frames) == said:
            await speak(call, [20], QUIET)
            said += 1
        assert call.peer.together == 3
        call.line.next_deadline(0)
        await asyncio.sleep(0.001)
        assert call.peer.together == 1
        assert len(call.frames) == said

    follow(script)


@pytest.mark.parametrize("sounding", [14, 50, 51])
@pytest.mark.parametrize("quiet", [91, 92, 93])
def test_under_the_agent_a_change_is_heard_within_40_ms_and_what_follows_at_once(quiet: int, sounding: int) -> None:
    said: list[int] = []
    messages = [QUIET] * quiet + [LOUD] * sounding + [QUIET] * 40
    call = follow(lambda call: say_each(call, messages, said), on_frame=play_all(1000))
    waited = heard_after_ms(call, said)
    assert max(waited[: quiet + sounding]) <= 41
    assert max(waited[quiet + 2 : quiet + 10]) <= 1
    assert max(waited[quiet + sounding + 2 : quiet + sounding + 10]) <= 1


def test_messages_that_wait_for_each_other_are_read_where_the_next_one_does_not_come() -> None:
    said: list[int] = []

    async def script(call: Call) -> None:
        for _ in range(30):
            await say_each(call, [QUIET] * 100, said)
            call.peer.say(Digit("s", "5"))
            await asyncio.sleep(0.2)

    call = follow(script)
    heard = [at for at, event in call.events if isinstance(event, FrameReceived) and event.pcm]
    assert max(at - since for at, since in zip(heard, said, strict=True)) <= 54
    digits = call.times(DigitReceived)
    assert len(digits) == 30
    assert all(any(0 <= digit - last <= 100 for digit in digits) for last in said[99::100])


def test_nothing_waits_on_the_connection_of_a_call_that_has_ended() -> None:
    async def script(call: Call) -> None:
        await speak(call, [20] * 100, QUIET)
        assert call.peer.together == 3
        call.line.end(HangUpReason.AGENT_HUNG_UP)
        assert call.peer.together == 1
        await say_each(call, [QUIET] * 10, [])
        assert call.peer.together == 1

    follow(script)


@pytest.mark.parametrize("frames", [100, 101, 102])
def test_frames_that_wait_for_one_that_does_not_come_are_heard(frames: int) -> None:
    said: list[int] = []

    async def script(call: Call) -> None:
        await say_each(call, [QUIET] * frames, said)
        await asyncio.sleep(0.1)

    assert max(heard_after_ms(follow(script), said)) <= 53


@pytest.mark.parametrize(("together", "size_ms"), [(2, 20), (3, 20), (1, 10)])
def test_steady_sound_in_small_or_joined_messages_has_no_holes(together: int, size_ms: int) -> None:
    jitter = np.random.default_rng(7)

    async def script(call: Call) -> None:
        for number in range(30_000 // size_ms // together):
            late_s = jitter.uniform(-0.006, 0.006)
            await asyncio.sleep(0.1 + size_ms * together / 1000 * number + late_s - asyncio.get_running_loop().time())
            for _ in range(together):
                call.media(LOUD[: size_ms * 8])

    frames = [frame.pcm for frame in follow(script).frames]
    assert all(frames[50:-1])


def test_a_stop_in_the_audio_is_silence_and_a_burst_keeps_its_newest_200_ms() -> None:
    async def script(call: Call) -> None:
        await speak(call, [20] * 10)
        await asyncio.sleep(1.0)
        for number in range(50):
            call.media(bytes([number]) * 160)
        await asyncio.sleep(0.3)

    call = follow(script)
    pcm = [frame.pcm for frame in call.frames]
    assert pcm[12:58] == [b""] * 46
    newest = [decode(bytes([number]) * 160, Companding.ULAW).tobytes() for number in range(40, 50)]
    assert [frame for frame in pcm[58:] if frame] == newest


def test_what_a_burst_leaves_behind_is_caught_up_with_in_the_pauses_of_speech() -> None:
    async def script(call: Call) -> None:
        for _ in range(4):
            call.media(QUIET)
        await speak(call, [20] * 300, QUIET)
        call.media(LOUD)
        burst.append(now_ms())
        await speak(call, [20] * 10, QUIET)

    burst: list[int] = []
    loud = decode(LOUD, Companding.ULAW).tobytes()
    call = follow(script)
    (heard,) = [at for at, event in call.events if isinstance(event, FrameReceived) and event.pcm == loud]
    assert heard - burst[0] <= 45
    statistics = [event for _, event in call.events if isinstance(event, MediaStatistics)][-1]
    assert statistics.packets_lost >= 2


@given(st.lists(st.binary(max_size=900) | st.none(), max_size=60))
def test_the_caller_audio_never_invents_reorders_or_keeps_more_than_200_ms(steps: list[bytes | None]) -> None:
    audio, pushed, popped = CallerAudio(), b"", b""
    for codes in steps:
        if codes is None:
            frame = audio.pop()
            assert len(frame) in (0, 320)
            popped += frame
        else:
            audio.push(codes)
            pushed += codes
    rest = b"".join(audio.pop() for _ in range(13))
    assert len(rest) <= 1600 * 2
    assert audio.pop() == b""
    assert len(popped + rest) / 2 + audio.dropped_ms * 8 >= len(pushed)


# Out


def play_all(count: int) -> Callable[[Call], None]:
    """A session with so many frames to say: as many on the line at a time as it takes, as `Playout` does."""
    given = 0

    def on_frame(call: Call) -> None:
        nonlocal given
        while given < count and given - call.frames[-1].played < call.line.info.playout_frames:
            call.line.play(PCM)
            given += 1

    return on_frame


def test_audio_is_sent_in_real_time_with_at_most_100_ms_at_the_peer_and_never_late() -> None:
    call = follow(lambda call: asyncio.sleep(3.0), on_frame=play_all(100))
    times = call.sent_at("media")
    assert len(times) == 100
    for number, at in enumerate(times):
        plays_at = times[0] + 20 * number
        assert at <= plays_at
        assert plays_at + 20 - at <= 100
    assert call.frames[-1].played == 100


def test_played_counts_what_a_peer_in_real_time_has_begun_to_play() -> None:
    call = follow(lambda call: asyncio.sleep(2.0), on_frame=play_all(50))
    first = call.sent_at("media")[0]
    for at, event in call.events:
        if isinstance(event, FrameReceived):
            begun = min(50, max(0, (at - first) // 20 + 1)) if at > first else 0
            assert begun - 1 <= event.played <= begun


def test_a_flush_clears_the_peer_and_what_it_dropped_never_counts() -> None:
    async def script(call: Call) -> None:
        await asyncio.sleep(0.315)
        call.line.flush()
        call.line.flush()
        await asyncio.sleep(1.0)

    def two_a_frame(call: Call) -> None:
        if now_ms() < 315:
            call.line.play(PCM)
            call.line.play(PCM)

    call = follow(script, on_frame=two_a_frame)
    (cleared,) = call.sent_at("clear")
    times = call.sent_at("media")
    begun = (cleared - times[0]) // 20 + 1
    assert len(times) > begun, "there was something to drop"
    assert call.frames[-1].played == begun
    assert call.sent[-1][1] == "clear", "a cleared utterance has no mark"


def test_more_than_the_queue_holds_is_dropped_and_frames_of_another_size_too() -> None:
    async def script(call: Call) -> None:
        call.line.play(PCM[:-2])
        for _ in range(20):
            call.line.play(PCM)
        await asyncio.sleep(1.0)

    call = follow(script)
    assert len(call.sent_at("media")) == 9, "100 ms at the peer and four frames here"
    assert call.frames[-1].played == 9


def test_marks_follow_every_200_ms_and_the_end_of_an_utterance() -> None:
    call = follow(lambda call: asyncio.sleep(2.0), on_frame=play_all(35))
    marks = [name for _, name in call.sent if name.startswith("mark")]
    assert marks[0] == "mark played-0"
    assert marks[-1] == "mark played-35"
    assert 4 <= len(marks) <= 6


def test_after_a_hang_up_what_was_queued_is_played_to_its_end_first() -> None:
    async def script(call: Call) -> None:
        await asyncio.sleep(0.2)
        for _ in range(8):
            call.line.play(PCM)
        call.line.hang_up()
        call.line.play(PCM)
        await asyncio.sleep(5.0)

    call = follow(script)
    assert len(call.sent_at("media")) == 8
    assert call.events[-1][1] == HungUp(HangUpReason.AGENT_HUNG_UP)
    assert 200 + 160 <= call.events[-1][0] <= 200 + 160 + 25


# What else happens


def test_keys_arrive_and_a_stop_ends_the_call() -> None:
    async def script(call: Call) -> None:
        call.line.take(Connected())
        call.line.take(Digit("s", "5"))
        call.line.take(Mark("s", "never sent"))
        await asyncio.sleep(0.2)
        call.line.take(Stop("s"))
        await asyncio.sleep(1.0)

    call = follow(script)
    assert [event for _, event in call.events if isinstance(event, DigitReceived)] == [DigitReceived("5")]
    assert call.events[-1][1] == HungUp(HangUpReason.CALLER_HUNG_UP)
    assert 200 <= call.events[-1][0] <= 221


def test_a_transfer_fails_at_once_and_digits_are_not_sent() -> None:
    async def script(call: Call) -> None:
        await asyncio.sleep(0.2)
        call.line.transfer("sip:200@pbx")
        call.line.send_digits("123")
        await asyncio.sleep(0.1)

    call = follow(script)
    ((at, failed),) = [(at, event) for at, event in call.events if isinstance(event, TransferFailed)]
    assert failed == TransferFailed(501)
    assert 200 <= at <= 221
    assert not call.sent_at("media")


def test_a_peer_that_says_nothing_at_all_has_gone_and_one_that_only_returns_marks_has_not() -> None:
    async def marking(call: Call) -> None:
        for _ in range(10):
            await asyncio.sleep(1.0)
            call.peer.say(Mark("s", "m"))

    silent = follow(lambda call: asyncio.sleep(60.0), timeout_s=3.0)
    assert silent.events[-1][1] == HungUp(HangUpReason.MEDIA_TIMEOUT)
    assert 3000 <= silent.events[-1][0] <= 3021
    assert follow(marking, timeout_s=3.0).events[-1][1] == HungUp(HangUpReason.CALLER_HUNG_UP)


def test_a_second_start_and_another_stream_are_faults() -> None:
    faults: list[Fault] = []

    async def script(call: Call) -> None:
        for message in (Start("s", "", {}), Media("other", LOUD, from_caller=True), Stop("other")):
            with pytest.raises(MediaStreamError) as error:
                call.line.take(message)
            faults.append(error.value.fault)

    follow(script)
    assert faults == [Fault.STARTED_TWICE, Fault.OTHER_STREAM, Fault.OTHER_STREAM]


def test_the_callers_number_comes_from_the_parameters_and_our_own_id_is_used() -> None:
    async def script(call: Call) -> None:
        call.line.take(Media("", LOUD, from_caller=False))
        await asyncio.sleep(0.2)

    call = follow(script)
    info = call.line.info
    assert (info.call_id, info.caller, info.called, info.sample_rate, info.codec) == ("c1", "200", "", 8000, "PCMU")
    assert info.headers["x"] == "y"
    assert not any(frame.pcm for frame in call.frames), "the agent's own track is not the caller's"


def test_what_is_sent_is_the_frame_in_mu_law() -> None:
    texts: list[str] = []
    samples = (np.sin(np.arange(160)) * 9000).astype("<i2")

    async def run() -> None:
        line = MediaStreamLine("c1", Start("s", "", {}), PeerConnection(texts.append), 30.0)
        line.play(samples.tobytes())

    run_virtually(run())
    (message,) = [json.loads(text) for text in texts]
    assert message["streamSid"] == "s"
    assert base64.b64decode(message["media"]["payload"]) == encode(samples, Companding.ULAW).tobytes()
