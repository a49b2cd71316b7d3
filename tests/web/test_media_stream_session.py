"""A session on a media stream, in virtual time: it holds the call as on any other line."""

import asyncio
import base64
import json

import numpy as np

from appliance.clinic.profile import ClinicProfile
from appliance.dialogue.emergency import emergency_in
from appliance.dialogue.prompts import Prompts
from appliance.dialogue.reply import TransferAfter
from appliance.line import HangUpReason
from appliance.listening.ear import Ear
from appliance.listening.voice import VoiceSettings
from appliance.metrics import Metrics
from appliance.session.journal import Journal
from appliance.session.mind import Mind, words_for
from appliance.session.session import Session
from appliance.simulator.virtual_loop import run_virtually
from appliance.speaking.phrase_cache import PhraseCache
from appliance.speaking.utterance import Voice
from appliance.trace import CallTrace, TraceRecorder
from appliance.turn.settings import TurnSettings
from appliance.web.media_stream.line import MediaStreamLine
from appliance.web.media_stream.protocol import Digit, Media, Start, Stop
from models.simulated import SimulatedEndOfTurn, SimulatedSpeechToText, SimulatedTextToSpeech
from models.simulated_vad import SimulatedVad
from sip.g711 import Companding, encode
from tests.session.conversations import DraftFunction, Echo, saying
from tests.web.peer_connection import PeerConnection

_TONE = encode((8000 * np.sin(2 * np.pi * 400 * np.arange(160) / 8000)).astype(np.int16), Companding.ULAW).tobytes()
_SILENCE = b"\xff" * 160


class Peer:
    """Says `sounds` (from, to in ms), in messages of `message_ms`, and keeps what it is sent, with the time in ms."""

    def __init__(
        self, sounds: list[tuple[int, int]], drafter: DraftFunction, ends_ms: int = 8000, message_ms: int = 20
    ) -> None:
        self.sounds = sounds
        self.ends_ms = ends_ms
        self.message_ms = message_ms
        self.dialogue = Echo(drafter)
        self.received: list[tuple[int, str]] = []
        self.digits: dict[int, str] = {}

    def at(self, event: str) -> list[int]:
        return [at for at, name in self.received if name == event]

    def call(self) -> tuple[CallTrace, HangUpReason]:
        return run_virtually(self._call())

    async def _call(self) -> tuple[CallTrace, HangUpReason]:
        loop = asyncio.get_running_loop()
        recorder = TraceRecorder("c1", "PCMU", "")
        phrases, prompts = PhraseCache(), Prompts.of(ClinicProfile())
        tts = SimulatedTextToSpeech(50, 60)
        await phrases.warm_up((*prompts.all(), "Hello."), tts, (8000,))
        began = loop.time()

        def send(text: str) -> None:
            message = json.loads(text)
            if message["event"] == "media":
                assert len(base64.b64decode(message["media"]["payload"])) == 160
            self.received.append((round((loop.time() - began) * 1000), message["event"]))

        peer = PeerConnection(send)
        line = peer.line = MediaStreamLine("c1", Start("s", "", {}), peer, 30.0)
        session = Session(
            line=line,
            ear_for=lambda on_partial: Ear(
                8000,
                SimulatedVad(),
                SimulatedSpeechToText(50, ("where are you", "tell me more")),
                SimulatedEndOfTurn(0.95),
                on_partial,
                VoiceSettings(),
            ),
            voice=Voice(tts, 8000, phrases),
            mind=Mind(self.dialogue, words_for(prompts, "Hello.", "sip:operator"), (), emergency_in),
            settings=TurnSettings(),
            journal=Journal(recorder, Metrics()),
        )
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._speak(peer))
            reason = await session.run()
        return recorder.ended(str(reason), 0, None), reason

    async def _speak(self, peer: PeerConnection) -> None:
        for at in range(0, self.ends_ms, self.message_ms):
            await asyncio.sleep(self.message_ms / 1000)
            frames = [any(a <= frame < b for a, b in self.sounds) for frame in range(at, at + self.message_ms, 20)]
            peer.say(Media("s", b"".join(_TONE if loud else _SILENCE for loud in frames), from_caller=True))
            if at in self.digits:
                peer.say(Digit("s", self.digits[at]))
        peer.say(Stop("s"))


LONG = "We are on the long road behind the old station, next to the large red house with the green door."


def test_a_question_is_answered_and_all_of_it_is_heard() -> None:
    peer = Peer([(1500, 2500)], saying("Here."))
    trace, reason = peer.call()
    assert reason is HangUpReason.CALLER_HUNG_UP
    assert peer.dialogue.accepted == [(1, "where are you")]
    assert ("Here.", False) in peer.dialogue.heard
    answered = next(at for at in peer.at("media") if at > 2500)
    assert answered - 2500 <= 400
    assert len(trace.turns) == 1


def test_the_peer_is_cleared_120_ms_after_an_interruption_and_the_heard_words_are_kept() -> None:
    peer = Peer([(1500, 2500), (4000, 5200)], saying(LONG), ends_ms=9000)
    peer.call()
    cleared = [at for at in peer.at("clear") if at < 8000]
    assert len(cleared) == 1
    assert 0 < cleared[0] - 4000 <= 120
    assert not [at for at in peer.at("media") if cleared[0] < at < 5200]
    heard, cut = next(item for item in peer.dialogue.heard if item[1])
    assert cut
    assert heard
    assert LONG.startswith(heard)
    assert len(peer.dialogue.accepted) == 2


def test_messages_of_100_ms_are_answered_at_most_their_own_length_later() -> None:
    def latency(message_ms: int) -> int:
        peer = Peer([(1500, 2500)], saying("Here."), message_ms=message_ms)
        peer.call()
        assert peer.dialogue.accepted == [(1, "where are you")]
        return next(at for at in peer.at("media") if at > 2500) - 2500

    assert latency(100) - latency(20) <= 100


def test_a_transfer_that_this_line_cannot_make_is_told_to_the_caller() -> None:
    peer = Peer(
        [(1500, 2500)], saying("One moment.", afterwards=TransferAfter("sip:200@pbx", "cardiology")), ends_ms=12_000
    )
    trace, _ = peer.call()
    assert trace.end_reason == "caller_hung_up"
    plain = trace.as_plain(with_text=True)
    assert "TransferRefused" in [event["event"] for event in plain["events"]]
    kinds = [utterance["kind"] for utterance in plain["utterances"]]
    assert kinds.index("answer") < len(kinds) - 1, "something is said after the transfer has failed"
