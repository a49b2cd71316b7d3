"""Whole calls on loopback between two processes: the caller as it is shipped and a peer that answers."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sip.caller.analysis import Kind
from sip.caller.plan import CallerPlan, CallPlan, CallResult, Outcome, plan_to_json
from sip.caller.process import run_caller_process
from sip.caller.runner import place_calls
from sip.caller.script import (
    Background,
    DigitMethod,
    Hold,
    Pause,
    Play,
    PlayOver,
    Resume,
    SendDigits,
    Step,
    Vanish,
    Wait,
    WaitForAgentSilence,
)
from sip.errors import SipError
from sip.wav import read_wav, write_wav
from tests.caller.answering_peer import steps_json
from tests.caller.packets import MS, sound_at
from tests.caller.processes import started

pytestmark = pytest.mark.wire


@dataclass
class RunningPeer:
    port: int
    output: asyncio.StreamReader
    seen: dict[str, Any] = field(default_factory=dict)

    @property
    def uri(self) -> str:
        return f"sip:desk@127.0.0.1:{self.port}"


@asynccontextmanager
async def peer(behaviour: str = "answer", steps: Sequence[Step] = (), **settings: str) -> AsyncIterator[RunningPeer]:
    """A peer in a process of its own; what it saw is in `seen` afterwards."""
    asked = json.dumps({"behaviour": behaviour, "steps": steps_json(*steps), **settings})
    async with started("tests.caller.answering_peer", asked) as process:
        assert process.stdout is not None
        running = RunningPeer(int(await process.stdout.readline()), process.stdout)
        yield running
        output, _ = await process.communicate(b"")
        running.seen.update(json.loads(output.splitlines()[-1]))


async def call(to: str, *steps: Step, **options: Any) -> CallResult:
    """One call placed from this process."""
    timers = {"t1_s": options.pop("t1_s", 0.5)}
    result = await place_calls(CallerPlan((CallPlan(to, steps, **options),), **timers))
    return result.calls[0]


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("wav") / "words.wav"
    write_wav(path, [sound_at([(60, 560)], 600)], 8000)
    return path


async def test_a_conversation_is_measured_as_the_other_end_lived_it(words: Path, tmp_path: Path) -> None:
    agent = (Play(words), WaitForAgentSilence(300), Play(words), WaitForAgentSilence(300), Play(words))
    recording = tmp_path / "call.wav"
    async with peer(steps=agent) as running:
        plan = CallPlan(
            running.uri,
            (
                WaitForAgentSilence(400),
                Play(words, (Pause(0.3, 0.2),)),
                WaitForAgentSilence(400),
                SendDigits("1#"),
                Play(words),
                WaitForAgentSilence(400),
            ),
            record=recording,
            packet_log=tmp_path / "call.jsonl",
        )
        (result,) = (await run_caller_process(CallerPlan((plan,)))).calls
    assert result.outcome is Outcome.COMPLETED
    assert result.problems == ()
    assert [turn.kind for turn in result.turns] == [Kind.SPEECH, Kind.SPEECH]
    assert running.seen["digits"] == "1#"
    assert running.seen["methods"] == ["INVITE", "ACK", "BYE"]
    assert result.received is not None
    assert (result.received.lost, result.received.timestamp_jumps) == (0, 0)
    answers_ns = [start for start, _ in running.seen["own_sounds_ns"]][1:]
    for turn, answer_ns in zip(result.turns, answers_ns, strict=True):
        assert turn.response_latency_ms is not None
        assert turn.response_latency_ms >= 290  # the peer waits for 300 ms of silence
        measured_ns = result.started_ns + (turn.end_ms + turn.response_latency_ms) * MS
        assert abs(measured_ns - answer_ns) < 100 * MS  # one clock, two processes
    samples, rate = read_wav(recording)
    assert rate == 8000
    loud = np.abs(samples.astype(np.int32)) > 1000
    assert abs(np.flatnonzero(loud[:, 0])[0] / 8 - result.turns[0].start_ms) < 30
    entries = (tmp_path / "call.jsonl").read_text().splitlines()
    assert {json.loads(line)["direction"] for line in entries} == {"sent", "received"}


async def test_an_interruption_is_measured(words: Path, tmp_path: Path) -> None:
    speech = tmp_path / "long.wav"
    write_wav(speech, [sound_at([(0, 1500)], 1500)], 8000)
    async with peer(steps=[Play(speech)], law="PCMA") as running:
        plan = CallPlan(running.uri, (PlayOver(words, 0.5), Wait(1.0)))
        (result,) = (await run_caller_process(CallerPlan((plan,)))).calls
    (turn,) = result.turns
    assert result.codec == "PCMA"
    assert turn.kind is Kind.INTERRUPT
    assert turn.agent_was_speaking
    assert turn.time_to_silence_ms is not None
    agent_ended_ns = running.seen["own_sounds_ns"][0][1]
    measured_ns = result.started_ns + (turn.start_ms + turn.time_to_silence_ms) * MS
    assert abs(measured_ns - agent_ended_ns) < 100 * MS


async def test_hold_resume_and_digits_by_info() -> None:
    async with peer() as running:
        result = await call(running.uri, SendDigits("7", DigitMethod.INFO), Hold(), Wait(0.1), Resume(), Wait(0.1))
    assert result.problems == ()
    assert running.seen["directions"] == ["sendrecv", "sendonly", "sendrecv"]
    assert running.seen["info_digits"] == "7"


async def test_an_agent_may_hold_the_caller_and_move_its_media() -> None:
    async with peer(hold_with="sendonly") as running:
        result = await call(running.uri, Wait(0.5))
    assert result.held_by_agent
    assert running.seen["answered"][-1] == ["INVITE", 200]
    assert running.seen["directions"] == ["sendrecv", "recvonly"]
    assert running.seen["moved_packets"] > 0


async def test_a_transfer_is_answered_notified_and_reported() -> None:
    async with peer(refer_to="sip:nurse@127.0.0.1", send_info_digit="9") as running:
        result = await call(running.uri, Wait(5.0), transfer_outcome=486)
    assert result.outcome is Outcome.ENDED_BY_AGENT
    assert result.transfer_target == "sip:nurse@127.0.0.1"
    assert result.digits_received == "9"
    assert running.seen["notified"] == ["SIP/2.0 100 Trying", "SIP/2.0 486 Busy Here"]
    assert running.seen["answered"] == [["OPTIONS", 200], ["MESSAGE", 405], ["INFO", 200], ["REFER", 202], ["BYE", 200]]


async def test_a_caller_may_vanish_or_send_nothing() -> None:
    async with peer() as running:
        result = await call(running.uri, Wait(0.2), Vanish(), background=Background.NOTHING)
    assert result.outcome is Outcome.VANISHED
    assert running.seen["methods"] == ["INVITE", "ACK"]
    assert running.seen["packets"] == 0


@pytest.mark.parametrize(("behaviour", "status", "retry"), [("busy", 486, 17), ("unavailable", 503, 5)])
async def test_a_refusal_is_reported_with_its_retry_after(behaviour: str, status: int, retry: int) -> None:
    async with peer(behaviour) as running:
        result = await call(running.uri, Wait(1.0))
    assert (result.outcome, result.status, result.retry_after_s) == (Outcome.REFUSED, status, retry)
    assert running.seen["methods"] == ["INVITE", "ACK"]


async def test_a_redirect_is_followed_and_one_in_a_circle_is_not() -> None:
    async with peer() as target, peer("redirect", redirect_to=target.uri) as running:
        result = await call(running.uri, Wait(0.1))
    assert result.outcome is Outcome.COMPLETED
    assert result.redirected_to == (target.uri,)
    async with peer("redirect") as running:
        circle = await call(running.uri)
    assert (circle.outcome, circle.reason) == (Outcome.REFUSED, "redirected too often")


async def test_ringing_that_lasts_too_long_is_cancelled() -> None:
    async with peer("ring") as running:
        result = await call(running.uri, ring_s=0.2)
    assert result.outcome is Outcome.NOT_ANSWERED
    assert running.seen["methods"] == ["INVITE", "CANCEL", "ACK"]


async def test_a_challenge_is_answered() -> None:
    async with peer("challenge") as running:
        result = await call(running.uri, username="clinic", password="secret")
    assert result.outcome is Outcome.COMPLETED
    async with peer("challenge") as running:
        refused = await call(running.uri)
    assert (refused.outcome, refused.status) == (Outcome.REFUSED, 401)


async def test_a_lost_invite_is_sent_again() -> None:
    async with peer("deaf_at_first") as running:
        result = await call(running.uri, t1_s=0.1)
    assert result.outcome is Outcome.COMPLETED
    assert running.seen["methods"] == ["INVITE", "ACK", "BYE"]


async def test_no_answer_at_all_says_what_to_check() -> None:
    async with peer("silent") as running:
        result = await call(running.uri, t1_s=0.005)
    assert result.outcome is Outcome.NO_RESPONSE
    assert "check that the appliance runs" in result.problems[0]


async def test_an_answer_without_a_common_codec_ends_the_call() -> None:
    async with peer("no_common_codec") as running:
        result = await call(running.uri)
    assert result.outcome is Outcome.FAILED
    assert running.seen["methods"] == ["INVITE", "ACK", "BYE"]


async def test_a_missing_file_is_named_before_anything_is_sent(tmp_path: Path) -> None:
    with pytest.raises(SipError, match="there is no WAV file"):
        await call("sip:a@127.0.0.1:9", Play(tmp_path / "none.wav"))


async def test_calls_can_run_at_once_and_in_a_row() -> None:
    async with peer() as first, peer() as second:
        plans = tuple(CallPlan(running.uri, (Wait(0.6),)) for running in (first, second))
        together = await run_caller_process(CallerPlan(plans))
        in_a_row = await run_caller_process(CallerPlan(plans, at_once=1))
    starts = [result.started_ns for result in together.calls]
    assert abs(starts[0] - starts[1]) < 600 * MS
    assert in_a_row.calls[1].started_ns - in_a_row.calls[0].started_ns >= 600 * MS


async def test_cancelling_hangs_up_and_ends_the_caller_process() -> None:
    async with peer() as running:
        calling = asyncio.create_task(run_caller_process(CallerPlan((CallPlan(running.uri, (Wait(60.0),)),))))
        assert await running.output.readline() == b"established\n"
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
    assert running.seen["methods"] == ["INVITE", "ACK", "BYE"]


async def test_a_caller_in_a_shells_background_hears_that_it_is_to_stop() -> None:
    """There it begins with SIGINT ignored."""
    async with peer() as running:
        plan = CallerPlan((CallPlan(running.uri, (Wait(60.0),)),))
        process = await asyncio.create_subprocess_exec(
            "sh", "-c", f"trap '' INT; exec {sys.executable} -m sip.caller", stdin=asyncio.subprocess.PIPE
        )
        assert process.stdin is not None
        process.stdin.write(plan_to_json(plan).encode())
        process.stdin.close()
        assert await running.output.readline() == b"established\n"
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 130
    assert running.seen["methods"] == ["INVITE", "ACK", "BYE"]
