"""`python -m tests.bench.media_stream_caller`: carry out a plan over the media websocket, print the result as JSON.

It takes plans of the SIP test caller whose addresses are `ws://…` and is as much a process of its own: it sends 20 ms
of µ-law every 20 ms by an absolute clock, plays what it gets as the protocol demands, and measures both with the same
ruler (`sip.caller.analysis`) on the times of its own messages. Of the steps it knows those that speak, listen and wait.
"""

import asyncio
import base64
import contextlib
import gc
import json
import sys
import time
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from sip.caller.activity import BLOCK_NS, SoundDetector, loud_blocks
from sip.caller.analysis import measure_turns, summarise
from sip.caller.media import ask_for_realtime
from sip.caller.performer import FRAME_NS, EndCall, Performer
from sip.caller.plan import CallerPlan, CallerResult, CallPlan, CallResult, Outcome, plan_from_json, result_to_json
from sip.caller.rtp import RtpPacket
from sip.caller.runner import punctuality, step_report, utterances
from sip.caller.script import Play, PlayOver
from sip.errors import SipError
from sip.g711 import SAMPLE_RATE, Companding, Samples, encode
from sip.wav import read_speech
from tests.wire.media_stream_playout import PeerPlayout

MODULE: Final = "tests.bench.media_stream_caller"
_STREAM_SID: Final = "MZ0001"
_HANG_UP_S: Final = 3.0
_MARKS_EVERY_S: Final = 0.005


class MediaStreamCall:
    """One connection, from `start` to `stop`. Times are ns of CLOCK_MONOTONIC."""

    def __init__(self, socket: ClientConnection, performer: Performer) -> None:
        self._socket = socket
        self._performer = performer
        self._started_ns = time.monotonic_ns()
        self._playout = PeerPlayout()
        self._detector = SoundDetector()
        self._listened_to = 0
        self._sent: list[RtpPacket] = []
        self._late_ns: list[int] = []

    async def run(self, limit_s: float) -> Outcome:
        """Carry out the script, for `limit_s` seconds at most."""
        async with asyncio.TaskGroup() as tasks:
            beside = [tasks.create_task(_until_closed(part)) for part in (self._receive(), self._return_marks())]
            try:
                return await self._follow_script(limit_s)
            finally:
                for task in beside:
                    task.cancel()

    async def _follow_script(self, limit_s: float) -> Outcome:
        try:
            await self._send({"event": "connected", "protocol": "Call", "version": "1.0.0"})
            await self._send({"event": "start", "streamSid": _STREAM_SID, "start": _start()})
            async with asyncio.timeout(limit_s):
                await self._perform()
            await self._send({"event": "stop", "streamSid": _STREAM_SID})
            async with asyncio.timeout(_HANG_UP_S):
                await self._socket.wait_closed()
        except TimeoutError:
            return Outcome.TIMED_OUT
        except ConnectionClosed:
            return Outcome.ENDED_BY_AGENT
        return Outcome.COMPLETED

    def result(self, outcome: Outcome, *, realtime: bool) -> CallResult:
        """What the agent did, measured."""
        ended_ns = self._sent[-1].time_ns if self._sent else self._started_ns
        turns = measure_turns(
            utterances(self._performer.performed),
            self._sent,
            self._playout.stream(self._started_ns, ended_ns),
            law=Companding.ULAW,
            payload_type=0,
            started_ns=self._started_ns,
        )
        return CallResult(
            outcome=outcome,
            status=200,
            reason=self._socket.close_reason or "",
            codec=str(Companding.ULAW),
            started_ns=self._started_ns,
            duration_s=round((ended_ns - self._started_ns) / 1e9, 3),
            steps=tuple(step_report(step, self._started_ns) for step in self._performer.performed),
            turns=tuple(turns),
            sent=punctuality(self._late_ns, realtime=realtime),
        )

    async def _perform(self) -> None:
        due_ns = time.monotonic_ns()
        while True:
            due_ns += FRAME_NS
            await asyncio.sleep(max(0, due_ns - time.monotonic_ns()) / 1e9)
            now_ns = time.monotonic_ns()
            self._listen_until(now_ns)
            tick = self._performer.tick(now_ns, self._detector.heard)
            if any(isinstance(command, EndCall) for command in tick.commands):
                return
            # Nothing else is in plans for this line: keys and holds have no step here.
            codes = encode(tick.outgoing, Companding.ULAW).tobytes() if isinstance(tick.outgoing, np.ndarray) else b""
            payload = base64.b64encode(codes).decode()
            packet = RtpPacket(time.monotonic_ns(), 0, 0, 0, 0, codes)
            await self._send({"event": "media", "streamSid": _STREAM_SID, "media": {"payload": payload}})
            self._sent.append(packet)
            self._late_ns.append(packet.time_ns - due_ns)

    def _listen_until(self, now_ns: int) -> None:
        """What has been played since the last time, for the script to react to."""
        played = self._playout.played
        while self._listened_to < len(played) and played[self._listened_to].time_ns <= now_ns:
            packet = played[self._listened_to]
            for number, is_loud in enumerate(loud_blocks(packet.payload, Companding.ULAW)):
                self._detector.block(packet.time_ns + number * BLOCK_NS, is_loud=is_loud)
            self._listened_to += 1

    async def _receive(self) -> None:
        async for text in self._socket:
            now_ns, message = time.monotonic_ns(), json.loads(text)
            match message["event"]:
                case "media":
                    self._playout.play(now_ns, base64.b64decode(message["media"]["payload"]))
                case "mark":
                    self._playout.mark(now_ns, message["mark"]["name"])
                case "clear":
                    self._playout.clear(now_ns)

    async def _return_marks(self) -> None:
        while True:
            await asyncio.sleep(_MARKS_EVERY_S)
            for name in self._playout.due_marks(time.monotonic_ns()):
                await self._send({"event": "mark", "streamSid": _STREAM_SID, "mark": {"name": name}})

    async def _send(self, message: Mapping[str, Any]) -> None:
        await self._socket.send(json.dumps(message))


