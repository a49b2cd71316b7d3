"""The line check: turn-taking alone, with voice activity detection and one recorded sound."""

from pathlib import Path

from appliance.assembly.engines import Engines, build_vads
from appliance.assembly.settings import build_turn_settings
from appliance.audio import read_wav
from appliance.config import Config
from appliance.dialogue.fixed import FixedDialogue
from appliance.errors import ApplianceError
from appliance.line import Line
from appliance.listening.ear import Ear
from appliance.session.journal import Journal
from appliance.session.mind import Mind, PromptWords
from appliance.session.session import AudioTap, Session
from appliance.speaking.phrase_cache import PhraseCache
from appliance.speaking.utterance import Voice
from appliance.turn.facts import Prompt
from models.canned import CannedSpeech
from models.simulated import SimulatedEndOfTurn, SimulatedSpeechToText

_A_TURN = ("the caller spoke",)


def build_line_check_engines(config: Config, sound_file: Path) -> Engines:
    """Engines that hear only whether somebody speaks, and say only what is in `sound_file`.

    Raises `appliance.errors.ApplianceError` for a file that is no 16-bit mono WAV or holds no sound.
    """
    sound = read_wav(sound_file)
    if not sound.samples.any():
        raise ApplianceError(f"{sound_file} holds no sound", "give a file that can be heard")
    return Engines(
        vads=build_vads(config),
        end_of_turn=SimulatedEndOfTurn(1.0),
        stt=SimulatedSpeechToText(0.0, _A_TURN),
        tts=CannedSpeech(sound.samples, sound.sample_rate),
        llm={},
    )


class LineCheckParts:
    """Sessions that play the sound whenever the caller stops, and stop when the caller speaks."""

    def __init__(self, config: Config, engines: Engines) -> None:
        self._config = config
        self._engines = engines

    def session(self, line: Line, journal: Journal, tap: AudioTap | None) -> Session:
        """A session for one answered line."""
        settings, voice_settings = build_turn_settings(self._config)
        engines = self._engines
        return Session(
            line=line,
            ear_for=lambda on_partial: Ear(
                line.info.sample_rate,
                engines.vads[line.info.sample_rate],
                engines.stt,
                engines.end_of_turn,
                on_partial,
                voice_settings,
            ),
            voice=Voice(engines.tts, line.info.sample_rate, PhraseCache()),
            mind=Mind(FixedDialogue("sound"), {prompt: PromptWords("") for prompt in Prompt}, (), lambda text: None),
            settings=settings,
            journal=journal,
            tap=tap,
        )
