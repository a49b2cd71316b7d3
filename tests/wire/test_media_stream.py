"""Calls over a media stream: a running appliance, and a peer that plays what it gets and obeys what it is told."""

import asyncio
import contextlib
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from sip.caller.analysis import Kind
from sip.caller.plan import CallPlan, Outcome
from sip.caller.script import HangUp, Play, WaitForAgentSilence
from tests.wire.conftest import Voice
from tests.wire.media_stream_peer import STREAM_SID, calling, codes_of, start_message
from tests.wire.running import Appliance, Settings, calls, running, short_call

pytestmark = pytest.mark.wire


@pytest.fixture(scope="module")
def appliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    settings: Settings = {
        "log": {"level": "debug"},
        "sip": {"rtp_timeout_s": 4.0},
        "engines.simulated": {"reply": "We are open on weekdays from eight until five, and on Saturdays until noon."},
    }
    with running(tmp_path_factory.mktemp("media-stream"), settings) as appliance:
        yield appliance


@pytest.fixture(autouse=True)
async def nobody_is_left(appliance: Appliance) -> None:
    await appliance.until("active", 0)


def url(appliance: Appliance) -> str:
    return f"ws://127.0.0.1:{appliance.web_port}/media-stream"


async def latest_trace(appliance: Appliance) -> dict[str, Any]:
    await appliance.until("active", 0)
    newest = (await appliance.calls())[0]
    trace: dict[str, Any] = await appliance.api(f"/api/calls/{newest['call_id']}")
    return trace


async def closed_after(appliance: Appliance, *messages: str | bytes) -> tuple[int | None, str | None]:
    """What the appliance closes with."""
    async with connect(url(appliance), compression=None) as socket:
        # It may be closed before all has been sent.
        with contextlib.suppress(ConnectionClosed):
            for message in messages:
                await socket.send(message)
            async with asyncio.timeout(8):
                async for _ in socket:
                    pass
    return socket.close_code, socket.close_reason


async def test_a_conversation_is_heard_interrupted_and_answered(appliance: Appliance, voice: Voice) -> None:
    async with calling(appliance.web_port) as peer:
        await peer.until_silent()
        assert len(peer.played) > 20, "no greeting was heard"
        await peer.say(codes_of(voice.question))
        await peer.until_speaking()
        # Sooner, and it would count as the rest of the question.
        await asyncio.sleep(1.7)
        await peer.say(codes_of(voice.interruption), Kind.INTERRUPT)
        await peer.until_speaking()
        await peer.until_silent()
        await peer.send({"event": "stop", "streamSid": STREAM_SID, "stop": {"callSid": "CA0123"}})
        assert await peer.closed() == (1000, "caller hung up")
    question, interruption = peer.turns()
    assert question.response_latency_ms is not None
    assert interruption.agent_was_speaking
    assert interruption.time_to_silence_ms is not None
    assert interruption.response_latency_ms is not None
    assert len(peer.received("clear")) == 1
    assert {message["streamSid"] for _, message in peer.events} == {STREAM_SID}
    trace = await latest_trace(appliance)
    assert (trace["codec"], trace["end_reason"]) == ("PCMU", "caller_hung_up")
    assert [turn["text"] for turn in trace["turns"]] == ["what are your opening hours"] * 2
    _, answer, *_ = trace["utterances"]
    assert (answer["kind"], answer["cut"]) == ("answer", True)
    assert trace["media"]["packets_received"] > 100
    assert trace["media"]["round_trip_ms"] > 0


async def test_keys_are_answered_and_a_disconnect_is_a_hang_up(appliance: Appliance) -> None:
    async with calling(appliance.web_port, returns_marks=False) as peer:
        await peer.until_silent()
        for digit in "12#":
            await peer.send({"event": "dtmf", "streamSid": STREAM_SID, "dtmf": {"track": "inbound", "digit": digit}})
        await peer.until_speaking()
        await peer.socket.close()
    trace = await latest_trace(appliance)
    assert trace["turns"][0]["text"] == "dtmf 12#"
    assert trace["end_reason"] == "caller_hung_up"


START = json.dumps(start_message())
STOP = json.dumps({"event": "stop", "streamSid": STREAM_SID})
MALFORMED = {
    "no JSON": (("hello",), 1007, "not JSON"),
    "no JSON in a call": ((START, "{"), 1007, "not JSON"),
    "binary": ((START, b"\x00"), 1003, "binary message: send JSON text"),
    "an event of no name": ((START, '{"event": 1}'), 1007, "no event"),
    "no base64": ((START, '{"event": "media", "media": {"payload": "%"}}'), 1007, "media: payload is not base64"),
    "another stream": ((START, '{"event": "stop", "streamSid": "MZ9"}'), 1008, "streamSid is not that of start"),
    "a second start": ((START, START), 1008, "start came twice"),
    "media first": (('{"event": "media", "media": {"payload": ""}}',), 1008, "start must come first"),
    "connected for ever": (('{"event": "connected"}',) * 4, 1008, "too many messages"),
    "16 kHz": (
        (json.dumps(start_message(mediaFormat={"encoding": "audio/x-mulaw", "sampleRate": 16000})),),
        1003,
        "start: mediaFormat must be audio/x-mulaw, 8000 Hz, 1 channel",
    ),
    "a flood": ((START, *['{"event": "mark", "mark": {"name": "m"}}'] * 1200), 1008, "too many messages"),
    "too long": ((START, '"' + "a" * 70_000), 1009, None),
}