async def _until_closed(part: Coroutine[Any, Any, None]) -> None:
    with contextlib.suppress(ConnectionClosed):
        await part


def _start() -> Mapping[str, Any]:
    return {
        "streamSid": _STREAM_SID,
        "callSid": "CA0001",
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": SAMPLE_RATE, "channels": 1},
        "customParameters": {"from": "+15550199", "to": "clinic"},
    }


async def place_calls(plan: CallerPlan, *, realtime: bool) -> CallerResult:
    """Every call of the plan, `at_once` at a time."""
    places = asyncio.Semaphore(plan.at_once or max(1, len(plan.calls)))
    sounds = _sounds(plan)

    async def place(call: CallPlan) -> CallResult:
        async with places:
            await asyncio.sleep(call.start_after_s)
            return await _place(call, sounds, realtime=realtime)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(place(call)) for call in plan.calls]
    calls = tuple(task.result() for task in tasks)
    return CallerResult(calls, summarise([turn for call in calls for turn in call.turns]), time.process_time())


def _sounds(plan: CallerPlan) -> dict[Path, Samples]:
    steps = [step for call in plan.calls for step in call.steps]
    files = {step.file for step in steps if isinstance(step, Play | PlayOver)}
    return {file: read_speech(file, SAMPLE_RATE) for file in files}


async def _place(plan: CallPlan, sounds: Mapping[Path, Samples], *, realtime: bool) -> CallResult:
    performer = Performer(plan.steps, sounds, plan.background)
    try:
        async with connect(plan.to, compression=None) as socket:
            call = MediaStreamCall(socket, performer)
            return call.result(await call.run(plan.max_s), realtime=realtime)
    except (OSError, InvalidHandshake) as error:
        return CallResult(Outcome.FAILED, problems=(f"no connection: {error}",))


def main() -> int:
    """0 when every call was held, 1 when one was not, 2 when the plan is wrong."""
    realtime = ask_for_realtime()
    gc.disable()  # as in the SIP test caller: a full collection would make the audio late
    try:
        result = asyncio.run(place_calls(plan_from_json(sys.stdin.read()), realtime=realtime))
    except SipError as error:
        print(error, file=sys.stderr)
        return 2
    print(result_to_json(result), flush=True)
    return 0 if all(call.status == 200 for call in result.calls) else 1


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
