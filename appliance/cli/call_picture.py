"""The picture of a call, from its recording and its trace."""

from dataclasses import replace
from pathlib import Path

from appliance.records.picture import CallPicture, HeldBackchannel, Interruption, SpeechSpan, TurnBand, draw_call
from appliance.session.replay import replay
from appliance.trace import RESPONSE_LATENCY, CallTrace, Stage
from appliance.turn.actions import Cancel, Hold, Resume
from appliance.turn.events import SpeechPaused, SpeechStarted
from appliance.turn.settings import TurnSettings
from sip.wav import read_wav


def write_call_picture(trace: CallTrace, recording: Path, settings: TurnSettings, path: Path) -> None:
    """Draw the call as SVG. Raises `sip.errors.SipError` when the recording cannot be read, and `OSError`."""
    channels, sample_rate = read_wav(recording)
    picture = CallPicture(trace.call_id, sample_rate, channels[:, 0], channels[:, 1], turns=_turns(trace))
    path.write_text(draw_call(_with_marks(picture, trace, settings)), encoding="utf-8")


def _turns(trace: CallTrace) -> tuple[TurnBand, ...]:
    return tuple(
        TurnBand(
            turn.turn,
            turn.at_ms[Stage.SPEECH_BEGAN],
            turn.at_ms[Stage.SPEECH_ENDED],
            turn.durations_ms().get(RESPONSE_LATENCY),
        )
        for turn in trace.turns
        if Stage.SPEECH_BEGAN in turn.at_ms and Stage.SPEECH_ENDED in turn.at_ms
    )


def _with_marks(picture: CallPicture, trace: CallTrace, settings: TurnSettings) -> CallPicture:
    """Speech, interruptions and backchannels, as the turn core saw them."""
    speech: list[SpeechSpan] = []
    interruptions: list[Interruption] = []
    backchannels: list[HeldBackchannel] = []
    began, held = 0, 0
    for event, _, actions in replay(trace.events, settings):
        match event:
            case SpeechStarted():
                began = event.began
            case SpeechPaused():
                speech.append(SpeechSpan(began, event.ended))
            case _:
                pass
        for action in actions:
            match action:
                case Hold():
                    held = event.at
                case Resume() if held:
                    backchannels.append(HeldBackchannel(held, event.at))
                    held = 0
                case Cancel() if held:
                    interruptions.append(Interruption(began, held - began))
                    held = 0
                case _:
                    pass
    return replace(picture, speech=tuple(speech), interruptions=tuple(interruptions), backchannels=tuple(backchannels))