async def test_malformed_messages_close_their_connection_with_a_reason_and_no_other(appliance: Appliance) -> None:
    async with calling(appliance.web_port) as untouched:
        for name, (messages, code, reason) in MALFORMED.items():
            closed = await closed_after(appliance, *messages)
            assert closed[0] == code, (name, closed)
            assert reason is None or closed[1] == reason, (name, closed)
        assert await closed_after(appliance, STOP) == (1008, "start must come first")
        other = '{"event": "sing"}'
        assert await closed_after(appliance, other, START, other, STOP) == (1000, "caller hung up")
        assert await closed_after(appliance, START, STOP) == (1000, "caller hung up")
        await untouched.until_silent()
        await untouched.send({"event": "stop"})
        assert await untouched.closed() == (1000, "caller hung up")
    assert "Traceback" not in appliance.log


async def test_a_peer_that_does_not_start_or_falls_silent_is_let_go(appliance: Appliance) -> None:
    not_started, silent = await asyncio.gather(closed_after(appliance), closed_after(appliance, START))
    assert not_started == (1008, "no start within 5 s")
    assert silent == (1000, "media timeout")


async def test_of_five_connections_four_are_taken_and_one_is_told_to_try_later(appliance: Appliance) -> None:
    async with AsyncExitStack() as stack:
        taken = [await stack.enter_async_context(calling(appliance.web_port)) for _ in range(4)]
        await appliance.until("active", 4)
        assert await closed_after(appliance, START) == (1013, "every line is busy")
        refused = await calls(short_call(appliance.uri))
        assert refused[0].status == 486, "both kinds of line share the limit"
        await asyncio.gather(*[peer.until_silent(300) for peer in taken])
        for peer in taken:
            await peer.send({"event": "stop"})
            assert (await peer.closed())[0] == 1000
    await appliance.until("active", 0)
    async with calling(appliance.web_port) as next_one:
        await next_one.until_speaking()
        await next_one.send({"event": "stop"})


async def test_both_kinds_of_line_hold_conversations_at_once(appliance: Appliance, voice: Voice) -> None:
    steps = (WaitForAgentSilence(500), Play(voice.question), WaitForAgentSilence(500), HangUp())
    by_sip = asyncio.create_task(calls(*[CallPlan(appliance.uri, steps)] * 2))
    async with calling(appliance.web_port) as peer:
        await appliance.until("active", 3)
        await peer.until_silent()
        await peer.say(codes_of(voice.question))
        await peer.until_speaking()
        await peer.until_silent()
        await peer.send({"event": "stop"})
    for result in await by_sip:
        assert result.outcome is Outcome.COMPLETED
        assert result.turns[0].response_latency_ms is not None
    assert peer.turns()[0].response_latency_ms is not None


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1", "http://localhost:{port}"])
async def test_a_page_of_another_origin_cannot_connect(appliance: Appliance, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(url(appliance), origin=origin.format(port=appliance.web_port)):  # type: ignore[arg-type]
            pass
    assert refused.value.response.status_code == 403


async def test_a_page_of_this_origin_can_connect_and_a_foreign_host_cannot(appliance: Appliance) -> None:
    own: Any = f"http://127.0.0.1:{appliance.web_port}"
    async with connect(url(appliance), origin=own) as socket:
        await socket.send(START)
        await socket.send(STOP)
        await socket.wait_closed()
    assert socket.close_code == 1000
    with pytest.raises(InvalidStatus) as refused:
        async with connect(f"ws://evil.example:{appliance.web_port}/media-stream", host="127.0.0.1"):
            pass
    assert refused.value.response.status_code == 421


async def test_nothing_about_a_caller_is_in_the_logs(appliance: Appliance) -> None:
    async with calling(appliance.web_port, callSid="CA5550199") as peer:
        await peer.until_speaking()
        await peer.send({"event": "stop"})
    await appliance.until("active", 0)
    assert "call answered" in appliance.log
    assert "5550199" not in appliance.log
    assert STREAM_SID not in appliance.log


async def test_a_draining_appliance_takes_no_media_streams_and_ends_its_calls(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with running(tmp_path_factory.mktemp("drain"), {"sip": {"drain_limit_s": 1.0}}) as draining:
        async with calling(draining.web_port) as peer:
            await peer.until_speaking()
            draining.terminate()
            await asyncio.sleep(0.3)
            assert await closed_after(draining, START) == (1013, "draining")
            assert (await peer.closed(15))[0] == 1000
        assert await draining.exit_status() == 0
